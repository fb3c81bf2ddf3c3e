//! No store: hits live in memory and go with the page.

use super::Wishes;
use crate::ports::Store;
use crate::row::Row;

impl Store for Wishes {
    fn put(&mut self, _row: &Row<'_>) {}

    fn delete(&mut self, _destination: &str, _stream: &str, _seq: u64) {}

    // The tracker itself remembers the page's orders.
    fn bought(&mut self, _order: &str, _stream: &str, _seq: u64) {}
}
