//! What the core needs from the world: a store, a transport, a timer and somebody who listens. Each port has one
//! adapter in `browser/` and one double in `tests/native/sim/`, under the same name. None may call back in before it returns.

use crate::call::Millis;
use crate::hit::Reason;
use crate::problem::Problems;
use crate::row::Row;

/// Keeps rows across pages. What is put and deleted while the driver is busy once is one transaction. The store sees to it
/// that a row survives the page even if its transaction is not through, or has failed, when the page leaves: it keeps those
/// in a journal, synchronously.
pub trait Store {
    /// Keeps a row under the key of its destination.
    fn put(&mut self, row: &Row<'_>);
    /// Forgets what is kept under a key.
    fn delete(&mut self, destination: &str, stream: &str, seq: u64);
    /// Remembers, once what was put is durable, that this browser has counted an order; forgets it when its hit is dropped.
    fn bought(&mut self, order: &str, stream: &str, seq: u64);
}

/// Delivers beacons.
pub trait Transport {
    /// Begins to send. When an answer is there, or none will come, the driver's `answered` is told the flight.
    fn send(&mut self, flight: u32, url: &str, body: &str);
}

/// Wakes the driver.
pub trait Timer {
    /// Calls the driver's `tick` at this time instead of any earlier said; never, for `None`.
    fn wake_at(&mut self, at: Option<Millis>);
}

/// Hears what the page may want to know.
pub trait Listener {
    /// What became of a call of this page, and what was wrong with it: it is a hit that was put into the store just now, or it
    /// was dropped.
    fn judged(&mut self, seq: u64, dropped: Option<Reason>, problems: &Problems);
    /// Hits were acknowledged: so many of this page, so many that it took over.
    fn acknowledged(&mut self, destination: &str, batch: &str, own: u32, adopted: u32);
    /// A hit was given up after it had been one.
    fn dropped(&mut self, destination: &str, stream: &str, seq: u64, reason: Reason);
}

/// The world of one driver.
pub trait World: Store + Transport + Timer + Listener {}

impl<W: Store + Transport + Timer + Listener> World for W {}
