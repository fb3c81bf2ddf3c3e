//! The collector or the network is away while a page tracks; that page delivers it all as soon as it can, or the next one does.

use std::time::Duration;

use caisse_e2e::{Browser, Engine, Fault, Shop, Site, Trial, is_long};

const EVENTS: u64 = 30;
const DOWN: Duration = Duration::from_secs(5);
/// Longer than the pauses between the first tries.
const DOWN_LONG: Duration = Duration::from_secs(60);
const OFFLINE: Duration = Duration::from_secs(10);

fn tracker(shop: &Shop) -> String {
    let hits = shop.url("/hits");
    format!(
        "window.tracker = createTracker({{ site: 'outage', destination: {{ kind: 'collector', url: '{hits}' }}, consent: 'granted' }});"
    )
}

#[tokio::test]
async fn what_was_tracked_meanwhile_is_delivered_once() {
    let (site, browser) = (Site::open().await, Browser::chromium().await);
    let mut shop = Shop::open_to(&[site.origin()]).await;
    browser.visit(site.url("/")).await;
    browser.run(tracker(&shop) + "await tracker.ready; tracker.page(); await tracker.flush()").await;
    shop.until("", |report| report.metric("pageViews") == 1).await;

    shop.crash().await;
    let track = format!(
        "for (let i = 0; i < {EVENTS}; i++) tracker.track('scCheckout', {{ checkoutId: 'k' + i }});
        await tracker.flush({{ timeoutMs: 500 }}); return tracker.stats().destinations[0].waiting"
    );
    assert_eq!(browser.run(track).await, EVENTS);
    assert_eq!(browser.run("return errors").await, serde_json::json!([]));

    shop.reopen().await;
    browser.visit(site.url("/")).await;
    browser.run(tracker(&shop)).await;
    let report = shop.until("", |report| report.metric("checkouts") == EVENTS && report.balances()).await;
    assert_eq!(report.accounting("counted"), EVENTS + 1, "{report:?}");
    browser.until(&format!("tracker.stats().destinations[0].adopted === {EVENTS}")).await;
    let report = shop.report("").await;
    assert_eq!((report.metric("checkouts"), report.accounting("counted")), (EVENTS, EVENTS + 1), "{report:?}");
    assert!(report.balances(), "{report:?}");
}

/// Down for a while under the eyes of a page, which then delivers by itself.
async fn comes_back(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    trial.begin("down");
    trial.visit(&browser).await;
    trial.track(&browser, EVENTS).await;
    trial.proxy.close().await;
    trial.track(&browser, EVENTS).await;
    tokio::time::sleep(if is_long() { DOWN_LONG } else { DOWN }).await;
    trial.proxy.open().await;
    browser.until("tracker.stats().destinations[0].waiting === 0").await;
    trial.check(&browser).await;
}

#[tokio::test]
async fn a_page_delivers_when_the_collector_is_back_in_chromium() {
    comes_back(Engine::Chromium).await;
}

#[tokio::test]
async fn a_page_delivers_when_the_collector_is_back_in_firefox() {
    comes_back(Engine::Firefox).await;
}

#[tokio::test]
async fn a_page_delivers_when_the_collector_is_back_in_webkit() {
    comes_back(Engine::Webkit).await;
}

/// The collector has taken a batch in and dies before it can say so; it comes back with its data.
async fn dies_before_the_answer(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    trial.begin("died");
    let before = trial.proxy.requests().len();
    trial.visit(&browser).await;
    trial.proxy.always(Fault::Stall(true));
    trial.track(&browser, EVENTS).await;
    trial.proxy.until(|seen| seen.get(before).is_some_and(|first| first.committed.is_some())).await;
    trial.shop.crash().await;
    trial.proxy.heal();
    trial.track(&browser, EVENTS).await;
    trial.shop.reopen().await;
    let report = trial.shop.report("?site=died").await;
    assert!(report.accounting("counted") > 0, "what was taken in is kept: {report:?}");
    browser.until("tracker.stats().destinations[0].waiting === 0").await;
    trial.check(&browser).await;
    let report = trial.shop.report("?site=died").await;
    assert!(report.accounting("duplicates") > 0, "it came again: {report:?}");
}

#[tokio::test]
async fn a_collector_that_dies_before_its_answer_counts_once_in_chromium() {
    dies_before_the_answer(Engine::Chromium).await;
}

#[tokio::test]
async fn a_collector_that_dies_before_its_answer_counts_once_in_firefox() {
    dies_before_the_answer(Engine::Firefox).await;
}

/// The network goes away under a page, which is loaded again in vain, and comes back.
async fn offline(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    trial.begin("offline");
    trial.visit(&browser).await;
    trial.track(&browser, EVENTS).await;
    browser.offline(true).await;
    assert_eq!(browser.run("return navigator.onLine").await, false, "the page knows");
    trial.track(&browser, EVENTS).await;
    tokio::time::sleep(OFFLINE).await;
    trial.track(&browser, EVENTS).await;
    browser.offline(false).await;
    browser.until("tracker.stats().destinations[0].waiting === 0").await;
    trial.check(&browser).await;

    trial.begin("reloaded");
    trial.visit(&browser).await;
    browser.offline(true).await;
    // The page that cannot be had is an error of the driver's.
    trial.track_and(&browser, EVENTS, "location.reload()").await;
    browser.until("!window.tracker").await;
    browser.offline(false).await;
    trial.check(&browser).await;
}

#[tokio::test]
async fn what_was_tracked_offline_is_delivered_once_in_chromium() {
    offline(Engine::Chromium).await;
}

#[tokio::test]
async fn what_was_tracked_offline_is_delivered_once_in_firefox() {
    offline(Engine::Firefox).await;
}
