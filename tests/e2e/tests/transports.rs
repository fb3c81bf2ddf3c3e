//! Browsers that cannot send as they should, or are kept from it: what a page cannot send, the next one does.

use std::time::Duration;

use caisse_e2e::{Browser, Engine, TRANSPORT_FAULTS, Trial};
use serde_json::json;

const EVENTS: u64 = 60;
const LEAVES: &str = "location.href = '/away'";
/// Connections that HTTP/1.1 browsers make to a host.
const POOL: u64 = 6;

/// Every fault: while the page lives, and when it leaves.
async fn delivers(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    for (name, fault) in TRANSPORT_FAULTS {
        trial.begin(name);
        trial.site.put("/hostile", trial.page(fault));
        browser.visit(trial.url("/hostile")).await;
        trial.track(&browser, EVENTS).await;
        browser.until("tracker.stats().destinations[0].waiting === 0").await;
        trial.track_and(&browser, EVENTS, LEAVES).await;
        browser.until("window.loaded && location.pathname === '/away'").await;
        trial.check(&browser).await;
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_lost_in_chromium() {
    delivers(Engine::Chromium).await;
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_lost_in_firefox() {
    delivers(Engine::Firefox).await;
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_lost_in_webkit() {
    delivers(Engine::Webkit).await;
}

/// Texts of which every letter has three bytes: a size that was counted in letters would be over every bound.
async fn wide(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    let letters = "window.more = { prop1: '€'.repeat(90), prop2: '€'.repeat(90), eVar2: '€'.repeat(250), eVar3: '€'.repeat(250) }";
    for (name, waits) in [("wide", true), ("wide_cold", false)] {
        trial.begin(name);
        trial.visit(&browser).await;
        if waits {
            browser.run("await tracker.ready").await;
        }
        browser.run(letters).await;
        trial.track_and(&browser, EVENTS, LEAVES).await;
        browser.until("window.loaded && location.pathname === '/away'").await;
        trial.check(&browser).await;
    }
}

#[tokio::test]
async fn sizes_are_bytes_in_chromium() {
    wide(Engine::Chromium).await;
}

#[tokio::test]
async fn sizes_are_bytes_in_firefox() {
    wide(Engine::Firefox).await;
}

#[tokio::test]
async fn sizes_are_bytes_in_webkit() {
    wide(Engine::Webkit).await;
}

/// Every connection to the collector's host is taken by requests that are never answered.
async fn without_connections(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    trial.begin("pool");
    trial.visit(&browser).await;
    let held = trial.proxy.url("/held");
    let take =
        format!("for (let i = 0; i < {POOL}; i++) fetch('{held}', {{ method: 'POST', mode: 'no-cors', body: 'x' }}).catch(() => {{}})");
    browser.run(take).await;
    trial.track(&browser, EVENTS).await;
    trial.track_and(&browser, EVENTS, LEAVES).await;
    browser.until("window.loaded && location.pathname === '/away'").await;
    trial.check(&browser).await;
}

#[tokio::test]
async fn a_page_without_a_connection_left_loses_nothing_in_chromium() {
    without_connections(Engine::Chromium).await;
}

#[tokio::test]
async fn a_page_without_a_connection_left_loses_nothing_in_firefox() {
    without_connections(Engine::Firefox).await;
}

/// As a content blocker does it. The page does not try for ever, and says nothing; once the blocker is gone, all arrives.
#[tokio::test]
async fn what_a_blocker_stops_waits() {
    let (mut trial, browser) = (Trial::open().await, Browser::chromium().await);
    trial.begin("blocked");
    trial.visit(&browser).await;
    browser.run("await tracker.ready; await tracker.flush()").await;
    browser.command("Network.enable", json!({})).await;
    browser.command("Network.setBlockedURLs", json!({ "urls": ["*/hits/*"] })).await;
    let tries = "return performance.getEntriesByType('resource').filter(({ name }) => name.includes('/hits/')).length";
    let before = browser.run(tries).await.as_u64();
    let requests = trial.proxy.requests().len();
    trial.track(&browser, EVENTS).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(trial.proxy.requests().len(), requests, "the blocker blocks");
    let after = browser.run(tries).await.as_u64();
    // The pauses are up to 1, 2, 4 … seconds.
    assert!(after.zip(before).is_some_and(|(after, before)| (1..=20).contains(&(after - before))), "{before:?} {after:?}");
    trial.track_and(&browser, EVENTS, LEAVES).await;
    browser.until("window.loaded && location.pathname === '/away'").await;
    browser.command("Network.setBlockedURLs", json!({ "urls": [] })).await;
    trial.check(&browser).await;
}
