//! The double of the transport: beacons the core wants sent. What becomes of them is the network's business.

use super::World;
use caisse::ports::Transport;

/// A batch, encoded.
#[derive(Debug)]
pub struct Beacon {
    pub flight: u32,
    pub url: String,
    pub body: String,
}

impl Transport for World {
    fn send(&mut self, flight: u32, url: &str, body: &str) {
        self.transport.push(Beacon { flight, url: url.into(), body: body.into() });
    }
}
