//! A page of another origin sends to the shop's collector, if the collector was told to let it.

use caisse_e2e::{Browser, Shop, Site};

async fn send(browser: &Browser, site: &Site, shop: &Shop) {
    browser.visit(site.url("/")).await;
    let hits = shop.url("/hits");
    let track = format!(
        "window.tracker = createTracker({{ site: 'foreign', destination: {{ kind: 'collector', url: '{hits}' }}, consent: 'granted' }});
        tracker.page();
        for (let i = 0; i < 3; i++) tracker.track('scCheckout', {{ checkoutId: 'k' + i }});
        window.flushed = await tracker.flush({{ timeoutMs: 3000 }});"
    );
    browser.run(track).await;
}

#[tokio::test]
async fn a_page_that_is_allowed_agrees_with_the_report() {
    let (site, browser) = (Site::open().await, Browser::chromium().await);
    let shop = Shop::open_to(&[site.origin()]).await;
    send(&browser, &site, &shop).await;
    let report = shop.until("", |report| report.metric("checkouts") == 3 && report.metric("pageViews") == 1).await;
    browser.until("tracker.stats().destinations[0].waiting === 0").await;
    let stats = browser.run("return tracker.stats().destinations[0]").await;
    assert_eq!(stats["tracked"], 4, "{stats}");
    assert_eq!(stats["acknowledged"], report.accounting("counted"), "{stats} {report:?}");
    assert_eq!(stats["dropped"], serde_json::json!({}), "{stats}");
    assert!(report.balances(), "{report:?}");
    assert_eq!(browser.run("return errors").await, serde_json::json!([]));
    assert_eq!(browser.complaints().await, [""; 0]);
    assert_eq!(site.hits_requests(), 0);
}

#[tokio::test]
async fn a_page_that_is_not_allowed_waits_and_is_unharmed() {
    let (site, browser) = (Site::open().await, Browser::chromium().await);
    let shop = Shop::open_to(&["http://127.0.0.1:1"]).await;
    send(&browser, &site, &shop).await;
    let stats = browser.run("return tracker.stats().destinations[0]").await;
    assert_eq!((&stats["tracked"], &stats["waiting"]), (&4.into(), &4.into()), "{stats}");
    assert!(stats["bytes"].as_u64() > Some(0), "it has tried: {stats}");
    let report = shop.report("").await;
    assert_eq!((report.accounting("received"), report.metric("checkouts")), (0, 0), "{report:?}");
    assert_eq!(browser.run("return errors").await, serde_json::json!([]));
}
