//! The judge: knows which calls were made and what they were promised, asks what the collectors have, and says what does not
//! fit. Written without the tracker: it knows nothing of queues, batches or retries.

use super::calls::{Draft, Expected};
use super::collector::{Collector, Id};
use caisse::hit::Reason;
use caisse::vocabulary::Group;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of one call.
#[derive(Clone, Debug)]
pub struct Made {
    pub token: String,
    /// The order of a purchase; empty for everything else.
    order: String,
    pub expected: Expected,
    /// Each destination that told its page that it gave the call up, and why.
    dropped: Vec<(usize, Reason)>,
    /// The store said that it has it.
    durable: bool,
    /// The page left properly, or was told that the store has not got it: the journal has it.
    journaled: bool,
    /// Its page lives until the end.
    live: bool,
}

/// Everything the pages know, and everything that did not fit.
#[derive(Debug, Default)]
pub struct Ledger {
    calls: BTreeMap<Id, Made>,
    /// Streams whose visitor withdrew consent: nothing of them may be sent from then on.
    withdrawn: BTreeSet<String>,
    /// Whether this schedule is too short for a hit to grow too old.
    nothing_expires: bool,
    pub violations: Vec<String>,
}

impl Ledger {
    pub fn new(nothing_expires: bool) -> Self {
        Self { nothing_expires, ..Self::default() }
    }

    pub fn violate(&mut self, what: String) {
        self.violations.push(what);
    }

    pub fn made(&mut self, stream: &str, seq: u64, draft: &Draft) {
        let Draft { token, order, expected, .. } = draft.clone();
        let made = Made { token, order, expected, dropped: Vec::new(), durable: false, journaled: false, live: true };
        if self.calls.insert((stream.into(), seq), made).is_some() {
            self.violate(format!("number {seq} of {stream} was given twice"));
        }
    }

    pub fn durable(&mut self, stream: &str, seq: u64) {
        if let Some(made) = self.calls.get_mut(&(stream.into(), seq)) {
            made.durable = true;
        }
    }

    pub fn dropped(&mut self, destination: usize, stream: &str, seq: u64, reason: Reason) {
        match self.calls.get_mut(&(stream.into(), seq)) {
            Some(made) => made.dropped.push((destination, reason)),
            None => self.violate(format!("{seq} of {stream} was dropped and never made")),
        }
    }

    /// A batch was acknowledged with so many hits; the collector knows how many it listed.
    pub fn acknowledged(&mut self, collector: &Collector, batch: &str, hits: u32) {
        let listed = collector.batches.get(batch).copied();
        if listed != Some(hits) {
            self.violate(format!("batch {batch}: {hits} hits taken as acknowledged, the collector listed {listed:?}"));
        }
    }

    /// The journal has a row of this id.
    pub fn journaled(&mut self, stream: &str, seq: u64) {
        if let Some(made) = self.calls.get_mut(&(stream.into(), seq)) {
            made.journaled = true;
        }
    }

    /// The page of a stream has left: the journal has what the store has not.
    pub fn left(&mut self, stream: &str) {
        for made in self.of(stream) {
            made.journaled = true;
        }
    }

    /// The page of a stream is gone.
    pub fn gone(&mut self, stream: &str) {
        for made in self.of(stream) {
            made.live = false;
        }
    }

    /// Consent was withdrawn: nothing that was made before may be sent any more, whichever page made it.
    pub fn withdrawn(&mut self) {
        self.withdrawn.extend(self.calls.keys().map(|(stream, _)| stream.clone()));
    }

    /// A page sends these bytes.
    pub fn sent(&mut self, granted: bool, body: &str) {
        if !granted {
            self.violate("something was sent without consent".into());
        }
        if let Some(stream) = self.withdrawn.iter().find(|stream| body.contains(stream.as_str())) {
            self.violations.push(format!("{stream} was sent after consent was withdrawn"));
        }
    }

    fn of<'a>(&'a mut self, stream: &'a str) -> impl Iterator<Item = &'a mut Made> {
        self.calls.iter_mut().filter(move |(id, _)| id.0 == stream).map(|(_, made)| made)
    }

    /// The verdict, once the network has healed and the last page has lived long enough.
    pub fn judge(&self, collectors: &[Collector]) -> Vec<String> {
        let mut wrong = self.violations.clone();
        for (index, collector) in collectors.iter().enumerate() {
            wrong.extend(collector.violations.iter().cloned());
            let unknown = collector.hits.keys().chain(collector.lost.keys()).filter(|id| !self.calls.contains_key(*id));
            wrong.extend(unknown.map(|id| format!("collector {index} has {id:?}, which nobody sent with consent")));
            for (id, made) in &self.calls {
                let promised = (made.durable || made.journaled || made.live) && !self.withdrawn.contains(&id.0);
                if let Some(words) = self.fault(index, made, promised, id, collector) {
                    wrong.push(format!("collector {index}, {id:?} {made:?}: {words}"));
                }
            }
        }
        wrong
    }

    /// What is wrong with what became of one call at one collector.
    fn fault(&self, index: usize, made: &Made, promised: bool, id: &Id, collector: &Collector) -> Option<String> {
        let told = made.dropped.iter().find(|(destination, _)| *destination == index).map(|(_, reason)| *reason);
        if let Some((_, hit)) = collector.hits.get(id) {
            let facts = &hit.event.facts;
            return if facts.text(Group::Variables, "v1") != made.token && facts.text(Group::Data, "eVar1") != made.token {
                Some("counted, but it is another call's hit".into())
            } else if matches!(made.expected, Expected::Nothing | Expected::Poison) {
                Some("counted, though it must not be".into())
            } else {
                // A hit that was given up as too old may still arrive from where it was underway.
                told.filter(|reason| *reason != Reason::Expired).map(|reason| format!("counted, though dropped as {reason:?}"))
            };
        }
        match collector.lost.get(id) {
            Some(Reason::DuplicatePurchase) => {
                (!self.is_told(&made.order, id, collector)).then(|| "a duplicate of an order that is neither counted nor explained".into())
            }
            Some(reason) => (!self.explains(made.expected, *reason)).then(|| format!("reported as {reason:?}, without reason")),
            None => promised.then(|| "neither counted nor explained".into()),
        }
    }

    /// Whether the collector knows of an order by another call than this one.
    fn is_told(&self, order: &str, than: &Id, collector: &Collector) -> bool {
        let tells = |(id, made): (&Id, &Made)| {
            let lost = collector.lost.get(id).is_some_and(|reason| *reason != Reason::DuplicatePurchase);
            // Consent withdrawn takes the order with it, at the next page too.
            id != than && made.order == order && (collector.hits.contains_key(id) || lost || self.withdrawn.contains(&id.0))
        };
        !order.is_empty() && self.calls.iter().any(tells)
    }

    /// Whether a reason to give a call up is a true one.
    fn explains(&self, expected: Expected, reason: Reason) -> bool {
        match reason {
            Reason::Expired => !self.nothing_expires,
            Reason::Invalid | Reason::BeforeSend | Reason::Overflow => expected == Expected::Nothing,
            Reason::TooLarge => expected == Expected::Large,
            Reason::Rejected => expected == Expected::Poison,
            Reason::QueueFull | Reason::Poison | Reason::DuplicatePurchase | Reason::TooLate => false,
        }
    }
}
