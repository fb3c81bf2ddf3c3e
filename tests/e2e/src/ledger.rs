//! What pages have tracked, written down outside the browser, and what the collector's own table says of it. Every event
//! carries its number as a value; ids are the tracker's affair, and are what is judged here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

/// The events of one site.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    next: u64,
    /// Events that must arrive.
    owed: BTreeSet<u64>,
    /// Events that may be lost: their page ended before it could have kept them.
    soft: BTreeSet<u64>,
    /// Events that must not arrive.
    refused: BTreeSet<u64>,
}

/// A hit in the collector's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Its stream.
    pub stream: String,
    /// Its number within the stream.
    pub seq: i64,
    /// Its event's number in the ledger; nothing if it is another hit.
    pub event: Option<u64>,
}

/// What is wrong with a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Events of the ledger.
    pub events: usize,
    /// Those of them that may be lost, and are.
    pub soft: usize,
    /// Events that are owed and not there.
    pub lost: Vec<u64>,
    /// Events that are there more than once.
    pub twice: Vec<u64>,
    /// Events that stand before one that was tracked earlier in their stream.
    pub disordered: Vec<u64>,
    /// Events that are there and should not be.
    pub strange: Vec<u64>,
}

impl Judgement {
    /// Whether nothing is wrong.
    pub fn is_right(&self) -> bool {
        [&self.lost, &self.twice, &self.disordered, &self.strange].iter().all(|wrong| wrong.is_empty())
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, soft, lost, twice, disordered, strange } = self;
        write!(to, "{events} events, {soft} lost that were not kept; lost {lost:?}, twice {twice:?}, out of order {disordered:?}")?;
        write!(to, ", not expected {strange:?}")
    }
}

impl Ledger {
    /// Writes down so many events, before they are tracked. The answer is the first one's number.
    pub fn add(&mut self, count: u64) -> u64 {
        let first = self.next;
        self.next += count;
        self.owed.extend(first..self.next);
        first
    }

    /// The number of the event that is written down next.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// These events may be lost.
    pub fn excuse(&mut self, events: impl IntoIterator<Item = u64>) {
        for event in events {
            self.owed.remove(&event);
            self.soft.insert(event);
        }
    }

    /// This event is refused by the collector for good.
    pub fn refuse(&mut self, event: u64) {
        self.owed.remove(&event);
        self.refused.insert(event);
    }

    /// How many events are owed.
    pub fn owed(&self) -> usize {
        self.owed.len()
    }

    /// Whether everything owed is there.
    pub fn is_settled(&self, table: &[Counted]) -> bool {
        let there: BTreeSet<u64> = table.iter().filter_map(|hit| hit.event).collect();
        self.owed.is_subset(&there)
    }

    /// Compares the ledger with the table, which is in the order of reports.
    pub fn judge(&self, table: &[Counted]) -> Judgement {
        let mut times: BTreeMap<u64, usize> = BTreeMap::new();
        let mut last: BTreeMap<&str, (i64, u64)> = BTreeMap::new();
        let mut disordered = Vec::new();
        for hit in table {
            let Some(event) = hit.event else { continue };
            *times.entry(event).or_default() += 1;
            // The numbers of the ledger grow as the page tracks, and those of the stream must have grown with them.
            if last.get(&*hit.stream).is_some_and(|(seq, before)| *seq >= hit.seq || *before >= event) {
                disordered.push(event);
            }
            last.insert(&hit.stream, (hit.seq, event));
        }
        let known = |event: &&u64| self.owed.contains(event) || self.soft.contains(event);
        Judgement {
            events: self.owed.len() + self.soft.len() + self.refused.len(),
            soft: self.soft.iter().filter(|event| !times.contains_key(event)).count(),
            lost: self.owed.iter().filter(|event| !times.contains_key(event)).copied().collect(),
            twice: times.iter().filter(|(_, times)| **times > 1).map(|(event, _)| *event).collect(),
            disordered,
            strange: times.keys().filter(|event| !known(event)).copied().collect(),
        }
    }
}

/// The hits of a site in a collector's database, in the order of reports.
///
/// # Errors
/// Words, if they cannot be read.
pub(crate) fn table(database: &Path, site: &str) -> Result<Vec<Counted>, String> {
    let read = || {
        let database = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut hits = database.prepare(
            "SELECT h.stream, h.seq, v.value FROM hits AS h LEFT JOIN variables AS v ON v.hit = h.id AND v.line = -1 AND v.key = 'v1'
             WHERE h.site = ?1 ORDER BY h.corrected, h.stream, h.seq",
        )?;
        let rows = hits.query_map(params![site], |row| {
            let marker: Option<String> = row.get(2)?;
            let event = marker.and_then(|text| text.strip_prefix('m')?.strip_suffix('m')?.parse().ok());
            Ok(Counted { stream: row.get(0)?, seq: row.get(1)?, event })
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|error| format!("{}: {error}", database.display()))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[track_caller]
    fn check(table: &[(&str, i64, u64)], lost: &[u64], twice: &[u64], disordered: &[u64], strange: &[u64]) {
        let mut ledger = Ledger::default();
        ledger.add(4);
        ledger.excuse([2]);
        ledger.refuse(3);
        let hit = |(stream, seq, event): &(&str, i64, u64)| Counted { stream: (*stream).into(), seq: *seq, event: Some(*event) };
        let judgement = ledger.judge(&table.iter().map(hit).collect::<Vec<_>>());
        let wrong = [lost, twice, disordered, strange].map(<[u64]>::to_vec);
        assert_eq!([judgement.lost, judgement.twice, judgement.disordered, judgement.strange], wrong, "{table:?}");
    }

    #[test]
    fn finds_what_is_wrong() {
        check(&[("a", 0, 0), ("a", 1, 1)], &[], &[], &[], &[]);
        check(&[("a", 0, 0), ("b", 0, 1), ("a", 1, 2)], &[], &[], &[], &[]);
        check(&[("a", 0, 0)], &[1], &[], &[], &[]);
        check(&[("a", 0, 0), ("a", 1, 1), ("b", 0, 1)], &[], &[1], &[], &[]);
        check(&[("a", 1, 0), ("a", 0, 1)], &[], &[], &[1], &[]);
        check(&[("a", 0, 1), ("a", 1, 0)], &[], &[], &[0], &[]);
        check(&[("a", 0, 0), ("a", 1, 1), ("a", 3, 3), ("a", 9, 9)], &[], &[], &[], &[3, 9]);
    }
}
