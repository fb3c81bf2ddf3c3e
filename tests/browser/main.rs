//! The boundary, in a real browser: the exported `Tracker`, objects read by serde, requests that a page's own `fetch` may
//! break. What the core decides is tested natively.
#![cfg(all(target_arch = "wasm32", feature = "direct"))]

mod page;

use caisse::browser::direct::Tracker;
use page::{Fetch, object};
use std::ops::Deref;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const OPTIONS: &str =
    r#"{ "site": "rivet", "destination": { "kind": "collector", "url": "/hits" }, "consent": "granted", "currency": "EUR" }"#;

/// A tracker that ends with its test: what one test could not deliver must not arrive in the next one.
struct Ending(Tracker);

impl Deref for Ending {
    type Target = Tracker;

    fn deref(&self) -> &Tracker {
        &self.0
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.destroy();
    }
}

fn tracker(options: &str) -> Ending {
    Ending(Tracker::new(object(options)).expect("options"))
}

#[track_caller]
fn check(value: &JsValue, path: &str, expected: &str) {
    assert_eq!(page::read(value, path), expected, "{path} of {}", page::json(value));
}

#[wasm_bindgen_test]
async fn a_checkout_is_sent_and_acknowledged() {
    let fetch = Fetch::acknowledging();
    let tracker = tracker(OPTIONS);
    let data = object(r#"{ "checkoutId": "k19", "products": [{ "id": "RV-0860-A2", "quantity": 2, "unitPrice": "6.40" }] }"#);
    let receipt = tracker.track("scCheckout", data);
    check(&receipt, "status", "memory");
    check(&receipt, "problems.length", "0");
    page::settle().await;
    let sent = fetch.bodies();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].contains(r#""n":"scCheckout""#) && sent[0].contains(r#""u":"6.40""#), "{}", sent[0]);
    check(&tracker.stats(), "0.acknowledged", "1");
    check(&tracker.stats(), "0.waiting", "0");
}

#[wasm_bindgen_test]
async fn a_call_without_a_name_is_counted_and_its_loss_reported() {
    let fetch = Fetch::acknowledging();
    let tracker = tracker(OPTIONS);
    check(&tracker.track("", JsValue::UNDEFINED), "reason", "invalid");
    tracker.track("scCheckout", JsValue::UNDEFINED);
    page::settle().await;
    assert!(fetch.bodies().concat().contains(r#"{"q":0,"lost":"invalid"}"#));
    for (counter, count) in [("tracked", "2"), ("acknowledged", "1"), ("waiting", "0"), ("dropped.invalid", "1")] {
        check(&tracker.stats(), &format!("0.{counter}"), count);
    }
}

#[wasm_bindgen_test]
async fn a_beacon_that_was_not_echoed_is_kept() {
    let _fetch = Fetch::answering("async () => new Response('<html>welcome to the hotel</html>')");
    let tracker = tracker(OPTIONS);
    tracker.track("purchase", object(r#"{ "orderId": "R1" }"#));
    page::settle().await;
    check(&tracker.stats(), "0.acknowledged", "0");
    check(&tracker.stats(), "0.waiting", "1");
}

#[wasm_bindgen_test]
async fn a_destroyed_tracker_is_silent() {
    let fetch = Fetch::answering("async () => new Response('', { status: 503 })");
    let tracker = tracker(OPTIONS);
    tracker.track("purchase", object(r#"{ "orderId": "R1" }"#));
    page::settle().await;
    let tried = fetch.bodies().len();
    tracker.destroy();
    let receipt = tracker.track("purchase", object(r#"{ "orderId": "R2" }"#));
    check(&receipt, "status", "dropped");
    check(&receipt, "reason", "destroyed");
    tracker.flush();
    page::settle().await;
    assert_eq!(fetch.bodies().len(), tried);
}

#[wasm_bindgen_test]
fn options_are_refused_with_those_there_are() {
    let options = object(r#"{ "site": "rivet", "destination": { "kind": "collector", "url": "/hits" }, "consnet": "granted" }"#);
    let error = Tracker::new(options).err().expect("refused");
    let message = String::from(error.message());
    assert!(message.contains("`consnet` is not an option; these are: site destination consent"), "{message}");
}

#[wasm_bindgen_test]
async fn nothing_leaves_before_consent() {
    let fetch = Fetch::acknowledging();
    let tracker = tracker(&OPTIONS.replace("granted", "pending"));
    check(&tracker.track("scCheckout", JsValue::UNDEFINED), "status", "held");
    page::settle().await;
    assert_eq!(fetch.bodies().len(), 0);
    tracker.set_consent("granted");
    page::settle().await;
    assert_eq!(fetch.bodies().len(), 1);
    tracker.set_consent("whatever");
    check(&tracker.track("scCheckout", JsValue::UNDEFINED), "status", "dropped");
    page::settle().await;
    assert_eq!(fetch.bodies().len(), 1);
}

#[wasm_bindgen_test]
async fn no_call_throws_and_the_next_one_works() {
    let fetch = Fetch::acknowledging();
    let tracker = tracker(OPTIONS);
    for hostile in [
        "({ get orderId() { throw 1 } })",
        "(() => { const o = {}; o.o = o; return o })()",
        "({ orderId: 10n ** 30n })",
        "({ orderId: () => 1 })",
        "({ orderId: Symbol('x') })",
        "new Proxy({}, { ownKeys() { throw 1 } })",
        "17",
        "'text'",
    ] {
        tracker.track("purchase", page::eval(hostile));
    }
    tracker.track("purchase", page::eval("({ orderId: 'R' + '\\ud800', searchTerm: 'x'.repeat(1e6) })"));
    tracker.track("purchase", object(r#"{ "orderId": "R2" }"#));
    page::settle().await;
    assert!(fetch.bodies().concat().contains(r#""o":"R2""#));
}

#[wasm_bindgen_test]
async fn a_page_that_broke_fetch_does_not_break_us() {
    for broken in [
        "() => { throw new Error('no') }",
        "() => undefined",
        "() => ({ status: 200 })",
        "() => Promise.reject('a string')",
        "() => Promise.resolve({ status: 200, text: () => 'not a promise' })",
        "undefined",
    ] {
        let fetch = Fetch::answering(broken);
        let tracker = tracker(OPTIONS);
        tracker.track("purchase", object(r#"{ "orderId": "R3" }"#));
        page::settle().await;
        check(&tracker.stats(), "0.waiting", "1");
        drop(fetch);
    }
}
