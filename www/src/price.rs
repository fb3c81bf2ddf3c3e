//! Money of the shop: whole cents of one currency, VAT included. Never a float, never another currency.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

/// ISO 4217 code of every price in the shop.
pub const CURRENCY: &str = "EUR";

/// VAT contained in every price, in percent of the price without it.
const VAT_PERCENT: i64 = 20;

/// An amount in euro cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cents(pub i64);

impl Cents {
    /// The price of several.
    pub const fn times(self, quantity: u32) -> Self {
        Self(self.0 * quantity as i64)
    }

    /// The price of one out of a pack, rounded to the cent, half up.
    pub const fn each(self, pack: u32) -> Self {
        Self((2 * self.0 + pack as i64) / (2 * pack as i64))
    }

    /// The VAT that this amount contains, rounded to the cent, half up.
    pub const fn vat(self) -> Self {
        let whole = 100 + VAT_PERCENT;
        Self((2 * self.0 * VAT_PERCENT + whole) / (2 * whole))
    }

    /// The price of a service as people read it: `€4.90` or `Free`.
    pub fn or_free(self) -> String {
        if self.0 == 0 { "Free".into() } else { self.to_string() }
    }

    /// The amount as trackers want it: `12.80`.
    pub fn decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

/// The amount as people read it: `€1,280.00`.
impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "−" } else { "" };
        let (euros, cents) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        match (euros / 1_000_000, euros / 1_000 % 1_000, euros % 1_000) {
            (0, 0, units) => write!(f, "{sign}€{units}.{cents:02}"),
            (0, thousands, units) => write!(f, "{sign}€{thousands},{units:03}.{cents:02}"),
            (millions, thousands, units) => {
                write!(f, "{sign}€{millions},{thousands:03},{units:03}.{cents:02}")
            }
        }
    }
}

impl Add for Cents {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cents: i64, decimal: &str, shown: &str, vat: i64) {
        assert_eq!(Cents(cents).decimal(), decimal);
        assert_eq!(Cents(cents).to_string(), shown);
        assert_eq!(Cents(cents).vat(), Cents(vat));
    }

    #[test]
    fn writes_amounts_and_finds_the_vat_in_them() {
        check(0, "0.00", "€0.00", 0);
        check(5, "0.05", "€0.05", 1);
        check(640, "6.40", "€6.40", 107);
        check(2_680, "26.80", "€26.80", 447);
        check(128_000, "1280.00", "€1,280.00", 21_333);
        check(100_000_005, "1000000.05", "€1,000,000.05", 16_666_668);
        check(-490, "-4.90", "−€4.90", -81);
    }

    #[test]
    fn multiplies_adds_and_divides_without_losing_a_cent() {
        assert_eq!(Cents(640).times(2) + Cents(910), Cents(2_190));
        assert_eq!([Cents(1_280), Cents(910)].into_iter().sum::<Cents>(), Cents(2_190));
        assert_eq!(Cents(640).each(10), Cents(64));
        assert_eq!(Cents(795).each(10), Cents(80));
    }
}
