//! A wasm that is not the one its script was built with does not run; what happens on the page is counted all the same.

use caisse_e2e::{Browser, Engine, Mirror, Shop};

async fn check(engine: Engine) {
    let shop = Shop::open().await;
    let (mirror, browser) = (Mirror::of(&shop, "", "").await, Browser::of(engine).await);
    let ask = "const { createTracker } = await import('/caisse/index.js');
        const tracker = createTracker({ site: 'tampered', destination: { kind: 'collector', url: '/hits' }, consent: 'granted' });
        tracker.track('scCheckout', { checkoutId: 'k' + Math.random() });
        const { engine, reason } = await tracker.ready;
        return engine + ' ' + (reason ?? '')";
    browser.open(mirror.url("/help")).await;
    assert_eq!(browser.run(ask).await, "wasm ");
    shop.until("?site=tampered", |report| report.metric("checkouts") == 1).await;
    // Nothing of the first page is in the second's cache: its addresses are another mirror's.
    let mirror = Mirror::of(&shop, "", "").await;
    mirror.tamper();
    browser.open(mirror.url("/help")).await;
    assert_eq!(browser.run(ask).await, "raw unreachable");
    let report = shop.until("?site=tampered", |report| report.metric("checkouts") == 2).await;
    assert!(report.balances(), "{report:?}");
    assert!(mirror.sent().iter().all(|(address, _)| address.ends_with("/v1/raw")), "{:?}", mirror.sent());
}

#[tokio::test]
async fn wasm_is_not_run_in_chromium() {
    check(Engine::Chromium).await;
}

#[tokio::test]
async fn wasm_is_not_run_in_firefox() {
    check(Engine::Firefox).await;
}
