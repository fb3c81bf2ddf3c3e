//! Days and dates of the Gregorian calendar, in whole numbers. Knows no time zones and reads no clock.

/// The year, the month from 1 and the day of the month, so many days after 1 January 1970.
pub fn date(days: i64) -> (i64, u64, u64) {
    // Counted from 1 March of the year 0, so that a leap day ends its year: 400 years are 146,097 days.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March take 153 days in fives.
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    (era * 400 + year_of_era + i64::from(month <= 2), month as u64, day as u64)
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
            (-1, (1969, 12, 31)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ] {
            assert_eq!(date(number), expected);
            assert_eq!(days(expected.0, expected.1 as i64, expected.2 as i64), number);
        }
        // Every day of four centuries follows the one before it.
        let mut last = date(-150_001);
        for number in -150_000..150_000 {
            let next = date(number);
            assert!(next > last && next.2 <= 31 && (1..=12).contains(&next.1), "{last:?} {next:?}");
            assert_eq!(days(next.0, next.1 as i64, next.2 as i64), number);
            last = next;
        }
    }
}
