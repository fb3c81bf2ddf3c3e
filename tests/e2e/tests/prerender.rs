//! A page that Chromium renders before anybody asks for it: nothing of it is stored or sent until somebody sees it, and nothing is lost then.

use std::time::Duration;

use caisse_e2e::{Browser, Trial};
use serde_json::json;

const EVENTS: u64 = 5;
/// What the site's pages have put down.
const KEPT: &str = "return Object.keys(localStorage).length + (await indexedDB.databases()).length";

/// Has the page track while it is rendered ahead, and says how many calls it holds.
async fn rendered_ahead(trial: &mut Trial, browser: &Browser) -> String {
    let first = trial.ledger.next();
    // Says so by itself: a driver does not reach a page that nobody sees.
    let tells = format!(
        "addEventListener('DOMContentLoaded', () => {{
            track({first}, {EVENTS});
            setTimeout(() => document.prerendering && fetch('/held', {{ method: 'POST', body: tracker.stats().held }}), 500);
        }});"
    );
    trial.site.put("/ahead", trial.page(&tells));
    let url = trial.url("/ahead");
    let rules = json!({ "prerender": [{ "source": "list", "urls": [url], "eagerness": "immediate" }] });
    browser.visit(trial.url("/away")).await;
    let add = "const rules = document.createElement('script'); rules.type = 'speculationrules';";
    browser.run(format!("{add} rules.textContent = JSON.stringify({rules}); document.head.append(rules)")).await;
    let told = || trial.site.seen().into_iter().filter(|seen| seen.path == "/held").count();
    let before = told();
    for _ in 0..400 {
        if told() > before {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let held = trial.site.seen().into_iter().rfind(|seen| seen.path == "/held").expect("Chromium renders it ahead");
    assert_eq!(String::from_utf8_lossy(&held.body), EVENTS.to_string(), "it holds its calls");
    assert_eq!(trial.proxy.requests().len(), 0);
    assert_eq!(browser.run(KEPT).await, 0);
    url
}

#[tokio::test]
async fn a_page_that_is_rendered_ahead_tracks_when_it_is_seen() {
    let (mut trial, browser) = (Trial::open().await, Browser::chromium().await);
    trial.begin("seen");
    let url = rendered_ahead(&mut trial, &browser).await;
    trial.ledger.add(EVENTS);
    browser.run(format!("location.href = '{url}'")).await;
    browser.until("location.pathname === '/ahead' && window.tracker").await;
    assert_eq!(browser.run("return performance.getEntriesByType('navigation')[0].activationStart > 0").await, true);
    browser.until("tracker.stats().destinations[0].tracked > 0 && tracker.stats().destinations[0].waiting === 0").await;
    trial.check(&browser).await;
}

#[tokio::test]
async fn a_page_that_nobody_sees_leaves_nothing() {
    let (mut trial, browser) = (Trial::open().await, Browser::chromium().await);
    trial.begin("unseen");
    rendered_ahead(&mut trial, &browser).await;
    browser.visit(trial.url("/away")).await;
    assert_eq!(browser.run(KEPT).await, 0);
    // A judgement that finds one of its events calls it not expected.
    trial.check(&browser).await;
}
