//! Requests built by gloo-net and sent through a binding of our own: gloo-net's `send` panics on pages that patched
//! `fetch`, and has no `keepalive`.

use super::Wishes;
use crate::ports::Transport;
use gloo_net::http::{Method, RequestBuilder};
use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A request that waits for the driver to be free.
pub(super) struct Beacon {
    pub(super) flight: u32,
    url: String,
    body: String,
}

impl Transport for Wishes {
    fn send(&mut self, flight: u32, url: &str, body: &str) {
        self.counters.bytes += body.len() as u64;
        self.beacons.push(Beacon { flight, url: url.into(), body: body.into() });
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch, catch)]
    fn fetch(request: &web_sys::Request, init: &JsValue) -> Result<JsValue, JsValue>;
}

/// Posts a beacon; answers status and body, status 0 if there was no answer.
pub(super) async fn post(beacon: &Beacon) -> (u16, String) {
    attempt(beacon).await.unwrap_or_default()
}

async fn attempt(beacon: &Beacon) -> Result<(u16, String), JsValue> {
    let request = RequestBuilder::new(&beacon.url)
        .method(Method::POST)
        .header("content-type", "text/plain;charset=utf-8")
        .body(beacon.body.as_str())
        .map_err(|_| JsValue::UNDEFINED)?;
    let init = Object::new();
    Reflect::set(&init, &"keepalive".into(), &JsValue::TRUE)?;
    let answer: Promise = fetch(&web_sys::Request::from(request), &init)?.dyn_into()?;
    // Whatever came may be another realm's, or nobody's: it is asked for what an answer has, not what it is.
    let response = JsFuture::from(answer).await?;
    let status = Reflect::get(&response, &"status".into())?.as_f64().unwrap_or(0.0) as u16;
    let text: Function = Reflect::get(&response, &"text".into())?.dyn_into()?;
    let body: Promise = text.call0(&response)?.dyn_into()?;
    let body = JsFuture::from(body).await?;
    Ok((status, body.as_string().unwrap_or_default()))
}

/// 32 random hex digits; zeros where a page has no `crypto`.
pub(super) fn random_id() -> String {
    let bytes = Uint8Array::new_with_length(16);
    if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
        let _ = crypto.get_random_values_with_array_buffer_view(&bytes);
    }
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.to_vec().into_iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The page's URL and its referrer.
pub(super) fn page() -> (String, String) {
    let window = web_sys::window();
    let url = window.as_ref().and_then(|window| window.location().href().ok()).unwrap_or_default();
    let referrer = window.and_then(|window| window.document()).map(|document| document.referrer()).unwrap_or_default();
    (url, referrer)
}
