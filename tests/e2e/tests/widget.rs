//! `<checkout-progress>` tracks by itself: across pages, reloads, Back and tabs, and not at all where it may not.

use caisse_e2e::{Browser, Engine, Page, Shop, Site};
use serde_json::{Value, json};

/// A tracker that writes down what it is told, where every page of the site can read it.
const TRACKER: &str = "import '/caisse/checkout-progress-define.js';
window.told = () => JSON.parse(localStorage.getItem('told') || '[]');
window.tracker = {
  track(name, data) { localStorage.setItem('told', JSON.stringify([...told(), [name, data]])); },
  consent: { get: () => localStorage.getItem('consent') || 'granted' },
};
if (localStorage.getItem('fresh')) sessionStorage.clear();
if (localStorage.getItem('real')) {
  const { createTracker } = await import('/caisse/index.js');
  window.tracker = createTracker({ site: 'widget', destination: { kind: 'collector', url: '/hits' }, consent: 'granted' });
}
window.widget = document.querySelector('checkout-progress');
for (const element of document.querySelectorAll('checkout-progress')) element.tracker = tracker;
addEventListener('pageshow', (event) => { window.persisted = event.persisted; });
window.loaded = true;";

const LIST: &str = "<ol><li data-step=cart><a href=/cart>Basket</a></li><li data-step=delivery><a href=/delivery>Delivery</a></li>
<li data-step=billing><a href=/billing>Billing</a></li><li data-step=payment><a href=/payment>Payment</a></li><li data-step=done>Confirmation</li></ol>";

fn markup(step: &str, attributes: &str) -> Page {
    Page::with_markup(&format!(
        "<link rel=stylesheet href=/caisse/checkout-progress.css>
        <checkout-progress current={step} {attributes}>{LIST}</checkout-progress>
        <form action=/billing><input id=name name=name required><input id=card name=cc-number data-track-as=card pattern=[0-9]+><button id=continue>Continue</button></form>
        <p><a id=help href=/help>Help</a></p><script type=module nonce=n>{TRACKER}</script>"
    ))
}

/// A site with a page for each step, and one beside them.
async fn open(attributes: &str) -> Site {
    let site = Site::open().await;
    for step in ["cart", "delivery", "billing", "payment", "done"] {
        site.put(&format!("/{step}"), markup(step, attributes));
    }
    site.put("/help", Page::of(""));
    site
}

/// Names of what was told, with the step of each: `checkoutStepView cart`.
const NAMES: &str = "return told().map(([name, data]) => [name, data.step || data.to].filter(Boolean).join(' '))";

/// Waits until so much was told, and answers the names since.
async fn told(browser: &Browser, count: usize) -> Vec<String> {
    let enough = format!(
        "for (let turn = 0; turn < 250 && !(window.told && told().length >= {count}); turn++) await new Promise((done) => setTimeout(done, 20));"
    );
    browser.run(enough).await;
    names(browser.run(NAMES).await)
}

fn names(value: Value) -> Vec<String> {
    serde_json::from_value(value).expect("names")
}

async fn arrive(browser: &Browser, path: &'static str) {
    browser.until_at(path).await;
    browser.until(format!("location.pathname === '{path}' && window.loaded")).await;
}

async fn journey(engine: Engine) {
    let (site, browser) = (open("").await, Browser::of(engine).await);
    browser.visit(site.url("/cart")).await;
    assert_eq!(told(&browser, 1).await, ["checkoutStepView cart"]);
    // A link of the checkout is no leave.
    browser.run("setTimeout(() => widget.querySelectorAll('a')[1].click(), 20)").await;
    arrive(&browser, "/delivery").await;
    assert_eq!(told(&browser, 4).await[1..], ["checkoutStepComplete cart", "scCheckout", "checkoutStepView delivery"]);
    // A field is refused: by name and rule, under the name that the page gave it; what was typed is nowhere.
    browser.fill("name", "Camille").await;
    browser.fill("card", "4242 SECRET").await;
    browser.click("continue").await;
    assert_eq!(told(&browser, 5).await[4..], ["checkoutFieldError delivery"]);
    browser.fill("card", "4242").await;
    browser.click("continue").await;
    arrive(&browser, "/billing").await;
    assert_eq!(told(&browser, 7).await[5..], ["checkoutStepComplete delivery", "checkoutStepView billing"]);
    browser.run("setTimeout(() => history.back(), 50)").await;
    arrive(&browser, "/delivery").await;
    // Left by Back, and come back. Chromium may show the page that it kept before it tells the other one that it goes.
    let back = ["checkoutLeave billing", "checkoutResume billing", "checkoutStepBack delivery", "checkoutStepView delivery"];
    browser.until("told().at(-1)[0] === 'checkoutStepView' && told().at(-1)[1].step === 'delivery'").await;
    let all = told(&browser, 9).await;
    assert!(all[7..] == back || all[7..] == back[2..], "{all:?}");
    let count = all.len();
    browser.reload().await;
    arrive(&browser, "/delivery").await;
    let again = ["checkoutLeave delivery", "checkoutResume delivery", "checkoutStepView delivery"];
    assert_eq!(told(&browser, count + 3).await[count..], again);
    let all = browser.run("return told()").await;
    let text = all.to_string();
    assert!(!text.contains("SECRET") && !text.contains("4242") && !text.contains("Camille"), "a value was read: {text}");
    let of =
        |name: &str| all.as_array().expect("told").iter().filter(|call| call[0] == name).map(|call| call[1].clone()).collect::<Vec<_>>();
    assert_eq!(of("scCheckout").len(), 1, "{text}");
    let error = &of("checkoutFieldError")[0];
    assert_eq!((&error["field"], &error["rule"]), (&json!("card"), &json!("patternMismatch")));
    let complete = of("checkoutStepComplete");
    assert_eq!((&complete[0]["via"], &complete[1]["via"]), (&json!("link"), &json!("form")));
    assert_eq!((&complete[1]["errorCount"], &complete[1]["index"], &complete[1]["count"]), (&json!(1), &json!(2), &json!(5)));
    assert_eq!(of("checkoutStepBack")[0]["via"], "history");
    assert!(
        of("checkoutStepView").iter().filter(|view| view["step"] == "delivery").map(|view| view["revisit"] == true).eq([false, true, true])
    );
    let ids = all.as_array().expect("told").iter().map(|call| call[1]["checkoutId"].to_string()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(ids.len(), 1, "one attempt: {ids:?}");
    assert_eq!(browser.run("return errors").await, json!([]));
}

#[tokio::test]
async fn a_checkout_tells_itself_in_chromium() {
    journey(Engine::Chromium).await;
}

#[tokio::test]
async fn a_checkout_tells_itself_in_firefox() {
    journey(Engine::Firefox).await;
}

#[tokio::test]
async fn a_checkout_tells_itself_in_webkit() {
    journey(Engine::Webkit).await;
}

/// What a browser keeps of the element.
const KEPT: &str = "return Object.keys(sessionStorage).filter((key) => key.includes('caisse'))";
/// What the page has fetched of the funnel.
const FETCHED: &str =
    "return performance.getEntriesByType('resource').filter(({ name }) => /report|checkout-[0-9a-f]{12}/.test(name)).length";

#[tokio::test]
async fn off_and_denied_tell_keep_and_load_nothing() {
    let (site, browser) = (open("track=off").await, Browser::chromium().await);
    browser.visit(site.url("/delivery")).await;
    browser.click("continue").await;
    browser.run("widget.complete(); widget.setError('delivery', 'Postcode?'); await new Promise((done) => setTimeout(done, 300))").await;
    let silent = json!([[], [], 0]);
    let all = format!("return [told(), await (async () => {{ {KEPT} }})(), await (async () => {{ {FETCHED} }})()]");
    assert_eq!(browser.run(all.as_str()).await, silent, "off");
    // It is drawn all the same.
    assert_eq!(browser.run("return widget.shadowRoot.querySelectorAll('li').length").await, 5);
    // Granted, so that there is something; then withdrawn.
    browser.run("widget.track = 'auto'").await;
    told(&browser, 2).await;
    assert_eq!(browser.run(KEPT).await, json!(["caisse.checkout"]));
    browser.run("localStorage.setItem('consent', 'denied'); localStorage.removeItem('told'); widget.current = 'billing'; await new Promise((done) => setTimeout(done, 300))").await;
    assert_eq!(browser.run("return told()").await, json!([]));
    assert_eq!(browser.run(KEPT).await, json!([]));
    browser.reload().await;
    arrive(&browser, "/delivery").await;
    browser.run("await new Promise((done) => setTimeout(done, 300))").await;
    assert_eq!(browser.run("return told()").await, json!([]));
    assert_eq!(browser.run("return errors").await, json!([]));
}

#[tokio::test]
async fn pending_consent_keeps_nothing() {
    let (site, browser) = (open("").await, Browser::chromium().await);
    browser.visit(site.url("/help")).await;
    browser.run("localStorage.setItem('consent', 'pending')").await;
    browser.visit(site.url("/delivery")).await;
    // The tracker holds calls until the visitor answers; the funnel may remember as long as the page lives.
    assert_eq!(told(&browser, 2).await, ["scCheckout", "checkoutStepView delivery"]);
    assert_eq!(browser.run(KEPT).await, json!([]));
}

#[tokio::test]
async fn a_checkout_is_counted_once_however_it_is_reached() {
    let (shop, site, browser) = (Shop::open().await, open("checkout-id=k42").await, Browser::chromium().await);
    site.pass_on_to(&shop);
    browser.visit(site.url("/help")).await;
    browser.run("localStorage.setItem('real', 1)").await;
    let sent = "for (let turn = 0; turn < 500 && !tracker.stats().destinations[0].tracked; turn++) await new Promise((done) => setTimeout(done, 20));
        await tracker.flush(); return tracker.stats().destinations[0].acknowledged";
    browser.visit(site.url("/delivery")).await;
    browser.run(sent).await;
    shop.until("", |report| report.metric("checkouts") == 1).await;
    browser.reload().await;
    arrive(&browser, "/delivery").await;
    browser.run(sent).await;
    // A tab of its own remembers nothing, and says it again: the collector knows.
    browser.run("localStorage.setItem('fresh', 1)").await;
    browser.reload().await;
    arrive(&browser, "/delivery").await;
    let again = browser.run(sent).await;
    assert!(again.as_u64() >= Some(2), "scCheckout and the view are sent again: {again}");
    browser.run("widget.current = 'done'; await new Promise((done) => setTimeout(done, 100)); await tracker.flush()").await;
    let report = shop.until("", |report| report.balances() && report.accounting("duplicates") > 0).await;
    assert_eq!((report.metric("checkouts"), report.metric("orders")), (1, 0), "{report:?}");
}

#[tokio::test]
async fn a_page_can_add_to_what_is_tracked_or_keep_it_back() {
    let (site, browser) = (open("variant=b").await, Browser::chromium().await);
    browser.visit(site.url("/help")).await;
    site.put("/delivery", markup("delivery", "variant=b").clone());
    browser.visit(site.url("/cart")).await;
    told(&browser, 1).await;
    browser
        .run("addEventListener('checkout-track', (event) => { if (event.detail.name === 'checkoutStepComplete') event.preventDefault(); event.detail.data.cartId = 'c7'; }); widget.go('delivery')")
        .await;
    assert_eq!(told(&browser, 3).await, ["checkoutStepView cart", "scCheckout", "checkoutStepView delivery"]);
    let last = browser.run("return told().at(-1)[1]").await;
    assert_eq!((&last["cartId"], &last["variant"]), (&json!("c7"), &json!("b")));
}

/// A page with the element, which reports, and a tracker, which delivers: the browser keeps it for Back all the same.
async fn is_kept(engine: Engine) {
    let (shop, site, browser) = (Shop::open().await, open("checkout-id=k77").await, Browser::of(engine).await);
    site.pass_on_to(&shop);
    browser.visit(site.url("/help")).await;
    browser.run("localStorage.setItem('real', 1)").await;
    browser.visit(site.url("/delivery")).await;
    let listen = "window.mark = 1; window.heard = []; addEventListener('checkout-track', ({ detail }) => heard.push(detail.name));
        for (let turn = 0; turn < 500 && !tracker.stats().destinations[0].tracked; turn++) await new Promise((done) => setTimeout(done, 20));
        await tracker.flush(); heard.length = 0; return tracker.stats().destinations[0].acknowledged";
    assert_eq!(browser.run(listen).await, 2, "scCheckout and a view");
    browser.run("setTimeout(() => document.getElementById('help').click(), 20)").await;
    arrive(&browser, "/help").await;
    browser.run("setTimeout(() => history.back(), 50)").await;
    browser.until_at("/delivery").await;
    browser.until("location.pathname === '/delivery' && window.loaded && window.heard?.includes('checkoutResume')").await;
    assert_eq!(browser.run("return [window.mark, window.persisted]").await, json!([1, true]), "it was loaded anew");
    assert_eq!(browser.run("return heard").await, json!(["checkoutLeave", "checkoutResume", "checkoutStepView"]));
    // It goes on from there: painting, reporting, delivering.
    browser.run("widget.current = 'billing'; await new Promise((done) => setTimeout(done, 100)); await tracker.flush()").await;
    assert_eq!(browser.run("return heard.slice(3)").await, json!(["checkoutStepComplete", "checkoutStepView"]));
    // Firefox and WebKit never settle a request that was under way when they kept the page; what waits there comes with the next page.
    let counted = if engine == Engine::Chromium { 7 } else { 3 };
    let report = shop.until("", |report| report.balances() && report.accounting("counted") >= counted).await;
    assert_eq!((report.metric("checkouts"), report.accounting("duplicates")), (1, 0), "{report:?}");
    assert_eq!(browser.run("return errors").await, json!([]));
}

#[tokio::test]
async fn back_shows_the_page_as_it_was_in_chromium() {
    is_kept(Engine::Chromium).await;
}

#[tokio::test]
async fn back_shows_the_page_as_it_was_in_firefox() {
    is_kept(Engine::Firefox).await;
}

#[tokio::test]
async fn back_shows_the_page_as_it_was_in_webkit() {
    is_kept(Engine::Webkit).await;
}
