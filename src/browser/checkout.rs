//! Exports the checkout's funnel alone, as the module that a page loads beside the core for `<checkout-progress>`.
//! It is called like the core (see `entry`), so that one glue serves both.

use crate::call::{GROUP, Millis};
use crate::checkout::{Attempt, Notice};
use crate::text::{Append, after, before};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Takes the answer.
    #[wasm_bindgen(js_name = ask)]
    fn ask(answer: &str);
}

/// Takes a notice. `verb` says which, `number` has the clicks since the last one, `text` is what is remembered of the attempt, `GS`, and
/// the notice's texts; the answer is what is remembered then, `GS`, and the calls to make.
#[wasm_bindgen]
pub fn enter(verb: u32, text: &str, number: u32, now: f64) {
    let memory = before(text, GROUP);
    let mut attempt = Attempt::recall(memory);
    let mut answer = String::new();
    if let Some(notice) = Notice::read(verb, after(text, memory)) {
        let calls = attempt.hear(notice, number, now as Millis);
        answer.add(&attempt.memory());
        answer.add_char(GROUP);
        answer.add(&calls.0);
    }
    ask(&answer);
}
