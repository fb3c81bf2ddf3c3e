//! Reads times as other trackers write them: ISO 8601 with a zone, or seconds or milliseconds since 1970. Never guesses a zone.

use crate::call::Millis;
use crate::date::days;

/// Seconds since 1970 have at most so many digits until the year 5138; what has more is milliseconds.
const SECONDS_DIGITS_MAX: usize = 11;

/// A time, if it is one from 1970 on.
pub(super) fn millis(text: &str) -> Option<Millis> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: Millis = text.parse().ok()?;
        return if text.len() > SECONDS_DIGITS_MAX { Some(number) } else { number.checked_mul(1_000) };
    }
    Millis::try_from(iso(text)?).ok()
}

/// Milliseconds since 1970 of a date and a time of ISO 8601, with dashes and colons or without.
pub(super) fn iso(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let (clock, zone) = rest.split_at(rest.find(['Z', 'z', '+', '-'])?);
    let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let date = numbers(date, '-', [4, 2, 2])?;
    let clock = numbers(clock, ':', [2, 2, 2]).or_else(|| numbers(clock, ':', [2, 2]).map(|[hour, minute]| [hour, minute, 0]))?;
    let fraction: i64 = format!("{fraction}000").get(..3)?.parse().ok()?;
    Some((seconds(date, clock)? - east(zone)? * 60) * 1_000 + fraction)
}

/// Seconds since 1970 of a date and a time, if there are such.
pub(super) fn seconds([year, month, day]: [i64; 3], [hour, minute, second]: [i64; 3]) -> Option<i64> {
    let fits = (1970..10_000).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    fits.then(|| ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

/// Minutes east of UTC: `Z`, `+01:00`, `-0330`, `+01`.
fn east(zone: &str) -> Option<i64> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        (_, "") => return Some(0),
        _ => return None,
    };
    let [hours, minutes] = numbers(digits, ':', [2, 2]).or_else(|| numbers(digits, ':', [2]).map(|[hours]| [hours, 0]))?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// Numbers of so many digits each, all of them with a separator between them or none.
fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i64; N]> {
    let digits = text.replace(separator, "");
    let is_apart = text.split(separator).map(str::len).eq(widths);
    if !(is_apart || text.len() == digits.len())
        || digits.len() != widths.iter().sum::<usize>()
        || !digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let mut rest = digits.as_str();
    let numbers = widths.map(|width| {
        let (number, after) = rest.split_at(width);
        rest = after;
        number.parse().unwrap_or(0)
    });
    Some(numbers)
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
            ("20240305T170809Z", Some(1_709_658_489_000)),
            ("20240305T1808+01", Some(1_709_658_480_000)),
            ("2024-0305T17:08:09Z", None),
            ("2024-03-05T17:08:09+24:00", None),
            ("2024-W10-2T17:08:09Z", None),
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
