//! One page load: does what the shim does around the core. Owns stream and numbers, writes calls down before the core is there,
//! hands them over, takes over what earlier pages left, and counts as the shim counts.

mod hear;
mod leave;
mod start;

use super::around::{Around, Post, Sender, Wish};
use super::calls::{Draft, Expected};
use super::listener::Notice;
use super::local::ORDERS;
use super::manners::Moment;
use super::store::{Changes, Database, Mode, Transaction, id, join, key};
use super::transport::Beacon;
use super::{Defect, World};
use caisse::call::Millis;
use caisse::consent::State;
use caisse::driver::Driver;
use caisse::row::UNROUTED;
use std::collections::{BTreeMap, BTreeSet};

/// Calls held until the visitor answers.
const HELD_MAX: usize = 100;
/// 13 months: how long a browser remembers an order.
const ORDER_MS: u64 = 395 * 86_400_000;

/// A call that waits for the core.
#[derive(Debug)]
struct Waiting {
    seq: u64,
    text: String,
    /// Whether it was sent raw: then it stays raw.
    frozen: bool,
}

/// The shim's own account of one destination.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    tracked: u64,
    acknowledged: u64,
    dropped: u64,
}

/// What the core takes over during one call: it puts the rows, so the page is told with the same transaction.
#[derive(Debug, Default)]
struct Takeover {
    /// Keys of calls that were written without the core; its own rows take their place.
    early: Vec<String>,
    /// Journals of earlier pages: keys, and what stood there.
    journals: Vec<(String, String)>,
}

/// What is different from page to page.
#[derive(Clone, Copy, Debug)]
pub struct Nature {
    pub mode: Mode,
    pub destinations: usize,
    /// Hits that a queue holds.
    pub queue_hits_max: usize,
    /// Whether a leaving page has nothing better than `sendBeacon`.
    pub beacons: bool,
    pub defect: Defect,
}

pub struct Page {
    pub number: u32,
    pub state: State,
    pub database: Database,
    pub wishes: Vec<Wish>,
    nature: Nature,
    stream: String,
    seq: u64,
    held: Vec<Draft>,
    waiting: Vec<Waiting>,
    engine: Option<Driver<World>>,
    /// Orders that this page has counted, as `hash.time.id`.
    bought: Vec<String>,
    accounts: Vec<Account>,
    underway: BTreeMap<u32, Post>,
    posts: u32,
    /// When the core wants to be woken.
    alarm: Option<Millis>,
    /// Streams that the page claims: its own, and those that it took over.
    claims: BTreeSet<String>,
    /// Whether it left something to a page that claims it.
    left: bool,
    pub hidden: bool,
}

impl Page {
    pub fn new(number: u32, state: State, nature: Nature, around: &mut Around<'_>) -> Self {
        Self {
            number,
            state,
            database: Database::new(nature.mode, nature.defect),
            wishes: Vec::new(),
            nature,
            stream: around.dice.id(),
            seq: 0,
            held: Vec::new(),
            waiting: Vec::new(),
            engine: None,
            bought: Vec::new(),
            accounts: vec![Account::default(); nature.destinations],
            underway: BTreeMap::new(),
            posts: 0,
            alarm: None,
            claims: BTreeSet::new(),
            left: false,
            hidden: false,
        }
    }

    /// The visitor does something, several times in one task.
    pub fn call(&mut self, drafts: Vec<Draft>, around: &mut Around<'_>) {
        match self.state {
            State::Granted => self.track(drafts, around),
            State::Pending if self.nature.defect == Defect::SendsWhilePending => self.track(drafts, around),
            State::Pending => self.held.extend(drafts.into_iter().take(HELD_MAX - self.held.len())),
            State::Denied => {}
        }
    }

    fn track(&mut self, drafts: Vec<Draft>, around: &mut Around<'_>) {
        let mut calls = Vec::new();
        let urgent = drafts.iter().any(|draft| draft.importance() == 0 && draft.expected == Expected::Hit && draft.order.is_empty());
        let free: Vec<usize> =
            (0..self.nature.destinations).filter(|to| around.ledger.manners.is_free(self.number, *to, around.now)).collect();
        for draft in drafts {
            let seq = self.seq;
            self.seq += 1;
            let text = draft.snapshot(&self.stream, seq, around.now);
            if self.state == State::Granted {
                around.ledger.made(&self.stream, seq, &draft, around.now, self.nature.destinations);
            }
            for account in &mut self.accounts {
                account.tracked += 1;
            }
            calls.push(Waiting { seq, text, frozen: false });
        }
        if self.engine.is_some() {
            let texts = join(calls.iter().map(|call| &call.text));
            self.hand(&texts, Takeover::default(), around);
            let waits = |to: &usize| !around.ledger.manners.is_busy(self.number, *to);
            if let Some(to) = free.into_iter().find(waits).filter(|_| urgent && !around.ledger.jumped) {
                around.ledger.violate(format!("a checkout waits on page {} for company to destination {to}", self.number));
            }
            return;
        }
        let changes = calls.iter().map(|call| (self.early_key(call.seq), Some(call.text.clone()))).collect();
        let seqs = calls.iter().map(|call| call.seq).collect();
        self.waiting.extend(calls);
        self.ask(Transaction { changes, calls: seqs, ..Transaction::default() }, around);
    }

    pub fn tick(&mut self, around: &mut Around<'_>) {
        self.alarm = None;
        self.with(Takeover::default(), around, |engine, now| engine.tick(now));
    }

    pub fn flush(&mut self, around: &mut Around<'_>) {
        self.with(Takeover::default(), around, |engine, now| engine.flush(false, now));
    }

    /// A transaction is through, or has failed.
    pub fn stored(&mut self, transaction: &Transaction, kept: bool, around: &mut Around<'_>) {
        if transaction.stream != self.stream || self.state != State::Granted {
            return;
        }
        let safe = self.database.told(transaction, kept, around.disk);
        self.tell_crowded(around);
        if kept {
            for seq in &transaction.calls {
                around.ledger.durable(&self.stream, *seq);
            }
        } else if self.nature.defect == Defect::JournalIsDurable {
            // Said of what only localStorage has.
            for seq in &transaction.calls {
                around.ledger.durable(&self.stream, *seq);
            }
        } else if safe {
            for (stream, seq) in transaction.puts() {
                around.ledger.journaled(stream, seq);
            }
        }
        if safe || self.nature.defect == Defect::EndsJournalsUnsafe {
            self.end_journals(&transaction.journals, around);
        }
        let fresh: Vec<&str> = self.bought.iter().filter(|order| transaction.bought.contains(order)).map(String::as_str).collect();
        if kept && !fresh.is_empty() {
            remember(&fresh, " ", around);
        }
    }

    /// Tells the judge for which calls the journal has no room any more.
    fn tell_crowded(&mut self, around: &mut Around<'_>) {
        for key in self.database.crowded() {
            let (stream, seq) = id(&key);
            let named = (0..self.nature.destinations).filter(|to| key.starts_with(UNROUTED) || key.starts_with(&format!("{}|", name(*to))));
            named.for_each(|to| around.ledger.crowded(to, stream, seq));
        }
    }

    /// The visitor answers, or changes their mind.
    pub fn set_consent(&mut self, state: State, around: &mut Around<'_>) {
        if self.state == state {
            return;
        }
        let before = std::mem::replace(&mut self.state, state);
        if before == State::Granted {
            self.end(around);
        }
        match state {
            State::Denied => {
                self.held.clear();
                around.ledger.withdrawn();
                self.database.purge();
                if self.nature.defect == Defect::WithdrawalKeepsRows {
                    around.disk.local.clear();
                } else if self.nature.defect == Defect::WithdrawalKeepsJournals {
                    around.disk.rows.clear();
                } else {
                    around.disk.purge();
                }
            }
            State::Granted => {
                if before == State::Denied {
                    if self.nature.defect != Defect::SameStreamAgain {
                        self.stream = around.dice.id();
                    }
                    self.seq = 0;
                }
                let held = std::mem::take(&mut self.held);
                if !held.is_empty() {
                    self.track(held, around);
                }
            }
            State::Pending => {}
        }
    }

    /// Ends the stream.
    fn end(&mut self, around: &mut Around<'_>) {
        if self.nature.defect == Defect::WithdrawalKeepsQueue {
            return;
        }
        self.with(Takeover::default(), around, |engine, now| engine.set_consent(State::Denied, now));
        self.engine = None;
        self.waiting.clear();
        self.underway.clear();
        self.claims.clear();
        around.ledger.manners.ends(self.number);
        self.accounts = vec![Account::default(); self.nature.destinations];
    }

    /// The page is gone, with or without having left.
    pub fn gone(&mut self, around: &mut Around<'_>) {
        around.ledger.gone(&self.stream);
        self.database.end(around.disk, around.dice);
    }

    /// Enters the core, then does what it asks for.
    fn with(&mut self, takeover: Takeover, around: &mut Around<'_>, enter: impl FnOnce(&mut Driver<World>, Millis)) {
        let Some(engine) = &mut self.engine else { return };
        caisse::defect::set(self.nature.defect.core(), self.nature.queue_hits_max);
        enter(engine, around.now);
        let asked = engine.world.take();
        let bought: Vec<String> = asked.bought.into_iter().map(|(order, id)| format!("{order}.{}.{id}", around.now)).collect();
        self.bought.extend(bought.iter().cloned());
        if self.nature.defect == Defect::RemembersTooSoon {
            remember(&bought.iter().map(String::as_str).collect::<Vec<_>>(), " ", around);
        }
        self.store(asked.store, bought, takeover, &asked.listener, around);
        for Beacon { flight, url, body } in asked.transport {
            let destination = url.strip_suffix("/v1/batch").and_then(|url| url[1..].parse().ok()).expect("a destination's number");
            self.post(destination, false, body, Sender::Core(flight), around);
        }
        if let Some(alarm) = asked.timer {
            self.alarm = alarm;
            self.wishes.push(Wish::Wake(alarm));
        }
        for notice in asked.listener {
            self.hear(&notice, around);
        }
        self.check(around);
    }

    /// What the core puts and deletes during one call is one transaction, and its receipts are as good as that.
    fn store(&mut self, mut changes: Changes, bought: Vec<String>, takeover: Takeover, notices: &[Notice], around: &mut Around<'_>) {
        let mut calls = Vec::new();
        for notice in notices {
            let Notice::Judged { seq, dropped } = notice else { continue };
            let put = |index| matches!(changes.get(&key(&name(index), &self.stream, *seq)), Some(Some(_)));
            if !(0..self.nature.destinations).all(put) {
                around.ledger.violate(format!("{seq} of {} was judged, and not put into the store of every destination", self.stream));
            }
            if dropped.is_none() {
                calls.push(*seq);
            }
        }
        changes.extend(takeover.early.into_iter().map(|key| (key, None)));
        if self.nature.defect == Defect::JournalsEndTooSoon {
            self.end_journals(&takeover.journals, around);
        }
        if !changes.is_empty() {
            self.ask(Transaction { changes, calls, journals: takeover.journals, bought, ..Transaction::default() }, around);
        } else {
            // Nothing that these hold was new.
            self.end_journals(&takeover.journals, around);
        }
    }

    /// What these held is kept elsewhere now. A page that lives may have written more into its own meanwhile: then it stays.
    fn end_journals(&self, journals: &[(String, String)], around: &mut Around<'_>) {
        for (key, text) in journals {
            if around.disk.local.get(key) == text || self.nature.defect == Defect::EndsJournalsUnread {
                around.disk.local.set(key, "");
            }
        }
    }

    fn ask(&mut self, transaction: Transaction, around: &mut Around<'_>) {
        if self.state != State::Granted {
            around.ledger.violate("something was stored without consent".into());
        }
        self.database.ask(Transaction { stream: self.stream.clone(), ..transaction });
    }

    fn early_key(&self, seq: u64) -> String {
        key(UNROUTED, &self.stream, seq)
    }

    fn post(&mut self, destination: usize, raw: bool, body: String, sender: Sender, around: &mut Around<'_>) {
        around.ledger.sent(self.state == State::Granted, &body);
        self.posts += 1;
        let beacon = self.database.leaving && self.nature.beacons && !raw;
        let post = Post { number: self.posts, destination, raw, beacon, body: body.into(), sender };
        let moment = Moment { page: self.number, stream: &self.stream, leaving: self.database.leaving, now: around.now };
        let mut manners = std::mem::take(&mut around.ledger.manners);
        let wrong = manners.sends(&post, &moment, |id| around.ledger.age_of(id));
        around.ledger.manners = manners;
        wrong.into_iter().for_each(|what| around.ledger.violate(format!("page {}: {what}", self.number)));
        self.underway.insert(self.posts, post.clone());
        self.wishes.push(Wish::Send(post));
    }
}

/// Writes down orders that were counted; those of `dropped` are forgotten.
fn remember(fresh: &[&str], dropped: &str, around: &mut Around<'_>) {
    let known = orders(fresh.iter().copied(), dropped, around);
    around.disk.local.set(ORDERS, &known);
}

/// Orders that this browser is known to have counted, joined by spaces.
fn orders<'a>(also: impl Iterator<Item = &'a str>, dropped: &str, around: &'a Around<'_>) -> String {
    let recent = |order: &&str| {
        let at = order.split('.').nth(1).and_then(|at| at.parse::<u64>().ok());
        at.is_some_and(|at| around.now.saturating_sub(at) < ORDER_MS) && !order.ends_with(dropped)
    };
    around.disk.local.get(ORDERS).split(' ').chain(also).filter(recent).collect::<Vec<_>>().join(" ")
}

/// How destinations are named, as the shim names them.
fn name(index: usize) -> String {
    if index == 0 { "collector".into() } else { format!("collector{}", index + 1) }
}

fn index(name: &str) -> usize {
    name.trim_start_matches("collector").parse::<usize>().map_or(0, |number| number - 1)
}
