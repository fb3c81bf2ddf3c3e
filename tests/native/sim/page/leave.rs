//! A page leaving, as `js/src/leave.ts` does it: the journal gets what the store has not, and what the quota allows is sent.

use super::{Around, Page, Sender, join};
use crate::sim::Defect;
use crate::sim::around::Wish;
use crate::sim::store::Mode;
use caisse::call::{GROUP, UNIT};
use caisse::consent::State;

/// Bytes that all of a page's keepalive requests may carry at once.
const QUOTA: usize = 65_536;

impl Page {
    /// The page is hidden, or about to go: the journal gets what the store has not, and what the quota allows is sent.
    pub fn leave(&mut self, around: &mut Around<'_>) {
        if self.state != State::Granted {
            return;
        }
        let budget = QUOTA.saturating_sub(self.underway.values().map(|post| post.body.len()).sum());
        if self.engine.is_some() {
            let before = self.wishes.len();
            self.with(around, |engine, now| engine.leave(budget, now));
            let sent: usize =
                self.wishes.iter().skip(before).map(|wish| if let Wish::Send(post) = wish { post.body.len() } else { 0 }).sum();
            if sent > budget {
                around.ledger.violate(format!("{sent} bytes sent while leaving, of {budget}"));
            }
        } else {
            self.leave_raw(budget, around);
        }
        around.ledger.journaled(&self.stream, true);
    }

    pub fn hide(&mut self, around: &mut Around<'_>) {
        self.leave(around);
        // Where transactions abort, a later one that goes through may end the journal too early.
        around.ledger.journaled(&self.stream, self.database.mode == Mode::Works);
    }

    pub fn show(&mut self, around: &mut Around<'_>) {
        around.ledger.journaled(&self.stream, false);
    }

    fn leave_raw(&mut self, budget: usize, around: &mut Around<'_>) {
        let mut left = budget;
        let fresh: Vec<usize> = (0..self.waiting.len()).filter(|index| !self.waiting[*index].frozen).collect();
        // Raw calls go to the first collector only; what others are owed then is not decided, so pages with two send none.
        let chunks = if self.destinations == 1 { fresh.chunks(5) } else { [].chunks(5) };
        for chunk in chunks {
            let batch = around.dice.id();
            let head = ["r1", "rivet", &batch, "1", &around.now.to_string()].join(&UNIT.to_string());
            let texts: Vec<String> = chunk.iter().map(|index| self.waiting[*index].text.clone()).collect();
            let body = format!("{head}{GROUP}{}", join(&texts));
            if body.len() > left {
                break;
            }
            left -= body.len();
            for index in chunk {
                self.waiting[*index].frozen = true;
            }
            let seqs = chunk.iter().map(|index| self.waiting[*index].seq).collect();
            self.post(0, true, body, Sender::Shim { batch, seqs }, around);
        }
        let rows: Vec<String> =
            self.waiting.iter().map(|call| if call.frozen { format!("w{}", call.text) } else { call.text.clone() }).collect();
        self.write_journal(join(&rows), around);
    }

    pub(super) fn write_journal(&mut self, rows: String, around: &mut Around<'_>) {
        if rows.is_empty() {
            around.disk.journals.remove(&self.stream);
        } else if self.defect != Defect::NoJournal {
            around.disk.journals.insert(self.stream.clone(), rows);
        }
    }
}
