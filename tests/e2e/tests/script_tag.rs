//! The lines that the README gives to tag managers, as they stand there.

use caisse_e2e::{Browser, Page, Shop, Site};

const README: &str = include_str!("../../../README.md");

#[tokio::test]
async fn the_readmes_lines_count_without_a_module() {
    let (shop, site, browser) = (Shop::open().await, Site::open().await, Browser::chromium().await);
    site.pass_on_to(&shop);
    let from = README.find("<script>window.caisse").expect("the stub");
    let stub = README[from..].split("```").next().expect("its end");
    site.put("/", Page::with_markup(stub));
    browser.visit(site.url("/")).await;
    // Calls before and after the file arrived.
    browser.run("caisse('track', 'scCheckout', { checkoutId: 'k1' })").await;
    browser.until("!caisse.q").await;
    browser.run("caisse('track', 'scCheckout', { checkoutId: 'k2' })").await;
    let report = shop.until("", |report| report.metric("checkouts") == 2 && report.metric("cartViews") == 1).await;
    assert!(report.balances(), "{report:?}");
    assert_eq!(browser.run("return caisse('stats').destinations[0].tracked").await, 3);
    assert_eq!(browser.run("return errors").await, serde_json::json!([]));
    assert_eq!(browser.complaints().await, [""; 0]);
}
