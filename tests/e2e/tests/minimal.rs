//! The smallest page there is: a button, an event, a figure.

use caisse_e2e::{Browser, Shop};

#[tokio::test]
async fn a_click_moves_the_checkouts_figure() {
    let (shop, browser) = (Shop::open().await, Browser::chromium().await);
    browser.open(shop.url("/minimal/")).await;
    browser.click("checkout").await;
    let report = shop.until("", |report| report.metric("checkouts") == 1).await;
    assert!(report.balances(), "{report:?}");
    // A second tracker of the same site is the first.
    let again = "const { createTracker } = await import('/caisse/index.js');
        return (await createTracker({ site: 'minimal', destination: { kind: 'collector', url: '/hits' } }).ready).engine";
    assert_eq!(browser.run(again).await, "wasm");
    assert_eq!(browser.complaints().await, [""; 0]);
}
