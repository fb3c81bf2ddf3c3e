//! One page load: does what the shim does around the core. Owns stream and numbers, writes calls down before the core is there,
//! hands them over, takes over what earlier pages left, and counts as the shim counts.

mod leave;
mod start;

use super::around::{Around, Post, Sender, Wish};
use super::calls::Draft;
use super::collector::Reply;
use super::listener::Notice;
use super::store::{Bought, Changes, Database, Mode, Transaction, join, key};
use super::transport::Beacon;
use super::{Defect, World};
use caisse::call::Millis;
use caisse::consent::State;
use caisse::driver::Driver;
use caisse::hit::Reason;
use caisse::limits::RETRY_AFTER_S_DEFAULT;
use caisse::retry::Answer;
use caisse::row::UNROUTED;
use caisse::text::number_or;
use std::collections::BTreeMap;

/// Calls held until the visitor answers.
const HELD_MAX: usize = 100;

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
    /// Journals of earlier pages.
    journals: Vec<String>,
}

pub struct Page {
    pub number: u32,
    pub state: State,
    pub database: Database,
    pub wishes: Vec<Wish>,
    defect: Defect,
    destinations: usize,
    stream: String,
    seq: u64,
    held: Vec<Draft>,
    waiting: Vec<Waiting>,
    engine: Option<Driver<World>>,
    /// Orders that this page has counted.
    bought: Vec<Bought>,
    accounts: Vec<Account>,
    underway: BTreeMap<u32, Post>,
    posts: u32,
}

impl Page {
    pub fn new(number: u32, state: State, mode: Mode, destinations: usize, defect: Defect, around: &mut Around<'_>) -> Self {
        Self {
            number,
            state,
            database: Database::new(mode, defect),
            wishes: Vec::new(),
            defect,
            destinations,
            stream: around.dice.id(),
            seq: 0,
            held: Vec::new(),
            waiting: Vec::new(),
            engine: None,
            bought: Vec::new(),
            accounts: vec![Account::default(); destinations],
            underway: BTreeMap::new(),
            posts: 0,
        }
    }

    /// The visitor does something, several times in one task.
    pub fn call(&mut self, drafts: Vec<Draft>, around: &mut Around<'_>) {
        match self.state {
            State::Granted => self.track(drafts, around),
            State::Pending if self.defect == Defect::SendsWhilePending => self.track(drafts, around),
            State::Pending => self.held.extend(drafts.into_iter().take(HELD_MAX - self.held.len())),
            State::Denied => {}
        }
    }

    fn track(&mut self, drafts: Vec<Draft>, around: &mut Around<'_>) {
        let mut calls = Vec::new();
        for draft in drafts {
            let seq = self.seq;
            self.seq += 1;
            let text = draft.snapshot(&self.stream, seq, around.now);
            if self.state == State::Granted {
                around.ledger.made(&self.stream, seq, &draft);
            }
            for account in &mut self.accounts {
                account.tracked += 1;
            }
            calls.push(Waiting { seq, text, frozen: false });
        }
        if self.engine.is_some() {
            let texts = join(calls.iter().map(|call| &call.text));
            return self.hand(&texts, Takeover::default(), around);
        }
        let changes = calls.iter().map(|call| (self.early_key(call.seq), Some(call.text.clone()))).collect();
        let seqs = calls.iter().map(|call| call.seq).collect();
        self.waiting.extend(calls);
        self.ask(Transaction { changes, calls: seqs, ..Transaction::default() }, around);
    }

    pub fn tick(&mut self, around: &mut Around<'_>) {
        self.with(Takeover::default(), around, |engine, now| engine.tick(now));
    }

    pub fn flush(&mut self, around: &mut Around<'_>) {
        self.with(Takeover::default(), around, |engine, now| engine.flush(now));
    }

    /// A transaction is through, or has failed.
    pub fn stored(&mut self, transaction: &Transaction, kept: bool, around: &mut Around<'_>) {
        if transaction.stream != self.stream || self.state != State::Granted {
            return;
        }
        self.database.told(transaction, kept, around.disk);
        if kept {
            for seq in &transaction.calls {
                around.ledger.durable(&self.stream, *seq);
            }
        } else {
            for (stream, seq) in transaction.puts() {
                around.ledger.journaled(stream, seq);
            }
        }
    }

    /// The answer to a request; nothing, if it came too late.
    pub fn answered(&mut self, number: u32, reply: &Reply, around: &mut Around<'_>) {
        let Some(post) = self.underway.remove(&number) else { return };
        match post.sender {
            Sender::Core(flight) => {
                // Whatever stands in a header that cannot be read.
                let retry_after = (!reply.retry_after.is_empty()).then(|| number_or(reply.retry_after, RETRY_AFTER_S_DEFAULT));
                let answer = Answer { flight, status: reply.status, retry_after, body: &reply.body };
                self.with(Takeover::default(), around, |engine, now| engine.answered(&answer, now));
            }
            Sender::Shim { batch, seqs } => {
                let echoed = reply.status == 200 && reply.body.ends_with('}') && reply.body.contains(&format!("\"batch\":\"{batch}\""));
                // That the first destination has them is not the end where others wait for the core. Once the core has them, it asks again
                // and counts them itself.
                let done = self.destinations == 1 || self.defect == Defect::SettlesForOthers;
                if echoed && done && self.engine.is_none() {
                    self.settle_raw(&seqs, around);
                }
            }
        }
    }

    fn settle_raw(&mut self, seqs: &[u64], around: &mut Around<'_>) {
        let before = self.waiting.len();
        self.waiting.retain(|call| !seqs.contains(&call.seq));
        let settled = (before - self.waiting.len()) as u64;
        for account in &mut self.accounts {
            account.acknowledged += settled;
        }
        let changes = seqs.iter().map(|seq| (self.early_key(*seq), None)).collect();
        self.ask(Transaction { changes, ..Transaction::default() }, around);
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
                around.disk.purge();
                self.database.purge();
            }
            State::Granted => {
                if before == State::Denied {
                    self.stream = around.dice.id();
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
        self.with(Takeover::default(), around, |engine, now| engine.set_consent(State::Denied, now));
        self.engine = None;
        self.waiting.clear();
        self.underway.clear();
        self.accounts = vec![Account::default(); self.destinations];
    }

    /// The page is gone, with or without having left.
    pub fn gone(&mut self, around: &mut Around<'_>) {
        around.ledger.gone(&self.stream);
        self.database.end(around.disk, around.dice);
    }

    /// Enters the core, then does what it asks for.
    fn with(&mut self, takeover: Takeover, around: &mut Around<'_>, enter: impl FnOnce(&mut Driver<World>, Millis)) {
        let Some(engine) = &mut self.engine else { return };
        enter(engine, around.now);
        let asked = engine.world.take();
        self.bought.extend(asked.bought.iter().cloned());
        if self.defect == Defect::RemembersTooSoon {
            around.disk.orders.extend(asked.bought.iter().cloned());
        }
        self.store(asked.store, asked.bought, takeover, &asked.listener, around);
        for Beacon { flight, url, body } in asked.transport {
            let destination = url.strip_suffix("/v1/batch").and_then(|url| url[1..].parse().ok()).expect("a destination's number");
            self.post(destination, false, body, Sender::Core(flight), around);
        }
        self.wishes.extend(asked.timer.map(Wish::Wake));
        for notice in asked.listener {
            self.hear(&notice, around);
        }
        self.check(around);
    }

    /// What the core puts and deletes during one call is one transaction, and its receipts are as good as that.
    fn store(&mut self, mut changes: Changes, bought: Vec<Bought>, takeover: Takeover, notices: &[Notice], around: &mut Around<'_>) {
        let mut calls = Vec::new();
        for notice in notices {
            let Notice::Judged { seq, dropped } = notice else { continue };
            let put = (0..self.destinations).all(|index| matches!(changes.get(&key(&name(index), &self.stream, *seq)), Some(Some(_))));
            if !put {
                around.ledger.violate(format!("{seq} of {} was judged, and not put into the store of every destination", self.stream));
            }
            if dropped.is_none() {
                calls.push(*seq);
            }
        }
        changes.extend(takeover.early.into_iter().map(|key| (key, None)));
        if !changes.is_empty() {
            self.ask(Transaction { changes, calls, journals: takeover.journals, bought, ..Transaction::default() }, around);
        } else {
            // Nothing that these hold was new.
            for journal in takeover.journals {
                around.disk.journals.remove(&journal);
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
        let post = Post { number: self.posts, destination, raw, body, sender };
        self.underway.insert(self.posts, post.clone());
        self.wishes.push(Wish::Send(post));
    }

    fn hear(&mut self, notice: &Notice, around: &mut Around<'_>) {
        match notice {
            Notice::Judged { dropped: None, .. } => {}
            Notice::Judged { seq, dropped: Some(reason) } => {
                for index in 0..self.destinations {
                    self.drop_call(index, self.stream.clone().as_str(), *seq, *reason, around);
                }
            }
            Notice::Acknowledged { destination, batch, own, adopted } => {
                let index = index(destination);
                self.accounts[index].acknowledged += u64::from(*own);
                around.ledger.acknowledged(&around.collectors[index], batch, own + adopted);
            }
            Notice::Dropped { destination, stream, seq, reason } => self.drop_call(index(destination), stream, *seq, *reason, around),
        }
    }

    fn drop_call(&mut self, destination: usize, stream: &str, seq: u64, reason: Reason, around: &mut Around<'_>) {
        if stream == self.stream {
            self.accounts[destination].dropped += 1;
        }
        // An order that was not delivered may be counted again.
        for orders in [&mut self.bought, &mut around.disk.orders] {
            orders.retain(|bought| (bought.stream.as_str(), bought.seq) != (stream, seq));
        }
        around.ledger.dropped(destination, stream, seq, reason);
    }

    /// The accounts add up, at every step: what was heard of the core, and the shim's with it.
    fn check(&self, around: &mut Around<'_>) {
        let Some(engine) = &self.engine else { return };
        for ((name, waiting), account) in engine.waiting().zip(&self.accounts) {
            let waiting = waiting as u64;
            let counters = &engine.world.counters[name];
            if counters.tracked != counters.acknowledged + waiting + counters.dropped_total() {
                around.ledger.violate(format!("{name}: the core's account does not add up: {counters:?}, waiting {waiting}"));
            }
            let unhanded = self.waiting.len() as u64;
            if account.tracked != account.acknowledged + waiting + unhanded + account.dropped {
                around.ledger.violate(format!("{name}: the shim's account does not add up: {account:?}, waiting {waiting} + {unhanded}"));
            }
        }
    }
}

/// How destinations are named, as the shim names them.
fn name(index: usize) -> String {
    if index == 0 { "collector".into() } else { format!("collector{}", index + 1) }
}

fn index(name: &str) -> usize {
    name.trim_start_matches("collector").parse::<usize>().map_or(0, |number| number - 1)
}
