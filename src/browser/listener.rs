//! Tells the shim what happened, as flat texts. (`serde_wasm_bindgen::to_value` would add 1.7 kB to every page.)
//!
//! ```text
//! receipt      = "r" US seq US ("d" durable | "m" memory | "x" dropped) US reason *(RS problem)
//! acknowledged = "a" US destination US batch US own US adopted
//! dropped      = "d" US destination US stream US seq US reason
//! problem      = code US place US suggestion
//! ```

use super::outbox::Outbox;
use crate::hit::Reason;
use crate::ports::{Fate, Listener};
use crate::problem::Problem;

const UNIT: &str = "\u{1f}";

impl Listener for Outbox {
    fn receipt(&mut self, seq: u64, fate: Fate, problems: &[Problem]) {
        self.add("nr\u{1f}").number(seq).add(match fate {
            Fate::Durable => "\u{1f}d\u{1f}",
            Fate::Memory => "\u{1f}m\u{1f}",
            Fate::Dropped(_) => "\u{1f}x\u{1f}",
        });
        if let Fate::Dropped(reason) = fate {
            self.add(reason.as_str());
        }
        for problem in problems {
            self.add("\u{1e}").add(problem.code.as_str()).add(UNIT).add(&problem.place);
            self.add(UNIT).add(problem.suggestion.unwrap_or(""));
        }
        self.end();
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
