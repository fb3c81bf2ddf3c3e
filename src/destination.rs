//! One place where hits go: its queue, its pauses, and what becomes of its batches. Knows no other destination and no
//! browser; `tracker` asks it what to do next.

use crate::batch::{self, Limits, NEVER};
use crate::call::Millis;
use crate::defect::is;
use crate::encode::collector as encode;
use crate::hit::Reason;
use crate::limits::{BREAKER_FAILURES, PROBE_HITS_MAX};
use crate::luck::Luck;
use crate::ports::World;
use crate::queue::{Entry, GONE, Queue};
#[cfg(feature = "adobe")]
use crate::retry;
use crate::retry::{Ack, Answer, Verdict};
use crate::row::Row;
use crate::text::owned;
use crate::wire::Wire;

/// How beacons are made, by whatever destination.
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

/// A destination.
#[derive(Debug)]
pub struct Destination {
    /// How its rows are named. It stays the same from page to page.
    pub name: String,
    /// How it is spoken to.
    pub wire: Wire,
    /// Where its beacons go.
    url: String,
    queue: Queue,
    /// Batches without an answer so far.
    underway: usize,
    failures: u32,
    not_before: Millis,
    /// Whether the last beacon met no network, rather than a collector that wants a pause.
    offline: bool,
    /// How many hits from the front are known to hold one that cannot be delivered.
    suspects: usize,
    flush: bool,
}

impl Destination {
    /// A destination with an empty queue; `settings` are a collector's URL, or as [`Wire::read`] has them.
    pub fn new(name: &str, settings: &str) -> Self {
        let (wire, url) = Wire::read(name, settings);
        Self {
            name: owned(name),
            wire,
            url,
            queue: Queue::default(),
            underway: 0,
            failures: 0,
            not_before: 0,
            offline: false,
            suspects: 0,
            flush: false,
        }
    }

    /// Hits of this page that wait, in flight or not; reports of losses aside.
    pub fn waiting(&self) -> usize {
        self.queue.iter().filter(|entry| entry.own && !entry.lost).count()
    }

    /// Whether a hit of this id waits here.
    pub fn has(&self, stream: &str, seq: u64) -> bool {
        self.queue.has(stream, seq)
    }

    /// Takes a hit (or the report of a loss) into the queue and has it stored, unless the store has it already.
    pub fn accept<W: World>(&mut self, entry: Entry, durable: bool, world: &mut W) {
        if !durable {
            world.put(&row(&self.name, &entry));
        }
        self.queue.push(entry);
    }

    /// Gives up a hit: the report of its loss takes its place where gaps are counted, and everybody is told. A report is only forgotten.
    fn give_up<W: World>(&mut self, index: usize, reason: Reason, world: &mut W) {
        let Some(entry) = self.queue.get_mut(index) else {
            return;
        };
        if entry.lost || is!(ReportNotKept) || !self.wire.counts_gaps() {
            entry.flight = GONE;
            world.delete(&self.name, &entry.page.stream, entry.seq);
            if !entry.lost {
                world.dropped(&self.name, &entry.page.stream, entry.seq, reason);
            }
            return;
        }
        entry.lost = true;
        entry.flight = 0;
        entry.body = encode::lost(entry.seq, reason);
        world.put(&row(&self.name, entry));
        if is!(GivesUpSilently) {
            return;
        }
        world.dropped(&self.name, &entry.page.stream, entry.seq, reason);
    }

    /// Sheds what is too much, gives up what is too old, and sends the next beacon, if one is due now.
    pub fn send_next<W: World>(&mut self, means: &mut Means, world: &mut W, now: Millis) {
        while let Some(index) = self.queue.surplus() {
            self.give_up(index, Reason::QueueFull, world);
        }
        if self.due(means.limits) > now {
            return;
        }
        let mut index = 0;
        let (patience, reason) = self.wire.patience();
        while let Some(entry) = self.queue.get_mut(index) {
            // The report of a loss does not grow too old: it is what explains the gap.
            if entry.flight == 0
                && (!entry.lost || is!(ReportExpires))
                && !is!(NothingExpires)
                && entry.at + (if is!(ExpiresTooSoon) { 3_600_000 } else { patience }) < now
            {
                self.give_up(index, reason, world);
            }
            index += 1;
        }
        #[cfg(feature = "adobe")]
        self.queue.clear();
        self.depart(self.cut(means.limits), means, world, now);
    }

    /// Sends the next beacon of a page that is leaving, in at most `budget` bytes, without waiting for anything in flight. The
    /// answer is its size; 0 if there is none.
    pub fn send_last<W: World>(&mut self, budget: usize, means: &mut Means, world: &mut W, now: Millis) -> usize {
        let mut limits = self.cut(means.limits);
        limits.bytes_max = limits.bytes_max.min(budget);
        // A single hit may be larger than its batch.
        let fits = batch::plan(&self.queue, limits).bytes <= budget || is!(LeavesOverBudget);
        // A collector that fails gets one probe, not a storm of them.
        let fits = fits && (self.underway == 0 || self.failures < BREAKER_FAILURES);
        if fits && (self.not_before <= now || is!(LeavesDuringPause)) { self.depart(limits, means, world, now) } else { 0 }
    }

    /// When the next beacon is due; [`NEVER`] while one is under way.
    pub fn due(&self, limits: Limits) -> Millis {
        let at = batch::plan(&self.queue, self.wire.cut(limits)).at;
        if (self.underway > 0 && !is!(SeveralAtOnce)) || at == NEVER {
            return NEVER;
        }
        if self.flush && is!(FlushEndsPause) {
            return 0;
        }
        if self.flush { self.not_before } else { at.max(self.not_before) }
    }

    /// How large a batch may be after what happened to the last one.
    fn cut(&self, mut limits: Limits) -> Limits {
        limits = self.wire.cut(limits);
        if self.suspects > 0 {
            limits.hits_max = limits.hits_max.min(self.suspects.div_ceil(2));
        } else if self.failures >= BREAKER_FAILURES && !is!(NoBreaker) {
            limits.hits_max = PROBE_HITS_MAX;
        }
        limits
    }

    /// Sends the first hits that are not in flight. The answer is the beacon's size.
    fn depart<W: World>(&mut self, limits: Limits, means: &mut Means, world: &mut W, now: Millis) -> usize {
        let mut hits = batch::plan(&self.queue, limits).hits;
        if hits == 0 {
            return 0;
        }
        means.flights += 1;
        let flight = means.flights;
        let batch = means.luck.batch(flight);
        #[cfg(feature = "adobe")]
        if let Some((url, body)) = self.wire.request(&self.url, &batch, self.queue.iter().filter(|entry| entry.flight == 0).take(hits)) {
            for entry in self.queue.iter_mut().filter(|entry| entry.flight == 0).take(hits) {
                entry.flight = flight;
            }
            self.underway += 1;
            world.send(flight, &url, &body);
            return url.len() + body.len();
        }
        let mut beacon = encode::Batch::new(&encode::Envelope { site: &means.site, batch: &batch, attempt: self.failures + 1, sent: now });
        for entry in self.queue.iter_mut() {
            if entry.flight == 0 && hits > 0 {
                hits -= 1;
                entry.flight = flight;
                if is!(DeletesWhenSent) {
                    world.delete(&self.name, &entry.page.stream, entry.seq);
                }
                if is!(RetryRenumbers) && self.failures > 0 {
                    entry.body = ["{\"q\":9", entry.body.get(5..).unwrap_or("")].concat();
                }
                beacon.add(&entry.page.stream, &entry.page.context, &entry.body);
            }
        }
        let body = beacon.body();
        self.underway += 1;
        world.send(flight, &self.url, &body);
        body.len()
    }

    /// Takes the answer to a beacon, if it is one of this destination's; see [`retry::decide`].
    pub fn answered<W: World>(&mut self, answer: &Answer<'_>, luck: &mut Luck, world: &mut W, now: Millis) {
        let flight = answer.flight;
        let (mut hits, mut last) = (0, 0);
        for (index, entry) in self.queue.iter().enumerate() {
            if entry.flight == flight {
                hits += 1;
                last = index;
            }
        }
        if hits == 0 {
            return;
        }
        if !is!(UnderwayForEver) || answer.status == 200 {
            self.underway -= 1;
        }
        let batch = luck.batch(flight);
        match self.wire.decide(answer, &batch, self.failures + 1, now, luck.jitter()) {
            Verdict::Settle(ack) => self.settle(flight, hits, &batch, &ack, world),
            #[cfg(feature = "adobe")]
            Verdict::Taken(said, until) => self.taken(flight, &batch, said, until, world),
            Verdict::Keep => {}
            Verdict::Divide(reason) => self.suspect(hits, last, reason, world),
            Verdict::Wait(until) => {
                if !is!(FailuresForgotten) {
                    self.failures += 1;
                }
                // Several batches may be under way since the page was left: the longest pause that one of them got is kept.
                if is!(ShorterPauseWins) || until > self.not_before {
                    self.not_before = until;
                    self.offline = answer.status == 0;
                }
                self.flush = false;
            }
        }
        for entry in self.queue.iter_mut() {
            if entry.flight == flight || (is!(FlightsConfused) && entry.flight != GONE) {
                entry.flight = 0;
            }
        }
        self.queue.clear();
        self.flush &= !self.queue.is_empty();
    }

    /// Removes what the collector has, and gives up what it refused. What it does not name goes again, and a hit that it does not name when it
    /// goes alone would be sent for ever.
    fn settle<W: World>(&mut self, flight: u32, hits: usize, batch: &str, ack: &Ack<'_>, world: &mut W) {
        self.failures = 0;
        let (mut own, mut adopted) = (0, 0);
        let mut index = 0;
        while let Some(entry) = self.queue.get_mut(index) {
            if entry.flight == flight {
                if ack.settles(&entry.page.stream, entry.seq) {
                    if entry.lost {
                    } else if entry.own || is!(AdoptedCountedAsOwn) {
                        own += 1;
                    } else {
                        adopted += 1;
                    }
                    if is!(DeletesElsewhere) {
                        world.delete("collector", &entry.page.stream, entry.seq);
                    } else if !is!(RowStays) {
                        world.delete(&self.name, &entry.page.stream, entry.seq);
                    }
                    entry.flight = GONE;
                    if is!(HitStays) {
                        entry.flight = 0;
                    }
                    self.suspects = self.suspects.saturating_sub(1);
                } else if ack.rejects(&entry.page.stream, entry.seq) || hits == 1 {
                    if is!(RefusedForgotten) {
                        world.delete(&self.name, &entry.page.stream, entry.seq);
                        entry.flight = GONE;
                        continue;
                    }
                    self.give_up(index, Reason::Rejected, world);
                } else {
                    self.suspects = 1;
                }
            }
            index += 1;
        }
        if own + adopted > 0 {
            world.acknowledged(&self.name, batch, own, adopted);
        }
    }

    /// Removes what Adobe has, and gives up what it refused for good; what may be sent again goes alone.
    /// (Apart from `settle`, whose answer names hits by their ids: one function for both is larger.)
    #[cfg(feature = "adobe")]
    fn taken<W: World>(&mut self, flight: u32, batch: &str, said: &str, until: Millis, world: &mut W) {
        let (mut own, mut adopted, mut nth) = (0, 0, 0);
        let mut index = 0;
        self.failures = 0;
        self.suspects = 0;
        while let Some(entry) = self.queue.get_mut(index) {
            if entry.flight == flight {
                match retry::refused(said, nth) {
                    None => {
                        world.delete(&self.name, &entry.page.stream, entry.seq);
                        entry.flight = GONE;
                        own += u32::from(entry.own);
                        adopted += u32::from(!entry.own);
                    }
                    Some(true) => {
                        self.suspects = 1;
                        self.failures = 1;
                        self.not_before = until;
                    }
                    Some(false) => self.give_up(index, Reason::Rejected, world),
                }
                nth += 1;
            }
            index += 1;
        }
        if own + adopted > 0 {
            world.acknowledged(&self.name, batch, own, adopted);
        }
    }

    /// One of so many hits cannot be delivered: if it is alone it is given up, otherwise half of them go next. `last` is where
    /// the last of them stands.
    fn suspect<W: World>(&mut self, hits: usize, last: usize, reason: Reason, world: &mut W) {
        self.suspects = hits;
        if (is!(TooLargeGivesUpAll) && reason == Reason::TooLarge) || (is!(RefusalGivesUpAll) && reason == Reason::Rejected) {
            (0..=last).for_each(|index| self.give_up(index, reason, world));
        }
        if hits == 1 && !is!(NeverGivesUp) {
            self.suspects = 0;
            self.give_up(if is!(GivesUpFirst) { 0 } else { last }, reason, world);
        }
    }

    /// Asks for everything that waits to be sent now. A pause that the collector asked for is kept; `online` says that there is a network
    /// again, which ends one for want of it.
    pub fn flush(&mut self, online: bool) {
        self.flush = !self.queue.is_empty();
        if online && self.offline {
            self.not_before = 0;
        }
    }
}

fn row<'a>(destination: &'a str, entry: &'a Entry) -> Row<'a> {
    Row {
        destination,
        stream: &entry.page.stream,
        seq: entry.seq,
        at: entry.at,
        priority: entry.priority,
        lost: entry.lost,
        context: &entry.page.context,
        body: &entry.body,
    }
}
