//! Pages whose scripts were there first and have changed what a browser has: the page goes on, nothing of ours is thrown at it, and what happened
//! is counted: by this page where a way out is left, or else by the next one.

use caisse_e2e::{Browser, Engine, Page, Shop, Site};
use serde_json::Value;

/// What becomes of the hit on the changed page itself.
#[derive(Clone, Copy, PartialEq)]
enum Sent {
    /// It is delivered, and its bytes are those of a page that nobody changed.
    Same,
    /// The page has no way out: the next page of the site delivers it.
    Later,
}

use Sent::{Later, Same};

const PRELOADS: [(&str, Sent, &str); 17] = [
    ("fetch throws", Later, "window.fetch = () => { throw new Error('mine') }"),
    ("fetch answers nothing", Later, "window.fetch = () => undefined"),
    ("fetch answers an object", Later, "window.fetch = async () => ({ mine: true })"),
    ("fetch fails with a text", Later, "window.fetch = () => Promise.reject('mine')"),
    (
        "fetch is wrapped",
        Same,
        "const own = window.fetch; window.fetch = function (...passed) { return own.apply(this, passed).then((answer) => answer) }",
    ),
    (
        "arrays are patched",
        Same,
        "Array.prototype.push = function (...more) { for (const one of more) this[this.length] = one; return this.length };
        Array.prototype.toJSON = () => 'mine'; Array.prototype.last = () => 'mine';
        window.undo = () => { delete Array.prototype.toJSON }",
    ),
    (
        "objects are patched",
        Same,
        "Object.prototype.mine = 'mine'; Object.prototype.toJSON = () => 'mine';
        window.undo = () => { delete Object.prototype.mine; delete Object.prototype.toJSON }",
    ),
    (
        "texts are patched",
        Same,
        "String.prototype.toJSON = () => 'mine'; Number.prototype.toJSON = () => 'mine';
        window.undo = () => { delete String.prototype.toJSON; delete Number.prototype.toJSON }",
    ),
    (
        "JSON is patched",
        Same,
        "const own = JSON.stringify; JSON.stringify = (value, ...more) => own(value === undefined ? null : value, ...more).replace('k1', 'mine')",
    ),
    (
        "promises are patched",
        Same,
        "const own = Promise.prototype.then; Promise.prototype.then = function (...passed) { return own.apply(this, passed) }",
    ),
    ("microtasks are wrapped", Same, "const own = window.queueMicrotask; window.queueMicrotask = (run) => own(() => run())"),
    ("microtasks are gone", Same, "delete window.queueMicrotask"),
    ("timers are late", Same, "const own = window.setTimeout; window.setTimeout = (run, ms, ...more) => own(run, (ms ?? 0) + 50, ...more)"),
    ("no TextEncoder", Later, "delete window.TextEncoder; delete window.TextDecoder"),
    (
        "no BroadcastChannel, locks, idle time",
        Same,
        "delete window.BroadcastChannel; delete window.requestIdleCallback; delete Navigator.prototype.locks",
    ),
    (
        "intrinsics are frozen",
        Same,
        "for (const one of [Object, Array, Function, Promise, String, Number, RegExp, Map, Set, Error, JSON, Math, Reflect])
        { Object.freeze(one); if (one.prototype) Object.freeze(one.prototype) }",
    ),
    (
        "names of the language are data",
        Same,
        "Object.defineProperty(Object.prototype, 'constructor', { ...Object.getOwnPropertyDescriptor(Object.prototype, 'constructor') })",
    ),
];

const START: &str = "window.tracker = createTracker({ site: 'changed', destination: { kind: 'collector', url: '/hits' }, consent: 'granted', currency: 'EUR' });";
const TRACK: &str = "tracker.track('scCheckout', { checkoutId: 'k1', eVar1: 'gold', list1: ['a', 'b'], contextData: { note: 'x' },
    products: [{ id: 'RV-0860-A2', category: 'bolts', quantity: 2, unitPrice: '6.40' }] }); const receipt = tracker.track('scView');";
const WAIT: &str = "const receipt = tracker.track('listView');";

/// A page that is changed first, and changed back when it is through: the driver of the browser uses what a page has as well.
fn page(preload: &str, script: &str) -> Page {
    Page::with_markup(&format!(
        "<script nonce=n>{{ {preload} }}</script><script type=module nonce=n>try {{
        const {{ createTracker }} = await import('/caisse/index.js');
        {script}
        await tracker.flush({{ timeoutMs: 3000 }});
        window.settled = (await receipt.settled).status;
        }} catch (error) {{ errors.push('caught: ' + error) }}
        window.undo?.();\nwindow.loaded = true;</script>"
    ))
}

/// The hits that were posted, without what differs from page to page.
fn hits(site: &Site) -> Vec<Value> {
    let beacons = site.seen().into_iter().filter(|seen| seen.path == "/hits/v1/batch");
    let beacons = beacons.filter_map(|seen| serde_json::from_slice::<Value>(&seen.body).ok());
    let mut hits: Vec<Value> = beacons
        .flat_map(|beacon| beacon["groups"].as_array().cloned().unwrap_or_default())
        .flat_map(|group| group["hits"].as_array().cloned().unwrap_or_default())
        .collect();
    for hit in &mut hits {
        hit["t"] = Value::Null;
    }
    hits.dedup();
    hits
}

async fn check(engine: Engine) {
    let browser = Browser::of(engine).await;
    let (shop, site) = (Shop::open().await, Site::open().await);
    site.pass_on_to(&shop);
    site.put("/", page("", &[START, TRACK].concat()));
    browser.visit(site.url("/")).await;
    shop.until("", |report| report.metric("checkouts") == 1).await;
    let clean = hits(&site);
    assert!(clean.first().is_some_and(|hit| hit["ck"] == "k1"), "{clean:?}");
    let mut wrong = Vec::new();
    for (name, sent, preload) in PRELOADS {
        // An origin and a collector of its own: nothing of one is left for the next.
        let (shop, site) = (Shop::open().await, Site::open().await);
        site.pass_on_to(&shop);
        site.put("/", page(preload, &[START, TRACK].concat()));
        site.put("/next", page("", &[START, WAIT].concat()));
        browser.visit(site.url("/")).await;
        let settled = browser.run("return window.settled ?? ''").await;
        if !["durable", "memory"].iter().any(|good| settled == *good) {
            wrong.push(format!("{name}: settled {settled}"));
        }
        let here = shop.report("").await.metric("checkouts");
        if sent == Same && (here != 1 || hits(&site).first() != clean.first()) {
            wrong.push(format!("{name}: {here} delivered by the page itself, {:?}", hits(&site).first()));
        }
        let errors = browser.run("return errors").await;
        if errors != serde_json::json!([]) {
            wrong.push(format!("{name}: {errors}"));
        }
        browser.visit(site.url("/next")).await;
        let mut report = shop.report("").await;
        for _ in 0..100 {
            if report.metric("checkouts") == 1 && report.balances() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            report = shop.report("").await;
        }
        if report.metric("checkouts") != 1 || !report.balances() {
            wrong.push(format!("{name}: {report:?}"));
        }
    }
    assert_eq!(wrong, [""; 0], "{}", wrong.join("\n"));
}

#[tokio::test]
async fn changed_pages_deliver_in_chromium() {
    check(Engine::Chromium).await;
}

#[tokio::test]
async fn changed_pages_deliver_in_firefox() {
    check(Engine::Firefox).await;
}
