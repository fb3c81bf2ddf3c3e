//! A page that tracks and leaves in the same task loses nothing: each hit is counted exactly once, after the visitor's
//! next page at the latest.

use caisse_e2e::{Browser, LEFT, Page, Place, Shop, Site};

const RUNS: usize = 10;
const COUNTS: [usize; 3] = [1, 10, 50];

/// Makes the tracker, or finds the one there is, tracks and leaves: all in one task.
const LEAVING: &str =
    "window.trackerOf = (site) => createTracker({ site, destination: { kind: 'collector', url: '/hits' }, consent: 'granted' });
window.leave = (site, run, count) => {
  const tracker = trackerOf(site);
  for (let i = 0; i < count; i++) {
    tracker.track('scCheckout', { checkoutId: run + 'k' + i, products: [{ id: 'RV-1', quantity: 2, unitPrice: '6.40' }] });
  }
  location.href = '/next?' + site;
};";

/// The next page tracks nothing: it has only what the last one left.
const NEXT: &str = "window.tracker = createTracker({
  site: location.search.slice(1), destination: { kind: 'collector', url: '/hits' }, consent: 'granted',
});";

/// Says whether an earlier page has made the store of a site.
const STORED: &str = "(await indexedDB.databases()).some(({ name }) => name === 'caisse.often')";

async fn open(shop: &Shop) -> Site {
    let site = Site::open().await;
    site.pass_on_to(shop);
    site.put("/", Page::of(LEAVING));
    site.put("/next", Page::of(NEXT));
    site
}

/// A visitor who was never here: nothing is in the cache, there is no store yet, and the core cannot be there in time.
#[tokio::test]
async fn a_first_visit_loses_nothing() {
    let shop = Shop::open().await;
    for run in 0..RUNS {
        let browser = Browser::chromium().await;
        for count in COUNTS {
            // An origin of its own, as no two of them share a cache or a store.
            let (site, name) = (open(&shop).await, format!("cold{run}x{count}"));
            browser.visit(site.url("/")).await;
            leave(&browser, &name, run, count).await;
            check(&shop, &name, count).await;
            // The page after that has work of its own, and neither brings the past back nor loses it.
            browser.visit(site.url(&format!("/next?{name}"))).await;
            browser.run("tracker.page(); await tracker.flush()").await;
            browser.until("tracker.stats().destinations[0].waiting === 0").await;
            shop.until(query(&name), |report| report.metric("pageViews") == 1).await;
            check(&shop, &name, count + 1).await;
        }
    }
}

#[tokio::test]
async fn a_first_visit_leaves_nothing_behind() {
    let (shop, browser) = (Shop::open().await, Browser::chromium().await);
    for run in 0..RUNS {
        let (site, name) = (open(&shop).await, format!("clean{run}"));
        browser.visit(site.url("/")).await;
        leave(&browser, &name, run, 1).await;
        check(&shop, &name, 1).await;
        nothing_left(&browser).await;
    }
}

/// A visitor who was here before, and leaves before the core has started.
#[tokio::test]
async fn a_later_visit_loses_nothing() {
    visits("").await;
}

/// A visitor who has looked around first: the core runs.
#[tokio::test]
async fn a_visit_with_a_running_core_loses_nothing() {
    visits("await trackerOf('often').ready").await;
}

async fn visits(prepare: &str) {
    let (shop, browser) = (Shop::open().await, Browser::chromium().await);
    let site = open(&shop).await;
    browser.visit(site.url("/")).await;
    browser.run("await trackerOf('often').ready").await;
    browser.until(STORED).await;
    let mut all = 0;
    for _ in 0..RUNS {
        for count in COUNTS {
            all += count;
            browser.visit(site.url("/")).await;
            browser.run(prepare).await;
            leave(&browser, "often", all, count).await;
            check(&shop, "often", all).await;
            nothing_left(&browser).await;
        }
    }
}

#[track_caller]
fn leave(browser: &Browser, site: &str, run: usize, count: usize) -> impl Future<Output = ()> {
    let leaves = browser.run(format!("leave('{site}', {run}, {count})"));
    let arrives = browser.until("window.loaded && location.pathname === '/next'");
    async move {
        leaves.await;
        arrives.await;
    }
}

/// So many hits of a site are counted, each once, and none is missing.
#[track_caller]
fn check(shop: &Shop, site: &str, hits: usize) -> impl Future<Output = ()> {
    let (place, hits) = (Place::here(), hits as u64);
    let counted = shop.until(query(site), move |report| report.accounting("counted") >= hits && report.balances());
    async move {
        let report = counted.await;
        // A checkout that came twice under different numbers would be counted as a hit, but not as a checkout.
        let known = report.metric("checkouts") + report.metric("pageViews");
        if (report.accounting("counted"), known) != (hits, hits) {
            place.fail(format_args!("{hits} hits came as {report:?}"));
        }
    }
}

#[track_caller]
fn nothing_left(browser: &Browser) -> impl Future<Output = ()> {
    browser.until(format!("(await (async () => {{ {LEFT} }})()).length === 0"))
}

fn query(site: &str) -> String {
    format!("?site={site}")
}
