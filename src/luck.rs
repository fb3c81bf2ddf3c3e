//! Numbers that nobody can foretell from outside, from a seed that the page draws once. Same seed, same numbers:
//! a simulation can be replayed.

use crate::text::{DIGITS, push_digit};

/// A small generator (SplitMix64, Steele, Lea and Flood 2014) over two seeds; ids take one number of each.
#[derive(Clone, Debug)]
pub struct Luck(u64, u64);

impl Luck {
    /// Luck from 128 random bits.
    pub const fn new(high: u64, low: u64) -> Self {
        Self(high, low)
    }

    /// Luck from 32 hex digits.
    pub fn from_hex(seed: &str) -> Self {
        let mut luck = Self(0, 0);
        for digit in seed.bytes() {
            let value = DIGITS.bytes().position(|known| known == digit).unwrap_or(0) as u64;
            luck = Self(luck.0 << 4 | luck.1 >> 60, luck.1 << 4 | value);
        }
        luck
    }

    /// A number for a pause.
    pub fn jitter(&mut self) -> u32 {
        (next(&mut self.0) >> 32) as u32
    }

    /// 32 hex digits for a batch.
    pub fn id(&mut self) -> String {
        let mut id = String::new();
        push_hex(&mut id, next(&mut self.0));
        push_hex(&mut id, next(&mut self.1));
        id
    }
}

fn push_hex(out: &mut String, mut word: u64) {
    for _ in 0..16 {
        push_digit(out, word >> 60);
        word <<= 4;
    }
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
