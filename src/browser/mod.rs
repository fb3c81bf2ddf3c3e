//! The only place that knows a page. Exports the core to the TypeScript shim as one function: a text goes in, and what the
//! core asks of the world comes out as another. Strings cross once each way, nothing is called back, and an instance that
//! trapped can be thrown away whole. Adapters translate; they decide nothing.

#[cfg(feature = "direct")]
pub mod direct;
mod listener;
mod memory;
mod outbox;
mod store;
mod timer;
mod transport;

use crate::call::{GROUP, Millis, UNIT};
use crate::limits::RETRY_AFTER_S_DEFAULT;
use crate::luck::Luck;
use crate::options::Options;
use crate::retry::Answer;
use crate::text::{number_or, split};
use crate::tracker::Tracker;
use outbox::Outbox;
use std::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;

/// A tracker of the page, by its handle. Without the driver's gate: the shim keeps it, and the core exists only behind it.
type Client = (u32, Tracker, Outbox);

thread_local! {
    static CLIENTS: RefCell<Vec<Client>> = const { RefCell::new(Vec::new()) };
}

/// Does one thing with the tracker `handle` and answers what it asks of the world (see `outbox`). `text` and `number` by
/// `verb`:
///
/// | verb | does | text | number |
/// |---|---|---|---|
/// | 0 | makes the tracker | seed (32 hex) US stream US options | |
/// | 1 | takes calls | snapshots | |
/// | 2 | adopts rows of the journal | rows | |
/// | 3 | adopts rows of the store | rows | |
/// | 4, 5 | a transaction is through, has failed | | ticket |
/// | 6 | takes an answer | status US seconds US body | flight |
/// | 7 | ticks | | |
/// | 8 | flushes | | |
/// | 9 | leaves | | bytes that may be sent |
/// | 10 | ends the tracker | | |
#[wasm_bindgen]
pub fn enter(handle: u32, verb: u32, text: &str, number: u32, now: f64) -> String {
    let now = now as Millis;
    CLIENTS.with(|clients| {
        let Ok(mut clients) = clients.try_borrow_mut() else { return String::new() };
        if verb == 0 {
            clients.push((handle, start(text), Outbox::default()));
        }
        let Some((known, tracker, outbox)) = clients.iter_mut().find(|client| client.0 == handle) else { return String::new() };
        match verb {
            1 => {
                for snapshot in split(text, GROUP) {
                    tracker.track(snapshot, outbox, now);
                }
            }
            2 | 3 => tracker.adopt(text, verb == 3, outbox, now),
            4 | 5 => tracker.stored(number, verb == 4, outbox),
            6 => answered(tracker, outbox, number, text, now),
            7 => tracker.woken(),
            8 => tracker.flush(),
            9 => tracker.leave(number as usize, outbox, now),
            // It stays where it is, out of reach: taking it apart would cost more bytes than it keeps.
            10 => *known = u32::MAX,
            _ => {}
        }
        if verb < 9 {
            tracker.pump(outbox, now);
        }
        std::mem::take(&mut outbox.0)
    })
}

fn start(text: &str) -> Tracker {
    let mut parts = split(text, UNIT);
    let luck = Luck::from_hex(parts.part());
    let stream = parts.part();
    Tracker::new(Options::read(parts.rest()), stream, luck)
}

fn answered(tracker: &mut Tracker, outbox: &mut Outbox, flight: u32, text: &str, now: Millis) {
    let mut parts = split(text, UNIT);
    let status = number_or(parts.part(), 0) as u16;
    let seconds = parts.part();
    // The shim writes nothing for a header that is not there, and a word for one that it cannot read.
    let retry_after = if seconds.is_empty() { None } else { Some(number_or(seconds, RETRY_AFTER_S_DEFAULT) as f64) };
    tracker.answered(&Answer { flight, status, retry_after, body: parts.rest() }, outbox, now);
}
