//! What became of attempts to check out. An attempt is what one `checkoutId` names, in whichever tab: it began with `scCheckout`, it is completed by a
//! purchase, and abandoned when nothing was heard of it for half an hour. A page cannot know: it says that it was left at every step that has a
//! page of its own. So this is judged afresh at each report, and an attempt that goes on after all is no longer abandoned.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::visits::Place;
use crate::counted::Figure;
use crate::limits::{ATTEMPT_IDLE_MS, ROWS_MAX};
use crate::storage::Fact;

/// Attempts that began in the time asked for: started = completed + abandoned + open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempts {
    /// Checkout ids with an `scCheckout`.
    pub started: u64,
    /// Those with a purchase: one of the same checkout id, or one without any by the same visitor within half an hour of the attempt's last hit.
    pub completed: u64,
    /// Those without, of which nothing was heard for more than half an hour.
    pub abandoned: u64,
    /// Those that may still go on.
    pub open: u64,
    /// Where the abandoned ones ended, most frequent steps first.
    pub abandoned_at: Vec<AbandonedAt>,
}

/// A step, and the attempts that ended there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AbandonedAt {
    /// The step that was shown last; empty if none was told.
    pub step: String,
    /// How many.
    pub attempts: u64,
}

/// An attempt, as far as hits were told.
#[derive(Debug, Default)]
struct Attempt {
    started: bool,
    bought: bool,
    /// The last hit.
    last: i64,
    step: String,
    /// When the step was shown.
    shown: i64,
}

/// Attempts in the making.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    attempts: HashMap<(String, String), Attempt>,
    /// The visitor whose hits are being told, and their attempts of the last half hour with the last hit of each.
    visitor: u64,
    near: HashMap<String, i64>,
}

impl Tally {
    /// Takes the next hit of a visitor. One outside of the time asked for (`covered` is `false`) starts nothing, but shows how it went on.
    pub(crate) fn take(&mut self, fact: &Fact, place: Place, covered: bool) {
        if place.visitor != self.visitor {
            self.visitor = place.visitor;
            self.near.clear();
        }
        let bought = fact.said.has(Figure::Orders);
        let Some(id) = &fact.checkout_id else {
            if bought {
                self.near.retain(|_, last| fact.at - *last <= ATTEMPT_IDLE_MS);
                for id in self.near.keys() {
                    self.attempts.entry((fact.site.clone(), id.clone())).or_default().bought = true;
                }
            }
            return;
        };
        let attempt = self.attempts.entry((fact.site.clone(), id.clone())).or_default();
        attempt.started |= covered && fact.counts.has(Figure::Checkouts);
        attempt.bought |= bought;
        attempt.last = attempt.last.max(fact.at);
        // Another visitor id of the same attempt may have shown a step later.
        if let Some(step) = fact.step.as_ref().filter(|_| fact.at >= attempt.shown) {
            attempt.step.clone_from(step);
            attempt.shown = fact.at;
        }
        self.near.insert(id.clone(), fact.at);
    }

    /// What became of them by now.
    pub(crate) fn finish(self, now: i64) -> Attempts {
        let mut all = Attempts::default();
        let mut steps = BTreeMap::<String, u64>::new();
        for attempt in self.attempts.into_values().filter(|attempt| attempt.started) {
            all.started += 1;
            if attempt.bought {
                all.completed += 1;
            } else if now - attempt.last > ATTEMPT_IDLE_MS {
                all.abandoned += 1;
                *steps.entry(attempt.step).or_default() += 1;
            } else {
                all.open += 1;
            }
        }
        all.abandoned_at = steps.into_iter().map(|(step, attempts)| AbandonedAt { step, attempts }).collect();
        all.abandoned_at.sort_by_key(|row| Reverse(row.attempts));
        all.abandoned_at.truncate(ROWS_MAX);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counted::Figures;

    const MINUTE: i64 = 60_000;

    /// Hits as `visitor minute what checkout-id`, in the order of the sink; `+` before the minute: outside of the time asked for.
    #[track_caller]
    fn check(hits: &str, now: i64, expected: [u64; 4], steps: &[(&str, u64)]) {
        let mut tally = Tally::default();
        for hit in hits.split(", ") {
            let parts: Vec<&str> = hit.split(' ').collect();
            let mut figures = Figures::default();
            match parts[2] {
                "scCheckout" => figures.add(Figure::Checkouts),
                "purchase" => figures.add(Figure::Orders),
                _ => {}
            }
            let at = parts[1].parse::<i64>().expect("minutes") * MINUTE;
            let step = (!matches!(parts[2], "scCheckout" | "purchase")).then(|| parts[2].to_owned());
            let checkout_id = parts.get(3).map(|id| (*id).to_owned());
            let fact = Fact { site: "s".into(), at, said: figures, counts: figures, checkout_id, step, ..Fact::default() };
            let place = Place { visitor: parts[0].parse().expect("a visitor"), visit: 1 };
            tally.take(&fact, place, !parts[1].starts_with('+'));
        }
        let all = tally.finish(now * MINUTE);
        assert_eq!([all.started, all.completed, all.abandoned, all.open], expected, "{all:?}");
        let told: Vec<(&str, u64)> = all.abandoned_at.iter().map(|row| (row.step.as_str(), row.attempts)).collect();
        assert_eq!(told, steps);
    }

    #[test]
    fn silence_for_half_an_hour_is_abandonment() {
        let hits = "1 0 scCheckout k1, 1 1 delivery k1, 1 5 payment k1";
        check(hits, 35, [1, 0, 0, 1], &[]);
        check(hits, 36, [1, 0, 1, 0], &[("payment", 1)]);
        // It went on after all.
        check("1 0 scCheckout k1, 1 5 payment k1, 1 90 payment k1", 100, [1, 0, 0, 1], &[]);
        check("1 0 scCheckout k1, 1 5 payment k1, 1 90 purchase k1", 200, [1, 1, 0, 0], &[]);
    }

    #[test]
    fn a_purchase_completes_its_own_attempt_or_the_visitors_latest() {
        check("1 0 scCheckout k1, 1 0 scCheckout k2, 1 1 purchase k2", 99, [2, 1, 1, 0], &[("", 1)]);
        check("1 0 scCheckout k1, 1 30 purchase", 99, [1, 1, 0, 0], &[]);
        check("1 0 scCheckout k1, 1 31 purchase", 99, [1, 0, 1, 0], &[("", 1)]);
        // Somebody else's.
        check("1 0 scCheckout k1, 2 1 purchase", 99, [1, 0, 1, 0], &[("", 1)]);
        // In another browser, by its id.
        check("1 5 scCheckout k1, 1 6 delivery k1, 2 3 payment k1, 2 9 purchase k1", 99, [1, 1, 0, 0], &[]);
    }

    #[test]
    fn an_attempt_is_of_the_time_in_which_it_began() {
        check("1 0 scCheckout k1, 1 +9 purchase k1", 99, [1, 1, 0, 0], &[]);
        check("1 +0 scCheckout k1, 1 9 payment k1", 99, [0; 4], &[]);
        // A cart is no checkout yet.
        check("1 0 cart k1", 99, [0; 4], &[]);
        // The step that was shown last, whichever browser told it.
        let hits =
            "1 0 scCheckout k1, 1 8 payment k1, 2 3 delivery k1, 3 1 scCheckout k2, 3 1 billing k2, 4 0 scCheckout k3, 4 2 payment k3";
        check(hits, 99, [3, 0, 3, 0], &[("payment", 2), ("billing", 1)]);
    }
}
