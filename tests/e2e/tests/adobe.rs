//! The entry `caisse/adobe`: one page, a collector and both Adobe destinations, each of them our collector under another name. They
//! count the same, each once.

use caisse_e2e::{Browser, Report, Shop, Site};
use serde_json::json;

const ORG: &str = "97D1F3F459CE0AD80A495CBE@AdobeOrg";

/// Makes the tracker of three destinations at `hits`.
fn tracker(hits: &str) -> String {
    format!(
        "const {{ createTracker }} = await import('/caisse/adobe.js');
        window.tracker = createTracker({{ site: 'own', consent: 'granted', currency: 'EUR', destination: [
            {{ kind: 'collector', url: '{hits}' }},
            {{ kind: 'adobe-analytics', reportSuite: 'suite', trackingServer: '{hits}', orgId: '{ORG}' }},
            {{ kind: 'adobe-edge', datastreamId: 'stream', orgId: '{ORG}', edgeDomain: '{hits}' }},
        ] }});"
    )
}

const CALLS: &str = "
    tracker.page({ pageName: 'delivery', channel: 'checkout', prop3: 'b2c' });
    const products = [{ id: 'RV-0860-A2', name: 'Bolt M8', category: 'bolts', quantity: 2, unitPrice: '6.40' }, { id: 'RV-1012-Z', quantity: 3, lineTotal: '14.00' }];
    tracker.track('prodView', { products: products.slice(0, 1) });
    tracker.track('scCheckout', { checkoutId: 'k19', products, eVar5: 'gold', step: 'delivery' });
    tracker.track('purchase', { orderId: 'R100234', products, list1: ['a', 'b'], event10: { value: 2, id: 'x1' } });
    tracker.link('https://other.example/terms', { linkType: 'exit', linkName: 'terms' });";

#[track_caller]
fn expect(report: &Report, name: &str) {
    for (figure, count) in
        [("pageViews", 1), ("productViews", 1), ("checkouts", 1), ("orders", 1), ("units", 5), ("visits", 1), ("visitors", 1)]
    {
        assert_eq!(report.metric(figure), count, "{figure} of {name}: {report:?}");
    }
    assert_eq!(report.revenue("EUR"), "26.80", "{name}: {report:?}");
    assert_eq!(report.accounting("counted"), 5, "{name}: {report:?}");
}

async fn check(browser: &Browser) {
    let site = Site::open().await;
    let shop = Shop::open_to(&[site.origin()]).await;
    browser.visit(site.url("/")).await;
    let hits = shop.url("/hits");
    browser.run(format!("{} {CALLS} await tracker.flush({{ timeoutMs: 20000 }})", tracker(&hits))).await;
    browser.until("tracker.stats().destinations.every((to) => to.waiting === 0)").await;
    let stats = browser.run("return tracker.stats().destinations").await;
    for (index, name) in ["own", "suite", "stream"].into_iter().enumerate() {
        let to = &stats[index];
        assert_eq!((&to["tracked"], &to["acknowledged"], &to["dropped"]), (&json!(5), &json!(5), &json!({})), "{name}: {stats}");
        let report = shop.until(&format!("?site={name}"), |report| report.accounting("counted") == 5).await;
        expect(&report, name);
    }
    assert_eq!(browser.run("return errors").await, json!([]));
    // The page is loaded again: the order is known, and nobody is told twice.
    browser.visit(site.url("/")).await;
    let again = browser
        .run(format!("{} {CALLS} await tracker.flush({{ timeoutMs: 20000 }}); return tracker.stats().destinations", tracker(&hits)))
        .await;
    for to in again.as_array().expect("destinations") {
        assert_eq!((&to["acknowledged"], &to["dropped"]), (&json!(4), &json!({ "duplicate_purchase": 1 })), "{again}");
    }
}

#[tokio::test]
async fn three_destinations_count_the_same_in_chromium() {
    let browser = Browser::chromium().await;
    check(&browser).await;
    assert_eq!(browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn three_destinations_count_the_same_in_firefox() {
    check(&Browser::firefox().await).await;
}

#[tokio::test]
async fn a_slow_destination_holds_no_other() {
    let (site, browser) = (Site::open().await, Browser::chromium().await);
    let shop = Shop::open_to(&[site.origin()]).await;
    browser.visit(site.url("/")).await;
    // Nobody listens at this port; the others are told all the same.
    let make = tracker(&shop.url("/hits")).replacen(
        &format!("trackingServer: '{}'", shop.url("/hits")),
        "trackingServer: 'http://127.0.0.1:9'",
        1,
    );
    browser.run(format!("{make} {CALLS} await tracker.flush({{ timeoutMs: 3000 }})")).await;
    browser.until("tracker.stats().destinations.filter((to) => to.waiting === 0).length === 2").await;
    let stats = browser.run("return tracker.stats().destinations[1]").await;
    assert_eq!((&stats["waiting"], &stats["acknowledged"]), (&json!(5), &json!(0)), "{stats}");
    // The next page has a server that answers, and delivers what waited.
    browser.visit(site.url("/")).await;
    browser.run(format!("{} tracker.page(); await tracker.flush({{ timeoutMs: 20000 }})", tracker(&shop.url("/hits")))).await;
    browser.until("tracker.stats().destinations[1].adopted === 5").await;
    let report = shop.until("?site=suite", |report| report.accounting("counted") == 6).await;
    assert_eq!((report.metric("orders"), report.metric("checkouts")), (1, 1), "{report:?}");
}
