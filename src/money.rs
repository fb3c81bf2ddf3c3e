//! Prices and totals as exact decimals. Never a float, never a currency conversion.

use crate::text::{Append, after, before, number_or, push_number};

/// Twelve digits: less than would overflow when a quantity multiplies it.
const MANTISSA_MAX: i64 = 999_999_999_999;
/// Digits after the point that are kept.
const SCALE_MAX: i32 = crate::limits::SCALE_MAX as i32;
/// Pieces in a line; with [`MANTISSA_MAX`] a line's total stays below 2^63.
pub const QUANTITY_MAX: u32 = 999_999;

/// An exact decimal number: `mantissa` divided by ten to the power of `scale`. A bolt may cost 0.0125.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    mantissa: i64,
    scale: u8,
}

impl Decimal {
    /// Reads a decimal as people and JavaScript write it: `6.40`, `-3`, `1e-7`, `.5`. Digits past the
    /// sixth after the point are rounded (half away from zero), which also turns 0.30000000000000004
    /// into the 0.3 that was meant. `None` for anything else, a decimal comma or currency sign included, and for
    /// numbers of more than twelve digits.
    pub fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let digits = before(unsigned, 'e');
        let mut shift = 0;
        if digits.len() < unsigned.len() {
            let exponent = after(unsigned, digits);
            let down = exponent.strip_prefix('-');
            let size = number_or(down.or(exponent.strip_prefix('+')).unwrap_or(exponent), u64::MAX);
            if size == u64::MAX {
                return None;
            }
            // Further, and nothing or too much is left in any case.
            shift = size.min(40) as i32;
            if down.is_some() {
                shift = -shift;
            }
        }
        let whole = before(digits, '.').len();
        if digits.is_empty() || digits == "." {
            return None;
        }
        let mut mantissa = 0_i64;
        // Where a digit stands after the point.
        let mut place = -(whole as i32) - shift;
        // Where the last digit kept stands; digits past `SCALE_MAX` only round.
        let mut scale = -shift;
        for (index, byte) in digits.bytes().enumerate() {
            if index == whole {
                continue;
            }
            if !byte.is_ascii_digit() {
                return None;
            }
            place += 1;
            let digit = i64::from(byte - b'0');
            if place <= SCALE_MAX {
                mantissa = mantissa * 10 + digit;
                scale = place;
            } else if place == SCALE_MAX + 1 {
                mantissa += i64::from(digit >= 5);
            }
            if mantissa > MANTISSA_MAX {
                return None;
            }
        }
        while scale < 0 {
            mantissa *= 10;
            scale += 1;
            if mantissa > MANTISSA_MAX {
                return None;
            }
        }
        while place > SCALE_MAX && scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        let mantissa = if unsigned.len() < text.len() { -mantissa } else { mantissa };
        Some(Self { mantissa, scale: scale.min(SCALE_MAX) as u8 })
    }

    /// This price for `quantity` pieces, exactly; `None` for more than [`QUANTITY_MAX`].
    pub fn times(self, quantity: u32) -> Option<Self> {
        if quantity > QUANTITY_MAX {
            return None;
        }
        Some(Self { mantissa: self.mantissa * i64::from(quantity), ..self })
    }

    /// Whether this number, rounded half away from zero to the digits after the point of the other one (but never to less
    /// than two), is the other one: 12.80 is 12.8 and 0.125 is 0.13, but 12.80 is not 13.
    pub fn rounds_to(self, other: Self) -> bool {
        let digits = other.scale.max(2);
        self.at_scale(digits) == other.at_scale(digits)
    }

    /// The amount in minor units of `currency` (cents for EUR), rounded half away from zero.
    pub fn minor_units(self, currency: &str) -> i64 {
        self.at_scale(minor_digits(currency))
    }

    /// The number in millionths.
    pub(crate) fn micros(self) -> i64 {
        self.at_scale(SCALE_MAX as u8)
    }

    /// The number times ten to the power of `scale`, rounded half away from zero.
    fn at_scale(self, scale: u8) -> i64 {
        if scale > self.scale {
            return self.mantissa.saturating_mul(power(scale - self.scale));
        }
        let divisor = power(self.scale - scale);
        (self.mantissa + divisor / 2 * self.mantissa.signum()) / divisor
    }

    /// The number as a positive whole one; 0 if it is none.
    pub fn as_count(self) -> u32 {
        let divisor = power(self.scale);
        let whole = self.mantissa / divisor;
        if whole * divisor == self.mantissa && (1..=i64::from(QUANTITY_MAX)).contains(&whole) { whole as u32 } else { 0 }
    }

    /// Writes the number with the digits after the point that it was given.
    pub fn write(self, out: &mut String) {
        if self.mantissa < 0 {
            out.add_char('-');
        }
        let divisor = power(self.scale);
        let mantissa = self.mantissa.abs();
        push_number(out, (mantissa / divisor) as u64);
        if self.scale > 0 {
            // A one in front keeps the zeros behind the point.
            let mut fraction = String::new();
            push_number(&mut fraction, (mantissa % divisor + divisor) as u64);
            out.add_char('.');
            out.add(fraction.get(1..).unwrap_or(""));
        }
    }

    /// The number as text.
    pub fn text(self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }
}

fn power(exponent: u8) -> i64 {
    (0..exponent).fold(1, |power, _| power * 10)
}

/// Digits after the point of a currency's minor unit (ISO 4217, list one, amendment 177): two unless named here.
pub fn minor_digits(currency: &str) -> u8 {
    const OTHERS: [(&str, u8); 3] =
        [("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 0), ("BHD IQD JOD KWD LYD OMR TND", 3), ("CLF UYW", 4)];
    OTHERS.into_iter().find(|(currencies, _)| crate::text::listed(currency, currencies)).map_or(2, |(_, digits)| digits)
}

/// Whether a text looks like a currency: three capital letters. Adobe's documented list is frozen in the
/// 2000s and lacks RON and TRY, so nothing more is asked.
pub fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, expected: Option<&str>) {
        assert_eq!(Decimal::parse(text).map(Decimal::text).as_deref(), expected);
    }

    #[test]
    fn reads_numbers_as_written() {
        reads("6.40", Some("6.40"));
        reads("0.0125", Some("0.0125"));
        reads("-3", Some("-3"));
        reads("-0.05", Some("-0.05"));
        reads(".5", Some("0.5"));
        reads("7.", Some("7"));
        reads("0", Some("0"));
        reads("0.00", Some("0.00"));
        reads("0.30000000000000004", Some("0.3"));
        reads("1e-7", Some("0"));
        reads("1.5e3", Some("1500"));
        reads("1e21", None);
        reads("1e+3", Some("1000"));
        reads("9999999999999", None);
        reads("123456789012", Some("123456789012"));
        reads("0.00000049", Some("0"));
        reads("0.0000005", Some("0.000001"));
        reads("1e-300", Some("0"));
        reads("6,40", None);
        reads("€6", None);
        reads("", None);
        reads(".", None);
        reads("NaN", None);
        reads("--1", None);
        reads("1e", None);
    }

    #[track_caller]
    fn totals(price: &str, quantity: u32, currency: &str, expected: i64) {
        let total = Decimal::parse(price).and_then(|price| price.times(quantity)).map(|total| total.minor_units(currency));
        assert_eq!(total, Some(expected));
    }

    #[test]
    fn multiplies_in_minor_units() {
        totals("6.40", 2, "EUR", 1280);
        totals("0.0125", 10, "EUR", 13);
        totals("0.0125", 3, "BHD", 38);
        totals("125", 3, "JPY", 375);
        totals("6.4", 2, "EUR", 1280);
        totals("0.4", 1, "JPY", 0);
        totals("0.5", 1, "JPY", 1);
    }

    #[test]
    fn refuses_more_pieces_than_a_line_may_have() {
        let dearest = Decimal::parse("999999999999").expect("a price");
        assert!(dearest.times(QUANTITY_MAX).is_some());
        assert_eq!(dearest.times(u32::MAX), None);
    }

    #[test]
    fn rounds_to_what_was_written() {
        let rounds = |one: &str, other: &str| Decimal::parse(one).expect("one").rounds_to(Decimal::parse(other).expect("other"));
        for (one, other) in [("12.80", "12.8"), ("0.125", "0.13"), ("0.1250", "0.125"), ("12", "12.00"), ("-0.125", "-0.13")] {
            assert!(rounds(one, other), "{one} {other}");
        }
        for (one, other) in [("12.80", "13"), ("0.125", "0.12"), ("0.1244", "0.125")] {
            assert!(!rounds(one, other), "{one} {other}");
        }
    }

    #[test]
    fn counts_minor_units() {
        let units = |text: &str, currency| Decimal::parse(text).map(|d| d.minor_units(currency));
        assert_eq!(units("26.80", "EUR"), Some(2680));
        assert_eq!(units("26.8", "EUR"), Some(2680));
        assert_eq!(units("26", "JPY"), Some(26));
        assert_eq!(units("1.005", "EUR"), Some(101));
        assert_eq!(units("-1.005", "EUR"), Some(-101));
    }
}
