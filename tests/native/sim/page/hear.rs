//! What a page hears: answers to its requests, and what its core tells of calls. Keeps the accounts and checks that they add up.

use super::{Account, Page, Takeover, index, remember};
use crate::sim::Defect;
use crate::sim::around::{Around, Sender};
use crate::sim::collector::Reply;
use crate::sim::listener::Notice;
use crate::sim::store::Transaction;
use caisse::hit::Reason;
use caisse::limits::RETRY_AFTER_S_DEFAULT;
use caisse::retry::Answer;
use caisse::text::number_or;

impl Page {
    /// The answer to a request; nothing, if it came too late.
    pub fn answered(&mut self, number: u32, reply: &Reply, around: &mut Around<'_>) {
        let Some(post) = self.underway.remove(&number) else { return };
        match &post.sender {
            Sender::Core(flight) => {
                around.ledger.manners.hears(self.number, &post, reply, around.now);
                // Whatever stands in a header that cannot be read.
                let retry_after = (!reply.retry_after.is_empty()).then(|| number_or(&reply.retry_after, RETRY_AFTER_S_DEFAULT));
                let answer = Answer { flight: *flight, status: reply.status, retry_after, body: &reply.body };
                self.with(Takeover::default(), around, |engine, now| engine.answered(&answer, now));
                let alone = self.nature.destinations == 1 && self.underway.is_empty() && !around.ledger.jumped;
                if let Some(at) = self.alarm.filter(|_| alone && reply.retry_after.is_empty() && matches!(reply.status, 0 | 500)) {
                    around.ledger.manners.pauses(self.number, at.saturating_sub(around.now));
                }
            }
            Sender::Shim { batch, seqs } => {
                let echoed = reply.status == 200 && reply.body.ends_with('}') && reply.body.contains(&format!("\"batch\":\"{batch}\""));
                // That the first destination has them is not the end where others wait for the core. Once the core has them, it asks again
                // and counts them itself.
                let done = self.nature.destinations == 1 || self.nature.defect == Defect::SettlesForOthers;
                if echoed && done && self.engine.is_none() {
                    self.settle_raw(seqs, around);
                }
            }
        }
    }

    fn settle_raw(&mut self, seqs: &[u64], around: &mut Around<'_>) {
        let before = self.waiting.len();
        self.waiting.retain(|call| !seqs.contains(&call.seq));
        let settled = (before - self.waiting.len()) as u64;
        for account in &mut self.accounts {
            account.acknowledged += settled;
        }
        let changes = seqs.iter().map(|seq| (self.early_key(*seq), None)).collect();
        self.ask(Transaction { changes, ..Transaction::default() }, around);
    }

    pub(super) fn hear(&mut self, notice: &Notice, around: &mut Around<'_>) {
        match notice {
            Notice::Judged { seq, dropped: None } => around.ledger.judged(&self.stream, *seq),
            Notice::Judged { seq, dropped: Some(reason) } => {
                for index in 0..self.nature.destinations {
                    self.drop_call(index, self.stream.clone().as_str(), *seq, *reason, around);
                }
            }
            Notice::Acknowledged { destination, batch, own, adopted } => {
                let index = index(destination);
                self.accounts[index].acknowledged += u64::from(*own);
                around.ledger.acknowledged(&around.collectors[index], batch, own + adopted);
            }
            Notice::Dropped { destination, stream, seq, reason } => self.drop_call(index(destination), stream, *seq, *reason, around),
        }
    }

    fn drop_call(&mut self, destination: usize, stream: &str, seq: u64, reason: Reason, around: &mut Around<'_>) {
        if stream == self.stream {
            self.accounts[destination].dropped += 1;
            if reason == Reason::QueueFull {
                let busy = self.busy(destination);
                around.ledger.shed(destination, stream, seq, &around.collectors[destination], |id| busy.contains(id));
            }
        }
        if self.nature.defect != Defect::OrderStaysBought {
            // An order that was not delivered may be counted again.
            let id = format!("{stream}-{seq}");
            self.bought.retain(|order| !order.ends_with(&id));
            remember(&[], &id, around);
        }
        around.ledger.dropped(destination, stream, seq, reason, around.now);
    }

    /// What is under way to a destination.
    fn busy(&self, destination: usize) -> Vec<(String, u64)> {
        let posts = self.underway.values().filter(|post| post.destination == destination);
        posts.flat_map(crate::sim::manners::ids).collect()
    }

    /// The accounts add up, at every step: what was heard of the core, and the shim's with it. And hits that wait have an end of waiting.
    pub(super) fn check(&self, around: &mut Around<'_>) {
        let Some(engine) = &self.engine else { return };
        let mut left = Vec::new();
        for ((at, waiting), account) in engine.waiting().zip(&self.accounts) {
            let waiting = waiting as u64;
            let counters = &engine.world.counters[at];
            if counters.tracked != counters.acknowledged + waiting + counters.dropped_total() {
                around.ledger.violate(format!("{at}: the core's account does not add up: {counters:?}, waiting {waiting}"));
            }
            let unhanded = self.waiting.len() as u64;
            let Account { tracked, acknowledged, dropped } = *account;
            if tracked != acknowledged + waiting + unhanded + dropped {
                around.ledger.violate(format!("{at}: the shim's account does not add up: {account:?}, waiting {waiting} + {unhanded}"));
            }
            // What is under way is kept, however much it is.
            let most = self.nature.queue_hits_max;
            if waiting > most as u64 && waiting > (most + self.busy(index(at)).len()) as u64 {
                around.ledger.violate(format!("{at}: {waiting} hits wait"));
            }
            if waiting > 0 {
                left.push(index(at));
            }
        }
        if !around.ledger.jumped && !self.database.leaving {
            let wrong = around.ledger.manners.rests(self.number, &left, self.alarm, around.now);
            wrong.into_iter().for_each(|what| around.ledger.violate(what));
        }
    }
}
