//! The double of the listener: writes down what it hears, and counts it.

use super::World;
use caisse::hit::Reason;
use caisse::ports::Listener;
use caisse::problem::Problems;

#[derive(Clone, Debug)]
pub enum Notice {
    Judged { seq: u64, dropped: Option<Reason> },
    Acknowledged { destination: String, batch: String, own: u32, adopted: u32 },
    Dropped { destination: String, stream: String, seq: u64, reason: Reason },
}

impl Listener for World {
    fn judged(&mut self, seq: u64, dropped: Option<Reason>, _problems: &Problems) {
        self.counters.values_mut().for_each(|counters| counters.judged(dropped));
        self.listener.push(Notice::Judged { seq, dropped });
    }

    fn acknowledged(&mut self, destination: &str, batch: &str, own: u32, adopted: u32) {
        self.counters.get_mut(destination).expect("a destination").acknowledge(own, adopted);
        self.listener.push(Notice::Acknowledged { destination: destination.into(), batch: batch.into(), own, adopted });
    }

    fn dropped(&mut self, destination: &str, stream: &str, seq: u64, reason: Reason) {
        if stream == self.stream {
            self.counters.get_mut(destination).expect("a destination").drop(reason);
        }
        self.listener.push(Notice::Dropped { destination: destination.into(), stream: stream.into(), seq, reason });
    }
}
