//! The double of the listener: writes down what it hears.

use super::World;
use caisse::hit::Reason;
use caisse::ports::{Fate, Listener};
use caisse::problem::Problem;

#[derive(Clone, Debug)]
pub enum Notice {
    Receipt { seq: u64, fate: Fate },
    Acknowledged { destination: String, batch: String, own: u32, adopted: u32 },
    Dropped { destination: String, stream: String, seq: u64, reason: Reason },
}

impl Listener for World {
    fn receipt(&mut self, seq: u64, fate: Fate, _problems: &[Problem]) {
        self.listener.push(Notice::Receipt { seq, fate });
    }

    fn acknowledged(&mut self, destination: &str, batch: &str, own: u32, adopted: u32) {
        self.listener.push(Notice::Acknowledged { destination: destination.into(), batch: batch.into(), own, adopted });
    }

    fn dropped(&mut self, destination: &str, stream: &str, seq: u64, reason: Reason) {
        self.listener.push(Notice::Dropped { destination: destination.into(), stream: stream.into(), seq, reason });
    }
}
