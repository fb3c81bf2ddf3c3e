//! The store behind the shim: IndexedDB for transactions, localStorage for the journal.

use super::outbox::Outbox;
use crate::ports::{Changes, Store};

impl Store for Outbox {
    fn write(&mut self, ticket: u32, changes: &Changes) {
        self.add("w").number(u64::from(ticket)).add("\u{1f}").add(&changes.0).end();
    }

    fn journal(&mut self, rows: &str) {
        self.add("j").add(rows).end();
    }
}
