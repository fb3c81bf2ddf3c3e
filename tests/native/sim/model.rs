//! The judge: knows which calls were made and what they were promised, asks what the collectors have, and says what does not
//! fit. Written without the tracker: it knows nothing of queues, batches or retries. How pages send is `manners`.

use super::calls::{Draft, Expected};
use super::collector::{Books, Collector, Id};
use super::local::SETTLED_MS;
use super::manners::Manners;
use caisse::hit::Reason;
use caisse::limits::HIT_AGE_MS_MAX;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of one call.
#[derive(Clone, Debug)]
pub struct Made {
    pub token: String,
    /// The order of a purchase; empty for everything else.
    order: String,
    place: String,
    pub importance: u8,
    pub expected: Expected,
    /// By its page's clock.
    pub at: u64,
    /// For how many destinations it was made.
    to: usize,
    /// Each destination that told its page that it gave the call up, and why.
    pub dropped: Vec<(usize, Reason)>,
    /// The store said that it has it.
    durable: bool,
    /// The true time since which the journal has it, because the page left properly or was told that the store has not got it.
    journaled: Option<u64>,
    /// Destinations whose row of it once had no room in a journal.
    crowded: Vec<usize>,
    /// Its page said that it is a hit.
    counted: bool,
    /// Its page lives until the end.
    live: bool,
    /// The visitor deleted it, or something wrote over it: only a page that lives can still have it.
    spoiled: bool,
}

/// Everything the pages know, and everything that did not fit.
#[derive(Debug, Default)]
pub struct Ledger {
    calls: BTreeMap<Id, Made>,
    /// Streams whose visitor withdrew consent: nothing of them may be sent from then on.
    withdrawn: BTreeSet<String>,
    /// Whether this schedule is too short for a hit to grow too old.
    nothing_expires: bool,
    /// Hits that a queue of this schedule holds.
    queue_hits_max: usize,
    /// Whether the browser was killed.
    was_killed: bool,
    /// Whether the clock of the pages has jumped.
    pub jumped: bool,
    /// The true time.
    pub time: u64,
    pub manners: Manners,
    pub violations: Vec<String>,
}

impl Ledger {
    pub fn new(nothing_expires: bool, queue_hits_max: usize) -> Self {
        Self { nothing_expires, queue_hits_max, ..Self::default() }
    }

    pub fn violate(&mut self, what: String) {
        self.violations.push(format!("at {}: {what}", self.time));
    }

    pub fn made(&mut self, stream: &str, seq: u64, draft: &Draft, at: u64, to: usize) {
        let importance = draft.importance();
        let Draft { token, order, expected, place, .. } = draft.clone();
        let (dropped, journaled) = (Vec::new(), None);
        let made = Made {
            token,
            order,
            place,
            importance,
            expected,
            at,
            to,
            dropped,
            durable: false,
            journaled,
            crowded: Vec::new(),
            counted: false,
            live: true,
            spoiled: false,
        };
        if self.calls.insert((stream.into(), seq), made).is_some() {
            self.violate(format!("number {seq} of {stream} was given twice"));
        }
    }

    pub fn durable(&mut self, stream: &str, seq: u64) {
        if let Some(made) = self.calls.get_mut(&(stream.into(), seq)) {
            made.durable = true;
        }
    }

    /// A page says that a destination gave a call up; `now` is its clock.
    pub fn dropped(&mut self, destination: usize, stream: &str, seq: u64, reason: Reason, now: u64) {
        let Some(made) = self.calls.get_mut(&(stream.into(), seq)) else {
            return self.violate(format!("{seq} of {stream} was dropped and never made"));
        };
        made.dropped.push((destination, reason));
        if reason == Reason::Expired && made.at + HIT_AGE_MS_MAX >= now {
            let age = now.saturating_sub(made.at);
            self.violate(format!("{seq} of {stream} was given up as too old after {age} ms"));
        }
    }

    /// A page's queue was full, and it gave up this call of its own: of what it had, nothing less important was left, and nothing older of
    /// the same importance. `busy` says what is under way.
    pub fn shed(&mut self, destination: usize, stream: &str, seq: u64, collector: &Collector, busy: impl Fn(&Id) -> bool) {
        let Some(shed) = self.calls.get(&(stream.to_owned(), seq)).map(|made| made.importance) else { return };
        let kept = |(id, made): &(&Id, &Made)| {
            made.expected != Expected::Nothing
                && made.dropped.iter().all(|(at, _)| *at != destination)
                && !collector.acknowledged.contains(id)
                && !busy(id)
                && !self.manners.was_raw(id)
        };
        let own = self.calls.range((stream.to_owned(), 0)..=(stream.to_owned(), u64::MAX)).filter(kept);
        let better = own.into_iter().find(|(id, made)| made.importance > shed || made.importance == shed && id.1 < seq);
        if let Some((id, made)) = better {
            let what = format!("{seq} of {stream} with importance {shed} was shed before {} with {}", id.1, made.importance);
            self.violate(what);
        }
    }

    /// A page says that a call of its own is a hit.
    pub fn judged(&mut self, stream: &str, seq: u64) {
        let id = (stream.to_owned(), seq);
        let Some(order) = self.calls.get(&id).map(|made| made.order.clone()).filter(|order| !order.is_empty()) else { return };
        if self.of(stream).any(|made| made.counted && made.order == order && made.dropped.is_empty()) {
            self.violate(format!("order {order} is counted again by {seq} of {stream}"));
        }
        self.calls.get_mut(&id).into_iter().for_each(|made| made.counted = true);
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
        let time = self.time;
        if let Some(made) = self.calls.get_mut(&(stream.into(), seq)) {
            made.journaled.get_or_insert(time);
        }
    }

    /// A journal had no room for what a destination was to get of this id: what the core makes of calls is larger than they were, and there
    /// is one row for each destination. Another destination's may still be there.
    pub fn crowded(&mut self, destination: usize, stream: &str, seq: u64) {
        self.calls.get_mut(&(stream.into(), seq)).into_iter().for_each(|made| made.crowded.push(destination));
    }

    /// The page of a stream has left: the journal has what the store has not.
    pub fn left(&mut self, stream: &str) {
        let time = self.time;
        for made in self.of(stream) {
            made.journaled.get_or_insert(time);
        }
    }

    /// A page takes over a call that no core has seen: it is for the destinations of that page now.
    pub fn narrowed(&mut self, stream: &str, seq: u64, to: usize) {
        if let Some(made) = self.calls.get_mut(&(stream.into(), seq)) {
            made.to = made.to.min(to);
        }
    }

    /// The page of a stream is gone.
    pub fn gone(&mut self, stream: &str) {
        for made in self.of(stream) {
            made.live = false;
        }
    }

    /// The whole browser was killed, and what localStorage was given lately is gone.
    pub fn killed(&mut self) {
        let time = self.time;
        self.was_killed = true;
        for made in self.calls.values_mut() {
            made.journaled = made.journaled.filter(|at| at + SETTLED_MS < time);
        }
    }

    /// Something wrote over what is kept of a call, or of all of them.
    pub fn spoiled(&mut self, id: Option<Id>) {
        match id {
            Some(id) => self.calls.get_mut(&id).into_iter().for_each(|made| made.spoiled = true),
            None => self.calls.values_mut().for_each(|made| made.spoiled = true),
        }
    }

    /// Consent was withdrawn: nothing that was made before may be sent any more, whichever page made it.
    pub fn withdrawn(&mut self) {
        self.withdrawn.extend(self.calls.keys().map(|(stream, _)| stream.clone()));
    }

    /// A journal that was purged within the last seconds is back: the browser was killed before that was on disk.
    pub fn returned(&mut self, journal: &str) {
        let back: Vec<String> = self.withdrawn.iter().filter(|stream| journal.contains(stream.as_str())).cloned().collect();
        for stream in back {
            self.withdrawn.remove(&stream);
            self.of(&stream).for_each(|made| (made.spoiled, made.live) = (true, false));
        }
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

    /// When a call was made, by its page's clock, unless something wrote over it.
    pub fn age_of(&self, id: &Id) -> Option<u64> {
        self.calls.get(id).filter(|made| !made.spoiled).map(|made| made.at)
    }

    fn of<'a>(&'a mut self, stream: &'a str) -> impl Iterator<Item = &'a mut Made> {
        self.calls.range_mut((stream.to_owned(), 0)..=(stream.to_owned(), u64::MAX)).map(|(_, made)| made)
    }

    /// The verdict, once the network has healed and the last page has lived long enough.
    pub fn judge(&self, collectors: &[Collector], books: &[Books]) -> Vec<String> {
        let mut wrong = self.violations.clone();
        wrong.extend(self.manners.verdict());
        for (index, (collector, books)) in collectors.iter().zip(books).enumerate() {
            wrong.extend(collector.violations.iter().cloned());
            let known = |id: &Id| books.hits.contains_key(id) || books.lost.contains_key(id);
            wrong.extend(books.twice.iter().map(|id| format!("collector {index} counts {id:?} twice")));
            let vanished = collector.acknowledged.iter().filter(|id| !known(id));
            wrong.extend(vanished.map(|id| format!("collector {index} acknowledged {id:?} and has it not")));
            let unknown = books.hits.keys().chain(books.lost.keys()).filter(|id| !self.calls.contains_key(*id));
            wrong.extend(unknown.map(|id| format!("collector {index} has {id:?}, which nobody sent with consent")));
            for (id, made) in &self.calls {
                if let Some(words) = self.fault(index, made, id, books) {
                    wrong.push(format!("collector {index}, {id:?} {made:?}: {words}"));
                }
            }
        }
        wrong
    }

    /// What is wrong with what became of one call at one collector.
    fn fault(&self, index: usize, made: &Made, id: &Id, books: &Books) -> Option<String> {
        let told = made.dropped.iter().find(|(destination, _)| *destination == index).map(|(_, reason)| *reason);
        if let Some(hit) = books.hits.get(id) {
            return if made.spoiled {
                // Whatever was left of it.
                None
            } else if hit.token != made.token {
                Some("counted, but it is another call's hit".into())
            } else if hit.at != made.at {
                Some(format!("counted at {}", hit.at))
            } else if !hit.url.starts_with(&made.place) && !format!("{}/", hit.url).starts_with(&made.place) {
                Some(format!("counted for the page {}", hit.url))
            } else if matches!(made.expected, Expected::Nothing | Expected::Poison) {
                Some("counted, though it must not be".into())
            } else {
                // A hit that was given up may still arrive from where it was underway, or from another page that took it over.
                told.filter(|reason| !matches!(reason, Reason::Expired | Reason::QueueFull)).and_then(|reason| {
                    (!made.spoiled && reason != Reason::DuplicatePurchase).then(|| format!("counted, though dropped as {reason:?}"))
                })
            };
        }
        match books.lost.get(id) {
            Some(Reason::DuplicatePurchase) => (!self.is_told(index, &made.order, id, books))
                .then(|| "a duplicate of an order that is neither counted nor explained".into()),
            Some(reason) => {
                (!self.explains(made.expected, *reason) && !made.spoiled).then(|| format!("reported as {reason:?}, without reason"))
            }
            // A page without a core does not look at what was refused by name; the collector knows.
            None if books.refused.contains(id) && self.manners.was_raw(id) => None,
            None => self.is_promised(index, made, id).then(|| "neither counted nor explained".into()),
        }
    }

    fn is_promised(&self, index: usize, made: &Made, id: &Id) -> bool {
        let journaled = made.journaled.is_some() && !made.crowded.contains(&index);
        let kept = (made.durable || journaled) && !made.spoiled;
        (kept || made.live) && index < made.to && !self.withdrawn.contains(&id.0)
    }

    /// Whether the collector knows of an order by another call than this one, or cannot.
    fn is_told(&self, index: usize, order: &str, than: &Id, books: &Books) -> bool {
        let tells = |(id, made): (&Id, &Made)| {
            let lost = books.lost.get(id).is_some_and(|reason| *reason != Reason::DuplicatePurchase);
            // One that was forgotten may be back after a kill; and of one that was in memory only, the report of the second may be all that
            // arrived before its page was gone.
            let known = books.hits.contains_key(id) || lost || self.was_killed || !self.is_promised(index, made, id);
            id != than && made.order == order && known
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
            Reason::QueueFull => self.queue_hits_max < caisse::limits::QUEUE_HITS_MAX,
            Reason::Poison | Reason::DuplicatePurchase | Reason::TooLate => false,
        }
    }
}
