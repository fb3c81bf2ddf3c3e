//! One change, then drain: every entry point changes the tracker once and then pumps. Never decides anything itself.

use crate::call::{GROUP, Millis};
use crate::consent::{Consent, Gate, State};
use crate::defect::is;
use crate::luck::Luck;
use crate::options::Options;
use crate::ports::World;
use crate::retry::Answer;
use crate::text::split;
use crate::tracker::Tracker;

/// A tracker and its world.
#[derive(Debug)]
pub struct Driver<W> {
    consent: Consent,
    tracker: Tracker,
    /// The world, through its ports.
    pub world: W,
}

impl<W: World> Driver<W> {
    /// A driver for the calls of `stream`; with consent as the options say.
    pub fn new(options: Options, stream: &str, luck: Luck, world: W) -> Self {
        let consent = Consent::new(options.consent);
        Self { consent, tracker: Tracker::new(options, stream, luck), world }
    }

    /// See [`Tracker::know`].
    pub fn know(&mut self, orders: &str) {
        self.tracker.know(orders);
    }

    /// Takes call snapshots, joined by `GS`.
    pub fn track(&mut self, snapshots: &str, now: Millis) {
        for snapshot in split(snapshots, GROUP) {
            if self.consent.offer(snapshot) == Gate::Pass {
                self.tracker.track(snapshot, &mut self.world, now);
            }
        }
        self.pump(now);
    }

    /// Takes over rows of earlier pages, joined by `GS`; see [`Tracker::adopt`].
    pub fn adopt(&mut self, rows: &str, durable: bool, now: Millis) {
        if self.consent.state() == State::Granted {
            self.tracker.adopt(rows, durable, &mut self.world, now);
            self.pump(now);
        }
    }

    /// Changes consent; what was held goes on when it is granted.
    pub fn set_consent(&mut self, state: State, now: Millis) {
        for snapshot in self.consent.set(state) {
            self.tracker.track(&snapshot, &mut self.world, now);
        }
        self.pump(now);
    }

    /// The answer to a beacon; see [`Tracker::answered`].
    pub fn answered(&mut self, answer: &Answer<'_>, now: Millis) {
        self.tracker.answered(answer, &mut self.world, now);
        if !is!(AnswerWithoutPump) {
            self.pump(now);
        }
    }

    /// The time that was asked for has come.
    pub fn tick(&mut self, now: Millis) {
        self.tracker.woken();
        self.pump(now);
    }

    /// Sends what waits, now; see [`Tracker::flush`].
    pub fn flush(&mut self, online: bool, now: Millis) {
        self.tracker.flush(online);
        self.pump(now);
    }

    /// The page is leaving; `budget` bytes may still be sent.
    pub fn leave(&mut self, budget: usize, now: Millis) {
        if self.consent.state() == State::Granted {
            self.tracker.leave(budget, &mut self.world, now);
        }
    }

    /// See [`Tracker::waiting`].
    pub fn waiting(&self) -> impl Iterator<Item = (&str, usize)> {
        self.tracker.waiting()
    }

    fn pump(&mut self, now: Millis) {
        if self.consent.state() == State::Granted {
            self.tracker.pump(&mut self.world, now);
        }
    }
}
