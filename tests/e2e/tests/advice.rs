//! Who listens to problems hears the core's and the advisor's, from the page that comes before too.

use caisse_e2e::{Browser, Shop, Site};

const TRACKER: &str = "window.heard = [];
window.tracker = createTracker({ site: 'advised', destination: { kind: 'collector', url: '/hits' }, consent: 'granted' });
tracker.on('dropped', ({ reason }) => heard.push(reason));
tracker.on('invalid', ({ problems }) =>
  heard.push(...problems.map(({ code, place, suggestion }) => [code, place, suggestion].filter(Boolean).join(' '))));";

#[tokio::test]
async fn advice_comes_with_the_problems() {
    let (shop, site, browser) = (Shop::open().await, Site::open().await, Browser::chromium().await);
    site.pass_on_to(&shop);
    for (track, expected) in [
        (
            "track('begin_checkout', { currency: 'EUR', items: [{ item_id: 'A', price: '6.40', quantity: 1 }] })",
            vec!["alias begin_checkout scCheckout", "alias items.0.item_id id", "alias items.0.price unitPrice"],
        ),
        (
            "track('purchase', { orderId: 'R1', currency: 'TRY', revenue: 26, products: [{ id: 'A', quantity: 2, unitPrice: '12.80' }] })",
            vec!["unlisted_currency currency", "revenue_mismatch revenue", "mixed_currency currency", "unit_price_total products.0"],
        ),
        ("track('purchase', { orderId: 'R1' })", vec!["duplicate_purchase"]),
    ] {
        browser.visit(site.url("/")).await;
        browser.run(format!("{TRACKER} tracker.{track}")).await;
        browser.until(&format!("heard.length >= {}", expected.len())).await;
        assert_eq!(browser.run("return heard").await, serde_json::json!(expected), "{track}");
        browser.run("await tracker.flush()").await;
    }
    let report = shop.until("", |report| report.metric("orders") == 1 && report.balances()).await;
    assert_eq!((report.metric("checkouts"), report.accounting("counted")), (1, 2), "{report:?}");
    assert_eq!(browser.run("return errors").await, serde_json::json!([]));
}
