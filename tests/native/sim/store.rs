//! The double of the store: rows and journals of one browser, and one page's way to them, as `js/src/store.ts` has it. To open, to
//! begin, to be through and to be told so are separate moments; a page may be gone between any two of them.

use super::dice::Dice;
use super::local::{Local, journal_key};
use super::{Defect, World};
use caisse::call::GROUP;
use caisse::ports::Store;
use caisse::row::{Row, push_key};
use std::collections::{BTreeMap, VecDeque};

/// What outlives pages: IndexedDB's rows by key, and localStorage.
#[derive(Debug, Default)]
pub struct Disk {
    pub rows: BTreeMap<String, String>,
    pub local: Local,
    /// Whether nothing more can be kept.
    pub full: bool,
}

impl Disk {
    pub fn purge(&mut self) {
        self.rows.clear();
        self.local.clear();
    }

    /// From now on nothing more can be kept, or everything again.
    pub fn fill(&mut self, full: bool) {
        self.full = full;
        self.local.full = full;
    }

    fn apply(&mut self, changes: &Changes) {
        for (key, row) in changes {
            match row {
                Some(row) => self.rows.insert(key.clone(), row.clone()),
                None => self.rows.remove(key),
            };
        }
    }
}

/// What one transaction does, by key: a row to put, or nothing where one is to be deleted.
pub type Changes = BTreeMap<String, Option<String>>;

#[derive(Clone, Debug, Default)]
pub struct Transaction {
    /// The stream of the page that asked: one that has ended is told nothing.
    pub stream: String,
    pub changes: Changes,
    /// Numbers of the page's calls that are durable once this is through.
    pub calls: Vec<u64>,
    /// Journals of earlier pages whose rows are among the puts: keys, and what stood there.
    pub journals: Vec<(String, String)>,
    /// Orders to be remembered once this is through, as `hash.time.id`.
    pub bought: Vec<String>,
}

impl Transaction {
    /// Stream and number of every row that it puts.
    pub fn puts(&self) -> impl Iterator<Item = (&str, u64)> {
        self.changes.iter().filter(|(_, row)| row.is_some()).map(|(key, _)| id(key))
    }
}

/// UTF-16 units a journal may have.
const JOURNAL_UNITS_MAX: usize = 131_072;

/// How a browser treats a page's storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Works,
    /// Nothing can be opened: private windows, denied cookies.
    Refuses,
    /// Every third transaction aborts.
    Fails,
    /// A transaction takes seconds.
    Slow,
}

/// One page's way to the disk. Transactions run one after the other; a row is soft until one with it is known to be through, and soft
/// rows are what the journal keeps.
#[derive(Debug)]
pub struct Database {
    pub mode: Mode,
    /// The page is leaving: a transaction begun now would be suspended, and every other page's with it.
    pub leaving: bool,
    defect: Defect,
    open: bool,
    asked: VecDeque<Transaction>,
    begun: Option<Transaction>,
    /// By key, each with its place among them.
    soft: BTreeMap<String, (u64, String)>,
    order: u64,
    began_leaving: bool,
    /// Keys of soft rows for which the journal had no room.
    crowded: Vec<String>,
}

impl Database {
    pub fn new(mode: Mode, defect: Defect) -> Self {
        let (asked, soft) = (VecDeque::new(), BTreeMap::new());
        Self { mode, leaving: false, defect, open: false, asked, begun: None, soft, order: 0, began_leaving: false, crowded: Vec::new() }
    }

    /// Asks for a transaction; while the page leaves none is tried, and what it would have put stays soft.
    pub fn ask(&mut self, transaction: Transaction) {
        for (key, row) in &transaction.changes {
            match row {
                Some(row) => self.soften(key.clone(), row.clone()),
                None => drop(self.soft.remove(key)),
            }
        }
        if !self.leaving || self.defect == Defect::BeginsWhileLeaving {
            self.began_leaving |= self.leaving;
            self.asked.push_back(transaction);
        }
    }

    /// A row is another one from now on, which the disk does not have.
    pub fn soften(&mut self, key: String, row: String) {
        let next = self.order;
        self.order += 1;
        self.soft.entry(key).or_insert((next, String::new())).1 = row;
    }

    /// Whether the page asked for a transaction while it left.
    pub fn began_leaving(&self) -> bool {
        self.began_leaving
    }

    /// Keys of rows that the journal may have had, and has no longer: larger ones took their place.
    pub fn crowded(&mut self) -> Vec<String> {
        std::mem::take(&mut self.crowded)
    }

    /// The soft row under a key.
    pub fn soft(&self, key: &str) -> Option<&str> {
        self.soft.get(key).map(|(_, row)| row.as_str())
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
        let puts = transaction.changes.values().any(Option::is_some);
        let kept = !(disk.full && puts) && (self.mode != Mode::Fails || !dice.chance(33));
        if kept {
            disk.apply(&transaction.changes);
        }
        Some((transaction, kept))
    }

    /// The page hears of a transaction: what is through is soft no longer, and the journal has the rest at once if it failed. Says whether
    /// all of it is kept somewhere.
    pub fn told(&mut self, transaction: &Transaction, kept: bool, disk: &mut Disk) -> bool {
        if kept || self.defect == Defect::TrustsFailures {
            for (key, row) in &transaction.changes {
                // A row that was put again meanwhile is as soft as before.
                if row.is_some() && self.soft(key) == row.as_deref() {
                    self.soft.remove(key);
                }
            }
        }
        if self.defect == Defect::EndsJournals && kept {
            disk.local.set(&journal_key(&transaction.stream), "");
        } else if !kept || self.soft.is_empty() {
            return self.journal(&transaction.stream, disk) || kept;
        }
        true
    }

    /// Keeps the soft rows synchronously, as many as may be kept; removes the journal if there are none. Says whether all are kept.
    pub fn journal(&mut self, stream: &str, disk: &mut Disk) -> bool {
        let mut rows: Vec<&String> = Vec::new();
        let mut units = 0;
        let mut crowded = Vec::new();
        let mut soft: Vec<(&String, &(u64, String))> = self.soft.iter().collect();
        soft.sort_unstable_by_key(|(_, (order, _))| *order);
        for (key, (_, row)) in soft {
            let size = row.encode_utf16().count();
            if units + size < JOURNAL_UNITS_MAX {
                units += size + usize::from(!rows.is_empty());
                rows.push(row);
            } else {
                crowded.push(key.clone());
            }
        }
        if self.defect == Defect::NoJournal {
            return true;
        }
        // One that localStorage refuses leaves the last one as it was.
        let written = disk.local.set(&journal_key(stream), &join(rows));
        let all = crowded.is_empty();
        if written {
            self.crowded.extend(crowded);
        }
        written && all
    }

    /// The page is gone: what has begun may land or not.
    pub fn end(&mut self, disk: &mut Disk, dice: &mut Dice) {
        self.asked.clear();
        if let Some(transaction) = self.begun.take()
            && dice.chance(50)
        {
            disk.apply(&transaction.changes);
        }
    }

    /// Everything asked for is forgotten: consent was withdrawn.
    pub fn purge(&mut self) {
        self.asked.clear();
        self.begun = None;
        self.soft.clear();
    }
}

/// Rows or calls in one text.
pub fn join<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    texts.into_iter().map(String::as_str).collect::<Vec<_>>().join(&GROUP.to_string())
}

/// The key under which a row is kept.
pub fn key(destination: &str, stream: &str, seq: u64) -> String {
    let mut key = String::new();
    push_key(&mut key, destination, stream, seq);
    key
}

/// Stream and number in a key.
pub fn id(key: &str) -> (&str, u64) {
    let mut parts = key.split('|').skip(1);
    let stream = parts.next().expect("a stream");
    (stream, parts.next().and_then(|seq| seq.parse().ok()).expect("a number"))
}

impl Store for World {
    fn put(&mut self, row: &Row<'_>) {
        let mut text = String::new();
        row.write(&mut text);
        assert_eq!(Row::read(&text).as_ref(), Some(row), "a row that cannot be read back");
        self.store.insert(key(row.destination, row.stream, row.seq), Some(text));
    }

    fn delete(&mut self, destination: &str, stream: &str, seq: u64) {
        self.store.insert(key(destination, stream, seq), None);
    }

    fn bought(&mut self, order: &str, stream: &str, seq: u64) {
        self.bought.push((order.into(), format!("{stream}-{seq}")));
    }
}
