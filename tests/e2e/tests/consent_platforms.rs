//! The feeds of consent on pages as consent platforms make them: with their stub before everything else, under a strict policy, in real
//! browsers. What they tell is told to whatever has a tracker's `consent.set`.

use caisse_e2e::{Browser, Engine, Page, Shop, Site};
use serde_json::json;

const POLICY: &str = "default-src 'none'; script-src 'nonce-n' 'strict-dynamic' 'wasm-unsafe-eval'; connect-src 'self'; img-src data:; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// A platform as TCF describes it: a stub that keeps calls until the rest of it is there.
const TCF: &str = "<script nonce=n>
window.platform = { queue: [], listeners: new Map(), data: { eventStatus: 'cmpuishown', gdprApplies: true, purpose: { consents: {} } } };
window.__tcfapi = (...call) => platform.queue.push(call);
window.arrive = () => {
  let next = 1;
  window.__tcfapi = (command, version, callback, id) => {
    if (command === 'addEventListener') {
      const listenerId = next++;
      platform.listeners.set(listenerId, callback);
      callback({ ...platform.data, listenerId }, true);
    } else if (command === 'removeEventListener') callback(platform.listeners.delete(id), true);
  };
  platform.queue.forEach((call) => window.__tcfapi(...call));
};
window.answer = (consents, eventStatus = 'useractioncomplete') => {
  platform.data = { eventStatus, gdprApplies: true, purpose: { consents } };
  for (const [listenerId, callback] of platform.listeners) callback({ ...platform.data, listenerId }, true);
};
</script>
<script type=module nonce=n>
import { followTcf } from '/caisse/consent-tcf.js';
window.told = [];
window.shared = [];
window.end = followTcf({ consent: { set: (state) => told.push(state) } });
followTcf({ consent: { set: (state) => shared.push(state) } }, { shares: true });
window.loaded = true;
</script>";

/// Google's snippet, with its default before the tags.
const GOOGLE: &str = "<script nonce=n>
window.dataLayer = window.dataLayer || [];
function gtag() { dataLayer.push(arguments); }
gtag('consent', 'default', { ad_storage: 'denied', ad_user_data: 'denied', ad_personalization: 'denied', analytics_storage: 'denied', wait_for_update: 60000 });
</script>
<script type=module nonce=n>
import { followGoogle } from '/caisse/consent-google.js';
window.told = [];
window.end = followGoogle({ consent: { set: (state) => told.push(state) } });
window.loaded = true;
</script>";

async fn open(markup: &str, engine: Engine) -> (Site, Browser) {
    let (site, browser) = (Site::open().await, Browser::of(engine).await);
    site.put("/", Page::with_markup(markup).with("content-security-policy", POLICY));
    browser.visit(site.url("/")).await;
    (site, browser)
}

async fn no_harm(browser: &Browser) {
    assert_eq!(browser.run("return [errors, window.violations ?? []]").await, json!([[], []]));
}

async fn tcf(engine: Engine) {
    let (_site, browser) = open(TCF, engine).await;
    assert_eq!(browser.run("return told").await, json!(["pending"]));
    // The dialog is shown, answered with half, opened again, answered with all, and with nothing.
    let all = "{ 1: true, 2: true, 3: true, 4: true, 7: true, 8: true }";
    let script = format!(
        "arrive(); answer({{ 1: true, 8: true }}); answer({{}}, 'cmpuishown'); answer({all}); answer({{ 1: true }}); return [told, shared]"
    );
    let expected = json!([["pending", "granted", "denied"], ["pending", "denied", "granted", "denied"]]);
    assert_eq!(browser.run(script).await, expected);
    assert_eq!(browser.run(format!("end(); answer({all}); return [told.length, platform.listeners.size]")).await, json!([3, 1]));
    no_harm(&browser).await;
}

async fn google(engine: Engine) {
    let (_site, browser) = open(GOOGLE, engine).await;
    assert_eq!(browser.run("return told").await, json!(["pending"]));
    let script = "gtag('js', new Date()); gtag('consent', 'update', { analytics_storage: 'granted' });
        gtag('consent', 'update', { ad_storage: 'granted', ad_user_data: 'granted', ad_personalization: 'granted' });
        gtag('consent', 'update', { analytics_storage: 'denied' });
        return [told.slice(1), dataLayer.length]";
    assert_eq!(browser.run(script).await, json!([["granted", "denied"], 5]));
    no_harm(&browser).await;
}

#[tokio::test]
async fn tcf_feeds_in_chromium() {
    tcf(Engine::Chromium).await;
}

#[tokio::test]
async fn tcf_feeds_in_firefox() {
    tcf(Engine::Firefox).await;
}

#[tokio::test]
async fn google_feeds_in_chromium() {
    google(Engine::Chromium).await;
}

#[tokio::test]
async fn google_feeds_in_firefox() {
    google(Engine::Firefox).await;
}

/// A real tracker keeps nothing and sends nothing while the platform has no answer, and once the answer was no.
#[tokio::test]
async fn a_tracker_that_is_fed_stays_silent_until_there_is_a_yes() {
    let (shop, site, browser) = (Shop::open().await, Site::open().await, Browser::chromium().await);
    site.pass_on_to(&shop);
    let markup = TCF.replace(
        "window.end = followTcf({ consent: { set: (state) => told.push(state) } });",
        "import { createTracker } from '/caisse/index.js';
        const tracker = (window.tracker = createTracker({ site: 'fed', destination: { kind: 'collector', url: '/hits' } }));
        followTcf(tracker);
        window.last = tracker.track('scCheckout', { checkoutId: 'k1' });",
    );
    site.put("/", Page::with_markup(&markup).with("content-security-policy", POLICY));
    browser.visit(site.url("/")).await;
    browser.run("arrive(); await tracker.flush({ timeoutMs: 200 })").await;
    assert_eq!(site.hits_requests(), 0);
    browser.run("answer({ 1: true })").await;
    let after = browser.run("const { status, reason } = await tracker.track('scView').settled; await tracker.flush({ timeoutMs: 200 }); return [status, reason]");
    assert_eq!(after.await, json!(["dropped", "denied"]));
    let kept = browser.run(
        "return [Object.keys(localStorage).filter((key) => key.includes('caisse')), (await indexedDB.databases()).map(({ name }) => name)]",
    );
    assert_eq!(kept.await, json!([[], []]));
    assert_eq!(site.hits_requests(), 0);
    let yes = browser.run("answer({ 1: true, 8: true }); tracker.track('scCheckout', { checkoutId: 'k2' }); return (await tracker.flush()).destinations[0].acknowledged");
    assert_eq!(yes.await, json!(1));
    no_harm(&browser).await;
}
