//! Exports the advisor alone, as the module that a page loads beside the core when somebody listens to problems. It is called
//! like the core (see `entry`), so that one glue serves both.

use crate::advice::Advisor;
use crate::call::GROUP;
use crate::text::{Append, after, before, owned};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Takes the answer.
    #[wasm_bindgen(js_name = ask)]
    fn ask(answer: &str);
}

/// Advises on a call. `text` is what the advisor remembers of the visit, `GS`, and the call's snapshot; the answer is what it remembers
/// now, `GS`, and problems as `listener` writes them.
#[wasm_bindgen]
pub fn enter(verb: u32, text: &str, number: u32, now: f64) {
    // There is one thing to do, and it does not depend on the time.
    let _ = (verb, number, now);
    let memory = before(text, GROUP);
    let mut advisor = Advisor::recall(memory);
    let problems = advisor.look(after(text, memory));
    let mut answer = owned(advisor.memory());
    answer.add_char(GROUP);
    answer.add(&problems.0);
    ask(&answer);
}
