//! One page load: does what the shim does around the core. Owns stream and numbers, writes calls down before the core is there,
//! hands them over, keeps the journal, takes over what earlier pages left, and counts as the shim counts.

mod leave;

use super::around::{Around, Post, Sender, Wish};
use super::calls::Draft;
use super::collector::Reply;
use super::listener::Notice;
use super::store::{Asker, Database, Mode, Transaction};
use super::{Defect, World};
use caisse::call::{GROUP, Millis};
use caisse::consent::State;
use caisse::driver::Driver;
use caisse::hit::Reason;
use caisse::luck::Luck;
use caisse::options::Options;
use caisse::ports::Fate;
use caisse::retry::Answer;
use std::collections::BTreeMap;

/// Calls held until the visitor answers.
const HELD_MAX: usize = 100;

/// A call that waits for the core.
#[derive(Debug)]
struct Waiting {
    seq: u64,
    text: String,
    frozen: bool,
}

/// The shim's own account of one destination.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    tracked: u64,
    acknowledged: u64,
    dropped: u64,
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
    /// Keys written before the core was there; its own rows take their place.
    early: Vec<String>,
    journals: Vec<String>,
    writing: u32,
    accounts: Vec<Account>,
    underway: BTreeMap<u32, Post>,
    posts: u32,
}

impl Page {
    pub fn new(number: u32, state: State, mode: Mode, destinations: usize, defect: Defect, around: &mut Around<'_>) -> Self {
        Self {
            number,
            state,
            database: Database::new(mode),
            wishes: Vec::new(),
            defect,
            destinations,
            stream: around.dice.id(),
            seq: 0,
            held: Vec::new(),
            waiting: Vec::new(),
            engine: None,
            early: Vec::new(),
            journals: Vec::new(),
            writing: 0,
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
        let first = self.seq;
        let mut early = Transaction::new(&self.stream, Asker::Shim(Vec::new()));
        let mut texts = Vec::new();
        for draft in drafts {
            let seq = self.seq;
            self.seq += 1;
            let text = draft.snapshot(&self.stream, seq, around.now);
            if self.state == State::Granted {
                around.ledger.made(&self.stream, seq, &draft.token, draft.expected);
            }
            for account in &mut self.accounts {
                account.tracked += 1;
            }
            if self.engine.is_none() {
                early.puts.push((early_key(&self.stream, seq), text.clone()));
                self.waiting.push(Waiting { seq, text: text.clone(), frozen: false });
            } else {
                self.early.push(early_key(&self.stream, seq));
            }
            texts.push(text);
        }
        if let Some(engine) = &mut self.engine {
            engine.track(&join(&texts), around.now);
        } else {
            early.asker = Asker::Shim((first..self.seq).collect());
            self.database.ask(early);
        }
        self.drain(around);
    }

    /// The core has been loaded: it gets what waits, and what earlier pages put into the journals.
    pub fn start_core(&mut self, around: &mut Around<'_>) {
        if self.state != State::Granted || self.engine.is_some() {
            return;
        }
        let mut options = Options { site: "rivet".into(), consent: State::Granted, ..Options::default() };
        for index in 0..self.destinations {
            options.destinations.push((name(index), format!("/{index}")));
        }
        let luck = Luck::new(around.dice.next(), around.dice.next());
        let mut engine = Driver::new(options, &self.stream, luck, World::default());
        let waiting = std::mem::take(&mut self.waiting);
        let fresh: Vec<String> = waiting.iter().filter(|call| !call.frozen).map(|call| call.text.clone()).collect();
        let frozen: Vec<String> = waiting.iter().filter(|call| call.frozen).map(|call| format!("w{}", call.text)).collect();
        for call in waiting.iter().filter(|call| !call.frozen) {
            self.early.push(early_key(&self.stream, call.seq));
        }
        engine.track(&join(&fresh), around.now);
        engine.adopt(&join(&frozen), false, around.now);
        self.engine = Some(engine);
        self.drain(around);
    }

    /// Takes over what earlier pages left in the journals and in the store.
    pub fn adopt(&mut self, around: &mut Around<'_>) {
        if self.engine.is_none() {
            return;
        }
        let own = self.stream.clone();
        let (keys, journals): (Vec<String>, Vec<String>) =
            around.disk.journals.iter().filter(|(key, _)| **key != own).map(|(key, rows)| (key.clone(), rows.clone())).unzip();
        if !journals.is_empty() {
            self.journals.extend(keys);
            self.with(around, |engine, now| engine.adopt(&join(&journals), false, now));
        }
        if self.database.mode == Mode::Refuses {
            return;
        }
        let rows: Vec<String> = around.disk.rows.values().filter(|row| !row.contains(&own)).cloned().collect();
        if !rows.is_empty() {
            self.with(around, |engine, now| engine.adopt(&join(&rows), true, now));
        }
    }

    pub fn tick(&mut self, around: &mut Around<'_>) {
        self.with(around, |engine, now| engine.tick(now));
    }

    pub fn flush(&mut self, around: &mut Around<'_>) {
        self.with(around, |engine, now| engine.flush(now));
    }

    /// A transaction is through, or has failed.
    pub fn stored(&mut self, transaction: &Transaction, kept: bool, around: &mut Around<'_>) {
        if transaction.stream != self.stream || self.state != State::Granted {
            return;
        }
        match &transaction.asker {
            Asker::Core(ticket) => {
                self.writing -= 1;
                if kept {
                    for journal in &transaction.merged {
                        around.disk.journals.remove(journal);
                    }
                    if self.writing == 0 {
                        around.disk.journals.remove(&self.stream);
                    }
                }
                self.with(around, |engine, now| engine.stored(*ticket, kept, now));
            }
            Asker::Shim(seqs) if kept => {
                for seq in seqs {
                    around.ledger.durable(&self.stream, *seq);
                }
            }
            Asker::Shim(_) => {}
        }
    }

    /// The answer to a request; nothing, if it came too late.
    pub fn answered(&mut self, number: u32, reply: &Reply, around: &mut Around<'_>) {
        let Some(post) = self.underway.remove(&number) else { return };
        match post.sender {
            Sender::Core(flight) => {
                let answer = Answer { flight, status: reply.status, retry_after: reply.retry_after, body: &reply.body };
                self.with(around, |engine, now| engine.answered(&answer, now));
            }
            Sender::Shim { batch, seqs } => {
                let echoed = reply.status == 200 && reply.body.ends_with('}') && reply.body.contains(&format!("\"batch\":\"{batch}\""));
                // Once the core has them, it asks again and counts them itself.
                if echoed && self.engine.is_none() {
                    let before = self.waiting.len();
                    self.waiting.retain(|call| !seqs.contains(&call.seq));
                    if let Some(account) = self.accounts.first_mut() {
                        account.acknowledged += (before - self.waiting.len()) as u64;
                    }
                    let mut done = Transaction::new(&self.stream, Asker::Shim(Vec::new()));
                    done.deletes = seqs.iter().map(|seq| early_key(&self.stream, *seq)).collect();
                    self.database.ask(done);
                }
            }
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
        if let Some(engine) = &mut self.engine {
            engine.set_consent(State::Denied, around.now);
        }
        self.drain(around);
        self.engine = None;
        self.waiting.clear();
        self.early.clear();
        self.journals.clear();
        self.underway.clear();
        self.writing = 0;
        self.accounts = vec![Account::default(); self.destinations];
    }

    /// The page is gone, with or without having left.
    pub fn gone(&mut self, around: &mut Around<'_>) {
        around.ledger.gone(&self.stream);
        self.database.end(around.disk, around.dice);
    }

    /// Enters the core, then does what it asks for.
    fn with(&mut self, around: &mut Around<'_>, enter: impl FnOnce(&mut Driver<World>, Millis)) {
        if let Some(engine) = &mut self.engine {
            enter(engine, around.now);
            self.drain(around);
        }
    }

    fn drain(&mut self, around: &mut Around<'_>) {
        let Some(engine) = &mut self.engine else { return };
        let world = std::mem::take(&mut engine.world);
        for (ticket, changes) in world.store.writes {
            let mut transaction = Transaction::new(&self.stream, Asker::Core(ticket));
            transaction.deletes = std::mem::take(&mut self.early);
            transaction.merged = std::mem::take(&mut self.journals);
            self.writing += 1;
            self.database.ask(transaction.read(&changes.0));
        }
        if let Some(rows) = world.store.journal {
            self.write_journal(rows, around);
        }
        for beacon in world.transport {
            let destination = beacon.url[1..2].parse().expect("a destination's number");
            let raw = beacon.url.ends_with("/v1/raw");
            self.post(destination, raw, beacon.body, Sender::Core(beacon.flight), around);
        }
        if let Some(at) = world.timer {
            self.wishes.push(Wish::Wake(at));
        }
        for notice in world.listener {
            self.hear(&notice, around);
        }
        self.check(around);
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
            Notice::Receipt { seq, fate: Fate::Durable } => around.ledger.durable(&self.stream, *seq),
            Notice::Receipt { fate: Fate::Memory, .. } => {}
            Notice::Receipt { seq, fate: Fate::Dropped(reason) } => {
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
        around.ledger.dropped(destination, stream, seq, reason);
    }

    /// The accounts add up, at every step: the core's own, and the shim's with it.
    fn check(&self, around: &mut Around<'_>) {
        let Some(engine) = &self.engine else { return };
        for ((name, counters, waiting), account) in engine.stats().zip(&self.accounts) {
            let waiting = waiting as u64;
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

fn early_key(stream: &str, seq: u64) -> String {
    format!("*|{stream}|{seq}")
}

fn join(texts: &[String]) -> String {
    texts.join(&GROUP.to_string())
}
