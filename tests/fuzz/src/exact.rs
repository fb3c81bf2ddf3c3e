//! Decimal numbers of any length, by the arithmetic of school: the reference for `money`, which has 64 bits. Shares nothing with it but
//! the rules: twelve digits, six of them after the point.

use caisse::limits::SCALE_MAX;
use caisse::money::QUANTITY_MAX;

/// Digits that a number may have as it is kept.
const DIGITS_MAX: usize = 12;

/// A number as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exact {
    negative: bool,
    /// The most significant digit first, without leading zeros.
    digits: Vec<u8>,
    /// How many of the digits, or of the zeros before them, stand after the point.
    scale: usize,
}

impl Exact {
    /// Reads `-12.50e3`: at least one digit, an exponent of up to fifteen digits.
    pub fn read(text: &str) -> Option<Self> {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (written, exponent) = match unsigned.split_once('e') {
            Some((written, exponent)) => (written, exponent_of(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        digits.iter_mut().for_each(|digit| *digit -= b'0');
        let scale = i64::try_from(fraction.len()).ok()? - exponent;
        if scale < 0 {
            let zeros = usize::try_from(-scale).ok()?;
            if digits.iter().any(|digit| *digit > 0) {
                if zeros > DIGITS_MAX {
                    return None;
                }
                digits.extend(std::iter::repeat_n(0, zeros));
            }
        }
        let read = Self { negative, digits, scale: usize::try_from(scale.max(0)).ok()? };
        read.kept()
    }

    /// With six digits after the point at most, rounded; the zeros that this leaves at the end were not written. `None` if that takes more
    /// than twelve digits.
    fn kept(self) -> Option<Self> {
        let places = usize::from(SCALE_MAX);
        let long = self.scale > places;
        let (mut digits, mut scale) = if long { (self.units(places), places) } else { (trimmed(self.digits.clone()), self.scale) };
        if digits.len() > DIGITS_MAX {
            return None;
        }
        while long && scale > 0 && digits.last().is_none_or(|digit| *digit == 0) {
            digits.pop();
            scale -= 1;
        }
        Some(Self { negative: self.negative && !digits.is_empty(), digits, scale })
    }

    /// Its digits when written with so many after the point, rounded half away from zero, without the point.
    fn units(&self, places: usize) -> Vec<u8> {
        let mut digits = self.digits.clone();
        if places >= self.scale {
            digits.extend(std::iter::repeat_n(0, places - self.scale));
            return trimmed(digits);
        }
        let dropped = self.scale - places;
        let kept = digits.len().saturating_sub(dropped);
        // A digit that was never written is a zero.
        let up = digits.len() >= dropped && digits[kept] >= 5;
        digits.truncate(kept);
        if up {
            add_one(&mut digits);
        }
        trimmed(digits)
    }

    /// The same, as whole number; the nearest there is for one that 64 bits cannot hold.
    pub fn whole(&self, places: u8) -> i64 {
        let mut number = 0_i64;
        for digit in self.units(usize::from(places)) {
            let digit = i64::from(digit);
            number = number.saturating_mul(10).saturating_add(if self.negative { -digit } else { digit });
        }
        number
    }

    /// For so many pieces.
    pub fn times(&self, quantity: u32) -> Option<Self> {
        if quantity > QUANTITY_MAX {
            return None;
        }
        let mut digits = Vec::new();
        let mut carry = 0;
        for digit in self.digits.iter().rev() {
            carry += u64::from(*digit) * u64::from(quantity);
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
        digits.reverse();
        Some(Self { digits: trimmed(digits), ..*self })
    }

    /// Whether it is the other one once it is rounded to its digits after the point, but never to less than two.
    pub fn rounds_to(&self, other: &Self) -> bool {
        let places = other.scale.max(2);
        let (one, other_units) = (self.units(places), other.units(places));
        one == other_units && (one.is_empty() || self.negative == other.negative)
    }

    /// As a count of pieces; 0 if it is none.
    pub fn count(&self) -> u32 {
        let zeros = self.digits.iter().rev().take_while(|digit| **digit == 0).count();
        let whole = self.digits.is_empty() || zeros >= self.scale;
        let count = if whole && !self.negative { self.whole(0) } else { 0 };
        u32::try_from(count).ok().filter(|count| *count <= QUANTITY_MAX).unwrap_or(0)
    }

    /// With the digits after the point that it has.
    pub fn text(&self) -> String {
        let width = self.scale + 1;
        let digits: String = self.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        let digits = format!("{digits:0>width$}");
        let (whole, fraction) = digits.split_at(digits.len() - self.scale);
        let sign = if self.negative { "-" } else { "" };
        let point = if self.scale > 0 { "." } else { "" };
        [sign, whole, point, fraction].concat()
    }
}

fn exponent_of(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    Some(if negative { -number } else { number })
}

fn trimmed(digits: Vec<u8>) -> Vec<u8> {
    digits.into_iter().skip_while(|digit| *digit == 0).collect()
}

fn add_one(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return;
        }
        *digit = 0;
    }
    digits.insert(0, 1);
}
