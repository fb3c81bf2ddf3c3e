//! One attempt to check out: which step is open and since when, what counts as the start, as complete, as going back or leaving, and
//! which calls follow. Knows nothing of the element that shows them. Never reads a clock or a value of a form, never decides that a
//! checkout was abandoned, and never makes a purchase of one.
//!
//! Text in, text out: what is remembered of the attempt and a [`Notice`] go in, what is remembered then and the calls to make come out.
//!
//! ```text
//! calls  = *(RS name *(US field US tag value))     ; tag as in a call snapshot: "s" text, "n" number, "b" flag
//! memory = texts US numbers *(RS id US numbers)    ; the attempt, then its steps
//! ```
//! Every view of a step is closed by at most one of: complete, back, skip of that step, or a return to it after leaving. A step that
//! was left stays open until something follows, as leaving is provisional: only the collector knows that nothing did.

mod memory;
mod notice;

use crate::call::{Millis, RECORD, UNIT};
use crate::limits::{CHECKOUT_ERRORS_MAX, CHECKOUT_GOING_MS, CHECKOUT_IDLE_MS, CHECKOUT_STEPS_MAX, PROP_BYTES_MAX};
use crate::text::{Append, before, owned, push_number, split};

pub use notice::{Notice, PRESETS, Plan, preset};

/// The step at which an attempt is over, in every preset.
pub const DONE: &str = "done";
/// The step that is not yet a checkout: no personal data are asked for there.
const CART: &str = "cart";

/// An attempt, as far as it has got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    id: String,
    spare: String,
    flow: String,
    start: String,
    variant: String,
    /// The step that was shown last.
    current: String,
    /// How the visitor is on the way, if so.
    via: String,
    /// Whether the site listed its steps: then there are no others.
    listed: bool,
    begun: bool,
    over: bool,
    /// Whether the current step waits for its end.
    open: bool,
    /// Whether leaving it was told.
    left: bool,
    /// When it was shown; when its page went, or 0; when somebody went on from it.
    since: Millis,
    ended: Millis,
    going: Millis,
    /// The last sign of somebody, or 0; up to when their time is counted; how long it was.
    sign: Millis,
    counted: Millis,
    active: Millis,
    /// Of this view of the step.
    clicks: u64,
    errors: u64,
    steps: Vec<Step>,
}

/// What is known about a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Step {
    id: String,
    viewed: bool,
    skipped: bool,
    /// No longer listed: neither counted nor entered, but not forgotten. Such steps stand behind the others.
    hidden: bool,
    /// Errors that were told.
    errors: u64,
}

/// Calls to make, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls(pub String);

impl Attempt {
    /// Takes a notice, with the clicks since the last one, and says what is to be called.
    pub fn hear(&mut self, notice: Notice<'_>, clicks: u32, now: Millis) -> Calls {
        let mut calls = Calls::default();
        self.count(now);
        self.clicks = self.clicks.saturating_add(u64::from(clicks));
        match notice {
            Notice::Plan(plan) => self.plan(plan),
            Notice::Enter { step, via } => self.enter(step, via, now, &mut calls),
            Notice::Complete { step, via } => {
                if self.open && !self.over && (step.is_empty() || step == self.current) {
                    self.complete(via, now, &mut calls);
                }
            }
            Notice::Error { step, field, rule } => self.error(step, field, rule, &mut calls),
            Notice::Skip { step, reason } => self.skip(step, reason, &mut calls),
            Notice::Going { via } => {
                self.via = short(via);
                self.going = now;
            }
            Notice::Leave { step, reason } => self.leave(step, reason, now, &mut calls),
            Notice::Finish => {
                if self.open && self.current != DONE {
                    self.complete("", now, &mut calls);
                }
                self.over = true;
            }
            Notice::There => (self.sign, self.counted) = (now, now),
            Notice::Away => self.sign = 0,
        }
        calls
    }

    /// Counts the time in which somebody was there: from each sign of them, at most until they would be idle.
    fn count(&mut self, now: Millis) {
        let end = now.min(self.sign.saturating_add(CHECKOUT_IDLE_MS));
        if self.sign > 0 && end > self.counted {
            self.active += end - self.counted;
            self.counted = end;
        }
    }

    fn plan(&mut self, plan: Plan<'_>) {
        // Another id is another attempt; a site that names none keeps the one that is under way.
        if self.id.is_empty() || (!plan.id.is_empty() && short(plan.id) != self.id) {
            self.renew(if plan.id.is_empty() { plan.spare } else { plan.id });
        }
        self.spare = if plan.id.is_empty() && plan.spare != self.id { short(plan.spare) } else { String::new() };
        self.flow = short(plan.flow);
        self.start = short(plan.start);
        self.variant = short(plan.variant);
        self.listed = !plan.steps.is_empty();
        let preset = preset(plan.flow);
        let ids = if self.listed { split(plan.steps, UNIT) } else { split(preset, ' ') };
        let mut known = std::mem::take(&mut self.steps);
        for id in ids.take(CHECKOUT_STEPS_MAX) {
            let id = short(id);
            if !id.is_empty() && !self.steps.iter().any(|step| step.id == id) {
                let at = known.iter().position(|step| step.id == id);
                let known = at.map(|at| known.swap_remove(at)).unwrap_or(Step { id, ..Step::default() });
                self.steps.push(Step { hidden: false, ..known });
            }
        }
        // Steps that came beside the preset's stay; of a list, what is not in it is hidden.
        for step in known {
            self.steps.push(Step { hidden: self.listed, ..step });
        }
        self.steps.truncate(2 * CHECKOUT_STEPS_MAX);
    }

    /// Begins an attempt; somebody who was there still is.
    fn renew(&mut self, id: &str) {
        let Self { sign, counted, .. } = *self;
        *self = Self {
            id: short(id),
            sign,
            counted,
            spare: std::mem::take(&mut self.spare),
            flow: std::mem::take(&mut self.flow),
            start: std::mem::take(&mut self.start),
            variant: std::mem::take(&mut self.variant),
            listed: self.listed,
            steps: std::mem::take(&mut self.steps),
            ..Self::default()
        };
        for step in &mut self.steps {
            (step.viewed, step.skipped, step.errors) = (false, false, 0);
        }
    }

    fn enter(&mut self, id: &str, via: &str, now: Millis, calls: &mut Calls) {
        if self.over {
            // A confirmation that is shown again is no new attempt, and an id that the site gave is one attempt for good.
            if id == DONE || id == self.current || self.spare.is_empty() {
                return;
            }
            let spare = std::mem::take(&mut self.spare);
            self.renew(&spare);
        }
        let Some(to) = self.place(id) else { return };
        let from = self.position(&self.current).filter(|from| !self.is_hidden(*from));
        let came = if via.is_empty() { owned(&self.via) } else { short(via) };
        let left = std::mem::take(&mut self.left);
        if left {
            self.tell(calls, "checkoutResume", self.position(&self.current));
            calls.number("awayMs", now.saturating_sub(self.ended));
        }
        if self.open && self.current != id {
            if from.is_some_and(|from| from > to) {
                let from = owned(&self.current);
                self.tell(calls, "checkoutStepBack", None);
                calls.text("from", &from);
                calls.text("to", id);
                calls.text("via", or_script(&came));
            } else {
                self.complete(&came, now, calls);
            }
        } else if self.open && !left {
            // It has been open all the time: shown again by whoever refused the form, or told twice.
            (self.ended, self.going) = (0, 0);
            return;
        }
        self.show(to, now, calls);
    }

    /// Shows a step.
    fn show(&mut self, at: usize, now: Millis, calls: &mut Calls) {
        let Some(step) = self.steps.get_mut(at) else { return };
        let revisit = std::mem::replace(&mut step.viewed, true);
        step.skipped = false;
        self.current = owned(&step.id);
        (self.open, self.since, self.counted) = (true, now, now);
        (self.ended, self.going, self.active, self.clicks, self.errors) = (0, 0, 0, 0, 0);
        self.via = String::new();
        if !self.begun && self.starts_at(at) {
            self.begun = true;
            self.tell(calls, "scCheckout", None);
        }
        self.tell(calls, "checkoutStepView", Some(at));
        if revisit {
            calls.open("revisit", "b");
            calls.0.add("1");
        }
        self.over = self.current == DONE;
    }

    /// Whether a checkout begins at a step: where the site says, or at the first that is not the cart.
    fn starts_at(&self, at: usize) -> bool {
        if !self.start.is_empty() {
            return self.steps.get(at).is_some_and(|step| step.id == self.start);
        }
        self.steps.iter().position(|step| step.id != CART) == Some(at)
    }

    fn complete(&mut self, via: &str, now: Millis, calls: &mut Calls) {
        self.tell(calls, "checkoutStepComplete", self.position(&self.current));
        self.durations(now, calls);
        calls.number("clicks", self.clicks);
        calls.number("errorCount", self.errors);
        calls.text("via", or_script(via));
        self.open = false;
        self.left = false;
    }

    fn error(&mut self, step: &str, field: &str, rule: &str, calls: &mut Calls) {
        let id = if step.is_empty() { &self.current } else { step };
        let Some(at) = self.position(id).filter(|_| !self.over) else { return };
        if id == self.current {
            self.errors += 1;
        }
        let Some(step) = self.steps.get_mut(at).filter(|step| step.errors < CHECKOUT_ERRORS_MAX) else { return };
        step.errors += 1;
        self.tell(calls, "checkoutFieldError", Some(at));
        calls.text("field", field);
        calls.text("rule", rule);
    }

    fn skip(&mut self, step: &str, reason: &str, calls: &mut Calls) {
        let id = if step.is_empty() { &self.current } else { step };
        let Some(at) = self.position(id).filter(|_| !self.over) else { return };
        let current = id == self.current;
        let Some(step) = self.steps.get_mut(at).filter(|step| !step.skipped) else { return };
        step.skipped = true;
        if current {
            (self.open, self.left) = (false, false);
        }
        self.tell(calls, "checkoutStepSkip", Some(at));
        calls.text("reason", reason);
    }

    fn leave(&mut self, step: &str, reason: &str, now: Millis, calls: &mut Calls) {
        if !step.is_empty() && step != self.current {
            return;
        }
        self.sign = 0;
        if !self.open || self.over || self.left {
            return;
        }
        if self.going == 0 || now.saturating_sub(self.going) > CHECKOUT_GOING_MS {
            self.via = String::new();
            self.left = true;
            self.tell(calls, "checkoutLeave", self.position(&self.current));
            self.durations(now, calls);
            calls.text("reason", reason);
        }
        self.ended = now;
    }

    /// How long the current step was shown, and how long somebody was there. A page that has gone shows nothing.
    fn durations(&self, now: Millis, calls: &mut Calls) {
        let end = if self.ended > 0 { self.ended } else { now };
        let shown = end.saturating_sub(self.since);
        calls.number("durationMs", shown);
        calls.number("activeMs", self.active.min(shown));
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.id == id)
    }

    fn is_hidden(&self, at: usize) -> bool {
        self.steps.get(at).is_some_and(|step| step.hidden)
    }

    /// Where a step is. One that nobody listed takes its place behind the current one.
    fn place(&mut self, id: &str) -> Option<usize> {
        let found = self.position(id);
        if found.is_some_and(|at| self.is_hidden(at)) {
            return None;
        }
        if found.is_some() || self.listed || id.is_empty() || id.len() > PROP_BYTES_MAX || self.steps.len() >= CHECKOUT_STEPS_MAX {
            return found;
        }
        let at = self.position(&self.current).map_or(self.steps.len(), |at| at + 1);
        self.steps.insert(at, Step { id: owned(id), ..Step::default() });
        Some(at)
    }

    /// Begins a call, with what every one carries; at a step, if one is named.
    fn tell(&self, calls: &mut Calls, name: &str, at: Option<usize>) {
        calls.0.add_char(RECORD);
        calls.0.add(name);
        calls.text("checkoutId", &self.id);
        calls.text("flow", &self.flow);
        calls.text("variant", &self.variant);
        if let Some((at, step)) = at.and_then(|at| Some((at, self.steps.get(at)?))) {
            calls.text("step", &step.id);
            if step.hidden {
                return;
            }
            calls.number("index", at as u64 + 1);
            // How many there will be, nobody knows of steps that come as they come.
            if self.listed || !preset(&self.flow).is_empty() {
                calls.number("count", self.steps.iter().filter(|step| !step.hidden).count() as u64);
            }
        }
    }
}

impl Calls {
    fn open(&mut self, field: &str, tag: &str) {
        self.0.add_char(UNIT);
        self.0.add(field);
        self.0.add_char(UNIT);
        self.0.add(tag);
    }

    fn text(&mut self, field: &str, text: &str) {
        if !text.is_empty() {
            self.open(field, "s");
            self.0.add(&short(text));
        }
    }

    fn number(&mut self, field: &str, number: u64) {
        self.open(field, "n");
        push_number(&mut self.0, number);
    }
}

/// A word of the site's, without what separates words in memory, and not longer than a hit would keep.
fn short(text: &str) -> String {
    let text = before(before(text, RECORD), UNIT);
    let mut end = text.len().min(PROP_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    owned(text.get(..end).unwrap_or(""))
}

fn or_script(via: &str) -> &str {
    if via.is_empty() { "script" } else { via }
}
