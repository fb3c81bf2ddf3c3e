//! Keeps hits until the collector has acknowledged them. Never sends, never reads a clock, never grows
//! past `limits::QUEUE_HITS_MAX` and `limits::QUEUE_BYTES_MAX` for long: `surplus` names what to give up.

use crate::call::Millis;
use crate::limits::{QUEUE_BYTES_MAX, QUEUE_HITS_MAX};
use crate::row::Form;
use crate::text::owned;
use std::rc::Rc;

/// The flight of an entry that [`Queue::clear`] takes out.
pub const GONE: u32 = u32::MAX;

/// One waiting hit. Its bytes never change.
#[derive(Debug)]
pub struct Entry {
    /// 32 hex digits.
    pub stream: Rc<String>,
    /// Number within the stream.
    pub seq: u64,
    /// When the call was made.
    pub at: Millis,
    /// When it came into this queue: what `maxWaitMs` counts from.
    pub since: Millis,
    /// As `Event::priority`: decides when to flush and what to shed, never the order.
    pub priority: u8,
    /// How it travels.
    pub form: Form,
    /// The context's JSON, shared with its neighbours; empty for raw calls.
    pub context: Rc<String>,
    /// The hit's JSON, or the snapshot of a raw call.
    pub body: String,
    /// The transaction that writes it; 0 once the store has it.
    pub ticket: u32,
    /// Whether it was tracked by this page; adopted ones are counted apart.
    pub own: bool,
    /// The number of the batch that carries it now; 0 for none, [`GONE`] when it is to be taken out.
    pub flight: u32,
}

impl Entry {
    /// Bytes it adds to a batch, its comma included.
    pub fn bytes(&self) -> usize {
        self.body.len() + 1
    }
}

/// The hits waiting for one destination, in the order in which they will be sent.
#[derive(Debug, Default)]
pub struct Queue {
    entries: Vec<Entry>,
    bytes: usize,
    /// Entries that are no reports of losses.
    hits: usize,
}

impl Queue {
    /// Adds a hit: at the end, unless later ones of its stream are there already. The store's order is that of its keys.
    pub fn push(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.hits += usize::from(entry.form != Form::Lost);
        let later = |other: &Entry| other.seq > entry.seq && other.stream == entry.stream;
        let place = self.entries.iter().position(later).unwrap_or(self.entries.len());
        self.entries.insert(place, entry);
    }

    /// Where the hit to give up stands while the queue is over its bounds: of the least important the oldest, unless it is
    /// in flight.
    pub fn surplus(&self) -> Option<usize> {
        if self.hits <= QUEUE_HITS_MAX && self.bytes <= QUEUE_BYTES_MAX {
            return None;
        }
        let mut found = None;
        let mut least = 0;
        for (index, entry) in self.entries.iter().enumerate() {
            if entry.flight == 0 && entry.form != Form::Lost && (found.is_none() || entry.priority > least) {
                least = entry.priority;
                found = Some(index);
            }
        }
        found
    }

    /// Whether it holds the hit of this id. Looks from the end, where the newest are.
    pub fn has(&self, stream: &str, seq: u64) -> bool {
        self.entries.iter().rev().any(|entry| entry.seq == seq && *entry.stream == *stream)
    }

    /// Puts the report of its loss in a hit's place, to be written by the transaction `ticket`. The answer is the report.
    pub fn lose(&mut self, index: usize, report: String, ticket: u32) -> Option<&Entry> {
        let entry = self.entries.get_mut(index)?;
        self.bytes = self.bytes + report.len() - entry.body.len();
        self.hits -= 1;
        entry.form = Form::Lost;
        entry.flight = 0;
        entry.ticket = ticket;
        entry.body = report;
        // A raw call has no context beside it, and the report travels in an object.
        if entry.context.is_empty() {
            entry.context = owned("{}").into();
        }
        Some(entry)
    }

    /// Takes out every entry that is [`GONE`].
    pub fn clear(&mut self) {
        self.entries.retain(|entry| entry.flight != GONE);
        self.bytes = 0;
        self.hits = 0;
        for entry in &self.entries {
            self.bytes += entry.bytes();
            self.hits += usize::from(entry.form != Form::Lost);
        }
    }

    /// The entry at a place.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut Entry> {
        self.entries.get_mut(index)
    }

    /// The entries, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// The entries, in order, to mark them.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Entry> {
        self.entries.iter_mut()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: u64, priority: u8) -> Entry {
        let body = String::from("{}");
        let (stream, context) = (Rc::default(), Rc::default());
        Entry { stream, seq, at: 0, since: 0, priority, form: Form::Hit, context, body, ticket: 0, own: true, flight: 0 }
    }

    #[test]
    fn gives_up_one_hit_for_each_too_many() {
        let mut queue = Queue::default();
        for seq in 0..QUEUE_HITS_MAX as u64 {
            queue.push(entry(seq, 1 + (seq % 3) as u8));
        }
        assert_eq!(queue.surplus(), None);
        queue.push(entry(u64::MAX, 0));
        // The oldest of the least important; its report stays in its place and is no surplus itself.
        assert_eq!(queue.surplus(), Some(2));
        assert!(queue.lose(2, String::from("{\"lost\":\"queue_full\"}"), 1).is_some());
        assert_eq!(queue.surplus(), None);
    }
}
