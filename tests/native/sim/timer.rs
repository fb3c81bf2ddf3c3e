//! The double of the timer: when the core wants to be woken, as far as that has changed.

use super::World;
use caisse::call::Millis;
use caisse::ports::Timer;

impl Timer for World {
    fn wake_at(&mut self, at: Option<Millis>) {
        self.timer = Some(at);
    }
}
