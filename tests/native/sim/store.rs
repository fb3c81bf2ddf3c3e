//! The double of the store: rows and journals of one browser, and one page's connection to them. To open, to begin, to be
//! through and to be told so are separate moments; a page may be gone between any two of them.

use super::World;
use super::dice::Dice;
use caisse::call::GROUP;
use caisse::ports::{Changes, Store};
use std::collections::{BTreeMap, VecDeque};

/// What outlives pages: IndexedDB's rows by key, localStorage's journals by stream.
#[derive(Debug, Default)]
pub struct Disk {
    pub rows: BTreeMap<String, String>,
    pub journals: BTreeMap<String, String>,
}

impl Disk {
    pub fn purge(&mut self) {
        self.rows.clear();
        self.journals.clear();
    }

    fn apply(&mut self, transaction: &Transaction) {
        for (key, row) in &transaction.puts {
            self.rows.insert(key.clone(), row.clone());
        }
        for key in &transaction.deletes {
            self.rows.remove(key);
        }
    }
}

/// Who asked for a transaction, and wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    /// The core, by ticket.
    Core(u32),
    /// The shim, for calls the core has not seen.
    Shim(Vec<u64>),
}

#[derive(Clone, Debug)]
pub struct Transaction {
    /// The stream of the page that asked: one that has ended is told nothing.
    pub stream: String,
    pub asker: Asker,
    pub puts: Vec<(String, String)>,
    pub deletes: Vec<String>,
    /// Journals whose rows are among the puts.
    pub merged: Vec<String>,
}

impl Transaction {
    pub fn new(stream: &str, asker: Asker) -> Self {
        Self { stream: stream.into(), asker, puts: Vec::new(), deletes: Vec::new(), merged: Vec::new() }
    }

    /// Reads what the core wants changed.
    pub fn read(mut self, changes: &str) -> Self {
        let mut parts = changes.split(GROUP);
        while let Some(part) = parts.next() {
            match part.split_at(1) {
                ("+", key) => self.puts.push((key.into(), parts.next().expect("a row").into())),
                (_, key) => self.deletes.push(key.into()),
            }
        }
        self
    }
}

/// How a browser treats a page's storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Works,
    /// Nothing can be opened: private windows, denied cookies.
    Refuses,
    /// Every third transaction aborts: quota.
    Fails,
}

/// One page's connection. Transactions run one after the other.
#[derive(Debug)]
pub struct Database {
    pub mode: Mode,
    open: bool,
    asked: VecDeque<Transaction>,
    begun: Option<Transaction>,
}

impl Database {
    pub fn new(mode: Mode) -> Self {
        Self { mode, open: false, asked: VecDeque::new(), begun: None }
    }

    pub fn ask(&mut self, transaction: Transaction) {
        self.asked.push_back(transaction);
    }

    pub fn is_idle(&self) -> bool {
        self.asked.is_empty() && self.begun.is_none()
    }

    /// Lets one moment pass; the answer is a transaction that is through (`true`) or has failed.
    pub fn advance(&mut self, disk: &mut Disk, dice: &mut Dice) -> Option<(Transaction, bool)> {
        if self.mode == Mode::Refuses {
            return self.asked.pop_front().map(|transaction| (transaction, false));
        }
        if !self.open {
            self.open = true;
            return None;
        }
        let Some(transaction) = self.begun.take() else {
            self.begun = self.asked.pop_front();
            return None;
        };
        let kept = self.mode == Mode::Works || !dice.chance(33);
        if kept {
            disk.apply(&transaction);
        }
        Some((transaction, kept))
    }

    /// The page is gone: what has begun may land or not.
    pub fn end(&mut self, disk: &mut Disk, dice: &mut Dice) {
        self.asked.clear();
        if let Some(transaction) = self.begun.take()
            && dice.chance(50)
        {
            disk.apply(&transaction);
        }
    }

    /// Everything asked for is forgotten: consent was withdrawn.
    pub fn purge(&mut self) {
        self.asked.clear();
        self.begun = None;
    }
}

/// What the core asked of the store.
#[derive(Debug, Default)]
pub struct Asked {
    pub writes: Vec<(u32, Changes)>,
    pub journal: Option<String>,
}

impl Store for World {
    fn write(&mut self, ticket: u32, changes: &Changes) {
        self.store.writes.push((ticket, changes.clone()));
    }

    fn journal(&mut self, rows: &str) {
        self.store.journal = Some(rows.into());
    }
}
