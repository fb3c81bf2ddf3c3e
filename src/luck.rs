//! Numbers that nobody can foretell from outside, from a seed that the page draws once. Same seed, same numbers:
//! a simulation can be replayed.

use crate::text::{Append, owned, push_number};

/// Ids of batches and luck for pauses.
#[derive(Clone, Debug)]
pub struct Luck {
    seed: String,
    state: u64,
}

impl Luck {
    /// Luck from 32 hex digits that no other tracker has.
    pub fn new(seed: &str) -> Self {
        let mut state = 1;
        for byte in seed.bytes() {
            state = state << 5 ^ state >> 59 ^ u64::from(byte);
        }
        Self { seed: owned(seed), state }
    }

    /// The id of the batch of a flight: the seed, a point, and its number.
    pub fn batch(&self, flight: u32) -> String {
        let mut id = owned(&self.seed);
        id.add_char('.');
        push_number(&mut id, u64::from(flight));
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
