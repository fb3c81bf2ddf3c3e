//! Keeps receipts for the call that asks for them, and counts.

use super::{Receipt, ReceiptProblem, Wishes};
use crate::hit::Reason;
use crate::ports::Listener;
use crate::problem::Problems;

/// Problems as receipts have them.
pub(super) fn problems(problems: &Problems) -> impl Iterator<Item = ReceiptProblem> {
    problems.iter().map(|problem| ReceiptProblem { code: problem.code.into(), place: problem.place.into() })
}

impl Listener for Wishes {
    fn judged(&mut self, seq: u64, dropped: Option<Reason>, problems: &Problems) {
        self.counters.judged(dropped);
        // Nothing is kept beyond memory here.
        let status = if dropped.is_some() { "dropped" } else { "memory" };
        let problems = self::problems(problems).collect();
        self.receipts.insert(seq, Receipt { id: String::new(), status, reason: dropped.map(Reason::as_str), problems });
    }

    fn acknowledged(&mut self, _destination: &str, _batch: &str, own: u32, adopted: u32) {
        self.counters.acknowledge(own, adopted);
    }

    fn dropped(&mut self, _destination: &str, stream: &str, _seq: u64, reason: Reason) {
        if *stream == *self.stream {
            self.counters.drop(reason);
        }
    }
}
