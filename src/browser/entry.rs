//! Exports the core to the TypeScript shim as one function: a text goes in, and what the core asks of the world comes out as
//! another. Strings cross once each way, and an instance, which is one tracker, can be thrown away whole when it trapped.

use super::outbox::Outbox;
use crate::call::{GROUP, Millis, UNIT};
use crate::limits::RETRY_AFTER_S_DEFAULT;
use crate::luck::Luck;
use crate::options::Options;
use crate::retry::Answer;
use crate::text::{number_or, split};
use crate::tracker::Tracker;
use std::cell::Cell;
use wasm_bindgen::prelude::wasm_bindgen;

/// A tracker, and what it asks for. Lives as long as its instance of the wasm.
type Core = (Tracker, Outbox);

thread_local! {
    /// The tracker, without the driver's gate: the shim keeps it, and the core exists only behind it. Taken out while it is at
    /// work, so that nothing calls into it twice.
    static CORE: Cell<Option<&'static mut Core>> = const { Cell::new(None) };
}

#[wasm_bindgen]
extern "C" {
    /// Takes what the core asks of the world. Named by whoever makes the instance; must not call back.
    #[wasm_bindgen(js_name = ask)]
    fn ask(requests: &str);
}

/// Does one thing with the tracker of this instance, and asks the world for what follows from it (see `outbox`). `text` and
/// `number` by `verb`:
///
/// | verb | does | text | number |
/// |---|---|---|---|
/// | 0 | makes the tracker | seed (32 hex) US stream US options | |
/// | 1 | takes calls | orders that the browser has counted GS snapshots | |
/// | 2 | adopts rows that the store does not have, and frozen calls | rows | |
/// | 3 | adopts rows of the store | rows | |
/// | 4 | takes an answer | status US seconds US body | flight |
/// | 5 | ticks | | |
/// | 6 | flushes | | 1 if there is a network again, else 0 |
/// | 7 | leaves | | bytes that may be sent |
#[wasm_bindgen]
pub fn enter(verb: u32, text: &str, number: u32, now: f64) {
    let now = now as Millis;
    let core = if verb == 0 { Some(Box::leak(Box::new((start(text), Outbox::default())))) } else { CORE.take() };
    let Some(core) = core else { return };
    let (tracker, outbox) = &mut *core;
    match verb {
        1 => {
            let mut parts = split(text, GROUP);
            tracker.know(parts.part());
            for snapshot in parts {
                tracker.track(snapshot, outbox, now);
            }
        }
        2 | 3 => tracker.adopt(text, verb == 3, outbox, now),
        4 => answered(tracker, outbox, number, text, now),
        5 => tracker.woken(),
        6 => tracker.flush(number > 0),
        7 => tracker.leave(number as usize, outbox, now),
        _ => {}
    }
    if verb < 7 {
        tracker.pump(outbox, now);
    }
    ask(&outbox.0);
    outbox.0.clear();
    CORE.set(Some(core));
}

fn start(text: &str) -> Tracker {
    let mut parts = split(text, UNIT);
    let luck = Luck::new(parts.part());
    let stream = parts.part();
    Tracker::new(Options::read(parts.rest()), stream, luck)
}

fn answered(tracker: &mut Tracker, outbox: &mut Outbox, flight: u32, text: &str, now: Millis) {
    let mut parts = split(text, UNIT);
    let status = number_or(parts.part(), 0) as u16;
    let seconds = parts.part();
    // The shim writes nothing for a header that is not there, and a word for one that it cannot read.
    let retry_after = if seconds.is_empty() { None } else { Some(number_or(seconds, RETRY_AFTER_S_DEFAULT)) };
    tracker.answered(&Answer { flight, status, retry_after, body: parts.rest() }, outbox, now);
}
