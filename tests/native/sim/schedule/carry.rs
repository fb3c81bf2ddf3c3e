//! Carries out what pages ask for: requests on their way, transactions on theirs, alarms.

use super::{Happening, Schedule};
use crate::sim::Defect;
use crate::sim::around::{Post, Wish};
use crate::sim::collector::Reply;
use crate::sim::network::{DEADLINE_MS, Passage};
use crate::sim::store::{Disk, Mode};
use caisse::retry::HANDED_OVER;

impl Schedule {
    pub(super) fn advance_store(&mut self, number: u32) {
        let Some(tab) = self.tabs.get_mut(&number) else { return };
        tab.store_busy = false;
        let lies = self.defect == Defect::StoreLies && self.dice.chance(10);
        let mut nowhere = Disk::default();
        let disk = if lies { &mut nowhere } else { &mut self.disk };
        if let Some(told) = tab.page.database.advance(disk, &mut self.dice) {
            if !told.1 {
                self.fault("transaction failed");
            }
            let delay = self.dice.between(0, 5);
            self.after(delay, Happening::Told(number, Box::new(told)));
        }
    }

    /// Carries out what the pages asked for.
    pub(super) fn carry_out(&mut self) {
        let numbers: Vec<u32> = self.tabs.keys().copied().collect();
        for number in numbers {
            let Some(tab) = self.tabs.get_mut(&number) else { continue };
            let wishes = std::mem::take(&mut tab.page.wishes);
            if !tab.page.database.is_idle() && !tab.store_busy {
                tab.store_busy = true;
                let slow = tab.page.database.mode == Mode::Slow;
                let delay = self.dice.pick(if slow { &[60, 800, 4_000] } else { &[0, 1, 4, 60] });
                self.after(delay, Happening::Store(number));
            }
            for wish in wishes {
                self.grant(number, wish);
            }
        }
    }

    fn grant(&mut self, number: u32, wish: Wish) {
        match wish {
            Wish::Send(post) => self.send(number, post),
            Wish::Wake(at) => {
                let Some(tab) = self.tabs.get_mut(&number) else { return };
                tab.alarm += 1;
                let alarm = tab.alarm;
                if let Some(at) = at {
                    let now = self.time.saturating_add_signed(self.skew);
                    // No timer counts further; the core asks again.
                    self.after(at.saturating_sub(now).min(1_000_000_000), Happening::Wake(number, alarm));
                }
            }
            Wish::Renew(ms) => {
                let starts = self.tabs.get(&number).map_or(0, |tab| tab.starts);
                self.after(ms, Happening::Renew(number, starts));
            }
        }
    }

    fn send(&mut self, page: u32, mut post: Post) {
        let way = self.network.route(&mut self.dice);
        if self.defect == Defect::Alters && self.dice.chance(5) {
            post.body = post.body.replace("\"v1\":\"token", "\"v1\":\"broken").into();
        }
        if self.defect == Defect::Renumbers && self.dice.chance(5) {
            post.body = post.body.replace("{\"q\":3,", "{\"q\":4,").into();
        }
        if post.beacon {
            self.fault("beacon");
            self.after(1, Happening::Answer(page, post.number, Reply::new(HANDED_OVER, "")));
        } else if way.answer == Passage::Lost {
            self.fault("answer lost");
            self.after(DEADLINE_MS, Happening::Answer(page, post.number, Reply::new(0, "")));
        } else if way.answer == Passage::Foreign {
            self.fault("another batch's answer");
            self.after(50, Happening::Answer(page, post.number, foreign(&post.body)));
        } else if let Some(forged) = way.forged {
            self.fault("somebody else's answer");
            self.after(50, Happening::Answer(page, post.number, forged));
        }
        if way.arrivals.len() != 1 {
            self.fault(if way.arrivals.is_empty() { "request lost" } else { "request doubled" });
        }
        let left_at = self.time;
        for (index, delay) in way.arrivals.into_iter().enumerate() {
            let answer = (index == 0 && way.answer != Passage::Lost && !post.beacon).then_some((page, way.answer));
            self.after(delay, Happening::Arrive(Box::new(post.clone()), answer, left_at));
        }
    }

    pub(super) fn arrive(&mut self, post: &Post, answer: Option<(u32, Passage)>, left_at: u64) {
        let index = post.destination;
        let mut reply = self.collectors[index].take(post.raw, &post.body, self.time);
        let dies = std::mem::take(&mut self.dying[index]);
        if dies {
            // Between the sync and the answer, as far as anybody can tell.
            self.collectors[index].restart();
        }
        let Some((page, passage)) = answer else { return };
        match passage {
            Passage::Half => {
                self.fault("answer cut off");
                reply.body.truncate(reply.body.len() / 2);
                reply.genuine = false;
            }
            Passage::Whole | Passage::Foreign | Passage::Lost => {}
        }
        if dies && self.defect != Defect::AcknowledgesBeforeSync {
            reply = Reply::new(0, "");
        }
        let delay = self.dice.between(5, 3_000).min(left_at + DEADLINE_MS - self.time);
        self.after(delay, Happening::Answer(page, post.number, reply));
    }
}

/// An acknowledgement of everything that a body holds, under another batch's id.
fn foreign(body: &str) -> Reply {
    let streams = body.split("\"stream\":\"").skip(1).filter_map(|rest| rest.get(..32));
    let ids: Vec<String> = streams.map(|stream| format!("{stream}:0-9999")).collect();
    Reply::new(200, &format!(r#"{{"batch":"{}","accepted":"{}","duplicate":"","rejected":""}}"#, "f".repeat(32), ids.join(";")))
}
