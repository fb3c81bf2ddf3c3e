//! No store: hits live in memory and go with the page.

use super::Wishes;
use crate::ports::{Changes, Store};

impl Store for Wishes {
    fn write(&mut self, ticket: u32, _changes: &Changes) {
        self.tickets.push(ticket);
    }

    fn journal(&mut self, _rows: &str) {}
}
