//! However a page ends (its visitor goes elsewhere, closes the tab, or it crashes), its events are counted once by the
//! visitor's next page; what a receipt has called durable survives the end of the whole browser.

use caisse_e2e::{Browser, Engine, Fault, Page, Tab, Trial, is_long};

const COUNTS: [u64; 4] = [1, 10, 50, 200];

/// Leaves for another page, in the same task.
const LEAVES: &str = "location.href = '/away'";

/// A visitor who was never here (nothing is in the cache, there is no store yet, and the core cannot be there in time), then the
/// same visitor again, who has all that.
async fn ends_well(engine: Engine) {
    let browser = Browser::of(engine).await;
    let first = browser.tab().await;
    // The promise is made for twenty times in a row.
    let times = if is_long() { 20 } else { 1 };
    for count in COUNTS.repeat(times) {
        for closes in [false, true] {
            // An origin of its own, as no two of them share a cache or a store.
            let mut trial = Trial::open().await;
            trial.begin("visitor");
            end(&mut trial, &browser, &first, count, closes).await;
            trial.check(&browser).await;
            end(&mut trial, &browser, &first, count, closes).await;
            trial.check(&browser).await;
        }
    }
}

async fn end(trial: &mut Trial, browser: &Browser, first: &Tab, count: u64, closes: bool) {
    if closes {
        browser.open_tab().await;
        trial.visit(browser).await;
        trial.track(browser, count).await;
        browser.close_tab(first).await;
    } else {
        trial.visit(browser).await;
        trial.track_and(browser, count, LEAVES).await;
        browser.until("window.loaded && location.pathname === '/away'").await;
    }
}

#[tokio::test]
async fn leaving_and_closing_lose_nothing_in_chromium() {
    ends_well(Engine::Chromium).await;
}

#[tokio::test]
async fn leaving_and_closing_lose_nothing_in_firefox() {
    ends_well(Engine::Firefox).await;
}

#[tokio::test]
async fn leaving_and_closing_lose_nothing_in_webkit() {
    ends_well(Engine::Webkit).await;
}

/// The same while the collector is away: nothing that was sent arrives.
async fn ends_well_without_network(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    let first = browser.tab().await;
    for count in COUNTS {
        trial.begin(&format!("refused{count}"));
        trial.proxy.close().await;
        end(&mut trial, &browser, &first, count, false).await;
        end(&mut trial, &browser, &first, count, true).await;
        trial.check(&browser).await;
    }
}

#[tokio::test]
async fn leaving_without_network_loses_nothing_in_chromium() {
    ends_well_without_network(Engine::Chromium).await;
}

#[tokio::test]
async fn leaving_without_network_loses_nothing_in_firefox() {
    ends_well_without_network(Engine::Firefox).await;
}

#[tokio::test]
async fn leaving_without_network_loses_nothing_in_webkit() {
    ends_well_without_network(Engine::Webkit).await;
}

/// A page that leaves sends what it has.
#[tokio::test]
async fn fifty_events_arrive_before_the_next_visit() {
    let (mut trial, browser) = (Trial::open().await, Browser::chromium().await);
    for name in ["cold", "warm"] {
        trial.begin(name);
        trial.visit(&browser).await;
        trial.track_and(&browser, 50, LEAVES).await;
        browser.until("window.loaded && location.pathname === '/away'").await;
        let shop = trial.shop.until(format!("?site={name}"), |report| report.accounting("counted") >= 50).await;
        assert!(shop.balances(), "{shop:?}");
        assert_eq!(trial.counted(0..50), 50, "{name}");
        trial.check(&browser).await;
    }
}

/// An order is tracked by the page's own script, and the tab closes as soon as the page is there.
#[tokio::test]
async fn an_order_of_a_page_that_closes_at_once_is_counted() {
    for engine in [Engine::Chromium, Engine::Firefox] {
        let browser = Browser::of(engine).await;
        let first = browser.tab().await;
        let mut trial = Trial::open().await;
        trial.begin("order");
        browser.open_tab().await;
        browser.visit(trial.url("/away")).await;
        // Nothing of the package is in the cache, and the page ends in the task that tracks.
        let hits = trial.proxy.url("/hits");
        let order = format!(
            "window.tracker = createTracker({{ site: 'order', destination: {{ kind: 'collector', url: '{hits}' }}, consent: 'granted', currency: 'EUR' }});
            tracker.track('purchase', {{ orderId: 'o1', eVar1: 'm0m', products: [{{ id: 'RV-1', quantity: 2, unitPrice: '6.40' }}] }});
            window.close(); location.href = '/away';"
        );
        trial.site.put("/thanks", Page::of(&order));
        trial.ledger.add(1);
        browser.run("window.open('/thanks')").await;
        trial.shop.until("?site=order", |report| report.metric("orders") == 1).await;
        browser.switch_to(&first).await;
        trial.check(&browser).await;
        let report = trial.shop.report("?site=order").await;
        assert_eq!((report.metric("orders"), report.revenue("EUR")), (1, "12.80"), "{report:?}");
    }
}

/// Kills every process of the browser as soon as receipts have said "durable", while nothing can be delivered; then the
/// same visitor comes back.
async fn survives(engine: Engine) {
    let mut trial = Trial::open().await;
    let mut browser = Browser::of(engine).await;
    for (name, fault) in [("killed", Fault::ResetBefore), ("killed_committed", Fault::ResetAfter), ("killed_waiting", Fault::Stall(true))] {
        trial.begin(name);
        trial.proxy.always(fault);
        trial.visit(&browser).await;
        assert_eq!(trial.track_kept(&browser, 20).await, 0, "all are durable");
        browser = Browser::again(engine, browser.crash()).await;
        trial.check(&browser).await;
    }
}

#[tokio::test]
async fn what_is_durable_survives_the_browser_in_chromium() {
    survives(Engine::Chromium).await;
}

#[tokio::test]
async fn what_is_durable_survives_the_browser_in_firefox() {
    survives(Engine::Firefox).await;
}

#[tokio::test]
async fn what_is_durable_survives_the_page() {
    let (mut trial, browser) = (Trial::open().await, Browser::chromium().await);
    let first = browser.tab().await;
    for (name, fault) in [("crashed", Fault::ResetBefore), ("crashed_committed", Fault::ResetAfter)] {
        trial.begin(name);
        trial.proxy.always(fault);
        browser.open_tab().await;
        trial.visit(&browser).await;
        assert_eq!(trial.track_kept(&browser, 20).await, 0, "all are durable");
        browser.crash_page().await;
        browser.switch_to(&first).await;
        trial.check(&browser).await;
    }
}
