//! A browser that keeps less than it should: what it does keep is not lost, the page sees no error, and what a page has in
//! memory it delivers itself.

use caisse_e2e::{Browser, Engine, Fault, NO_JOURNAL, STORAGE_FAULTS, Trial};

const EVENTS: u64 = 25;

async fn keeps_what_it_can(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    for (name, fault) in STORAGE_FAULTS {
        trial.begin(name);
        trial.site.put("/hostile", trial.page(fault));
        let before = trial.proxy.requests().len();
        browser.visit(trial.url("/hostile")).await;
        // The first requests fail, so that the hits have to be kept somewhere meanwhile.
        trial.proxy.plan([Fault::ResetBefore, Fault::ResetAfter]);
        trial.track(&browser, EVENTS).await;
        trial.proxy.until(|seen| seen.len() >= before + 2).await;
        trial.track(&browser, EVENTS).await;
        browser.until("tracker.stats().destinations[0].waiting === 0").await;
        // What a journal kept, if there is one, is delivered by the next page.
        let journal = !NO_JOURNAL.contains(&name);
        trial.proxy.always(Fault::ResetBefore);
        let first = trial.track(&browser, EVENTS).await;
        if !journal {
            trial.ledger.excuse(first..first + EVENTS);
        }
        browser.run("location.href = '/away'").await;
        browser.until("window.loaded && location.pathname === '/away'").await;
        trial.check(&browser).await;
    }
}

#[tokio::test]
async fn a_browser_that_keeps_less_loses_nothing_it_need_not_in_chromium() {
    keeps_what_it_can(Engine::Chromium).await;
}

#[tokio::test]
async fn a_browser_that_keeps_less_loses_nothing_it_need_not_in_firefox() {
    keeps_what_it_can(Engine::Firefox).await;
}

/// What the browser has kept is deleted while the page has it in memory as well.
async fn is_cleared(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    trial.begin("cleared");
    trial.visit(&browser).await;
    trial.proxy.always(Fault::ResetBefore);
    trial.track_kept(&browser, EVENTS).await;
    if engine == Engine::Chromium {
        let origin = trial.origin();
        browser.command("Storage.clearDataForOrigin", serde_json::json!({ "origin": origin, "storageTypes": "all" })).await;
    } else {
        let deleted = "localStorage.clear(); await new Promise((resolve) => {
            const deleting = indexedDB.deleteDatabase('caisse.cleared'); deleting.onsuccess = deleting.onerror = resolve;
        })";
        browser.run(deleted).await;
    }
    trial.track(&browser, EVENTS).await;
    trial.proxy.heal();
    browser.until("tracker.stats().destinations[0].waiting === 0").await;
    // Tracked after that and not delivered: the next page does.
    trial.proxy.always(Fault::ResetBefore);
    trial.track(&browser, EVENTS).await;
    browser.run("location.href = '/away'").await;
    browser.until("window.loaded && location.pathname === '/away'").await;
    trial.check(&browser).await;
}

#[tokio::test]
async fn a_cleared_store_costs_nothing_that_a_page_still_has_in_chromium() {
    is_cleared(Engine::Chromium).await;
}

#[tokio::test]
async fn a_cleared_store_costs_nothing_that_a_page_still_has_in_firefox() {
    is_cleared(Engine::Firefox).await;
}

/// What nobody can read, and what a newer version has written, stands among what a page has left.
async fn has_nonsense(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    trial.begin("nonsense");
    trial.visit(&browser).await;
    trial.proxy.always(Fault::ResetBefore);
    assert_eq!(trial.track_kept(&browser, EVENTS).await, 0, "all are durable");
    let spoil = "const rows = await new Promise((resolve) => {
            const opening = indexedDB.open('caisse.nonsense');
            opening.onsuccess = () => resolve(opening.result.transaction('rows', 'readwrite').objectStore('rows'));
        });
        const of = 'abcdef0123456789'.repeat(2);
        for (const [index, row] of ['', 'x', 'r1', 'c1\\x1f\\x1f\\x1f', 'wc1', 'r1\\x1f\\ud800\\x1f\\x1e', 7, null, { row: 1 }, new Blob(['b'])].entries())
            rows.put(row, 'collector|' + of + '|' + index);
        await new Promise((resolve) => { rows.transaction.oncomplete = resolve; });
        localStorage['caisse.nonsense.j.' + 'f'.repeat(32)] = 'r9\\x1fof another time';
        localStorage['caisse.nonsense.j.x'] = '\\x1d\\x1d{}';";
    browser.run(spoil).await;
    browser.run("location.href = '/away'").await;
    browser.until("window.loaded && location.pathname === '/away'").await;
    trial.proxy.heal();
    trial.visit(&browser).await;
    browser.until(&format!("tracker.stats().destinations[0].adopted === {EVENTS}")).await;
    assert_eq!(
        browser.run("return localStorage['caisse.nonsense.j.' + 'f'.repeat(32)]").await,
        "r9\u{1f}of another time",
        "a newer version's"
    );
    assert_eq!(trial.counted(0..EVENTS), EVENTS as usize);
    assert_eq!(trial.wrong(), [""; 0]);
    assert!(trial.judge_now().is_right(), "{}", trial.judge_now());
}

#[tokio::test]
async fn what_cannot_be_read_keeps_nothing_else_back_in_chromium() {
    has_nonsense(Engine::Chromium).await;
}

#[tokio::test]
async fn what_cannot_be_read_keeps_nothing_else_back_in_firefox() {
    has_nonsense(Engine::Firefox).await;
}

/// A private window keeps until it is closed.
#[tokio::test]
async fn a_private_window_loses_nothing_while_it_is_open() {
    let (mut trial, browser) = (Trial::open().await, Browser::chromium_with(vec!["--incognito".into()]).await);
    trial.begin("private");
    trial.visit(&browser).await;
    trial.proxy.always(Fault::ResetBefore);
    trial.track_and(&browser, EVENTS, "location.href = '/away'").await;
    browser.until("window.loaded && location.pathname === '/away'").await;
    trial.check(&browser).await;
}

/// The process that keeps localStorage for Chromium is killed under a page.
#[tokio::test]
async fn a_storage_process_that_dies_costs_nothing() {
    let (mut trial, browser) = (Trial::open().await, Browser::chromium().await);
    trial.begin("service");
    trial.visit(&browser).await;
    trial.track(&browser, EVENTS).await;
    trial.proxy.always(Fault::ResetBefore);
    trial.track(&browser, EVENTS).await;
    assert_eq!(browser.kill("storage.mojom.StorageService"), 1, "there is one");
    trial.track(&browser, EVENTS).await;
    browser.run("location.href = '/away'").await;
    browser.until("window.loaded && location.pathname === '/away'").await;
    trial.check(&browser).await;
}
