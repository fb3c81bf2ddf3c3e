//! Pages that are no usual ones: frames without an origin, two copies of the package, documents that are written anew, storms of calls. Nothing of
//! ours is thrown at them, and what happened is counted once, or its loss is.

use caisse_e2e::{Browser, Engine, Page, Shop, Site};
use serde_json::json;

async fn open(engine: Engine) -> (Shop, Site, Browser) {
    let (shop, site, browser) = (Shop::open().await, Site::open().await, Browser::of(engine).await);
    site.pass_on_to(&shop);
    (shop, site, browser)
}

async fn no_harm(browser: &Browser) {
    assert_eq!(browser.run("return errors").await, json!([]));
}

/// A frame that may run scripts and has no origin: it can neither store nor be told that its hits arrived, and can send them.
async fn frame(engine: Engine) {
    let (shop, site, browser) = open(engine).await;
    let origin = site.origin();
    let inside = format!(
        "<script>window.errors = []; onerror = (text) => errors.push(text); onunhandledrejection = (event) => errors.push(String(event.reason));
        window.caisse = function () {{ (caisse.q = caisse.q || []).push(arguments) }};
        caisse('create', {{ site: 'framed', destination: {{ kind: 'collector', url: '{origin}/hits' }}, consent: 'granted' }});
        caisse('track', 'scCheckout', {{ checkoutId: 'k1' }});
        setTimeout(() => parent.postMessage({{ errors, origin: self.origin }}, '*'), 2500)</script>
        <script src='{origin}/caisse/caisse.global.js'></script>"
    );
    let markup = format!(
        "<script nonce=n>addEventListener('message', ({{ data }}) => window.framed = data)</script>
        <iframe sandbox=allow-scripts srcdoc=\"{}\"></iframe>",
        inside.replace('"', "&quot;")
    );
    site.put("/frame", Page::with_markup(&markup));
    browser.visit(site.url("/frame")).await;
    let report = shop.until("?site=framed", |report| report.metric("checkouts") == 1).await;
    assert!(report.balances(), "{report:?}");
    browser.until("window.framed").await;
    assert_eq!(browser.run("return framed").await, json!({ "errors": [], "origin": "null" }));
    let kept = "return [Object.keys(localStorage).filter((key) => key.includes('caisse')), document.cookie]";
    assert_eq!(browser.run(kept).await, json!([[], ""]));
    no_harm(&browser).await;
}

/// Two copies of the package on a page do not know each other: each has a stream, and an order that both report is one.
async fn copies(engine: Engine) {
    let (shop, site, browser) = open(engine).await;
    browser.visit(site.url("/")).await;
    let script = "const trackers = await Promise.all(['/caisse/index.js', '/caisse/index.js?second'].map(async (file) =>
            (await import(file)).createTracker({ site: 'twice', destination: { kind: 'collector', url: '/hits' }, consent: 'granted', currency: 'EUR' })));
        const ids = trackers.map((tracker, index) => {
            tracker.track('scCheckout', { checkoutId: 'k' + index });
            return tracker.track('purchase', { orderId: 'R1', products: [{ id: 'RV-1', lineTotal: '2.00' }] }).id;
        });
        await Promise.all(trackers.map((tracker) => tracker.flush()));
        return [trackers[0] === trackers[1], ids[0].slice(0, 32) === ids[1].slice(0, 32), ids.map((id) => id.slice(32)),
            trackers.map((tracker) => tracker.stats().destinations[0].waiting)]";
    assert_eq!(browser.run(script).await, json!([false, false, ["-1", "-1"], [0, 0]]));
    let report = shop.until("?site=twice", |report| report.metric("checkouts") == 2 && report.metric("orders") == 1).await;
    assert!(report.balances(), "{report:?}");
    assert_eq!(report.accounting("unexplained"), 0, "{report:?}");
    no_harm(&browser).await;
}

/// A page that writes its document anew loses its listeners, not its tracker; a storm of calls is counted, call by call, or as an overflow.
async fn storm(engine: Engine) {
    let (shop, site, browser) = open(engine).await;
    browser.visit(site.url("/")).await;
    let script = "const tracker = (window.tracker = createTracker({ site: 'storm', destination: { kind: 'collector', url: '/hits' }, consent: 'granted' }));
        await tracker.ready;
        document.open(); document.write('<!doctype html><title>Anew</title><p>A page.'); document.close();
        for (let second = 0; second < 2; second++) {
            for (let route = 0; route < 1500; route++) { history.replaceState(null, '', '/route/' + route); tracker.page({ pageName: 'r' + route }); }
            await new Promise((done) => setTimeout(done, 100));
        }
        void tracker.flush();";
    let count = "const [{ tracked, acknowledged, waiting, dropped }] = tracker.stats().destinations;
        return [tracked, waiting, acknowledged + Object.values(dropped).reduce((sum, count) => sum + count, 0), Object.keys(dropped)]";
    // Some browsers allow a page only so many changes of its address in some seconds, and throw at the page for more.
    let script = script.replace(
        "history.replaceState(null, '', '/route/' + route);",
        "try { history.replaceState(null, '', '/route/' + route) } catch {}",
    );
    browser.run(script).await;
    browser.until("tracker.stats().destinations[0].waiting === 0").await;
    let counted = browser.run(count).await;
    assert_eq!((&counted[0], &counted[1], &counted[2]), (&json!(3000), &json!(0), &json!(3000)), "{counted}");
    assert!(counted[3] == json!([]) || counted[3] == json!(["overflow"]), "{counted}");
    let report = shop.until("?site=storm", |report| report.balances() && report.metric("pageViews") >= 1000).await;
    assert_eq!(report.accounting("unexplained"), 0, "{report:?}");
    no_harm(&browser).await;
}

#[tokio::test]
async fn a_frame_without_origin_is_counted_in_chromium() {
    frame(Engine::Chromium).await;
}

#[tokio::test]
async fn a_frame_without_origin_is_counted_in_firefox() {
    frame(Engine::Firefox).await;
}

#[tokio::test]
async fn two_copies_count_once_in_chromium() {
    copies(Engine::Chromium).await;
}

#[tokio::test]
async fn two_copies_count_once_in_firefox() {
    copies(Engine::Firefox).await;
}

#[tokio::test]
async fn a_storm_is_accounted_for_in_chromium() {
    storm(Engine::Chromium).await;
}

#[tokio::test]
async fn a_storm_is_accounted_for_in_firefox() {
    storm(Engine::Firefox).await;
}
