//! Pages that are not alone: other tabs of the same visitor, and the page's own code, which has the browser's quota too.

use caisse_e2e::{Browser, Engine, Fault, Trial};

const TABS: u64 = 8;
const EVENTS: u64 = 15;

/// Every tab tracks; first nothing gets through, then the way back is lost, then everything works.
async fn eight_tabs(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    trial.begin("tabs");
    trial.proxy.plan([Fault::ResetBefore, Fault::ResetBefore, Fault::ResetAfter, Fault::ResetAfter, Fault::Status(503)]);
    let first = browser.tab().await;
    let mut tabs = Vec::new();
    for _ in 0..TABS {
        tabs.push(browser.open_tab().await);
        trial.visit(&browser).await;
        trial.track(&browser, EVENTS).await;
    }
    for tab in &tabs {
        browser.switch_to(tab).await;
        trial.track(&browser, EVENTS).await;
    }
    // Half of them close with what they have just tracked.
    for (index, tab) in tabs.iter().enumerate() {
        browser.switch_to(tab).await;
        trial.track(&browser, EVENTS).await;
        if index % 2 == 0 {
            browser.close_tab(&first).await;
        }
    }
    browser.switch_to(&first).await;
    trial.check(&browser).await;
}

#[tokio::test]
async fn eight_tabs_at_once_count_once_in_chromium() {
    eight_tabs(Engine::Chromium).await;
}

#[tokio::test]
async fn eight_tabs_at_once_count_once_in_firefox() {
    eight_tabs(Engine::Firefox).await;
}

#[tokio::test]
async fn eight_tabs_at_once_count_once_in_webkit() {
    eight_tabs(Engine::Webkit).await;
}

/// The page's own requests have taken nearly all that a browser sends for pages that leave.
async fn without_quota(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    let held = trial.proxy.url("/held");
    let take =
        format!("fetch('{held}', {{ method: 'POST', mode: 'no-cors', keepalive: true, body: 'x'.repeat(60000) }}).catch(() => {{}})");
    for (name, leaves) in [("stays", false), ("leaves", true)] {
        trial.begin(name);
        trial.visit(&browser).await;
        browser.run(format!("{take}; await new Promise((resolve) => setTimeout(resolve, 200))")).await;
        trial.track(&browser, 100).await;
        if leaves {
            trial.track_and(&browser, 100, "location.href = '/away'").await;
            browser.until("window.loaded && location.pathname === '/away'").await;
        } else {
            // Without waiting for the page's own requests to end.
            browser.until("tracker.stats().destinations[0].waiting === 0").await;
        }
        trial.check(&browser).await;
    }
}

#[tokio::test]
async fn a_page_that_holds_the_quota_loses_nothing_in_chromium() {
    without_quota(Engine::Chromium).await;
}

#[tokio::test]
async fn a_page_that_holds_the_quota_loses_nothing_in_firefox() {
    without_quota(Engine::Firefox).await;
}

#[tokio::test]
async fn a_page_that_holds_the_quota_loses_nothing_in_webkit() {
    without_quota(Engine::Webkit).await;
}

/// Four pages are opened at once, and each finds what a page has left.
async fn adopt_at_once(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    trial.begin("orphans");
    trial.visit(&browser).await;
    trial.proxy.always(Fault::ResetBefore);
    trial.track_and(&browser, 60, "location.href = '/away'").await;
    browser.until("window.loaded && location.pathname === '/away'").await;
    trial.proxy.heal();
    let url = trial.url("/");
    let open = format!(
        "const frames = Array.from({{ length: 4 }}, () => document.createElement('iframe'));
        for (const frame of frames) Object.assign(frame, {{ src: '{url}' }});
        document.body.append(...frames);
        return await Promise.all(frames.map((frame) => new Promise((resolve) => frame.onload = () => resolve(1))))"
    );
    browser.run(open).await;
    trial.check(&browser).await;
}

#[tokio::test]
async fn pages_that_find_the_same_at_once_count_it_once_in_chromium() {
    adopt_at_once(Engine::Chromium).await;
}

#[tokio::test]
async fn pages_that_find_the_same_at_once_count_it_once_in_firefox() {
    adopt_at_once(Engine::Firefox).await;
}
