//! What the core needs to know of `createTracker`'s options. The shim checks what the page wrote and says what is wrong;
//! this is what it passes on. Never acts on it.

use crate::batch::Limits;
use crate::call::{RECORD, UNIT};
use crate::consent::State;
use crate::destination::Destination;
use crate::limits::{BATCH_BYTES_MAX, BATCH_HITS_MAX, BATCH_WAIT_MS};
use crate::text::{after, before, number_or, owned, split};

/// The options of a tracker.
#[derive(Debug, Default)]
pub struct Options {
    /// What the collector files hits under.
    pub site: String,
    /// Where hits go.
    pub destinations: Vec<Destination>,
    /// How batches are cut.
    pub batch: Limits,
    /// What the visitor said.
    pub consent: State,
}

impl Options {
    /// Reads `site US hits US milliseconds US bytes *(RS name US url)`; an empty number is the default.
    pub fn read(text: &str) -> Self {
        let mut records = split(text, RECORD);
        let mut head = split(records.part(), UNIT);
        let site = owned(head.part());
        // Too much for the collector is its business: it says so, and the batch is halved.
        let hits_max = number_or(head.part(), BATCH_HITS_MAX as u64) as usize;
        let wait_ms = number_or(head.part(), BATCH_WAIT_MS);
        let bytes_max = number_or(head.part(), BATCH_BYTES_MAX as u64) as usize;
        let mut destinations = Vec::new();
        for record in records {
            let name = before(record, UNIT);
            destinations.push(Destination::new(name, after(record, name)));
        }
        Self { site, destinations, batch: Limits { hits_max, wait_ms, bytes_max }, consent: State::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_shim_passes_on() {
        let options = Options::read("rivet\u{1f}10\u{1f}\u{1f}999999\u{1e}collector\u{1f}/hits");
        assert_eq!((options.site.as_str(), options.batch.hits_max), ("rivet", 10));
        assert_eq!((options.batch.wait_ms, options.batch.bytes_max), (2_000, 999_999));
        assert_eq!(options.destinations.iter().map(|to| &*to.name).collect::<Vec<_>>(), ["collector"]);
        assert_eq!(options.consent, State::Pending);
    }
}
