//! The double of the transport: beacons the core wants sent. What becomes of them is the network's business.

use super::World;
use caisse::ports::{Beacon, Transport};

impl Transport for World {
    fn send(&mut self, beacon: &Beacon) {
        self.transport.push(beacon.clone());
    }
}
