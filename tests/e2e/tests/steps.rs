//! `tracker.checkout`: the funnel without the element, in pages that have nothing else of it; and the element that finds its tracker by itself.

use caisse_e2e::{Browser, Engine, Page, Shop, Site};
use serde_json::json;

/// A page of a checkout: its step is its path.
const PAGE: &str = "import { createTracker } from '/caisse/index.js';
window.told = [];
const beforeSend = (call) => { told.push([call.name, call.data.step, call.data.via].filter(Boolean).join(' ')); return call; };
window.tracker = createTracker({ site: 'steps', destination: { kind: 'collector', url: '/hits' }, consent: 'granted', beforeSend });
tracker.checkout.enter(location.pathname.slice(1), { checkoutId: 'k7', checkoutStep: 'delivery' });
window.loaded = true;";

async fn step(site: &Site, browser: &Browser, path: &str, count: usize) -> serde_json::Value {
    if path.is_empty() {
        browser.reload().await;
        browser.until("window.loaded").await;
    } else {
        browser.visit(site.url(path)).await;
    }
    browser.until(format!("told.length >= {count}")).await;
    browser.run("await tracker.flush(); return told").await
}

async fn journey(engine: Engine) {
    let (shop, site, browser) = (Shop::open().await, Site::open().await, Browser::of(engine).await);
    site.pass_on_to(&shop);
    for path in ["/cart", "/delivery", "/payment", "/done"] {
        site.put(
            path,
            Page::with_markup(&format!("<form action=/payment><button id=go>Go</button></form><script type=module>{PAGE}</script>")),
        );
    }
    assert_eq!(step(&site, &browser, "/cart", 1).await, json!(["checkoutStepView cart"]));
    let first = ["checkoutResume cart", "checkoutStepComplete cart script", "scCheckout", "checkoutStepView delivery"];
    assert_eq!(step(&site, &browser, "/delivery", 4).await, json!(first));
    assert_eq!(step(&site, &browser, "", 2).await, json!(["checkoutResume delivery", "checkoutStepView delivery"]));
    browser.run("tracker.checkout.error('postcode', 'patternMismatch'); tracker.checkout.skip('billing', 'same')").await;
    browser.until("told.length >= 4").await;
    assert_eq!(browser.run("return told.slice(2)").await, json!(["checkoutFieldError delivery", "checkoutStepSkip billing"]));
    // A form leads on: that is no leave.
    browser.click("go").await;
    browser.until("location.pathname === '/payment' && window.told?.length >= 2").await;
    assert_eq!(
        browser.run("await tracker.flush(); return told").await,
        json!(["checkoutStepComplete delivery form", "checkoutStepView payment"])
    );
    step(&site, &browser, "/done", 3).await;
    assert_eq!(browser.run("return errors").await, json!([]));
    let report = shop.until("", |report| report.metric("checkouts") == 1 && report.balances()).await;
    assert_eq!((report.metric("checkouts"), report.metric("orders")), (1, 0), "{report:?}");
}

#[tokio::test]
async fn a_checkout_without_the_element_is_told_in_chromium() {
    journey(Engine::Chromium).await;
}

#[tokio::test]
async fn a_checkout_without_the_element_is_told_in_firefox() {
    journey(Engine::Firefox).await;
}

#[tokio::test]
async fn the_element_takes_the_first_tracker_unless_it_is_given_another() {
    let (site, browser) = (Site::open().await, Browser::chromium().await);
    let element = |id: &str| {
        format!(
            "<checkout-progress id={id} current=delivery><ol><li data-step=delivery>Delivery</li><li data-step=done>Done</li></ol></checkout-progress>"
        )
    };
    let script = "await import('/caisse/checkout-progress-define.js'); const { createTracker } = await import('/caisse/index.js');
        const make = (site) => createTracker({ site, destination: { kind: 'collector', url: '/nowhere' }, consent: 'granted' });
        window.names = { first: [], second: [], other: [] };
        window.make = (site) => { const tracker = make(site); const { track } = tracker; tracker.track = (name, data) => { names[site].push(name); return track(name, data); }; return tracker; };
        window.settled = () => new Promise((done) => setTimeout(done, 400)); window.loaded = true;";
    site.put("/", Page::with_markup(&format!("{}<script type=module>{script}</script>", element("one"))));
    browser.visit(site.url("/")).await;
    // There is none yet: what happened waits.
    browser.run("await settled(); window.first = make('first'); make('second'); one.variant = 'a'; await settled()").await;
    assert_eq!(browser.run("return names").await, json!({ "first": ["scCheckout", "checkoutStepView"], "second": [], "other": [] }));
    // One that was destroyed is none.
    browser.run("first.destroy(); one.current = 'done'; await settled()").await;
    assert_eq!(browser.run("return names.second").await, json!(["checkoutStepComplete", "checkoutStepView"]));
    browser.run("one.tracker = make('other'); one.reset(); one.current = 'delivery'; await settled()").await;
    assert_eq!(browser.run("return [names.second.length, names.other]").await, json!([2, ["scCheckout", "checkoutStepView"]]));
    let globals = "return Object.getOwnPropertyNames(window).concat(Object.getOwnPropertySymbols(window)).filter((name) => /caisse/i.test(String(name)))";
    assert_eq!(browser.run(globals).await, json!([]), "the package has no global name");
    assert_eq!(browser.run("return errors").await, json!([]));
}
