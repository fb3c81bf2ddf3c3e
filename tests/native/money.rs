//! Money against the arithmetic of school (`tests/fuzz/src/exact.rs`): reading as written, rounding half away from zero, every currency
//! of ISO 4217, prices below a minor unit.

use crate::fuzz::targets::decimal::{calculates, reads};
use crate::seeded::cases;
use caisse::money::{Decimal, QUANTITY_MAX, is_currency, minor_digits};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// ISO 4217, list one as published on 1 January 2026: digits after the point, and the currencies that have them.
const ISO_4217: [(u8, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP \
         CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD \
         KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR \
         PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU \
         UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// What the list gives no digits: metals, units of account, and codes for tests. They get two, as whatever is not known.
const WITHOUT_DIGITS: &str = "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX";

/// Every currency of the list and its digits after the point.
fn currencies() -> Vec<(&'static str, u8)> {
    ISO_4217.into_iter().flat_map(|(digits, codes)| codes.split(' ').map(move |code| (code, digits))).collect()
}

#[test]
fn knows_the_digits_of_every_currency() {
    let known = currencies();
    assert_eq!((known.len(), known.iter().map(|(code, _)| code).collect::<BTreeSet<_>>().len()), (165, 165));
    for (code, digits) in known.into_iter().chain(WITHOUT_DIGITS.split(' ').map(|code| (code, 2))) {
        assert!(is_currency(code), "{code}");
        assert_eq!(minor_digits(code), digits, "{code}");
    }
}

/// A number as shops write it: up to twelve digits, any of them after the point, sometimes more than are kept, now and then with an
/// exponent.
fn numbers() -> impl Strategy<Value = String> {
    let usual = (0_u64..1_000_000, 0_u32..=4).prop_map(|(mantissa, scale)| (false, mantissa, scale, None));
    let all = (any::<bool>(), 0_u64..=999_999_999_999, 0_u32..=6).prop_map(|(negative, mantissa, scale)| (negative, mantissa, scale, None));
    // Less than a minor unit of every currency, around the half of one.
    let tiny = (any::<bool>(), 0_u64..=10_500, 4_u32..=9).prop_map(|(negative, mantissa, scale)| (negative, mantissa, scale, None));
    let long = (any::<bool>(), any::<u64>(), 0_u32..=25).prop_map(|(negative, mantissa, scale)| (negative, mantissa, scale, None));
    let far = (any::<bool>(), 0_u64..1_000_000, 0_u32..=6, -30_i32..=30)
        .prop_map(|(negative, mantissa, scale, exponent)| (negative, mantissa, scale, Some(exponent)));
    prop_oneof![3 => usual, 3 => all, 3 => tiny, 1 => long, 1 => far]
        .prop_map(|(negative, mantissa, scale, exponent)| written(negative, mantissa, scale, exponent))
}

/// A mantissa and where its point is, written.
fn written(negative: bool, mantissa: u64, scale: u32, exponent: Option<i32>) -> String {
    let digits = format!("{mantissa:0width$}", width = scale as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
    let sign = if negative { "-" } else { "" };
    let point = if scale > 0 { "." } else { "" };
    let exponent = exponent.map(|exponent| format!("e{exponent}")).unwrap_or_default();
    format!("{sign}{whole}{point}{fraction}{exponent}")
}

/// Numbers that are kept, as both have them.
fn kept() -> impl Strategy<Value = String> {
    numbers().prop_filter("more digits than are kept", |text| Decimal::parse(text).is_some())
}

fn quantities() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 0_u32..=12, 1 => 0..=QUANTITY_MAX, 1 => QUANTITY_MAX..=QUANTITY_MAX + 1]
}

/// Whether a line of a basket is calculated rightly.
fn check(price: &str, pieces: u32, total: &str, currency: &str) {
    let (price, total) = (reads(price).expect("a price"), reads(total).expect("a total"));
    calculates(&price, pieces, &total, currency);
}

proptest! {
    #![proptest_config(cases(10_000))]

    /// Of a number with up to twelve digits, six of them after the point, nothing is lost.
    #[test]
    fn reads_as_written(negative: bool, mantissa in 0_u64..=999_999_999_999, scale in 0_u32..=6) {
        let text = written(negative && mantissa > 0, mantissa, scale, None);
        prop_assert_eq!(Decimal::parse(&text).map(Decimal::text), Some(text));
    }

    #[test]
    fn reads_and_writes_any_number(text in numbers()) {
        reads(&text);
    }

    #[test]
    fn calculates_lines(price in kept(), pieces in quantities(), total in kept(), digits in 0..ISO_4217.len(), index: prop::sample::Index) {
        // As often with one number of digits as with another, and with every currency.
        let codes: Vec<&str> = ISO_4217[digits].1.split(' ').collect();
        check(&price, pieces, &total, codes[index.index(codes.len())]);
    }

    /// What the shop worked out itself, to the digits that its currency has, is what the pieces cost together.
    #[test]
    fn knows_a_total_from_its_pieces(mantissa in 0_u64..99_999, scale in 0_u32..=6, pieces in 1_u32..=1_000, index in 0..currencies().len()) {
        let (code, digits) = currencies()[index];
        let price = Decimal::parse(&written(false, mantissa, scale, None)).expect("a price");
        let line = price.times(pieces).expect("a line");
        let units = u64::try_from(line.minor_units(code)).expect("an amount");
        // Totals are compared to two digits at least, as shops write them.
        if digits >= 2 {
            let total = Decimal::parse(&written(false, units, u32::from(digits), None)).expect("a total");
            prop_assert!(line.rounds_to(total), "{price:?} × {pieces} and {total:?} in {code}");
            prop_assert_eq!(total.minor_units(code), line.minor_units(code));
            let wrong = Decimal::parse(&written(false, units + 1, u32::from(digits), None)).expect("a total");
            prop_assert!(!line.rounds_to(wrong), "{price:?} × {pieces} and {wrong:?} in {code}");
        }
    }

    /// Sums that a page made of floats are the sums that were meant, in amounts of up to six digits before the point.
    #[test]
    fn reads_sums_of_floats_as_meant(one in 0_u32..40_000_000, other in 0_u32..40_000_000, more in 1_u32..3) {
        let cents = |cents: u32| f64::from(cents) / 100.0;
        // Rust writes floats as JavaScript does where both write no exponent.
        let text = format!("{}", cents(one) + cents(other) * f64::from(more));
        let expected = u64::from(one) + u64::from(other) * u64::from(more);
        if expected < 100_000_000 {
            let read = Decimal::parse(&text).map(|sum| sum.minor_units("EUR"));
            prop_assert_eq!(read, i64::try_from(expected).ok(), "{}", text);
        }
    }

    #[test]
    fn never_panics(text in "[-+0-9.e]{0,24}|\\PC{0,12}", pieces: u32) {
        if let Some(read) = Decimal::parse(&text) {
            read.minor_units("CLF");
            read.as_count();
            if let Some(total) = read.times(pieces) {
                total.minor_units("CLF");
                total.rounds_to(read);
                read.rounds_to(total);
                total.text();
            }
        }
    }
}

/// The sum that every page gets wrong, and its like.
#[test]
fn reads_floats_as_meant() {
    for (text, meant) in [
        ("0.30000000000000004", "0.3"),
        ("0.7999999999999999", "0.8"),
        ("1.1500000000000001", "1.15"),
        ("-0.30000000000000004", "-0.3"),
        ("3.3000000000000003", "3.3"),
        ("5.551115123125783e-17", "0"),
        ("999999.4999999999", "999999.5"),
    ] {
        assert_eq!(reads(text).map(|(read, _)| read.text()).as_deref(), Some(meant), "{text}");
    }
}

/// A half of a minor unit goes away from zero, in currencies of every number of digits.
#[test]
fn rounds_half_a_minor_unit_away_from_zero() {
    for (code, half, less) in
        [("JPY", "0.5", "0.499999"), ("EUR", "0.005", "0.004999"), ("KWD", "0.0005", "0.000499"), ("CLF", "0.00005", "0.000049")]
    {
        for (sign, unit) in [("", 1), ("-", -1)] {
            let units = |text: &str| Decimal::parse(&format!("{sign}{text}")).map(|price| price.minor_units(code));
            assert_eq!((units(half), units(less)), (Some(unit), Some(0)), "{sign} {code}");
        }
    }
}

/// A line of the dearest goods there are, beside a total written with six places.
#[test]
fn compares_the_largest_line_with_the_smallest_step() {
    for (code, _) in currencies() {
        check("999999999999", QUANTITY_MAX, "0.000001", code);
        check("-999999999999", QUANTITY_MAX, "999999.999999", code);
    }
    let total = Decimal::parse("999999999999").and_then(|price| price.times(QUANTITY_MAX)).expect("a total");
    let step = Decimal::parse("0.000001").expect("a decimal");
    assert!(!total.rounds_to(step) && !step.rounds_to(total));
}
