//! Reads a consent platform's string, as far as Edge Network asks: Purposes 1 and 10 and the vendor 565, Adobe (its consent
//! page). Layout: IAB Tech Lab, Transparency and Consent String v2, core segment.

/// What of a string says no, or that it cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tcf {
    /// Everything that is asked for is allowed.
    In,
    /// Purpose 1 (storage) is not.
    NoPurposeOne,
    /// Purpose 10 (improving products) is not.
    NoPurposeTen,
    /// The vendor is not.
    NoVendor,
    /// Not such a string.
    Malformed,
}

/// Adobe's number in the list of vendors.
const VENDOR: u32 = 565;
/// Where the purposes' bits begin, and the vendors' part.
const PURPOSES: u32 = 152;
const VENDORS: u32 = 213;

/// Reads a string.
pub fn read(text: &str) -> Tcf {
    let bits = Bits(text.split('.').next().unwrap_or(""));
    let (Some(2), Some(one), Some(ten)) = (bits.number(0, 6), bits.number(PURPOSES, 1), bits.number(PURPOSES + 9, 1)) else {
        return Tcf::Malformed;
    };
    match (one, ten, bits.vendor()) {
        (_, _, None) => Tcf::Malformed,
        (0, ..) => Tcf::NoPurposeOne,
        (_, 0, _) => Tcf::NoPurposeTen,
        (_, _, Some(false)) => Tcf::NoVendor,
        (_, _, Some(true)) => Tcf::In,
    }
}

/// Letters of base64url, six bits each.
struct Bits<'a>(&'a str);

impl Bits<'_> {
    /// The number in so many bits from a place on.
    fn number(&self, from: u32, bits: u32) -> Option<u32> {
        (from..from + bits).try_fold(0, |number, place| {
            let letter = *self.0.as_bytes().get((place / 6) as usize)?;
            let value = match letter {
                b'A'..=b'Z' => letter - b'A',
                b'a'..=b'z' => letter - b'a' + 26,
                b'0'..=b'9' => letter - b'0' + 52,
                b'-' | b'+' => 62,
                b'_' | b'/' => 63,
                _ => return None,
            };
            Some(number << 1 | u32::from(value >> (5 - place % 6) & 1))
        })
    }

    /// Whether the vendor is among those allowed: a bit of its own, or a number or range in a list.
    fn vendor(&self) -> Option<bool> {
        let max = self.number(VENDORS, 16)?;
        if self.number(VENDORS + 16, 1)? == 0 {
            return if VENDOR > max { Some(false) } else { Some(self.number(VENDORS + 16 + VENDOR, 1)? == 1) };
        }
        let mut place = VENDORS + 29;
        for _ in 0..self.number(VENDORS + 17, 12)? {
            let is_range = self.number(place, 1)? == 1;
            let first = self.number(place + 1, 16)?;
            let last = if is_range { self.number(place + 17, 16)? } else { first };
            if (first..=last).contains(&VENDOR) {
                return Some(true);
            }
            place += if is_range { 33 } else { 17 };
        }
        Some(false)
    }
}
