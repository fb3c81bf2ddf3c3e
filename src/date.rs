//! Days and dates of the Gregorian calendar, in whole numbers. Knows no time zones and reads no clock.

use crate::text::{Append, push_number};

/// Appends a moment, so many seconds after 1970 began, as a pattern has it: `Y`, `m` and `d` are the date, `n` is the month from 0 and `w`
/// the day of the week (0 is Sunday), `H`, `M` and `S` are the time, and anything else is itself. Numbers below `zero_below` get one zero
/// in front.
pub fn push_time(out: &mut String, seconds: u64, pattern: &str, zero_below: u32) {
    let days = (seconds / 86_400) as u32;
    let second = (seconds % 86_400) as u32;
    let (year, month, day) = date(days);
    for byte in pattern.bytes() {
        let number = match byte {
            b'Y' => year,
            b'm' => month,
            b'n' => month - 1,
            b'd' => day,
            b'H' => second / 3_600,
            b'M' => second / 60 % 60,
            b'S' => second % 60,
            // The first day was a Thursday.
            b'w' => (days + 4) % 7,
            _ => {
                out.add_char(char::from(byte));
                continue;
            }
        };
        if number < zero_below {
            out.add_char('0');
        }
        push_number(out, u64::from(number));
    }
}

/// The year, the month from 1 and the day of the month, so many days after 1 January 1970.
pub fn date(days: u32) -> (u32, u32, u32) {
    // Counted from 1 March of the year 0, so that a leap day ends its year: 400 years are 146,097 days.
    let days = days + 719_468;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March take 153 days in fives.
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    (days / 146_097 * 400 + year_of_era + u32::from(month <= 2), month, day)
}

/// Days from 1 January 1970 to a date; months and days past their end run on into the next.
#[cfg(not(target_arch = "wasm32"))]
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_days_as_calendars_do() {
        for (number, expected) in [
            (0, (1970, 1, 1)),
            (59, (1970, 3, 1)),
            (11_016, (2000, 2, 29)),
            (19_787, (2024, 3, 5)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ] {
            assert_eq!(date(number), expected);
        }
        // Every day of eight centuries follows the one before it.
        let mut last = (1969, 12, 31);
        for number in 0..300_000 {
            let next = date(number);
            assert!(next > last && next.2 <= 31 && (1..=12).contains(&next.1), "{last:?} {next:?}");
            let (year, month, day) = next;
            assert_eq!(days(year.into(), month.into(), day.into()), i64::from(number));
            last = next;
        }
        // As far as a call's time can be.
        assert_eq!(date(11_574_074).0, 33_658);
    }
}
