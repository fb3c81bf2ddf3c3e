//! The collector is away while a page tracks; the next page delivers it all.

use caisse_e2e::{Browser, Shop, Site};

const EVENTS: u64 = 30;

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
