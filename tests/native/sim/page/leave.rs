//! A page leaving, as `js/src/tracker.ts` does it: what the quota allows is sent, and the journal gets what the store has not. It may
//! come back.

use super::{Around, Page, Sender, Takeover, join};
use crate::sim::Defect;
use crate::sim::around::Wish;
use crate::sim::calls::Draft;
use caisse::call::{GROUP, UNIT};
use caisse::consent::State;

/// Bytes that all of a page's keepalive requests may carry at once.
const QUOTA: usize = 65_536;
/// Bytes and calls of one raw request, and bytes kept free for its head.
const BODY_BYTES_MAX: usize = 16_384;
const CALLS_MAX: usize = 20;
const HEAD_BYTES: usize = 256;

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
        let size = |body: &str| if self.nature.defect == Defect::QuotaInUnits { body.chars().count() } else { body.len() };
        let budget = QUOTA.saturating_sub(self.underway.values().map(|post| size(&post.body)).sum());
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
        let total: usize = self.underway.values().map(|post| post.body.len()).sum();
        if total > QUOTA && total > self.underway.values().map(|post| post.body.len()).max().unwrap_or(0) && sent > 0 {
            around.ledger.violate(format!("{total} bytes are under way while leaving"));
        }
        if self.database.began_leaving() {
            around.ledger.violate("a transaction was begun while leaving".into());
        }
        // What localStorage refuses, or a journal has no room for, only the store can have.
        if self.database.journal(&self.stream, around.disk) {
            around.ledger.left(&self.stream);
        }
        self.tell_crowded(around);
        self.database.leaving = false;
    }

    /// The page goes, for good or to be kept for coming back: what it claims is free.
    pub fn hide(&mut self, drafts: Vec<Draft>, around: &mut Around<'_>) {
        self.leave(drafts, around);
        self.release(around);
    }

    /// What no core has taken goes raw, to the first collector only, and stays raw.
    fn leave_raw(&mut self, mut left: usize, around: &mut Around<'_>) {
        loop {
            let fresh: Vec<usize> = (0..self.waiting.len()).filter(|index| !self.waiting[*index].frozen).collect();
            let mut size = HEAD_BYTES;
            let fits = |(place, index): &(usize, usize)| {
                size += self.waiting[*index].text.len() + 1;
                *place < CALLS_MAX && size <= left && (*place == 0 || size <= BODY_BYTES_MAX)
            };
            let chunk: Vec<usize> = fresh.into_iter().enumerate().filter(fits).map(|(_, index)| index).collect();
            if chunk.is_empty() || self.nature.defect == Defect::RawStaysFresh && self.posts > 20 {
                break;
            }
            let batch = around.dice.id();
            let head = ["r1", "rivet", &batch, "1", &around.now.to_string()].join(&UNIT.to_string());
            let body = format!("{head}{GROUP}{}", join(chunk.iter().map(|index| &self.waiting[*index].text)));
            left -= body.len();
            for index in &chunk {
                let call = &mut self.waiting[*index];
                if self.nature.defect == Defect::RawStaysFresh {
                    continue;
                }
                call.frozen = true;
                let (seq, row) = (call.seq, format!("w{}", call.text));
                self.database.soften(self.early_key(seq), row);
            }
            let seqs = chunk.iter().map(|index| self.waiting[*index].seq).collect();
            self.post(0, true, body, Sender::Shim { batch, seqs }, around);
        }
    }
}
