//! A page whose policy refuses WebAssembly delivers all the same, and what must not leave it does not leave it.

use caisse_e2e::{Browser, Page, Shop, Site};

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
