//! A visitor buys something, and the report says so once.

use caisse_e2e::{Browser, Report, Shop};

/// Two packs of bolts at 6.40 each.
const PRODUCT: &str = "RV-0860-A2";

#[tokio::test]
async fn an_order_is_counted_once_in_chromium() {
    let browser = Browser::chromium().await;
    check(&browser).await;
    assert_eq!(browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn an_order_is_counted_once_in_firefox() {
    check(&Browser::firefox().await).await;
}

async fn check(browser: &Browser) {
    let shop = Shop::open().await;
    buy(&shop, browser).await;
    let bought = shop.until("", |report| report.metric("orders") == 1 && report.balances()).await;
    expect(&bought);
    let number = browser.text("order-number").await;
    let seen = bought.metric("pageViews");
    browser.reload().await;
    assert_eq!(browser.text("order-number").await, number);
    expect(&shop.until("", |report| report.metric("pageViews") == seen + 1 && report.balances()).await);
}

async fn buy(shop: &Shop, browser: &Browser) {
    browser.open(shop.url(&format!("/p/{PRODUCT}"))).await;
    browser.fill("quantity", "2").await;
    browser.click("add").await;
    browser.click("checkout").await;
    for (id, text) in [
        ("email", "camille@example.fr"),
        ("name", "Camille Martin"),
        ("street", "17 rue de la Forge"),
        ("postcode", "69001"),
        ("city", "Lyon"),
    ] {
        browser.fill(id, text).await;
    }
    browser.click("continue").await;
    // The invoice goes where the goods go: nothing to fill in, but wait for the page.
    browser.until("document.getElementById('same')?.checked").await;
    browser.click("continue").await;
    for (id, text) in [("cc-name", "Camille Martin"), ("cc-number", "4242424242424242"), ("cc-exp", "12 / 39"), ("cc-csc", "123")] {
        browser.fill(id, text).await;
    }
    browser.click("continue").await;
    browser.text("order-number").await;
}

#[track_caller]
fn expect(report: &Report) {
    for (figure, count) in [
        ("productViews", 1),
        ("carts", 1),
        ("cartAdditions", 1),
        ("cartRemovals", 0),
        ("cartViews", 1),
        ("checkouts", 1),
        ("orders", 1),
        ("units", 2),
        ("visits", 1),
        ("visitors", 1),
    ] {
        assert_eq!(report.metric(figure), count, "{figure} of {report:?}");
    }
    assert_eq!(report.revenue("EUR"), "12.80", "{report:?}");
    assert!(!report.fallout().is_empty() && report.fallout().iter().all(|(_, visits)| *visits == 1), "{report:?}");
}
