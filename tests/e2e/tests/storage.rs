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
