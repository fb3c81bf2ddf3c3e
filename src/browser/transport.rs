//! The transport behind the shim: `fetch` with keepalive.

use super::outbox::Outbox;
use crate::ports::Transport;

impl Transport for Outbox {
    fn send(&mut self, flight: u32, url: &str, body: &str) {
        self.add("s").number(u64::from(flight)).add("\u{1f}").add(url).add("\u{1f}").add(body).end();
    }
}
