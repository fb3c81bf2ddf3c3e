//! localStorage: texts by key, at once and synchronous. What it was given lately is not on disk yet: a browser that is killed comes up
//! with what it held some seconds ago (measured: up to five), one whose page crashed keeps it.

use caisse::call::GROUP;
use std::collections::{BTreeMap, VecDeque};

/// Milliseconds after which a change is surely on disk.
pub const SETTLED_MS: u64 = 6_000;

/// A change: when, of which key, and what was there before.
type Change = (u64, String, Option<String>);

#[derive(Debug, Default)]
pub struct Local {
    items: BTreeMap<String, String>,
    changes: VecDeque<Change>,
    /// The true time.
    pub time: u64,
    /// Whether it refuses what makes it larger.
    pub full: bool,
}

impl Local {
    pub fn get(&self, key: &str) -> &str {
        self.items.get(key).map_or("", String::as_str)
    }

    /// An empty value removes the key. Says whether it was done.
    pub fn set(&mut self, key: &str, value: &str) -> bool {
        if self.full && value.len() > self.get(key).len() {
            return false;
        }
        let before = if value.is_empty() { self.items.remove(key) } else { self.items.insert(key.into(), value.into()) };
        if before.as_deref() != Some(value) && (before.is_some() || !value.is_empty()) {
            self.changes.push_back((self.time, key.into(), before));
            while self.changes.front().is_some_and(|(at, ..)| at + SETTLED_MS < self.time) {
                self.changes.pop_front();
            }
        }
        true
    }

    /// Keys that begin so.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        self.items.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    pub fn clear(&mut self) {
        for key in self.keys("") {
            self.set(&key, "");
        }
    }

    /// The browser was killed: everything is as it was so long ago.
    pub fn roll_back(&mut self, ms: u64) {
        while self.changes.back().is_some_and(|(at, ..)| at + ms >= self.time) {
            let Some((_, key, before)) = self.changes.pop_back() else { return };
            match before {
                Some(value) => self.items.insert(key, value),
                None => self.items.remove(&key),
            };
        }
    }
}

/// The key of a stream's journal.
pub fn journal_key(stream: &str) -> String {
    format!("j.{stream}")
}

/// The key of the claim to a stream.
pub fn claim_key(stream: &str) -> String {
    format!("l.{stream}")
}

/// The key of the orders that this browser has counted.
pub const ORDERS: &str = "o";

/// The stream of a row or a call.
pub fn stream_of(row: &str) -> &str {
    row.split('\u{1f}').nth(if row.starts_with("r1") { 2 } else { 1 }).unwrap_or("")
}

/// Whether a journal is all of this version: what a newer one wrote is left where it is.
pub fn is_known(journal: &str) -> bool {
    journal.split(GROUP).all(|row| ["r1\u{1f}", "c1\u{1f}", "wc1\u{1f}"].iter().any(|start| row.starts_with(start)))
}
