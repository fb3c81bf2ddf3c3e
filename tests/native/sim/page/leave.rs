//! A page leaving, as `js/src/tracker.ts` does it: what the quota allows is sent, and the journal gets what the store has not. It may
//! come back.

use super::{Around, Page, Sender, Takeover, join};
use crate::sim::around::Wish;
use crate::sim::calls::Draft;
use caisse::call::{GROUP, UNIT};
use caisse::consent::State;

/// Bytes that all of a page's keepalive requests may carry at once.
const QUOTA: usize = 65_536;
/// Calls of one raw request.
const RAW_CALLS_MAX: usize = 5;

impl Page {
    /// The page is hidden, or about to go, in the task in which these calls were made.
    pub fn leave(&mut self, drafts: Vec<Draft>, around: &mut Around<'_>) {
        if self.state != State::Granted {
            return;
        }
        self.database.leaving = true;
        if !drafts.is_empty() {
            self.track(drafts, around);
        }
        let budget = QUOTA.saturating_sub(self.underway.values().map(|post| post.body.len()).sum());
        let before = self.wishes.len();
        self.with(Takeover::default(), around, |engine, now| {
            engine.leave(budget, now);
            assert!(engine.world.store.is_empty(), "leaving changes nothing in the store");
        });
        let sent = |wish: &Wish| if let Wish::Send(post) = wish { post.body.len() } else { 0 };
        let sent: usize = self.wishes.iter().skip(before).map(sent).sum();
        if sent > budget {
            around.ledger.violate(format!("{sent} bytes sent while leaving, of {budget}"));
        }
        self.leave_raw(budget - sent.min(budget), around);
        self.database.journal(&self.stream, around.disk);
        self.database.leaving = false;
        around.ledger.left(&self.stream);
    }

    /// What no core has taken goes raw, to the first collector only, and stays raw.
    fn leave_raw(&mut self, mut left: usize, around: &mut Around<'_>) {
        let fresh: Vec<usize> = (0..self.waiting.len()).filter(|index| !self.waiting[*index].frozen).collect();
        for chunk in fresh.chunks(RAW_CALLS_MAX) {
            let batch = around.dice.id();
            let head = ["r1", "rivet", &batch, "1", &around.now.to_string()].join(&UNIT.to_string());
            let body = format!("{head}{GROUP}{}", join(chunk.iter().map(|index| &self.waiting[*index].text)));
            if body.len() > left {
                break;
            }
            left -= body.len();
            for index in chunk {
                let call = &mut self.waiting[*index];
                call.frozen = true;
                let (seq, row) = (call.seq, format!("w{}", call.text));
                self.database.soften(self.early_key(seq), row);
            }
            let seqs = chunk.iter().map(|index| self.waiting[*index].seq).collect();
            self.post(0, true, body, Sender::Shim { batch, seqs }, around);
        }
    }
}
