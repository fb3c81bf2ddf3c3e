//! The timer behind the shim: one `setTimeout`.

use super::outbox::Outbox;
use crate::call::Millis;
use crate::ports::Timer;

impl Timer for Outbox {
    fn wake_at(&mut self, at: Option<Millis>) {
        self.add("t");
        if let Some(at) = at {
            self.number(at);
        }
        self.end();
    }
}
