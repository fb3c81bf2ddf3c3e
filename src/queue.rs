//! Keeps hits until the collector has acknowledged them. Never sends, never reads a clock; `surplus` names what to give
//! up when it is past `limits::QUEUE_HITS_MAX` or `limits::QUEUE_BYTES_MAX`.

use crate::call::Millis;
use crate::defect::{is, queue_hits_max};
use crate::limits::QUEUE_BYTES_MAX;
use std::rc::Rc;

/// The flight of an entry that [`Queue::clear`] takes out.
pub const GONE: u32 = u32::MAX;

/// What the hits of one page share.
#[derive(Debug)]
pub struct Page {
    /// 32 hex digits.
    pub stream: String,
    /// The context's JSON.
    pub context: String,
}

/// One waiting hit. Its bytes never change.
#[derive(Debug)]
pub struct Entry {
    /// The page it was made on.
    pub page: Rc<Page>,
    /// Number within the stream.
    pub seq: u64,
    /// When the call was made.
    pub at: Millis,
    /// When it came into this queue: what `maxWaitMs` counts from.
    pub since: Millis,
    /// As `Event::priority`: decides when to flush and what to shed, never the order.
    pub priority: u8,
    /// Whether it is the report of a sequence number that yielded no hit.
    pub lost: bool,
    /// Whether it was tracked by this page; adopted ones are counted apart.
    pub own: bool,
    /// The number of the batch that carries it now; 0 for none, [`GONE`] when it is to be taken out.
    pub flight: u32,
    /// The JSON of the hit, or of the report.
    pub body: String,
}

impl Entry {
    /// Bytes it adds to a batch, its comma included.
    pub fn bytes(&self) -> usize {
        if is!(CountsUnits) {
            return self.body.chars().count();
        }
        self.body.len() + 1
    }
}

/// The hits waiting for one destination, in the order in which they will be sent.
#[derive(Debug, Default)]
pub struct Queue {
    // Boxed, as moving a pointer takes less code than moving an entry.
    #[allow(clippy::vec_box)]
    entries: Vec<Box<Entry>>,
}

impl Queue {
    /// Adds a hit: at the end, unless later ones of its stream are there already. The store's order is that of its keys.
    pub fn push(&mut self, entry: Entry) {
        let later = |other: &Entry| {
            if is!(SendsByPriority) {
                return other.flight == 0 && other.priority > entry.priority;
            }
            !is!(AppendsOnly) && other.seq > entry.seq && other.page.stream == entry.page.stream
        };
        let place = self.entries.iter().position(|other| later(other)).unwrap_or(self.entries.len());
        self.entries.insert(place, Box::new(entry));
    }

    /// Where the hit to give up stands while the queue is over its bounds: of the least important the oldest, unless it is
    /// in flight.
    pub fn surplus(&self) -> Option<usize> {
        let (mut hits, mut bytes) = (0, 0);
        let mut found = None;
        let mut least = 0;
        for (index, entry) in self.entries.iter().enumerate() {
            bytes += entry.bytes();
            hits += usize::from(!entry.lost);
            if (entry.flight == 0 || is!(ShedsInFlight))
                && !entry.lost
                && (found.is_none()
                    || (entry.priority > least && !is!(ShedsMostImportant))
                    || (is!(ShedsMostImportant) && entry.priority < least)
                    || (is!(ShedsNewest) && entry.priority == least))
            {
                least = entry.priority;
                found = Some(index);
            }
        }
        if (hits > queue_hits_max() || bytes > QUEUE_BYTES_MAX) && !is!(NeverSheds) { found } else { None }
    }

    /// Whether it holds the hit of this id. Looks from the end, where the newest are.
    pub fn has(&self, stream: &str, seq: u64) -> bool {
        self.entries.iter().rev().any(|entry| entry.seq == seq && entry.page.stream == stream)
    }

    /// Takes out every entry that is [`GONE`].
    pub fn clear(&mut self) {
        self.entries.retain(|entry| entry.flight != GONE);
    }

    /// The entry at a place.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut Entry> {
        self.entries.get_mut(index).map(|entry| &mut **entry)
    }

    /// The entries, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().map(|entry| &**entry)
    }

    /// The entries, in order, to mark them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.iter_mut().map(|entry| &mut **entry)
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::QUEUE_HITS_MAX;

    fn entry(seq: u64, priority: u8) -> Entry {
        let page = Rc::new(Page { stream: String::new(), context: String::new() });
        Entry { page, seq, at: 0, since: 0, priority, lost: false, own: true, flight: 0, body: String::from("{}") }
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
        queue.get_mut(2).expect("an entry").lost = true;
        assert_eq!(queue.surplus(), None);
    }

    #[test]
    fn keeps_the_order_of_a_stream() {
        let mut queue = Queue::default();
        for seq in [10, 2, 30, 1] {
            queue.push(entry(seq, 1));
        }
        assert_eq!(queue.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 10, 30]);
    }
}
