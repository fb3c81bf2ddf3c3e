//! The back button shows the page as it was: the tracker does not cost a page its place in the back/forward cache, whatever
//! it had under way, and goes on tracking.

use caisse_e2e::{Browser, Engine, Fault, Trial};

const LEAVES: &str = "window.mark = 1; window.persisted = undefined; location.href = '/away'";

async fn check(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    // What happens to the requests that are under way, and whether the core is there.
    let cases = [
        ("at_once", Fault::None, false),
        ("started", Fault::None, true),
        ("refused", Fault::ResetBefore, true),
        ("held", Fault::Stall(true), true),
    ];
    for (name, fault, started) in cases {
        // Firefox and WebKit never settle a request that was under way when they kept the page, and a page has one at a time.
        let settles = engine == Engine::Chromium;
        // Nor does it keep a page that still fetches something that would not outlive it, as the core.
        if engine == Engine::Firefox && !started {
            continue;
        }
        trial.begin(name);
        trial.visit(&browser).await;
        if started {
            browser.run("await tracker.ready").await;
        }
        trial.proxy.always(fault);
        trial.track_and(&browser, 5, LEAVES).await;
        browser.until("window.loaded && location.pathname === '/away'").await;
        trial.proxy.heal();
        browser.run("setTimeout(() => history.back(), 50)").await;
        // A script that asks a page that WebKit is about to keep is never answered.
        browser.until_at("/").await;
        browser.until("location.pathname === '/' && window.loaded && window.persisted !== undefined").await;
        assert_eq!(browser.run("return [window.mark, window.persisted]").await, serde_json::json!([1, true]), "{name}");
        trial.track(&browser, 5).await;
        if settles {
            browser.until("tracker.stats().destinations[0].waiting === 0").await;
        }
        trial.check(&browser).await;
    }
}

#[tokio::test]
async fn a_page_comes_back_as_it_was_and_goes_on_tracking_in_chromium() {
    check(Engine::Chromium).await;
}

#[tokio::test]
async fn a_page_comes_back_as_it_was_and_goes_on_tracking_in_firefox() {
    check(Engine::Firefox).await;
}

#[tokio::test]
async fn a_page_comes_back_as_it_was_and_goes_on_tracking_in_webkit() {
    check(Engine::Webkit).await;
}

/// A page that was kept, and that Chromium threw out of its cache for want of memory: what it had not delivered the next page does.
#[tokio::test]
async fn a_page_that_was_kept_and_thrown_out_loses_nothing() {
    let (mut trial, browser) = (Trial::open().await, Browser::chromium().await);
    trial.begin("evicted");
    trial.visit(&browser).await;
    browser.run("await tracker.ready").await;
    trial.proxy.always(Fault::ResetBefore);
    trial.track_and(&browser, 20, LEAVES).await;
    browser.until("window.loaded && location.pathname === '/away'").await;
    browser.command("Memory.simulatePressureNotification", serde_json::json!({ "level": "critical" })).await;
    trial.proxy.heal();
    browser.run("setTimeout(() => history.back(), 50)").await;
    browser.until("location.pathname === '/' && window.loaded && window.tracker").await;
    assert_eq!(browser.run("return window.mark === undefined").await, true, "it is another page");
    trial.track(&browser, 5).await;
    trial.check(&browser).await;
}

/// A page that Chromium froze and then discarded: it could let go of nothing, and its lease ends by itself.
#[tokio::test]
async fn a_page_that_was_frozen_and_discarded_loses_nothing() {
    let (mut trial, browser) = (Trial::open().await, Browser::chromium().await);
    let first = browser.tab().await;
    trial.begin("frozen");
    browser.open_tab().await;
    trial.visit(&browser).await;
    trial.proxy.always(Fault::ResetBefore);
    assert_eq!(trial.track_kept(&browser, 20).await, 0, "all are durable");
    browser.until("Object.keys(localStorage).some((key) => key.startsWith('caisse.frozen.l.'))").await;
    browser.command("Page.setWebLifecycleState", serde_json::json!({ "state": "frozen" })).await;
    browser.crash_page().await;
    browser.switch_to(&first).await;
    browser.visit(trial.url("/away")).await;
    // A minute and a half pass.
    let passes = "const leases = Object.keys(localStorage).filter((key) => key.startsWith('caisse.frozen.l.'));
        for (const lease of leases) localStorage[lease] -= 90_000; return leases.length";
    assert_eq!(browser.run(passes).await, 1);
    trial.check(&browser).await;
}
