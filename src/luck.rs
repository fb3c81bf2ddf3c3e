//! Numbers that nobody can foretell from outside, from a seed that the page draws once. Same seed, same numbers:
//! a simulation can be replayed.

use crate::defect::is;
use crate::text::{Append, owned, push_number};

/// A number that stands for a text (FNV-1a, 64 bits). Not for secrets.
#[inline(never)]
pub fn hash(text: &str) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
    state
}

/// Ids of batches and luck for pauses.
#[derive(Clone, Debug)]
pub struct Luck {
    seed: String,
    state: u64,
}

impl Luck {
    /// Luck from 32 hex digits that no other tracker has.
    pub fn new(seed: &str) -> Self {
        Self { seed: owned(seed), state: hash(seed) }
    }

    /// The id of the batch of a flight: the seed, a point, and its number.
    pub fn batch(&self, flight: u32) -> String {
        let mut id = owned(&self.seed);
        id.add_char('.');
        push_number(&mut id, if is!(BatchIdsRepeat) { 1 } else { u64::from(flight) });
        id
    }

    /// A number for a pause (xorshift64, Marsaglia 2003).
    pub fn jitter(&mut self) -> u32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 32) as u32
    }
}
