//! The store behind the shim: IndexedDB, and localStorage for what has not reached it when the page leaves.

use super::outbox::Outbox;
use crate::call::UNIT;
use crate::ports::Store;
use crate::row::{Row, push_key};
use crate::text::Append;

impl Store for Outbox {
    fn put(&mut self, row: &Row<'_>) {
        self.add("+");
        push_key(&mut self.0, row.destination, row.stream, row.seq);
        self.0.add_char(UNIT);
        row.write(&mut self.0);
        self.end();
    }

    fn delete(&mut self, destination: &str, stream: &str, seq: u64) {
        self.add("-");
        push_key(&mut self.0, destination, stream, seq);
        self.end();
    }

    fn bought(&mut self, order: &str, stream: &str, seq: u64) {
        self.add("o").add(order).add("\u{1f}").add(stream).add("-").number(seq).end();
    }
}
