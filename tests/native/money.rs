//! Money against a reference in whole numbers of 128 bits: reading as written, rounding half away from zero, every class of
//! ISO 4217 exponent, prices below a minor unit.

use crate::seeded::cases;
use caisse::money::{Decimal, QUANTITY_MAX, minor_digits};
use proptest::prelude::*;

/// Currencies of every exponent there is.
const CURRENCIES: [(&str, u32); 8] = [("EUR", 2), ("USD", 2), ("RON", 2), ("JPY", 0), ("KRW", 0), ("BHD", 3), ("TND", 3), ("CLF", 4)];

/// `number` divided by ten to the power of `digits`, rounded half away from zero.
fn rounded(number: i128, digits: u32) -> i128 {
    let divisor = 10_i128.pow(digits);
    (number.abs() + divisor / 2) / divisor * number.signum()
}

/// As much of a number as an amount can have.
fn clamped(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

/// A mantissa of at most twelve digits and where its point is, written.
fn written(mantissa: i64, scale: u32) -> String {
    let digits = format!("{:0width$}", mantissa.abs(), width = scale as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
    let sign = if mantissa < 0 { "-" } else { "" };
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[test]
fn knows_the_exponents() {
    for (currency, digits) in CURRENCIES {
        assert_eq!(u32::from(minor_digits(currency)), digits, "{currency}");
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn reads_as_written(mantissa in -999_999_999_999_i64..=999_999_999_999, scale in 0_u32..=6) {
        let text = written(mantissa, scale);
        prop_assert_eq!(Decimal::parse(&text).map(Decimal::text), Some(text));
    }

    #[test]
    fn rounds_to_minor_units(mantissa in -999_999_999_999_i64..=999_999_999_999, scale in 0_u32..=6, index in 0..CURRENCIES.len()) {
        let (currency, digits) = CURRENCIES[index];
        let expected = rounded(i128::from(mantissa) * 10_i128.pow(digits), scale);
        let units = Decimal::parse(&written(mantissa, scale)).map(|price| price.minor_units(currency));
        prop_assert_eq!(units.map(i128::from), Some(expected));
    }

    #[test]
    fn multiplies_lines(mantissa in -999_999_999_999_i64..=999_999_999_999, scale in 0_u32..=6, quantity in 0..=QUANTITY_MAX, index in 0..CURRENCIES.len()) {
        let (currency, digits) = CURRENCIES[index];
        let expected = rounded(i128::from(mantissa) * i128::from(quantity) * 10_i128.pow(digits), scale);
        let total = Decimal::parse(&written(mantissa, scale)).and_then(|price| price.times(quantity));
        prop_assert_eq!(total.map(|total| total.minor_units(currency)), Some(clamped(expected)));
    }

    #[test]
    fn rounds_to_what_was_written(mantissa in -999_999_999_999_i64..=999_999_999_999, scale in 0_u32..=6, quantity in 1..=QUANTITY_MAX, other in -999_999_999_999_i64..=999_999_999_999, at in 0_u32..=6) {
        let read = |mantissa, scale| Decimal::parse(&written(mantissa, scale)).expect("a decimal");
        let total = read(mantissa, scale).times(quantity).expect("a total");
        let digits = at.max(2);
        let exact = rounded(i128::from(mantissa) * i128::from(quantity) * 10_i128.pow(digits), scale);
        prop_assert_eq!(total.rounds_to(read(other, at)), exact == i128::from(other) * 10_i128.pow(digits - at));
        // What the shop worked out itself, to the same digits or to none.
        let units = mantissa % 1_000_000 * i64::from(quantity);
        prop_assert!(read(mantissa % 1_000_000, scale).times(quantity).expect("a total").rounds_to(read(units, scale)));
        let cents = i64::try_from(rounded(i128::from(units) * 100, scale)).expect("a small number");
        if cents.abs() <= 999_999_999_999 {
            prop_assert!(read(mantissa % 1_000_000, scale).times(quantity).expect("a total").rounds_to(read(cents, 2)));
        }
    }

    #[test]
    fn reads_any_float_the_page_may_write(number in -1e12_f64..1e12) {
        // Rust writes floats as JavaScript does where both write no exponent.
        let text = format!("{number}");
        if let Some(read) = Decimal::parse(&text) {
            let back: f64 = read.text().parse().expect("a number");
            prop_assert!((back - number).abs() <= 0.000_000_5 + number.abs() * 1e-15, "{} became {}", text, back);
        }
    }

    #[test]
    fn never_panics(text in "[-+0-9.e]{0,24}|\\PC{0,12}", quantity: u32) {
        if let Some(read) = Decimal::parse(&text) {
            read.minor_units("CLF");
            read.as_count();
            if let Some(total) = read.times(quantity) {
                total.minor_units("CLF");
                total.rounds_to(read);
                read.rounds_to(total);
                total.text();
            }
        }
    }
}

/// A line of the dearest goods there are, beside a total written with six places.
#[test]
fn compares_the_largest_line_with_the_smallest_step() {
    let total = Decimal::parse("999999999999").and_then(|price| price.times(QUANTITY_MAX)).expect("a total");
    let step = Decimal::parse("0.000001").expect("a decimal");
    assert!(!total.rounds_to(step) && !step.rounds_to(total));
}
