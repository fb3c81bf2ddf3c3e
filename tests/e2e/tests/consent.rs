//! Nothing is kept and nothing leaves before the visitor agrees, and nothing stays when the visitor withdraws.

use caisse_e2e::{Browser, Shop, Site};

const PENDING: &str = "window.tracker = createTracker({ site: 'asked', destination: { kind: 'collector', url: '/hits' } });
tracker.page();
tracker.track('scCheckout', { checkoutId: 'k1' });
window.last = tracker.track('scCheckout', { checkoutId: 'k2' });";

const TRACES: &str = "return {
  keys: Object.keys(localStorage).concat(Object.keys(sessionStorage)).filter((key) => key.includes('caisse')),
  databases: (await indexedDB.databases()).map(({ name }) => name).filter((name) => name.includes('caisse')),
  cookies: document.cookie,
}";

fn none() -> serde_json::Value {
    serde_json::json!({ "keys": [], "databases": [], "cookies": "" })
}

async fn open() -> (Shop, Site, Browser) {
    let (shop, site, browser) = (Shop::open().await, Site::open().await, Browser::chromium().await);
    site.pass_on_to(&shop);
    browser.visit(site.url("/")).await;
    browser.run(PENDING).await;
    (shop, site, browser)
}

#[tokio::test]
async fn pending_keeps_and_sends_nothing_until_it_is_granted() {
    let (shop, site, browser) = open().await;
    // A receipt settles when there has been ample time to do the wrong thing, and a flush asks for it.
    let settled = browser.run("const { status } = await last.settled; await tracker.flush({ timeoutMs: 200 }); return status").await;
    assert_eq!(settled, "held");
    assert_eq!(browser.run("return tracker.stats().held").await, 3);
    assert_eq!(browser.run(TRACES).await, none());
    assert_eq!(site.hits_requests(), 0);

    // The hits happened before this moment, and that is when the report has to have them.
    let between = browser.run("const now = new Date(Date.now() - 800).toISOString(); tracker.consent.set('granted'); return now").await;
    let before = format!("?to={}", between.as_str().unwrap_or_default());
    shop.until("", |report| report.metric("checkouts") == 2 && report.metric("pageViews") == 1).await;
    let report = shop.report(&before).await;
    assert_eq!((report.metric("checkouts"), report.metric("pageViews")), (2, 1), "{report:?}");
    assert!(shop.report("").await.balances());
    assert_eq!(browser.run("return errors").await, serde_json::json!([]));
}

#[tokio::test]
async fn denied_purges_and_stays_silent() {
    let (shop, site, browser) = open().await;
    browser.run("tracker.consent.set('granted'); await tracker.flush()").await;
    shop.until("", |report| report.metric("checkouts") == 2).await;
    assert_ne!(browser.run(TRACES).await, none(), "with consent there is a store");
    // One more that is stored at most, then withdrawn in the same task.
    let requests = site.hits_requests();
    browser.run("tracker.track('scAdd', { products: [{ id: 'RV-1' }] }); tracker.consent.set('denied')").await;
    browser.until("!Object.keys(localStorage).some((key) => key.includes('caisse')) && !(await indexedDB.databases()).length").await;
    assert_eq!(browser.run(TRACES).await, none());
    let settled = browser.run("return (await tracker.track('scCheckout', { checkoutId: 'k3' }).settled)").await;
    assert_eq!((&settled["status"], &settled["reason"]), (&"dropped".into(), &"denied".into()), "{settled}");
    browser.run("await tracker.flush({ timeoutMs: 500 })").await;
    assert_eq!(site.hits_requests(), requests, "nothing leaves after that");
    assert_eq!(browser.run(TRACES).await, none(), "nothing comes back");
    let report = shop.report("").await;
    assert_eq!((report.metric("checkouts"), report.metric("cartAdditions")), (2, 0), "{report:?}");
    assert_eq!(browser.run("return errors").await, serde_json::json!([]));
}

#[tokio::test]
async fn a_denied_answer_forgets_what_was_held() {
    let (shop, site, browser) = open().await;
    let settled = browser.run("tracker.consent.set('denied'); return (await last.settled).reason").await;
    assert_eq!(settled, "denied");
    browser.run("await tracker.flush({ timeoutMs: 200 })").await;
    assert_eq!(browser.run(TRACES).await, none());
    assert_eq!(site.hits_requests(), 0);
    assert_eq!(shop.report("").await.accounting("received"), 0);
}
