//! When a hit happened. Pages' clocks are wrong; ours is taken as right, and asked once for each beacon.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use caisse::call::Millis;

use crate::limits::{AGE_MS_MAX, SKEW_MS_MIN};

/// Answers the time in milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |past| u64::try_from(past.as_millis()).unwrap_or(u64::MAX)))
}

/// The same time of day so many months earlier (UTC); 1970 if that is earlier still.
pub fn months_before(now: Millis, months: u32) -> Millis {
    let earlier = || {
        let now = jiff::Timestamp::from_millisecond(signed(now)).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
        let then = now.checked_sub(jiff::Span::new().try_months(months).ok()?).ok()?;
        Millis::try_from(then.timestamp().as_millisecond()).ok()
    };
    earlier().unwrap_or(0)
}

/// A page's time as SQLite keeps it.
pub(crate) fn signed(millis: Millis) -> i64 {
    i64::try_from(millis).unwrap_or(i64::MAX)
}

/// The time of a hit by our clock. The page said `at` for the hit and `sent` for the beacon, which came at `received`:
/// what is between the last two is how wrong the page's clock is, unless it is so little that the way explains it.
/// No hit lies in the future, or further back than a page keeps hits; then the beacon's arrival is all we know.
pub(crate) fn corrected(at: Millis, sent: Millis, received: Millis) -> i64 {
    let (at, sent, received) = (signed(at), signed(sent), signed(received));
    let skew = received.saturating_sub(sent);
    let time = if skew.saturating_abs() > SKEW_MS_MIN { at.saturating_add(skew) } else { at };
    let oldest = received.saturating_sub(AGE_MS_MAX);
    if time < oldest { received } else { time.min(received) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_795_000_000_000;

    #[track_caller]
    fn check(at: Millis, sent: Millis, expected: Millis) {
        assert_eq!(corrected(at, sent, NOW), signed(expected));
    }

    #[test]
    fn corrects_by_what_the_page_says_of_the_same_moment() {
        check(NOW - 3_000, NOW - 1_000, NOW - 3_000);
        check(NOW - 3_000, NOW + 4_000, NOW - 3_000);
        // An hour slow, an hour fast.
        check(NOW - 3_600_000 - 2_000, NOW - 3_600_000, NOW - 2_000);
        check(NOW + 3_600_000 - 2_000, NOW + 3_600_000, NOW - 2_000);
        // A week in the page's store, and the clock is right.
        check(NOW - 7 * 86_400_000, NOW, NOW - 7 * 86_400_000);
    }

    #[test]
    fn goes_back_by_the_calendar() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().map_or(0, |time| time.as_millisecond().unsigned_abs());
        for (now, months, expected) in [
            ("2026-11-21T10:00:00Z", 25, "2024-10-21T10:00:00Z"),
            ("2026-03-31T10:00:00Z", 1, "2026-02-28T10:00:00Z"),
            ("1970-03-31T10:00:00Z", 25, "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(months_before(at(now), months), at(expected), "{now}");
        }
    }

    #[test]
    fn believes_neither_the_future_nor_1970() {
        check(NOW + 2_000, NOW, NOW);
        check(NOW + 9_000, NOW - 60_000, NOW);
        check(0, NOW, NOW);
        check(0, 0, NOW);
        check(Millis::MAX, Millis::MAX, NOW);
        check(Millis::MAX, 0, NOW);
    }
}
