//! The transport behind the shim: `fetch` with keepalive.

use super::outbox::Outbox;
use crate::ports::{Beacon, Transport};

impl Transport for Outbox {
    fn send(&mut self, beacon: &Beacon) {
        self.add("s").number(u64::from(beacon.flight)).add("\u{1f}").add(&beacon.url).add("\u{1f}").add(&beacon.body).end();
    }
}
