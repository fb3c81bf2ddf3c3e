//! What happens to what is stored: the browser dies and loses what localStorage was given lately, the visitor deletes it, something
//! writes over it, a newer version has left its own; and what may be there in the end.

use super::Schedule;
use crate::sim::collector::Id;
use crate::sim::local::{SETTLED_MS, is_known};
use crate::sim::page::Page;
use crate::sim::store::id;
use std::collections::BTreeSet;

/// As a newer version might write it.
const NEWER: &str = "r9\u{1f}collector\u{1f}something new";

impl Schedule {
    /// The browser dies with every page.
    pub(super) fn kill(&mut self) {
        self.fuse = None;
        if self.tabs.is_empty() || self.last > 0 {
            return;
        }
        self.fault("browser killed");
        let numbers: Vec<u32> = self.tabs.keys().copied().collect();
        for number in numbers {
            self.lose_page(number);
        }
        let back = self.dice.below(SETTLED_MS);
        self.disk.local.roll_back(back);
        self.ledger.killed();
        // What a newer version wrote went the same way.
        self.foreign.retain(|key, _| !key.starts_with("j."));
        let local = &self.disk.local;
        let newer = local.keys("j.").into_iter().filter(|key| local.get(key) == NEWER);
        self.foreign.extend(newer.map(|key| (key, NEWER.to_owned())));
        if self.withdrawn_at.is_some_and(|at| at + SETTLED_MS >= self.time) {
            for key in local.keys("j.") {
                self.ledger.returned(local.get(&key));
            }
        }
    }

    /// The visitor deletes what the site has stored.
    pub(super) fn clear(&mut self) {
        if self.last == 0 {
            self.fault("storage cleared");
            self.disk.purge();
            self.ledger.spoiled(None);
            self.foreign.clear();
            self.garbage.clear();
        }
    }

    /// Something writes over a row or a journal, or beside them.
    pub(super) fn spoil(&mut self) {
        if self.last > 0 {
            return;
        }
        self.fault("row or journal spoiled");
        let stream = self.dice.id();
        match self.dice.below(5) {
            0 => self.add_foreign(format!("collector|{stream}|0")),
            1 => self.add_foreign(format!("j.{stream}")),
            2 => {
                let key = format!("collector|{stream}|3");
                self.disk.rows.insert(key.clone(), "\u{1f}nonsense \u{fffd}".into());
                self.garbage.insert(key);
            }
            3 => self.cut_row(),
            _ => self.cut_journal(),
        }
    }

    fn add_foreign(&mut self, key: String) {
        if key.starts_with("j.") {
            if !self.disk.local.set(&key, NEWER) {
                return;
            }
        } else {
            self.disk.rows.insert(key.clone(), NEWER.into());
        }
        self.foreign.insert(key, NEWER.into());
    }

    fn cut_row(&mut self) {
        let keys: Vec<String> = self.disk.rows.keys().filter(|key| !self.foreign.contains_key(*key)).cloned().collect();
        if keys.is_empty() {
            return;
        }
        let key = &keys[self.dice.below(keys.len() as u64) as usize];
        let row = self.disk.rows[key].clone();
        let cut = cut(&row, self.dice.below(row.len() as u64) as usize);
        self.disk.rows.insert(key.clone(), cut);
        let (stream, seq) = id(key);
        self.ledger.spoiled(Some((stream.to_owned(), seq)));
        self.garbage.insert(key.clone());
    }

    fn cut_journal(&mut self) {
        let keys = self.disk.local.keys("j.");
        let keys: Vec<&String> = keys.iter().filter(|key| !self.foreign.contains_key(*key)).collect();
        if keys.is_empty() {
            return;
        }
        let key = keys[self.dice.below(keys.len() as u64) as usize].clone();
        let journal = self.disk.local.get(&key).to_owned();
        let kept = cut(&journal, self.dice.below(journal.len() as u64) as usize);
        // What stood behind the cut, and the row that it went through. What does not look like a journal of this version any more is a
        // newer one's, all of it, and left alone.
        let whole = if is_known(&kept) { kept.matches('\u{1d}').count() } else { 0 };
        let lost: BTreeSet<Id> = journal.split('\u{1d}').skip(whole).filter_map(id_of).collect();
        lost.into_iter().for_each(|id| self.ledger.spoiled(Some(id)));
        self.disk.local.set(&key, &kept);
        self.garbage.insert(key);
    }

    pub(super) fn freeze(&mut self, number: u32) {
        if self.last > 0 || !self.tabs.contains_key(&number) {
            return;
        }
        self.fault("page kept for coming back");
        self.on(number, |page, around| page.hide(Vec::new(), around));
        self.carry_out();
        self.tabs.get_mut(&number).into_iter().for_each(|tab| tab.frozen = Some(Vec::new()));
    }

    pub(super) fn thaw(&mut self, number: u32) {
        let Some(waiting) = self.tabs.get_mut(&number).and_then(|tab| tab.frozen.take()) else { return };
        self.on(number, Page::come_back);
        waiting.into_iter().for_each(|happening| self.after(0, happening));
    }

    /// What must not be there in the end, and what must.
    pub(super) fn leftovers(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let kept =
            |key: &String| if key.starts_with("j.") { self.disk.local.get(key) } else { self.disk.rows.get(key).map_or("", |row| row) };
        let missing = self.foreign.iter().filter(|(key, text)| kept(key) != text.as_str());
        wrong.extend(missing.map(|(key, _)| format!("{key}, which a newer version wrote, is not what it was: {:?}", kept(key))));
        let keys = self.disk.rows.keys().cloned().chain(self.disk.local.keys("j."));
        let left: Vec<String> = keys.filter(|key| !self.foreign.contains_key(key) && !self.garbage.contains(key)).collect();
        if !left.is_empty() {
            wrong.push(format!("{} rows or journals stay behind: {left:?}", left.len()));
        }
        wrong
    }
}

/// The beginning of a text, in whole characters.
fn cut(text: &str, at: usize) -> String {
    (0..=at).rev().find_map(|at| text.get(..at)).unwrap_or("").to_owned()
}

/// The id in a row or a call.
fn id_of(row: &str) -> Option<Id> {
    let parts: Vec<&str> = row.split('\u{1f}').collect();
    let first = if row.starts_with("r1") { 2 } else { 1 };
    Some((parts.get(first)?.to_string(), parts.get(first + 1)?.split('\u{1e}').next()?.parse().ok()?))
}
