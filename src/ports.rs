//! What the core needs from the world: a store, a transport, a timer and somebody who listens. Each port has one
//! adapter in `browser/` and one double in `tests/native/sim/`, under the same name. None may call back in before it returns.

use crate::call::{GROUP, Millis};
use crate::hit::Reason;
use crate::problem::Problem;
use crate::row::{Row, push_key};
use crate::text::Append;

/// Rows to write and keys to delete, in one transaction: `+key GS row` and `-key`, joined by `GS`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(pub String);

impl Changes {
    /// Adds a row to write.
    pub fn put(&mut self, destination: &str, row: &Row<'_>) {
        self.push('+', destination, row.stream, row.seq);
        self.0.add_char(GROUP);
        row.write(&mut self.0);
    }

    /// Adds a key to delete.
    pub fn delete(&mut self, destination: &str, stream: &str, seq: u64) {
        self.push('-', destination, stream, seq);
    }

    fn push(&mut self, sign: char, destination: &str, stream: &str, seq: u64) {
        if !self.0.is_empty() {
            self.0.add_char(GROUP);
        }
        self.0.add_char(sign);
        push_key(&mut self.0, destination, stream, seq);
    }
}

/// Keeps rows across pages.
pub trait Store {
    /// Begins a transaction. When it is through, or has failed, the driver's `stored` is told the ticket.
    fn write(&mut self, ticket: u32, changes: &Changes);
    /// Keeps rows, joined by `GS`, synchronously, as the page is leaving; replaces what was kept so before.
    fn journal(&mut self, rows: &str);
}

/// A batch, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beacon {
    /// To be named in the answer.
    pub flight: u32,
    /// Where to: the destination's URL and the path of its format.
    pub url: String,
    /// The bytes.
    pub body: String,
}

/// Delivers beacons.
pub trait Transport {
    /// Begins to send. When an answer is there, or none will come, the driver's `answered` is told the flight.
    fn send(&mut self, beacon: &Beacon);
}

/// Wakes the driver.
pub trait Timer {
    /// Calls the driver's `tick` at this time instead of any earlier said; never, for `None`.
    fn wake_at(&mut self, at: Option<Millis>);
}

/// Where a call ended up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Kept in the store: it survives the page.
    Durable,
    /// Kept in memory: the store refused.
    Memory,
    /// Not kept.
    Dropped(Reason),
}

/// Hears what the page may want to know.
pub trait Listener {
    /// What became of a call of this page, and what was wrong with it.
    fn receipt(&mut self, seq: u64, fate: Fate, problems: &[Problem]);
    /// Hits were acknowledged: so many of this page, so many that it took over.
    fn acknowledged(&mut self, destination: &str, batch: &str, own: u32, adopted: u32);
    /// A hit was given up after its receipt.
    fn dropped(&mut self, destination: &str, stream: &str, seq: u64, reason: Reason);
}

/// The world of one driver.
pub trait World: Store + Transport + Timer + Listener {}

impl<W: Store + Transport + Timer + Listener> World for W {}
