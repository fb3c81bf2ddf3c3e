//! Reads times as other trackers write them: ISO 8601 with a zone, or seconds or milliseconds since 1970. Never guesses a zone.

use crate::call::Millis;

/// Seconds since 1970 have at most so many digits until the year 5138; what has more is milliseconds.
const SECONDS_DIGITS_MAX: usize = 11;

/// A time, if it is one from 1970 on.
pub(super) fn millis(text: &str) -> Option<Millis> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: Millis = text.parse().ok()?;
        return if text.len() > SECONDS_DIGITS_MAX { Some(number) } else { number.checked_mul(1_000) };
    }
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let zone = rest.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = rest.split_at_checked(zone)?;
    let minutes = day(date)? * 1_440 - offset(zone)?;
    let mut parts = clock.split(':');
    let (hours, more) = (two(parts.next()?, 23)?, two(parts.next()?, 59)?);
    let (seconds, fraction) = parts.next().map_or(("0", ""), |part| part.split_once(['.', ',']).unwrap_or((part, "")));
    if parts.next().is_some() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: i64 = format!("{fraction}000").get(..3)?.parse().ok()?;
    let time = ((minutes + hours * 60 + more) * 60 + two(seconds, 60)?) * 1_000 + fraction;
    Millis::try_from(time).ok()
}

/// A number of at most two digits and no more than `max`.
fn two(text: &str, max: i64) -> Option<i64> {
    let number = text.parse().ok().filter(|_| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit()))?;
    (0..=max).contains(&number).then_some(number)
}

/// Days from 1970 to a date.
fn day(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let year: i64 = parts.next().filter(|year| year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
    let (month, day) = (two(parts.next()?, 12)?, two(parts.next()?, 31)?);
    if parts.next().is_some() || month == 0 || day == 0 {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468)
}

/// Minutes east of UTC: `Z`, `+01:00`, `-0330`, `+01`.
fn offset(zone: &str) -> Option<i64> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        (_, "") => return Some(0),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':').or_else(|| digits.split_at_checked(2))?;
    Some(sign * (two(hours, 23)? * 60 + if minutes.is_empty() { 0 } else { two(minutes, 59)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2024-03-05T17:08:09.007Z", Some(1_709_658_489_007)),
            ("2024-03-05T18:08:09.0079+01:00", Some(1_709_658_489_007)),
            ("2024-03-05T13:38:09-0330", Some(1_709_658_489_000)),
            ("2024-02-29T23:59:60Z", Some(1_709_251_200_000)),
            ("2024-03-05 17:08Z", Some(1_709_658_480_000)),
            ("1709658489", Some(1_709_658_489_000)),
            ("1709658489007", Some(1_709_658_489_007)),
            ("1969-12-31T23:59:59Z", None),
            ("2024-03-05T17:08:09", None),
            ("2024-13-05T17:08:09Z", None),
            ("2024-03-05T25:08:09Z", None),
            ("2024-03-05T17:08:09.1x7Z", None),
            ("2024-03-05", None),
            ("2024-3-5Tx:yZ", None),
            ("", None),
            ("yesterday", None),
            ("99999999999999999999999", None),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
    }
}
