//! Adobe's own Web SDK, pointed at the collector: what it sends is counted, and says what our own encoder says of the same
//! calls. Every name but ours leads nowhere, so nothing reaches Adobe.

use std::time::{SystemTime, UNIX_EPOCH};

use caisse::call::Call;
use caisse::decode::adobe_edge::{Envelope, Request, events};
use caisse::decode::{Received, kndctr};
use caisse::encode::adobe_edge as ours;
use caisse::event::Event;
use caisse::hit::{Context, Hit};
use caisse::problem::Problems;
use caisse::vocabulary::Group;
use caisse_e2e::{Browser, Edge, Taken};
use serde_json::{Value, json};

const ORG: &str = "97D1F3F459CE0AD80A495CBE@AdobeOrg";
const EDGE: &str = "edge.rivet.example";

/// What a shop with the Web SDK sends: a page view, a checkout, an order.
const CALLS: &str = "
    const line = (SKU, name, category, quantity, priceTotal, more) =>
        ({ SKU, name, productCategories: [{ categoryID: category }], quantity, priceTotal, ...more });
    const analytics = { _experience: { analytics: {
        customDimensions: { eVars: { eVar7: 'spring' } }, event1to100: { event3: { value: 2, id: 'abcd' } } } } };
    const lines = [line('RV-0860-A2', 'Bolt M8', 'bolts', 2, 12.8, analytics), line('RV-1012-Z', 'Hook', 'hooks', 3, 14)];
    const click = (name) => ({ webInteraction: { type: 'other', name } });
    const send = (xdm) => alloy('sendEvent', { xdm });
    await send({ eventType: 'web.webpagedetails.pageViews',
        web: { webPageDetails: { name: 'delivery', siteSection: 'checkout', server: 's1', pageViews: { value: 1 } } },
        marketing: { trackingCode: 'spring' },
        _experience: { analytics: { customDimensions: {
            props: { prop3: 'b2c' }, lists: { list1: { list: [{ value: 'a' }, { value: 'b' }] } }, hierarchies: { hier1: 'x,y' } } } } });
    await send({ eventType: 'commerce.checkouts', web: click('scCheckout'), productListItems: lines,
        commerce: { checkouts: { value: 1, id: 'k19' }, order: { currencyCode: 'EUR' } },
        _experience: { analytics: { customDimensions: { eVars: { eVar5: 'gold' } }, event101to200: { event120: { value: 1 } } } } });
    await send({ eventType: 'commerce.purchases', web: click('purchase'), productListItems: lines,
        commerce: { purchases: { value: 1 },
            order: { purchaseID: 'R100234', currencyCode: 'EUR', payments: [{ transactionID: 'T9' }] } } });
";

/// The same, as calls of our own tracker: kind and name, and their fields.
const OWN: [(&str, &str); 3] = [
    ("p ", "pageName=delivery channel=checkout server=s1 campaign=spring prop3=b2c list1=a,b hier1=x,y"),
    ("t scCheckout", "serial=k19 currency=EUR eVar5=gold event120=1 LINES"),
    ("t purchase", "orderId=R100234 currency=EUR transactionId=T9 LINES"),
];

const LINES: &str = "products.0.id=RV-0860-A2 products.0.name=Bolt_M8 products.0.category=bolts products.0.quantity=2 products.0.lineTotal=12.80 \
products.0.eVar7=spring products.0.event3.value=2 products.0.event3.id=abcd products.1.id=RV-1012-Z products.1.name=Hook \
products.1.category=hooks products.1.quantity=3 products.1.unitPrice=4.666667 products.1.lineTotal=14";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |past| past.as_millis() as u64)
}

/// A hit of our own tracker, of the page where the Web SDK's was made.
fn own(seq: usize, (head, fields): (&str, &str), page: &Context) -> (Hit, Context) {
    let (kind, name) = head.split_once(' ').expect("a kind and a name");
    let mut snapshot = format!("c1\u{1f}{}\u{1f}{seq}\u{1f}{}\u{1f}{kind}\u{1f}{name}\u{1f}", "0a".repeat(16), now());
    let context = ["url", "viewport", "screen", "offset"].map(|key| format!("@{key}={}", page.text(key)));
    let fields = fields.replace("LINES", LINES);
    for field in context.iter().map(String::as_str).chain(fields.split(' ')) {
        let (path, value) = field.split_once('=').expect("path=value");
        snapshot += &format!("\u{1e}{path}\u{1f}s{}", value.replace('_', " "));
    }
    let call = Call::read(&snapshot).expect("a snapshot");
    (Hit::judge(&call, &mut Problems::default()).expect("a hit"), Context::of(&call))
}

/// The events of requests, as the collector reads them.
fn read(bodies: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<Received> {
    let envelope = Envelope { config: "any", request: "any", received: now(), ..Envelope::default() };
    let read = bodies.into_iter().map(|body| events(body.as_ref(), &envelope).expect("a request"));
    read.flat_map(|read| {
        assert_eq!((read.refused.as_slice(), read.batch.ignored), ([].as_slice(), 0));
        read.batch.hits
    })
    .collect()
}

/// Everything that an event says but the name that it was called by: the Web SDK has links where we have events.
fn said(event: &Event) -> Vec<String> {
    let mut said: Vec<String> = event.metrics().map(|metric| format!("{}={}:{}", metric.name, metric.value, metric.id)).collect();
    let told = event.facts.iter().filter(|fact| !matches!(fact.group, Group::Metric | Group::Serial) && fact.key != "linkName");
    said.extend(told.map(|fact| format!("{:?} {}={}", fact.group, fact.key, fact.text)));
    for (line, product) in event.products.iter().enumerate() {
        let total = product.line_total().map(|total| total.minor_units("EUR"));
        said.push(format!("{line} {} {} {} {} {total:?}", product.id(), product.name(), product.category(), product.quantity()));
        said.extend(product.facts.metrics().map(|metric| format!("{line} {}={}:{}", metric.name, metric.value, metric.id)));
        let variables = product.facts.iter().filter(|fact| fact.group == Group::Variables);
        said.extend(variables.map(|fact| format!("{line} {}={}", fact.key, fact.text)));
    }
    said.sort();
    said
}

/// The Web SDK's configuration on a page of a host, which also names the datastream.
fn configure(host: &str, consent: &str) -> String {
    let configuration = json!({
        "datastreamId": host, "orgId": ORG, "edgeDomain": EDGE, "edgeBasePath": "ee", "thirdPartyCookiesEnabled": false,
        "idMigrationEnabled": false, "clickCollectionEnabled": false, "defaultConsent": consent,
    });
    format!("await alloy('configure', {configuration});")
}

/// Has the Web SDK send from a page; answers the requests with events.
async fn sent_by_the_web_sdk(browser: &Browser, edge: &Edge, host: &str) -> Vec<Taken> {
    browser.visit(format!("https://{host}/")).await;
    let configure = configure(host, "in");
    let before = edge.taken().len();
    let ecid = browser.run(format!("{configure} {CALLS} return (await alloy('getIdentity')).identity.ECID")).await;
    assert!(ecid.as_str().is_some_and(|ecid| ecid.len() == 38), "{ecid}");
    assert_eq!(browser.run("return errors").await, json!([]));
    assert_eq!(browser.complaints().await, [""; 0]);
    let taken = edge.taken().split_off(before);
    assert!(taken.iter().all(|taken| taken.path.contains(&format!("configId={host}"))), "{taken:?}");
    taken.into_iter().filter(|taken| taken.path.starts_with("/ee/v1/interact")).collect()
}

/// Sends the same as our own tracker would, with the identity that the first answer gave.
async fn sent_by_ours(edge: &Edge, site: &str, hits: &[(Hit, Context)]) -> Vec<String> {
    let mut bodies = Vec::new();
    let mut entries = Value::Null;
    for (index, hits) in [&hits[..1], &hits[1..]].into_iter().enumerate() {
        let mut batch = ours::Batch::new();
        hits.iter().for_each(|(hit, context)| batch.add(&ours::event(hit, context, &"0a".repeat(16))));
        let mut body = batch.body();
        body.pop();
        body += &format!(",\"meta\":{}}}", json!({ "state": { "domain": "rivet.example", "cookiesEnabled": true, "entries": entries } }));
        let call = if index == 0 { "interact" } else { "collect" };
        let (status, answer) = edge.post(&format!("/ee/v1/{call}?configId={site}&requestId=r-{index}"), body.clone()).await;
        assert_eq!(status, if index == 0 { 200 } else { 204 });
        if index == 0 {
            let answer: Value = serde_json::from_slice(&answer).expect("an answer");
            let handles = answer["handle"].as_array().expect("handles");
            entries = handles.iter().find(|handle| handle["type"] == "state:store").expect("cookies")["payload"].clone();
        }
        bodies.push(body);
    }
    bodies
}

/// The Web SDK in a page of a host, and our own tracker there.
async fn check(host: &str, carries_cookies: bool) {
    let edge = Edge::open(ORG, &[host]).await;
    let browser = Browser::chromium_with(edge.switches()).await;
    let taken = sent_by_the_web_sdk(&browser, &edge, host).await;
    assert_eq!(taken.len(), 3, "{taken:?}");
    let theirs = read(taken.iter().map(|taken| &taken.body));
    let page = &theirs[0].context;
    assert_eq!(page.text("url"), format!("https://{host}/"));
    assert!(["viewport", "screen", "offset"].iter().all(|key| !page.text(key).is_empty()), "{page:?}");

    let hits: Vec<(Hit, Context)> = OWN.into_iter().enumerate().map(|(seq, call)| own(seq, call, page)).collect();
    let ours = read(sent_by_ours(&edge, "ours", &hits).await);
    assert_eq!(theirs.len(), ours.len());
    for (theirs, ours) in theirs.iter().zip(&ours) {
        assert_eq!(said(&theirs.hit.event), said(&ours.hit.event));
        for key in ["url", "viewport", "screen", "offset"] {
            assert_eq!(theirs.context.text(key), ours.context.text(key), "{key}");
        }
    }

    // From the second request on the visitor is known, by whichever way the cookie goes.
    let with_cookies = |taken: &Taken| {
        let request = Request::read(&taken.body).expect("a request");
        request.cookies().any(|(name, value)| kndctr::org(name, "identity").is_some() && kndctr::ecid(value).is_some())
    };
    assert_eq!(taken.iter().map(with_cookies).collect::<Vec<_>>(), [false, carries_cookies, carries_cookies]);

    let [theirs, ours] = [edge.report(host).await, edge.report("ours").await];
    for figure in ["pageViews", "productViews", "carts", "checkouts", "orders", "units", "visits", "visitors"] {
        assert_eq!(theirs.metric(figure), ours.metric(figure), "{figure}");
    }
    let counted = ["pageViews", "checkouts", "orders", "units", "visits", "visitors"].map(|figure| theirs.metric(figure));
    assert_eq!((counted, theirs.revenue("EUR"), ours.revenue("EUR")), ([1, 1, 1, 5, 1, 1], "26.80", "26.80"));
    assert!(theirs.balances() && ours.balances(), "{theirs:?} {ours:?}");
}

/// A page of another site carries the cookies in the body.
#[tokio::test]
async fn the_web_sdk_on_a_foreign_page_says_what_our_tracker_says() {
    check("shop.other.example", true).await;
}

/// A page of the same site: the cookies travel as cookies.
#[tokio::test]
async fn the_web_sdk_on_a_page_of_the_same_site_says_what_our_tracker_says() {
    check("shop.rivet.example", false).await;
}

/// Without a link every event of a page is one more page view; the `data` object speaks AppMeasurement; a page that is left
/// sends a beacon.
#[tokio::test]
async fn the_web_sdk_is_counted_as_analytics_counts_it() {
    let host = "shop.rivet.example";
    let edge = Edge::open(ORG, &[host]).await;
    let browser = Browser::chromium_with(edge.switches()).await;
    browser.visit(format!("https://{host}/")).await;
    let calls = "
        await alloy('sendEvent', { xdm: { commerce: { checkouts: { value: 1 } } } });
        await alloy('sendEvent', { data: { __adobe: { analytics: { linkType: 'o', linkName: 'order', currencyCode: 'EUR', purchaseID: 'R1',
            events: 'purchase,event9=2:abcd', products: 'bolts;RV-0860-A2;2;12.80;event3=1.5;eVar7=spring', eVar5: 'gold' } } } });
        await alloy('sendEvent', { documentUnloading: true, xdm: { eventType: 'web.webpagedetails.pageViews' } });";
    browser.run(configure(host, "in") + calls).await;
    let report = edge.until(host, |report| report.accounting("counted") == 3).await;
    let counted = ["pageViews", "checkouts", "orders", "units", "visitors"].map(|figure| report.metric(figure));
    assert_eq!((counted, report.revenue("EUR"), report.balances()), ([2, 1, 1, 2, 1], "12.80", true), "{report:?}");
    assert!(edge.taken().last().is_some_and(|taken| taken.path.starts_with("/ee/v1/collect")), "{:?}", edge.taken());
    assert_eq!((browser.run("return errors").await, browser.complaints().await), (json!([]), Vec::new()));
}

/// The Web SDK waits for consent and keeps to it, here as with Adobe.
#[tokio::test]
async fn the_web_sdk_learns_what_the_visitor_consents_to() {
    let host = "shop.other.example";
    let edge = Edge::open(ORG, &[host]).await;
    let browser = Browser::chromium_with(edge.switches()).await;
    let page = format!("https://{host}/");
    let view = "alloy('sendEvent', { xdm: { eventType: 'web.webpagedetails.pageViews' } })";
    let say = |answer: &str| {
        format!("await alloy('setConsent', {{ consent: [{{ standard: 'Adobe', version: '1.0', value: {{ general: '{answer}' }} }}] }});")
    };
    browser.visit(page.clone()).await;
    browser.run(format!("{} const sent = {view}; {} await sent;", configure(host, "pending"), say("in"))).await;
    assert_eq!(edge.report(host).await.metric("pageViews"), 1);
    // The answer is in a cookie: on the next page nobody asks again.
    browser.visit(page.clone()).await;
    browser.run(format!("{} await {view}; {}", configure(host, "pending"), say("out"))).await;
    assert_eq!(edge.report(host).await.metric("pageViews"), 2);
    let before = edge.taken().len();
    browser.visit(page).await;
    browser.run(format!("{} await {view}", configure(host, "pending"))).await;
    assert_eq!((edge.taken().len(), edge.report(host).await.metric("pageViews")), (before, 2));
}
