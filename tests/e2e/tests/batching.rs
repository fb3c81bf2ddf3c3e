//! Many events are few requests, and few bytes.

use caisse_e2e::{Browser, Shop, Site};

const REQUESTS_MAX: usize = 6;
/// Of each event in the bodies of a burst: large batches but the first are compressed.
const BYTES_MAX: u64 = 200;

#[tokio::test]
async fn a_hundred_events_of_one_task_are_few_requests() {
    let (shop, site, browser) = (Shop::open().await, Site::open().await, Browser::chromium().await);
    site.pass_on_to(&shop);
    browser.visit(site.url("/")).await;
    let burst = "window.tracker = createTracker({ site: 'burst', destination: { kind: 'collector', url: '/hits' }, consent: 'granted', currency: 'EUR' });
        for (let i = 0; i < 100; i++) tracker.track('scAdd', {
            cartId: 'c' + i, products: [{ id: 'RV-' + i, name: 'Hex bolt ' + i, category: 'bolts', quantity: 1 + i % 3, unitPrice: '6.40' }],
        });";
    browser.run(burst).await;
    let report = shop.until("", |report| report.metric("cartAdditions") == 100).await;
    assert_eq!(report.accounting("received"), 100, "{report:?}");
    assert!(report.balances(), "{report:?}");
    let entries =
        "return performance.getEntriesByType('resource').filter(({ name }) => new URL(name).pathname.startsWith('/hits/')).length";
    let timed = browser.run(entries).await.as_u64();
    assert_eq!(timed, Some(site.hits_requests() as u64), "what the page sees is what arrives");
    assert!(site.hits_requests() <= REQUESTS_MAX, "{} requests", site.hits_requests());
    let bytes = browser.run("return tracker.stats().destinations[0].bytes").await.as_u64().expect("bytes");
    assert!(bytes <= 100 * BYTES_MAX, "{bytes} bytes");
    println!("100 events: {} requests, {bytes} bytes", site.hits_requests());
}
