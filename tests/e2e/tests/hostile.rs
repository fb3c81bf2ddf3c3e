//! Whatever a page passes to `track()`, it never throws, it says what was wrong, and what can be sent is sent.

use caisse_e2e::{Browser, Shop, Site};

/// Name and data of each call, as the page would write it.
const CALLS: [(&str, &str); 12] = [
    ("getter", "{ products: [{ id: 'RV-1' }], get eVar1() { throw new Error('mine') } }"),
    ("cycle", "(() => { const data = { products: [{ id: 'RV-1' }] }; data.contextData = { data }; return data })()"),
    ("bigint", "{ products: [{ id: 'RV-1' }], eVar1: 10n }"),
    ("surrogate", "{ products: [{ id: 'RV-1' }], eVar1: 'a\\ud800b' }"),
    ("megabyte", "{ products: [{ id: 'RV-1' }], eVar1: 'x'.repeat(1 << 20) }"),
    ("function", "{ products: [{ id: 'RV-1' }], eVar1: () => 1 }"),
    ("symbol", "{ products: [{ id: 'RV-1' }], eVar1: Symbol('a') }"),
    ("deep", "{ products: [{ id: 'RV-1' }], contextData: { a: { b: { c: { d: { e: 1 } } } } } }"),
    ("proxy", "{ products: [{ id: 'RV-1' }], contextData: new Proxy({}, { ownKeys() { throw new Error('mine') } }) }"),
    ("text", "'only a text'"),
    ("wide", "Object.fromEntries(Array.from({ length: 5000 }, (_, i) => ['field' + i, i]))"),
    ("nan", "{ products: [{ id: 'RV-1', quantity: NaN, unitPrice: Infinity }] }"),
];

/// A page with a tracker; its site has to live as long.
async fn open() -> (Shop, Site, Browser) {
    let (shop, site, browser) = (Shop::open().await, Site::open().await, Browser::chromium().await);
    site.pass_on_to(&shop);
    browser.visit(site.url("/")).await;
    browser
        .run("window.tracker = createTracker({ site: 'hostile', destination: { kind: 'collector', url: '/hits' }, consent: 'granted' });")
        .await;
    (shop, site, browser)
}

#[tokio::test]
async fn no_value_harms_the_page() {
    let (shop, _site, browser) = open().await;
    for (name, data) in CALLS {
        let settled = browser.run(format!("return await tracker.track('scAdd', {data}).settled")).await;
        assert!(settled["status"] == "durable" || settled["status"] == "memory", "{name}: {settled}");
        let problems = settled["problems"].as_array().map_or(0, Vec::len);
        assert!(problems > 0, "{name}: {settled}");
    }
    let all = CALLS.len() as u64;
    let report = shop.until("", |report| report.accounting("counted") == all).await;
    assert_eq!(report.metric("cartAdditions"), all, "{report:?}");
    assert!(report.balances(), "{report:?}");
    assert_eq!(browser.run("return errors").await, serde_json::json!([]));
    assert_eq!(browser.complaints().await, [""; 0]);
}

/// Names that are none.
const NAMES: [&str; 8] =
    ["undefined", "null", "{ toString() { throw new Error('mine') } }", "Symbol('a')", "12n", "''", "'x'.repeat(1 << 20)", "'sccheckout'"];

#[tokio::test]
async fn no_name_harms_the_page() {
    let (shop, _site, browser) = open().await;
    for name in NAMES {
        let settled = browser.run(format!("return await tracker.track({name}, null).settled")).await;
        let refused = settled["status"] == "dropped" && settled["reason"] == "invalid";
        assert!(refused || settled["problems"].as_array().is_some_and(|problems| !problems.is_empty()), "{name}: {settled}");
    }
    let misspelt = browser.run("return (await tracker.track('sccheckout').settled).problems.map(({ suggestion }) => suggestion)").await;
    assert_eq!(misspelt, serde_json::json!(["scCheckout"]));
    browser.run("tracker.track('scCheckout', { checkoutId: 'k1' })").await;
    let report = shop.until("", |report| report.metric("checkouts") == 1 && report.balances()).await;
    assert_eq!(report.metric("checkouts"), 1, "{report:?}");
    assert_eq!(browser.run("return errors").await, serde_json::json!([]));
    assert_eq!(browser.complaints().await, [""; 0]);
}
