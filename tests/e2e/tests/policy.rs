//! A page whose policy refuses WebAssembly delivers all the same, and what must not leave it does not leave it.

use caisse_e2e::{Browser, Engine, Page, Shop, Site};

const POLICY: &str = "default-src 'none'; script-src 'self' 'nonce-n'; connect-src 'self'; img-src data:; report-uri /violations";
const CARD: &str = "4242 4242 4242 4242";
const MAIL: &str = "camille.martin@example.fr";

/// Spellings of the secrets that would all be leaks.
const LEAKS: [&str; 5] = [CARD, "4242424242424242", "4242-4242-4242-4242", MAIL, "camille.martin"];

#[tokio::test]
async fn a_page_without_webassembly_delivers_raw() {
    let site = check(Page::of("").with("content-security-policy", POLICY), "raw").await;
    let reports = site.seen().iter().filter(|seen| seen.path == "/violations").count();
    assert!(reports <= 1, "{reports} reports");
}

#[tokio::test]
async fn a_page_with_webassembly_leaks_nothing_either() {
    let policy = POLICY.replace("'nonce-n'", "'nonce-n' 'wasm-unsafe-eval'");
    let site = check(Page::of("").with("content-security-policy", policy), "wasm").await;
    assert!(site.seen().iter().all(|seen| seen.path != "/violations"), "the policy lets everything through");
}

/// The strictest policy that a shop can have and still track with WebAssembly.
const STRICT: &str = "default-src 'none'; script-src 'nonce-n' 'strict-dynamic' 'wasm-unsafe-eval'; connect-src 'self'; img-src data:; \
    require-trusted-types-for 'script'; trusted-types 'none'; report-uri /violations";

/// Notes every global name, and every property of every built-in and of its prototype; `changes()` says which are others by now.
const NOTED: &str = "<script nonce=n>(() => {
    const look = () => new Map(Object.getOwnPropertyNames(window).flatMap((name) => {
        const value = Object.getOwnPropertyDescriptor(window, name).value;
        const targets = typeof value === 'function' ? [value, value.prototype] : ['JSON', 'Math', 'Reflect', 'Intl'].includes(name) ? [value] : [];
        return [[name, 'a name'], ...targets.filter(Object).flatMap((target, index) => target ? Reflect.ownKeys(target).flatMap((key) => {
            const { value, get, set } = Object.getOwnPropertyDescriptor(target, key);
            return [['value', value], ['get', get], ['set', set]].map(([part, found]) => [[name, index, String(key), part].join(' '), found]);
        }) : [])];
    }));
    window.changes = () => {
        const now = look();
        // Of a new name its properties say no more; and a browser's driver has a name of its own.
        const isOld = (key) => !key.includes(' ') || before.has(key.split(' ')[0]);
        const changed = [...now.keys()].filter((key) => isOld(key) && !Object.is(now.get(key), before.get(key)));
        return changed.concat([...before.keys()].filter((key) => !now.has(key))).filter((key) => key !== 'ret_nodes');
    };
    window.loaded = undefined;
    const before = look();
})()</script>";

/// What a tracker does is let through by the strictest policy, and leaves nothing on the page.
async fn strict(engine: Engine, how: &str, changed: serde_json::Value) {
    let (shop, site, browser) = (Shop::open().await, Site::open().await, Browser::of(engine).await);
    site.pass_on_to(&shop);
    site.put("/", Page::with_markup(&[NOTED, how].concat()).with("content-security-policy", STRICT));
    browser.visit(site.url("/")).await;
    let report = shop.until("?site=strict", |report| report.metric("checkouts") == 1).await;
    assert!(report.balances(), "{report:?}");
    assert_eq!(browser.run("return [errors, window.violations ?? [], changes()]").await, serde_json::json!([[], [], changed]));
    let reports = site.seen().iter().filter(|seen| seen.path == "/violations").count();
    assert_eq!(reports, 0);
    assert!(site.seen().iter().any(|seen| seen.path == "/hits/v1/batch"), "the core ran");
}

const OPTIONS: &str = "{ site: 'strict', destination: { kind: 'collector', url: '/hits' }, consent: 'granted' }";

async fn strict_module(engine: Engine) {
    let how = format!(
        "<script type=module nonce=n>import {{ createTracker }} from '/caisse/index.js';
        const tracker = createTracker({OPTIONS}); await tracker.ready;
        tracker.track('scCheckout', {{ checkoutId: 'k1' }}); await tracker.flush();\nwindow.loaded = true</script>"
    );
    strict(engine, &how, serde_json::json!([])).await;
}

/// The script tag puts its one name there, frozen.
async fn strict_script_tag(engine: Engine) {
    let how = format!(
        "<script nonce=n src=/caisse/caisse.global.js></script><script nonce=n>(async () => {{
        if (!Object.isFrozen(caisse)) errors.push('not frozen');
        caisse('create', {OPTIONS}); await caisse('ready');
        caisse('track', 'scCheckout', {{ checkoutId: 'k1' }}); await caisse('flush');\nwindow.loaded = true }})()</script>"
    );
    strict(engine, &how, serde_json::json!(["caisse"])).await;
}

#[tokio::test]
async fn the_strictest_policy_lets_modules_through_in_chromium() {
    strict_module(Engine::Chromium).await;
}

#[tokio::test]
async fn the_strictest_policy_lets_modules_through_in_firefox() {
    strict_module(Engine::Firefox).await;
}

#[tokio::test]
async fn the_strictest_policy_lets_the_script_tag_through_in_chromium() {
    strict_script_tag(Engine::Chromium).await;
}

#[tokio::test]
async fn the_strictest_policy_lets_the_script_tag_through_in_firefox() {
    strict_script_tag(Engine::Firefox).await;
}

async fn check(page: Page, engine: &str) -> Site {
    let (shop, site, browser) = (Shop::open().await, Site::open().await, Browser::chromium().await);
    site.pass_on_to(&shop);
    site.put("/", page);
    browser.visit(site.url(&format!("/?card={}&mail={MAIL}", CARD.replace(' ', "")))).await;
    let track = format!(
        "window.tracker = createTracker({{ site: 'policy', destination: {{ kind: 'collector', url: '/hits' }}, consent: 'granted' }});
        tracker.page({{ pageName: 'Thanks {MAIL}' }});
        tracker.track('scCheckout', {{ checkoutId: 'k1', eVar1: '{CARD}', eVar2: 'write to {MAIL} please', prop1: '4242-4242-4242-4242',
            list1: ['{MAIL}', 'b'], products: [{{ id: 'RV-1', name: 'for 4242424242424242', quantity: 1, unitPrice: '6.40' }}] }});
        return (await tracker.ready).engine"
    );
    assert_eq!(browser.run(track).await, engine);
    let report = shop.until("", |report| report.metric("checkouts") == 1 && report.metric("pageViews") == 1).await;
    assert!(report.balances(), "{report:?}");
    browser.until("tracker.stats().destinations[0].waiting === 0").await;
    let violations = browser.run("return (window.violations || []).length").await;
    assert!(violations.as_u64() <= Some(1), "{violations} violations");
    assert_eq!(browser.run("return errors").await, serde_json::json!([]));
    for seen in site.seen().iter().filter(|seen| seen.path.starts_with("/hits/")) {
        clean(&seen.path, &seen.body);
    }
    clean("what the collector keeps", &shop.kept());
    let stored = "const { result } = await new Promise((resolve) => { const opening = indexedDB.open('caisse.policy'); opening.onsuccess = () => resolve(opening); });
        const rows = await new Promise((resolve) => { const all = result.transaction('rows').objectStore('rows').getAll(); all.onsuccess = () => resolve(all.result); });
        return JSON.stringify([rows, Object.entries(localStorage)])";
    clean("what the browser keeps", browser.run(stored).await.to_string().as_bytes());
    site
}

#[track_caller]
fn clean(what: &str, bytes: &[u8]) {
    for leak in LEAKS {
        let found = bytes.windows(leak.len()).any(|window| window.eq_ignore_ascii_case(leak.as_bytes()));
        assert!(!found, "{leak} is in {what}: {}", String::from_utf8_lossy(bytes));
    }
}
