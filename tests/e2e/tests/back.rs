//! The back button shows the page as it was: the tracker does not cost a page its place in the back/forward cache.

use caisse_e2e::{Browser, Engine, Page, Shop, Site};

const SCRIPT: &str = "addEventListener('pageshow', ({ persisted }) => (window.persisted = persisted));
window.tracker = createTracker({ site: 'back', destination: { kind: 'collector', url: '/hits' }, consent: 'granted' });
tracker.track('scCheckout', { checkoutId: 'k1' });";

#[tokio::test]
async fn a_page_comes_back_as_it_was_and_goes_on_tracking_in_chromium() {
    check(Engine::Chromium).await;
}

#[tokio::test]
async fn a_page_comes_back_as_it_was_and_goes_on_tracking_in_firefox() {
    check(Engine::Firefox).await;
}

#[tokio::test]
async fn a_page_comes_back_as_it_was_and_goes_on_tracking_in_webkit() {
    check(Engine::Webkit).await;
}

async fn check(engine: Engine) {
    let (shop, site, browser) = (Shop::open().await, Site::open().await, Browser::of(engine).await);
    site.pass_on_to(&shop);
    site.put("/", Page::of(SCRIPT));
    site.put("/away", Page::of(""));
    browser.visit(site.url("/")).await;
    shop.until("", |report| report.metric("checkouts") == 1).await;
    let add = "window.mark = 1; tracker.track('scAdd', { products: [{ id: 'RV-1' }] })";
    if engine == Engine::Firefox {
        // A request that was under way when Firefox kept the page never ends for the page, not even by its deadline.
        browser.run(format!("{add}; await tracker.flush()")).await;
        browser.run("location.href = '/away'").await;
    } else {
        // Leaves with one under way.
        browser.run(format!("{add}; location.href = '/away'")).await;
    }
    browser.until("window.loaded && location.pathname === '/away'").await;
    browser.run("history.back()").await;
    browser.until("location.pathname === '/' && window.loaded").await;
    assert_eq!(browser.run("return [window.mark, window.persisted]").await, serde_json::json!([1, true]));
    browser.run("tracker.track('scCheckout', { checkoutId: 'k2' })").await;
    let report = shop.until("", |report| report.metric("checkouts") == 2 && report.metric("cartAdditions") == 1 && report.balances()).await;
    assert_eq!(report.accounting("counted"), 3, "{report:?}");
    assert_eq!(browser.run("return errors").await, serde_json::json!([]));
}
