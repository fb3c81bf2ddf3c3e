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
