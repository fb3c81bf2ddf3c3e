//! Whatever the network or a proxy does to requests, every event is counted once, in order, after the visitor's next page at
//! the latest; and the page never sees an error.

use std::time::Duration;

use caisse_e2e::{Browser, Engine, Fault, Request, Trial};

/// More than one batch.
const EVENTS: u64 = 25;

/// Names of faults, what happens to the first requests, and how many of them have to come before the network heals: a page
/// that parks its queue sends no second one.
const FAULTS: [(&str, &[Fault], usize); 24] = [
    ("reset", &[Fault::ResetBefore, Fault::ResetBefore], 2),
    ("committed", &[Fault::ResetAfter, Fault::ResetAfter], 2),
    ("half", &[Fault::HalfBody, Fault::HalfBody], 2),
    ("stalled", &[Fault::Stall(false)], 1),
    ("stalled_after", &[Fault::Stall(true)], 1),
    ("dripping", &[Fault::Drip], 1),
    ("errors", &[Fault::Status(500), Fault::Status(502), Fault::Status(503), Fault::Status(504)], 2),
    ("overloaded", &[Fault::RetryAfter(503, "1")], 1),
    ("nonsense", &[Fault::RetryAfter(429, "soon")], 1),
    ("negative", &[Fault::RetryAfter(429, "-7")], 1),
    ("centuries", &[Fault::RetryAfter(429, "1000000000")], 1),
    ("too_large", &[Fault::TooLarge(900), Fault::TooLarge(900), Fault::TooLarge(900), Fault::TooLarge(900)], 4),
    ("unauthorised", &[Fault::Status(401)], 1),
    ("forbidden", &[Fault::Status(403)], 1),
    ("missing", &[Fault::Status(404)], 1),
    ("gone", &[Fault::Status(410)], 1),
    ("elsewhere", &[Fault::Redirect, Fault::Redirect], 2),
    ("captive", &[Fault::Captive, Fault::Captive], 2),
    ("another", &[Fault::WrongBatch, Fault::WrongBatch], 2),
    ("silent", &[Fault::NoContent, Fault::NoContent], 2),
    ("unreadable", &[Fault::Unreadable, Fault::Unreadable], 2),
    ("overtaken", &[Fault::Late(1_500), Fault::Late(0)], 1),
    ("twice", &[Fault::Twice, Fault::Twice, Fault::Twice], 2),
    ("proxy_refuses", &[Fault::Status(400), Fault::Status(422)], 2),
];

#[tokio::test]
async fn no_fault_of_the_network_loses_or_doubles_in_chromium() {
    let browser = Browser::chromium().await;
    all(&browser).await;
}

#[tokio::test]
async fn no_fault_of_the_network_loses_or_doubles_in_firefox() {
    let browser = Browser::firefox().await;
    all(&browser).await;
}

#[tokio::test]
async fn no_fault_of_the_network_loses_or_doubles_in_webkit() {
    let browser = Browser::of(Engine::Webkit).await;
    all(&browser).await;
}

async fn all(browser: &Browser) {
    let mut trial = Trial::open().await;
    for (name, faults, requests) in FAULTS {
        trial.begin(name);
        let before = trial.proxy.requests().len();
        trial.visit(browser).await;
        trial.proxy.plan(faults.iter().copied());
        trial.track(browser, EVENTS).await;
        trial.proxy.until(|seen| seen.len() >= before + requests).await;
        trial.check(browser).await;
    }
    assert!(!trial.proxy.followed(), "a redirect was followed");
}

/// The deadline is for the whole of an answer, not for its next byte.
async fn gives_up(engine: Engine, faults: &[Fault]) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    for (index, fault) in faults.iter().enumerate() {
        trial.begin(&format!("deadline{index}"));
        let before = trial.proxy.requests().len();
        trial.visit(&browser).await;
        trial.proxy.plan([*fault]);
        trial.track(&browser, EVENTS).await;
        // Without help.
        trial.proxy.until(|seen| seen.len() >= before + 2).await;
        let [first, second, ..] = &trial.proxy.requests()[before..] else { panic!("two requests") };
        assert!(second.at - first.at >= Duration::from_secs(9), "one at a time: {first:?} {second:?}");
        trial.check(&browser).await;
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_given_up_in_chromium() {
    gives_up(Engine::Chromium, &[Fault::Stall(true), Fault::Drip]).await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_given_up_in_firefox() {
    gives_up(Engine::Firefox, &[Fault::Drip]).await;
}

/// Nothing is sent while the collector has asked for a pause, whoever asks for it; afterwards everything is, on the same page.
async fn waits(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    for (name, fault, pause) in [("seconds", Fault::RetryAfter(429, "3"), 3), ("date", Fault::RetryAt(5), 4)] {
        trial.begin(name);
        let before = trial.proxy.requests().len();
        trial.visit(&browser).await;
        trial.proxy.plan([fault]);
        trial.track(&browser, EVENTS).await;
        trial.proxy.until(|seen| seen.len() > before).await;
        trial.track(&browser, EVENTS).await;
        browser.run("tracker.flush({ timeoutMs: 500 })").await;
        browser.until("tracker.stats().destinations[0].waiting === 0").await;
        let requests = trial.proxy.requests();
        let [first, second, ..] = &requests[before..] else { panic!("two requests of {requests:?}") };
        // A timer of a browser may be a little early.
        assert!(second.at - first.at >= Duration::from_millis(pause * 1_000 - 100), "{first:?} {second:?}");
        trial.check(&browser).await;
    }
}

#[tokio::test]
async fn a_pause_is_kept_in_chromium() {
    waits(Engine::Chromium).await;
}

#[tokio::test]
async fn a_pause_is_kept_in_firefox() {
    waits(Engine::Firefox).await;
}

/// Requests that it takes to find one hit among twenty, beyond those that deliver them.
const SEARCH_MAX: usize = 6;

/// One event that the collector cannot read costs itself alone, and is told.
async fn finds_the_poison(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    trial.begin("poison");
    trial.visit(&browser).await;
    browser.run("await tracker.ready; tracker.on('dropped', ({ id, reason }) => (window.dropped ||= []).push(id + reason))").await;
    let poison = 7;
    trial.proxy.always(Fault::Poison(poison));
    trial.track(&browser, 20).await;
    trial.ledger.refuse(poison);
    browser.until("tracker.stats().destinations[0].waiting === 0").await;
    assert_eq!(browser.run("return tracker.stats().destinations[0].dropped").await, serde_json::json!({ "rejected": 1 }));
    assert_eq!(browser.run("return dropped.map((told) => told.split('-')[1])").await, serde_json::json!(["7rejected"]));
    let refused = |request: &&Request| request.committed.is_none();
    let requests = trial.proxy.requests();
    assert!(requests.iter().filter(refused).count() <= SEARCH_MAX, "{requests:?}");
    trial.check(&browser).await;
}

#[tokio::test]
async fn one_event_that_is_refused_costs_itself_alone_in_chromium() {
    finds_the_poison(Engine::Chromium).await;
}

#[tokio::test]
async fn one_event_that_is_refused_costs_itself_alone_in_firefox() {
    finds_the_poison(Engine::Firefox).await;
}

/// Hits that were acknowledged and are nowhere are what no other test may ever see.
#[tokio::test]
async fn the_ledger_is_not_blind() {
    let (mut trial, browser) = (Trial::open().await, Browser::chromium().await);
    trial.begin("lies");
    trial.visit(&browser).await;
    trial.proxy.always(Fault::Lie);
    trial.track(&browser, 5).await;
    browser.until("tracker.stats().destinations[0].waiting === 0").await;
    assert_eq!(trial.judge_now().lost, [0, 1, 2, 3, 4]);
}
