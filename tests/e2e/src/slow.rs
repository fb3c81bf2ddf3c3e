//! A browser on a slower machine than this one, and which browser it is.

use serde_json::json;
use thirtyfour::cdp::Cdp;

use crate::browser::Browser;
use crate::place::Place;

impl Browser {
    /// Has Chromium take so many times as long for whatever a page does on its main thread.
    ///
    /// # Panics
    /// In another browser.
    #[track_caller]
    pub fn throttle(&self, times: u32) -> impl Future<Output = ()> {
        let (place, cdp) = (Place::here(), Cdp::new(self.session().handle().clone()));
        async move { place.expect("throttling", cdp.send_raw("Emulation.setCPUThrottlingRate", json!({ "rate": times })).await.map(drop)) }
    }

    /// Name and version of Chromium.
    ///
    /// # Panics
    /// In another browser.
    #[track_caller]
    pub fn version(&self) -> impl Future<Output = String> {
        let (place, cdp) = (Place::here(), Cdp::new(self.session().handle().clone()));
        async move {
            let said = place.expect("a version", cdp.send_raw("Browser.getVersion", json!({})).await);
            place.expect("a version", said["product"].as_str().ok_or("no product")).to_owned()
        }
    }
}
