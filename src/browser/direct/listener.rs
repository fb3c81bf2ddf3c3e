//! Keeps receipts for the call that asks for them.

use super::{Receipt, ReceiptProblem, Wishes};
use crate::hit::Reason;
use crate::ports::{Fate, Listener};
use crate::problem::Problem;

impl Listener for Wishes {
    fn receipt(&mut self, seq: u64, fate: Fate, problems: &[Problem]) {
        let (status, reason) = match fate {
            Fate::Durable => ("durable", None),
            Fate::Memory => ("memory", None),
            Fate::Dropped(reason) => ("dropped", Some(reason.as_str())),
        };
        let problems = problems
            .iter()
            .map(|problem| ReceiptProblem { code: problem.code.as_str(), place: problem.place.clone(), suggestion: problem.suggestion })
            .collect();
        self.receipts.insert(seq, Receipt { id: String::new(), status, reason, problems });
    }

    fn acknowledged(&mut self, _destination: &str, _batch: &str, _own: u32, _adopted: u32) {}

    fn dropped(&mut self, _destination: &str, _stream: &str, _seq: u64, _reason: Reason) {}
}
