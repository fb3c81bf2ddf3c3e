//! Tells the shim what happened, as flat texts. (`serde_wasm_bindgen::to_value` would add 1.7 kB to every page.)
//!
//! ```text
//! judged       = "r" US seq US (reason or nothing) *(RS problem)
//! acknowledged = "a" US destination US batch US own US adopted
//! dropped      = "d" US destination US stream US seq US reason
//! problem      = code US place
//! ```

use super::outbox::Outbox;
use crate::hit::Reason;
use crate::ports::Listener;
use crate::problem::Problems;

const UNIT: &str = "\u{1f}";

impl Listener for Outbox {
    fn judged(&mut self, seq: u64, dropped: Option<Reason>, problems: &Problems) {
        self.add("nr\u{1f}").number(seq).add(UNIT);
        if let Some(reason) = dropped {
            self.add(reason.as_str());
        }
        self.add(&problems.0).end();
    }

    fn acknowledged(&mut self, destination: &str, batch: &str, own: u32, adopted: u32) {
        self.add("na\u{1f}").add(destination).add(UNIT).add(batch).add(UNIT).number(u64::from(own));
        self.add(UNIT).number(u64::from(adopted)).end();
    }

    fn dropped(&mut self, destination: &str, stream: &str, seq: u64, reason: Reason) {
        self.add("nd\u{1f}").add(destination).add(UNIT).add(stream).add(UNIT).number(seq);
        self.add(UNIT).add(reason.as_str()).end();
    }
}
