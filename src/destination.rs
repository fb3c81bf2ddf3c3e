//! One place where hits go: its queue, its batches under way, its pauses and its counters. Knows no other destination
//! and no browser; `tracker` asks it what to do next.

use crate::batch::{self, Limits};
use crate::call::{GROUP, Millis};
use crate::encode::collector as encode;
use crate::hit::Reason;
use crate::limits::{BREAKER_FAILURES, HIT_AGE_MS_MAX, PROBE_HITS_MAX};
use crate::luck::Luck;
use crate::ports::{Beacon, Changes, World};
use crate::queue::{Entry, GONE, Queue};
use crate::retry::{self, Ack, Verdict};
use crate::row::{Form, Row, UNROUTED};
use crate::stats::Counters;
use crate::text::{Append, owned};

/// A batch under way.
#[derive(Debug)]
struct Flight {
    number: u32,
    batch: String,
    hits: usize,
}

/// What destinations share: the world, the time, and what is to be written.
pub struct Turn<'a, W> {
    /// The world.
    pub world: &'a mut W,
    /// The time.
    pub now: Millis,
    /// What is to be written.
    pub saving: &'a mut Saving,
}

/// What the next transaction will write.
#[derive(Debug)]
pub struct Saving {
    /// For the store.
    pub changes: Changes,
    /// The number of the transaction.
    pub ticket: u32,
}

/// What becomes of an entry of the queue.
enum End {
    /// It stays as it is.
    None,
    /// The collector has it.
    Known,
    /// It is given up.
    Lost(Reason),
}

/// How beacons are made.
#[derive(Debug)]
pub struct Means {
    /// What the collector files hits under.
    pub site: String,
    /// How batches are cut.
    pub limits: Limits,
    /// Draws batch ids and pauses.
    pub luck: Luck,
    /// Numbers flights, across destinations.
    pub flights: u32,
}

/// A destination of kind `collector`.
#[derive(Debug)]
pub struct Destination {
    /// How its rows are named.
    pub name: String,
    url: String,
    queue: Queue,
    /// What became of everything.
    pub counters: Counters,
    flights: Vec<Flight>,
    failures: u32,
    not_before: Millis,
    /// How many hits from the front are known to hold one that cannot be delivered.
    suspects: usize,
    flush: bool,
}

impl Destination {
    /// A destination with an empty queue.
    pub fn new(name: &str, url: &str) -> Self {
        Self {
            name: owned(name),
            url: owned(url),
            queue: Queue::default(),
            counters: Counters::default(),
            flights: Vec::new(),
            failures: 0,
            not_before: 0,
            suspects: 0,
            flush: false,
        }
    }

    /// Hits of this page that wait, in flight or not; reports of losses aside.
    pub fn waiting(&self) -> usize {
        self.queue.iter().filter(|entry| entry.own && entry.form != Form::Lost).count()
    }

    /// Whether a hit of this id waits here.
    pub fn has(&self, stream: &str, seq: u64) -> bool {
        self.queue.has(stream, seq)
    }

    /// Takes a hit (or the report of a loss) into the queue and has it written to the store, if its ticket says so.
    pub fn accept<W: World>(&mut self, entry: Entry, turn: &mut Turn<'_, W>) {
        if entry.ticket != 0 {
            save(&self.name, &entry, turn.saving);
        }
        self.queue.push(entry);
        while let Some(index) = self.queue.surplus() {
            self.give_up(index, Reason::QueueFull, turn);
        }
    }

    /// Gives up a hit: the report of its loss takes its place, and everybody is told.
    fn give_up<W: World>(&mut self, index: usize, reason: Reason, turn: &mut Turn<'_, W>) {
        let Some(entry) = self.queue.get_mut(index) else {
            return;
        };
        let raw = entry.form == Form::Raw;
        let report = encode::lost(entry.seq, reason);
        let Some(entry) = self.queue.lose(index, report, turn.saving.ticket) else {
            return;
        };
        if entry.own {
            self.counters.drop(reason);
        }
        // A raw call has its row under another key; that of a call not seen yet may be all that another destination has.
        if raw {
            turn.saving.changes.delete(UNROUTED, &entry.stream, entry.seq);
        }
        save(&self.name, entry, turn.saving);
        turn.world.dropped(&self.name, &entry.stream, entry.seq, reason);
    }

    /// Sends the next beacon, if one is due now; says whether one was.
    pub fn send_next<W: World>(&mut self, means: &mut Means, turn: &mut Turn<'_, W>) -> bool {
        let now = turn.now;
        if self.due(means.limits).is_none_or(|at| at > now) {
            return false;
        }
        // The report of a loss does not grow too old: it is what explains the gap.
        let old = |entry: &Entry| entry.flight == 0 && entry.form != Form::Lost && entry.at + HIT_AGE_MS_MAX < now;
        self.sweep(
            &|entry| {
                if old(entry) { End::Lost(Reason::Expired) } else { End::None }
            },
            turn,
        );
        self.depart(self.cut(means.limits), means, turn) > 0
    }

    /// Sends the next beacon of a page that is leaving, in at most `budget` bytes, without waiting for anything in flight. The
    /// answer is its size; 0 if there is none.
    pub fn send_last<W: World>(&mut self, budget: usize, means: &mut Means, turn: &mut Turn<'_, W>) -> usize {
        let Some(first) = self.queue.iter().find(|entry| entry.flight == 0) else {
            return 0;
        };
        if self.not_before > turn.now || first.bytes() + first.context.len() + encode::ENVELOPE_BYTES_MAX > budget {
            return 0;
        }
        let mut limits = self.cut(means.limits);
        limits.bytes_max = limits.bytes_max.min(budget);
        self.depart(limits, means, turn)
    }

    /// When the next beacon is due, if one is.
    pub fn due(&self, limits: Limits) -> Option<Millis> {
        if !self.flights.is_empty() {
            return None;
        }
        let at = batch::plan(&self.queue, limits).at?;
        Some(if self.flush { 0 } else { at }.max(self.not_before))
    }

    /// How large a batch may be after what happened to the last one.
    fn cut(&self, mut limits: Limits) -> Limits {
        if self.suspects > 0 {
            limits.hits_max = limits.hits_max.min(self.suspects.div_ceil(2));
        } else if self.failures >= BREAKER_FAILURES {
            limits.hits_max = PROBE_HITS_MAX;
        }
        limits
    }

    fn depart<W: World>(&mut self, limits: Limits, means: &mut Means, turn: &mut Turn<'_, W>) -> usize {
        let hits = batch::plan(&self.queue, limits).hits;
        if hits == 0 {
            return 0;
        }
        means.flights += 1;
        let flight = means.flights;
        let batch = means.luck.id();
        let mut raw = false;
        let mut lines: Vec<encode::Line<'_>> = Vec::new();
        for entry in self.queue.iter_mut() {
            if entry.flight == 0 && lines.len() < hits {
                entry.flight = flight;
                raw = entry.form == Form::Raw;
                lines.push((&entry.stream, &entry.context, &entry.body));
            }
        }
        let envelope = encode::Envelope { site: &means.site, batch: &batch, attempt: self.failures + 1, sent: turn.now };
        let mut url = owned(&self.url);
        url.add(if raw { "/v1/raw" } else { "/v1/batch" });
        let body = if raw { encode::raw(&envelope, &lines) } else { encode::batch(&envelope, &lines) };
        let size = body.len();
        self.counters.bytes += size as u64;
        self.flights.push(Flight { number: flight, batch, hits });
        turn.world.send(&Beacon { flight, url, body });
        size
    }

    /// Takes the answer to a beacon, if it is one of this destination's; see [`retry::outcome`].
    pub fn answered<W: World>(&mut self, answer: &retry::Answer<'_>, luck: &mut Luck, turn: &mut Turn<'_, W>) {
        let Some(index) = self.flights.iter().position(|known| known.number == answer.flight) else {
            return;
        };
        let flight = self.flights.swap_remove(index);
        match retry::decide(retry::outcome(answer, &flight.batch), self.failures + 1, turn.now, luck.jitter()) {
            Verdict::Settle(ack) => {
                self.failures = 0;
                self.settle(&flight, &ack, turn);
            }
            Verdict::Keep => {}
            Verdict::Halve => self.suspect(&flight, Reason::TooLarge, turn),
            Verdict::Bisect => self.suspect(&flight, Reason::Rejected, turn),
            Verdict::Park(until) | Verdict::Wait(until) => {
                self.failures += 1;
                self.not_before = until;
                self.flush = false;
            }
        }
        for entry in self.queue.iter_mut() {
            if entry.flight == flight.number {
                entry.flight = 0;
            }
        }
        self.flush &= !self.queue.is_empty();
    }

    /// Removes what the collector has, and gives up what it refused.
    fn settle<W: World>(&mut self, flight: &Flight, ack: &Ack<'_>, turn: &mut Turn<'_, W>) {
        let (own, adopted) = self.sweep(
            &|entry| {
                if entry.flight != flight.number {
                    End::None
                } else if ack.settles(&entry.stream, entry.seq) {
                    End::Known
                } else if ack.rejects(&entry.stream, entry.seq) {
                    End::Lost(Reason::Rejected)
                } else {
                    End::None
                }
            },
            turn,
        );
        self.counters.acknowledged += u64::from(own);
        self.counters.adopted += u64::from(adopted);
        if own + adopted > 0 {
            turn.world.acknowledged(&self.name, &flight.batch, own, adopted);
        }
    }

    /// One of the hits of this flight cannot be delivered: if it is alone it is given up, otherwise half of them go next.
    fn suspect<W: World>(&mut self, flight: &Flight, reason: Reason, turn: &mut Turn<'_, W>) {
        self.suspects = flight.hits;
        if flight.hits == 1 {
            self.suspects = 0;
            self.sweep(
                &|entry| {
                    if entry.flight == flight.number { End::Lost(reason) } else { End::None }
                },
                turn,
            );
        }
    }

    /// Does with every entry what `judge` says; a report of a loss that is lost itself is only forgotten. The answer is how many
    /// hits the collector has: of this page, and taken over.
    fn sweep<W: World>(&mut self, judge: &dyn Fn(&Entry) -> End, turn: &mut Turn<'_, W>) -> (u32, u32) {
        let (mut own, mut adopted) = (0, 0);
        let mut gone = false;
        let mut index = 0;
        while let Some(entry) = self.queue.get_mut(index) {
            match judge(entry) {
                End::None => {}
                End::Lost(reason) if entry.form != Form::Lost => self.give_up(index, reason, turn),
                End::Lost(_) | End::Known => {
                    if entry.form != Form::Lost {
                        let count = if entry.own { &mut own } else { &mut adopted };
                        *count += 1;
                    }
                    turn.saving.changes.delete(keyed(&self.name, entry), &entry.stream, entry.seq);
                    entry.flight = GONE;
                    self.suspects = self.suspects.saturating_sub(1);
                    gone = true;
                }
            }
            index += 1;
        }
        if gone {
            self.queue.clear();
        }
        (own, adopted)
    }

    /// Asks for everything that waits to be sent now; a pause that the collector asked for is kept.
    pub fn flush(&mut self) {
        self.flush = !self.queue.is_empty();
    }

    /// Marks what the store has now.
    pub fn stored(&mut self, ticket: u32) {
        for entry in self.queue.iter_mut() {
            if entry.ticket == ticket {
                entry.ticket = 0;
            }
        }
    }

    /// Appends the rows that would be lost with the page, joined by `GS`.
    pub fn push_soft_rows(&self, out: &mut String) {
        for entry in self.queue.iter() {
            if entry.ticket != 0 {
                if !out.is_empty() {
                    out.add_char(GROUP);
                }
                row(&self.name, entry).write(out);
            }
        }
    }
}

/// The destination in the key of an entry's row. Raw calls keep the key under which they were first written.
fn keyed<'a>(name: &'a str, entry: &Entry) -> &'a str {
    if entry.form == Form::Raw { UNROUTED } else { name }
}

fn row<'a>(name: &'a str, entry: &'a Entry) -> Row<'a> {
    Row {
        destination: name,
        stream: &entry.stream,
        seq: entry.seq,
        at: entry.at,
        priority: entry.priority,
        form: Some(entry.form),
        context: &entry.context,
        body: &entry.body,
    }
}

fn save(name: &str, entry: &Entry, saving: &mut Saving) {
    saving.changes.put(keyed(name, entry), &row(name, entry));
}
