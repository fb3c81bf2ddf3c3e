//! Decides what happens next: the one place that branches. The other files compute and do not know about each
//! other. Touches the world only through its ports.

use crate::batch::NEVER;
use crate::call::{Call, GROUP, Millis};
use crate::defect::is;
use crate::destination::{Destination, Means};
use crate::encode::collector as encode;
use crate::hit::{Context, Hit, Reason};
use crate::limits::HIT_BYTES_MAX;
use crate::luck::{Luck, hash};
use crate::options::Options;
use crate::ports::World;
use crate::problem::Problems;
use crate::queue::{Entry, Page};
use crate::retry::Answer;
use crate::row::{Row, UNROUTED};
use crate::text::{Append, listed, owned, push_number, split};
use std::rc::Rc;

/// The state of one tracker on one page.
#[derive(Debug)]
pub struct Tracker {
    means: Means,
    stream: String,
    destinations: Vec<Destination>,
    /// Hashes of orders that this browser has counted, separated by spaces.
    orders: String,
    /// The page of the last hit: neighbours share it.
    page: Rc<Page>,
    woken_at: Millis,
}

impl Tracker {
    /// A tracker for the calls of `stream`.
    pub fn new(options: Options, stream: &str, luck: Luck) -> Self {
        Self {
            means: Means { site: options.site, limits: options.batch, luck, flights: 0 },
            stream: owned(stream),
            destinations: options.destinations,
            orders: String::new(),
            page: Rc::new(Page { stream: String::new(), context: String::new() }),
            woken_at: NEVER,
        }
    }

    /// Learns which orders this browser has counted: their hashes, separated by spaces.
    pub fn know(&mut self, orders: &str) {
        self.orders = owned(orders);
    }

    /// Takes one call snapshot of this page.
    pub fn track<W: World>(&mut self, snapshot: &str, world: &mut W, now: Millis) {
        if let Some(call) = Call::read(snapshot) {
            let mut problems = Problems::default();
            let dropped = self.take(&call, &mut problems, world, now);
            world.judged(call.seq, dropped, &problems);
        }
    }

    /// Judges a call and queues what it yields, for every destination: a hit, or the report of its loss.
    fn take<W: World>(&mut self, call: &Call<'_>, problems: &mut Problems, world: &mut W, now: Millis) -> Option<Reason> {
        let mut body = String::new();
        let mut priority = u8::MAX;
        let mut dropped = None;
        let judged = Hit::judge(call, problems);
        match &judged {
            Ok(hit) => {
                body = encode::hit(hit);
                priority = hit.event.priority();
                if body.len() > HIT_BYTES_MAX {
                    dropped = Some(Reason::TooLarge);
                } else if hit.event.main == "purchase" && !hit.event.order_id().is_empty() {
                    let mut order = String::new();
                    push_number(&mut order, hash(hit.event.order_id()));
                    // A call of an earlier page may be what this browser remembers the order by.
                    let own = *call.stream == *self.stream || is!(AdoptedIsDuplicate);
                    if own && listed(&order, &self.orders) && !is!(OrderCountsAgain) {
                        dropped = Some(Reason::DuplicatePurchase);
                    } else {
                        self.orders.add_char(' ');
                        self.orders.add(&order);
                        world.bought(&order, call.stream, call.seq);
                    }
                }
            }
            Err(reason) => dropped = Some(*reason),
        }
        if let Some(reason) = dropped {
            body = encode::lost(call.seq, reason);
        }
        if dropped.is_some() && is!(LossNotReported) {
            return dropped;
        }
        let page = Context::of(call);
        let context = encode::context(&page);
        let hit = judged.as_ref().ok().map(|hit| (hit, &page));
        self.queue(&unrouted(call, priority, dropped.is_some(), &context, &body), hit, false, world, now);
        dropped
    }

    /// Queues a row for the destinations it is for: one by its name, or all of them. Says whether there was one. Destinations that do not
    /// speak our own format need the hit of a row that is for all.
    fn queue<W: World>(&mut self, row: &Row<'_>, hit: Option<(&Hit, &Context)>, durable: bool, world: &mut W, now: Millis) -> bool {
        if (*self.page.stream != *row.stream && !is!(StreamNotCompared)) || (*self.page.context != *row.context && !is!(ContextNotCompared))
        {
            let stream = if is!(AdoptedUnderOwnStream) { &self.stream } else { row.stream };
            self.page = Rc::new(Page { stream: owned(stream), context: owned(row.context) });
        }
        let own = *row.stream == *self.stream;
        let mut queued = false;
        for destination in &mut self.destinations {
            if row.destination == UNROUTED || *row.destination == *destination.name {
                queued = true;
                if destination.has(row.stream, row.seq) && !is!(AdoptsTwice) {
                    continue;
                }
                let mut body = owned(row.body);
                if row.destination == UNROUTED && !destination.wire.counts_gaps() {
                    let own = hit.filter(|_| !row.lost).and_then(|(hit, page)| destination.wire.hit(hit, page, row.stream));
                    let Some(own) = own else { continue };
                    body = own;
                }
                let entry = Entry {
                    page: Rc::clone(&self.page),
                    seq: row.seq,
                    at: row.at,
                    // What an earlier page left has waited long enough.
                    since: if own { now } else { 0 },
                    priority: row.priority,
                    lost: row.lost,
                    own,
                    flight: 0,
                    body,
                };
                destination.accept(entry, durable, world);
            }
        }
        queued
    }

    /// Takes over rows, joined by `GS`: of the store (`durable`), or of journals, in which there may also be calls of this
    /// page that were sent raw before the core was there.
    pub fn adopt<W: World>(&mut self, rows: &str, durable: bool, world: &mut W, now: Millis) {
        for text in split(rows, GROUP) {
            if let Some(row) = Row::read(text) {
                if !self.queue(&row, None, durable, world, now) && !durable && !is!(OthersRowLost) {
                    // Of a destination that only other pages have: the journal goes, the row stays.
                    world.put(&row);
                }
                continue;
            }
            let frozen = text.strip_prefix('w');
            // Garbage, and what a newer version wrote, is left where it is.
            let Some(call) = Call::read(frozen.unwrap_or(text)) else {
                if is!(StopsAtGarbage) {
                    break;
                }
                continue;
            };
            // From here on it has a row of its own for each destination.
            if !is!(CallRowStays) {
                world.delete(UNROUTED, call.stream, call.seq);
            }
            if self.has(call.stream, call.seq) {
                continue;
            }
            if let Some(snapshot) = frozen.filter(|_| !is!(FrozenBecomesHit)) {
                let body = encode::raw(call.seq, snapshot);
                let priority = u8::from(!listed(call.name, "purchase scCheckout"));
                let row = unrouted(&call, priority, false, "{}", &body);
                #[cfg(feature = "adobe")]
                self.queue_frozen(&call, &row, world, now);
                #[cfg(not(feature = "adobe"))]
                self.queue(&row, None, false, world, now);
            } else {
                self.take(&call, &mut Problems::default(), world, now);
            }
        }
    }

    /// Queues a call that was sent raw: raw for our own collectors, and judged for Adobe, whose formats have no raw form.
    #[cfg(feature = "adobe")]
    fn queue_frozen<W: World>(&mut self, call: &Call<'_>, row: &Row<'_>, world: &mut W, now: Millis) {
        let page = Context::of(call);
        let judged = Hit::judge(call, &mut Problems::default());
        self.queue(row, judged.as_ref().ok().map(|hit| (hit, &page)), false, world, now);
        if let Err(reason) = judged {
            for destination in self.destinations.iter().filter(|to| !to.wire.counts_gaps()) {
                world.dropped(&destination.name, call.stream, call.seq, reason);
            }
        }
    }

    /// Whether a hit of this id waits for every destination.
    fn has(&self, stream: &str, seq: u64) -> bool {
        let mut all = self.destinations.iter();
        if is!(AnyIsEvery) { all.any(|to| to.has(stream, seq)) } else { all.all(|to| to.has(stream, seq)) && !is!(AdoptsTwice) }
    }

    /// The answer to a beacon.
    pub fn answered<W: World>(&mut self, answer: &Answer<'_>, world: &mut W, now: Millis) {
        for destination in &mut self.destinations {
            destination.answered(answer, &mut self.means.luck, world, now);
        }
    }

    /// Asks for everything to be sent now; `online` if there is a network again.
    pub fn flush(&mut self, online: bool) {
        for destination in &mut self.destinations {
            destination.flush(online);
        }
    }

    /// Does what is to be done now. Call it after every change.
    pub fn pump<W: World>(&mut self, world: &mut W, now: Millis) {
        let mut wake_at = NEVER;
        for destination in &mut self.destinations {
            destination.send_next(&mut self.means, world, now);
            wake_at = wake_at.min(destination.due(self.means.limits));
        }
        if wake_at != self.woken_at {
            self.woken_at = wake_at;
            world.wake_at((wake_at != NEVER).then_some(wake_at));
        }
    }

    /// The time that was asked for has come.
    pub fn woken(&mut self) {
        self.woken_at = NEVER;
    }

    /// The page is leaving: sends at most `budget` bytes in all. Changes nothing in the store.
    pub fn leave<W: World>(&mut self, budget: usize, world: &mut W, now: Millis) {
        let mut left = budget;
        for destination in &mut self.destinations {
            loop {
                let sent = destination.send_last(left, &mut self.means, world, now);
                if sent == 0 {
                    break;
                }
                left = left.saturating_sub(sent);
            }
        }
    }

    /// Name and number of waiting hits of every destination.
    pub fn waiting(&self) -> impl Iterator<Item = (&str, usize)> {
        self.destinations.iter().map(|to| (&*to.name, to.waiting()))
    }
}

/// A call's row for every destination.
fn unrouted<'a>(call: &Call<'a>, priority: u8, lost: bool, context: &'a str, body: &'a str) -> Row<'a> {
    Row { destination: UNROUTED, stream: call.stream, seq: call.seq, at: call.at, priority, lost, context, body }
}
