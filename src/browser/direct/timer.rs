//! One `setTimeout`, cancelled when it is no longer asked for.

use super::Wishes;
use crate::call::Millis;
use crate::ports::Timer;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

impl Timer for Wishes {
    fn wake_at(&mut self, at: Option<Millis>) {
        self.wake_at = Some(at);
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout, catch)]
    fn set_timeout(handler: &js_sys::Function, milliseconds: f64) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = clearTimeout, catch)]
    fn clear_timeout(id: &JsValue) -> Result<(), JsValue>;
}

/// A timeout under way; dropping it cancels it.
pub(super) struct Timeout {
    id: JsValue,
    _work: Closure<dyn FnMut()>,
}

impl Timeout {
    /// Does `work` after so many milliseconds; `None` on a page whose timers fail.
    pub(super) fn new(milliseconds: Millis, work: impl FnMut() + 'static) -> Option<Self> {
        let work = Closure::<dyn FnMut()>::new(work);
        let id = set_timeout(work.as_ref().unchecked_ref(), milliseconds as f64).ok()?;
        Some(Self { id, _work: work })
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        // A page whose clearTimeout fails gets one tick too many, which changes nothing.
        let _ = clear_timeout(&self.id);
    }
}
