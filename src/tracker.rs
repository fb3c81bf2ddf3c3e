//! Decides what happens next: the one place that branches. The other files compute and do not know about each
//! other. Touches the world only through its ports, and only from `pump` and `leave`, apart from telling what happened.

use crate::call::{Call, GROUP, Millis};
use crate::destination::{Destination, Means, Saving, Turn};
use crate::encode::collector as encode;
use crate::hit::{Context, Hit, Judged, Reason};
use crate::limits::HIT_BYTES_MAX;
use crate::luck::Luck;
use crate::options::Options;
use crate::ports::{Changes, Fate, World};
use crate::problem::Problems;
use crate::queue::Entry;
use crate::retry::Answer;
use crate::row::{Form, Row, UNROUTED};
use crate::stats::Counters;
use crate::text::{owned, split};
use std::rc::Rc;

/// The state of one tracker on one page.
#[derive(Debug)]
pub struct Tracker {
    means: Means,
    stream: Rc<String>,
    destinations: Vec<Destination>,
    context: Rc<String>,
    saving: Saving,
    /// Receipts that wait until it is known where their calls are kept: ticket of the transaction, number and problems.
    receipts: Vec<(u32, u64, Problems)>,
    woken_at: Option<Millis>,
}

impl Tracker {
    /// A tracker for the calls of `stream`.
    pub fn new(options: Options, stream: &str, luck: Luck) -> Self {
        let mut destinations = Vec::new();
        for (name, url) in &options.destinations {
            destinations.push(Destination::new(name, url));
        }
        Self {
            means: Means { site: options.site, limits: options.batch, luck, flights: 0 },
            stream: Rc::new(owned(stream)),
            destinations,
            context: Rc::default(),
            saving: Saving { changes: Changes::default(), ticket: 1 },
            receipts: Vec::new(),
            woken_at: None,
        }
    }

    /// Takes one call snapshot of this page.
    pub fn track<W: World>(&mut self, snapshot: &str, world: &mut W, now: Millis) {
        let Some(call) = Call::read(snapshot) else {
            return;
        };
        let (dropped, problems) = self.take(&call, true, world, now);
        for destination in &mut self.destinations {
            if let Some(reason) = dropped {
                destination.counters.tracked += 1;
                destination.counters.drop(reason);
            }
        }
        match dropped {
            Some(reason) => world.receipt(call.seq, Fate::Dropped(reason), &problems),
            None => self.receipts.push((self.saving.ticket, call.seq, problems)),
        }
    }

    /// Judges a call and queues what it yields, for every destination: a hit, or the report of its loss.
    fn take<W: World>(&mut self, call: &Call<'_>, own: bool, world: &mut W, now: Millis) -> (Option<Reason>, Problems) {
        let (mut body, priority, mut dropped, problems) = match Hit::judge(call) {
            Judged::Hit(hit, problems) => (encode::hit(&hit), hit.event.priority(), None, problems),
            Judged::Lost(reason, problems) => (String::new(), u8::MAX, Some(reason), problems),
        };
        if body.len() > HIT_BYTES_MAX {
            dropped = Some(Reason::TooLarge);
        }
        let mut form = Form::Hit;
        if let Some(reason) = dropped {
            body = encode::lost(call.seq, reason);
            form = Form::Lost;
        }
        let context = encode::context(&Context::of(call));
        let row = Row {
            destination: UNROUTED,
            stream: call.stream,
            seq: call.seq,
            at: call.at,
            priority,
            form: Some(form),
            context: &context,
            body: &body,
        };
        self.queue(&row, false, own, world, now);
        (dropped, problems)
    }

    /// Queues a row for the destinations it is for: one by its name, all of them if it names none, the first if it is raw.
    fn queue<W: World>(&mut self, row: &Row<'_>, durable: bool, own: bool, world: &mut W, now: Millis) {
        // Neighbours of the same page share its context, and the own stream.
        if *self.context != *row.context {
            self.context = Rc::new(owned(row.context));
        }
        let stream = if *row.stream == *self.stream { Rc::clone(&self.stream) } else { Rc::new(owned(row.stream)) };
        let form = row.form.unwrap_or(Form::Hit);
        let ticket = if durable { 0 } else { self.saving.ticket };
        let mut turn = Turn { world, now, saving: &mut self.saving };
        for destination in &mut self.destinations {
            if row.destination != UNROUTED && *row.destination != *destination.name {
                continue;
            }
            let entry = Entry {
                stream: Rc::clone(&stream),
                seq: row.seq,
                at: row.at,
                // What an earlier page left has waited long enough.
                since: if own { now } else { 0 },
                priority: row.priority,
                form,
                context: Rc::clone(&self.context),
                body: owned(row.body),
                ticket,
                own,
                flight: 0,
            };
            // Calls of this page that were sent raw come in here as well, by `adopt`.
            if own && form != Form::Lost {
                destination.counters.tracked += 1;
            }
            destination.accept(entry, &mut turn);
            if form == Form::Raw {
                break;
            }
        }
    }

    /// Takes over rows, joined by `GS`, that earlier pages left in the store (`durable`) or in the journal, and calls of this page
    /// that were sent raw before the core was there.
    pub fn adopt<W: World>(&mut self, rows: &str, durable: bool, world: &mut W, now: Millis) {
        for text in split(rows, GROUP) {
            // Garbage, and what a newer version wrote, is left where it is.
            let Some(row) = Row::read(text) else { continue };
            let own = *row.stream == *self.stream;
            let known = |to: &Destination| (row.destination == UNROUTED || *row.destination == *to.name) && to.has(row.stream, row.seq);
            if self.destinations.iter().any(known) {
                continue;
            }
            if row.form.is_some() {
                self.queue(&row, durable, own, world, now);
            } else if let Some(call) = Call::read(row.body) {
                self.take(&call, own, world, now);
                self.saving.changes.delete(UNROUTED, row.stream, row.seq);
            }
        }
    }

    /// A transaction of the store is through, or has failed.
    pub fn stored<W: World>(&mut self, ticket: u32, kept: bool, world: &mut W) {
        let mut fate = Fate::Memory;
        if kept {
            fate = Fate::Durable;
            for destination in &mut self.destinations {
                destination.stored(ticket);
            }
        }
        let mut index = 0;
        while let Some(receipt) = self.receipts.get(index) {
            if receipt.0 == ticket {
                let (_, seq, problems) = self.receipts.remove(index);
                world.receipt(seq, fate, &problems);
            } else {
                index += 1;
            }
        }
    }

    /// The answer to a beacon.
    pub fn answered<W: World>(&mut self, answer: &Answer<'_>, world: &mut W, now: Millis) {
        let mut turn = Turn { world, now, saving: &mut self.saving };
        for destination in &mut self.destinations {
            destination.answered(answer, &mut self.means.luck, &mut turn);
        }
    }

    /// Asks for everything to be sent now.
    pub fn flush(&mut self) {
        for destination in &mut self.destinations {
            destination.flush();
        }
    }

    /// Does what is to be done now: writes before it sends. Call it after every change.
    pub fn pump<W: World>(&mut self, world: &mut W, now: Millis) {
        // Two rounds: sending may give up expired hits, and their reports are to be written.
        for _ in 0..2 {
            if !self.saving.changes.0.is_empty() {
                world.write(self.saving.ticket, &std::mem::take(&mut self.saving.changes));
                self.saving.ticket += 1;
            }
            let mut turn = Turn { world, now, saving: &mut self.saving };
            for destination in &mut self.destinations {
                destination.send_next(&mut self.means, &mut turn);
            }
        }
        let wake_at = self.destinations.iter().filter_map(|to| to.due(self.means.limits)).min();
        if wake_at != self.woken_at {
            self.woken_at = wake_at;
            world.wake_at(wake_at);
        }
    }

    /// The time that was asked for has come.
    pub fn woken(&mut self) {
        self.woken_at = None;
    }

    /// The page is leaving: journals what the store does not have yet, and sends at most `budget` bytes in all. Begins nothing
    /// in the store.
    pub fn leave<W: World>(&mut self, budget: usize, world: &mut W, now: Millis) {
        let mut journal = String::new();
        for destination in &self.destinations {
            destination.push_soft_rows(&mut journal);
        }
        world.journal(&journal);
        let mut left = budget;
        let mut turn = Turn { world, now, saving: &mut self.saving };
        for destination in &mut self.destinations {
            loop {
                let sent = destination.send_last(left, &mut self.means, &mut turn);
                if sent == 0 {
                    break;
                }
                left = left.saturating_sub(sent);
            }
        }
    }

    /// Name, counters and number of waiting hits of every destination.
    pub fn stats(&self) -> impl Iterator<Item = (&str, &Counters, usize)> {
        self.destinations.iter().map(|to| (&*to.name, &to.counters, to.waiting()))
    }
}
