//! `<checkout-progress>` in pages as they are: before its script comes and without one, written anew by frameworks, moved, twice, late,
//! under strict policies, and where WebAssembly may not run.

use caisse_e2e::{Browser, Engine, Page, Site};
use serde_json::json;

const LIST: &str = "<ol><li data-step=cart data-summary='3 items'><a href=/cart>Basket</a></li><li data-step=delivery aria-current=step>Delivery</li>
<li data-step=billing data-optional><a href=/billing>Billing</a></li><li data-step=payment><a href=/payment>Payment</a></li><li data-step=done>Confirmation</li></ol>";

fn element(attributes: &str) -> String {
    format!("<checkout-progress current=delivery track=off {attributes}>{LIST}</checkout-progress>")
}

/// A page with the style sheet, and the element's script when it is asked for.
fn page(body: &str, script: &str) -> Page {
    let define =
        "window.define = () => import('/caisse/checkout-progress-define.js'); window.widget = document.querySelector('checkout-progress');";
    Page::with_markup(&format!(
        "<link rel=stylesheet href=/caisse/checkout-progress.css>{body}<p id=after>After.</p><script type=module nonce=n>{define}\n{script}\nwindow.loaded = true;</script>"
    ))
}

async fn open(body: &str, script: &str, engine: Engine) -> (Site, Browser) {
    let (site, browser) = (Site::open().await, Browser::of(engine).await);
    site.put("/", page(body, script));
    browser.visit(site.url("/")).await;
    (site, browser)
}

async fn moves_nothing(engine: Engine) {
    let places: String =
        [280, 380, 600, 900].iter().map(|width| format!("<div class=place data-width={width}>{}</div>", element(""))).collect();
    let script = "document.querySelectorAll('.place').forEach((place) => { place.style.width = place.dataset.width + 'px'; });
        window.heights = () => [...document.querySelectorAll('.place')].map((place) => place.getBoundingClientRect().height);
        window.shifts = []; try { new PerformanceObserver((list) => shifts.push(...list.getEntries().map(({ value }) => value))).observe({ type: 'layout-shift' }); } catch {}";
    let (_site, browser) = open(&places, script, engine).await;
    let before = browser.run("await new Promise((done) => setTimeout(done, 600)); shifts.length = 0; return heights()").await;
    let after = browser.run("await define(); await new Promise((done) => setTimeout(done, 600)); return heights()").await;
    assert_eq!(
        browser.run("return document.querySelectorAll('.compact').length + widget.shadowRoot.querySelectorAll('.compact').length").await,
        1
    );
    assert_eq!(before, after, "heights in {}", engine.name());
    assert_eq!(browser.run("return shifts").await, json!([]), "layout shifts in {}", engine.name());
}

#[tokio::test]
async fn upgrading_moves_nothing_in_chromium() {
    moves_nothing(Engine::Chromium).await;
}

#[tokio::test]
async fn upgrading_moves_nothing_in_firefox() {
    moves_nothing(Engine::Firefox).await;
}

#[tokio::test]
async fn upgrading_moves_nothing_in_webkit() {
    moves_nothing(Engine::Webkit).await;
}

#[tokio::test]
async fn without_scripts_the_list_is_read_and_its_links_work() {
    let (site, browser) = (Site::open().await, Browser::chromium().await);
    site.put(
        "/",
        Page::with_markup(&format!(
            "<link rel=stylesheet href=/caisse/checkout-progress.css>{}",
            element("").replace("<a href=/billing", "<a id=link href=/billing")
        )),
    );
    site.put("/billing", Page::with_markup("<p id=there>There."));
    browser.without_scripts().await;
    browser.open(site.url("/")).await;
    assert_eq!(browser.text("link").await, "Billing");
    browser.click("link").await;
    assert_eq!(browser.text("there").await, "There.");
}

/// Names of the steps as they are shown, with their states.
const SHOWN: &str = "return [...widget.shadowRoot.querySelectorAll('li')].map((item) => item.querySelector('.label').textContent + ' ' + item.className.split(' ')[1])";

#[tokio::test]
async fn a_list_that_is_written_anew_keeps_focus_and_what_was_said() {
    let (_site, browser) = open(&element(""), "await define();", Engine::Chromium).await;
    assert_eq!(
        browser.run(SHOWN).await,
        json!(["Basket complete", "Delivery current", "Billing upcoming", "Payment upcoming", "Confirmation upcoming"])
    );
    browser.run("widget.shadowRoot.querySelector('a').focus(); widget.shadowRoot.querySelector('a').mark = 1; widget.setError('cart', 'Sold out')").await;
    // As React does it: the same list, and as others do: another one.
    browser
        .run("widget.querySelector('ol').replaceWith(widget.querySelector('ol').cloneNode(true)); widget.current = 'billing'; await null")
        .await;
    assert_eq!(
        browser.run(SHOWN).await,
        json!(["Basket error", "Delivery complete", "Billing current", "Payment upcoming", "Confirmation upcoming"])
    );
    assert_eq!(browser.run("return [document.activeElement === widget, widget.shadowRoot.activeElement?.mark]").await, json!([true, 1]));
    browser.run("widget.querySelectorAll('li')[2].hidden = true; widget.current = 'payment'; await null").await;
    assert_eq!(
        browser.run("return widget.shadowRoot.querySelector('[role=status]').textContent").await,
        "Step 3 of 4: Payment. Billing was skipped."
    );
    assert_eq!(browser.run("return widget.shadowRoot.querySelectorAll('[aria-current]').length").await, 1);
    // Moved within a task, and to another root; connected twice.
    browser
        .run("document.body.append(widget); const host = document.createElement('div'); document.body.append(host); host.attachShadow({ mode: 'open' }).append(widget); await null")
        .await;
    assert_eq!(browser.run(SHOWN).await, json!(["Basket error", "Delivery complete", "Payment current", "Confirmation upcoming"]));
    assert_eq!(browser.run("return errors").await, json!([]));
}

#[tokio::test]
async fn what_was_set_before_the_class_came_stands() {
    let early = "widget.steps = [{ id: 'a', label: 'One' }, { id: 'b', label: 'Two', href: '/two' }]; widget.current = 'b'; widget.label = 'Early'; await define();";
    let (_site, browser) = open(&element(""), early, Engine::Chromium).await;
    assert_eq!(browser.run(SHOWN).await, json!(["One complete", "Two current"]));
    assert_eq!(
        browser.run("return [widget.shadowRoot.querySelector('.root').ariaLabel, widget.getAttribute('label')]").await,
        json!(["Early", "Early"])
    );
    // An id that nobody knows is refused.
    browser.run("widget.current = 'nowhere'; await null").await;
    assert_eq!(browser.run("return widget.current").await, "b");
}

#[tokio::test]
async fn a_change_is_asked_for_and_told() {
    let script = "await define(); window.heard = []; for (const name of ['checkout-step-before-change', 'checkout-step-change'])
        addEventListener(name, (event) => { heard.push([name, event.detail.from, event.detail.to]); if (event.detail.to === window.refused) event.preventDefault(); });
        window.clicked = 0; widget.querySelector('a').addEventListener('click', (event) => { clicked++; event.preventDefault(); });";
    let (_site, browser) = open(&element("update-title"), script, Engine::Chromium).await;
    assert_eq!(browser.run("return document.title").await, "Step 2 of 5: Delivery – Test");
    assert_eq!(browser.run("window.refused = 'billing'; return [widget.next(), widget.current]").await, json!([false, "delivery"]));
    assert_eq!(
        browser.run("window.refused = ''; widget.skip('billing', 'same'); return [widget.next(), widget.current]").await,
        json!([true, "payment"])
    );
    assert_eq!(browser.run("return document.title").await, "Step 4 of 5: Payment – Test");
    // The author's own link is clicked, so that a router hears of it.
    browser.run("widget.shadowRoot.querySelector('a').click(); widget.current = 'cart'; await null").await;
    let before = |from: &str, to: &str| json!(["checkout-step-before-change", from, to]);
    let after = |from: &str, to: &str| json!(["checkout-step-change", from, to]);
    let heard = json!([
        before("delivery", "billing"),
        before("delivery", "payment"),
        after("delivery", "payment"),
        before("payment", "cart"),
        after("payment", "cart")
    ]);
    assert_eq!(browser.run("return [heard, clicked]").await, json!([heard, 1]));
    // What the page does itself is no news to it.
    browser.run("heard.length = 0; widget.current = 'delivery'; await null").await;
    assert_eq!(browser.run("return heard").await, json!([]));
}

#[tokio::test]
async fn a_strict_policy_and_no_webassembly_are_no_obstacle() {
    let policy = "default-src 'none'; script-src 'self' 'nonce-n'; style-src 'self'; connect-src 'self'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'";
    let (site, browser) = (Site::open().await, Browser::chromium().await);
    let body = element("").replace("track=off", "") + element("label=Second").as_str();
    let script = "const told = window.told = []; for (const element of document.querySelectorAll('checkout-progress')) element.tracker = { track: (name) => told.push(name) }; await define();";
    site.put("/", page(&body, script).with("content-security-policy", policy));
    browser.visit(site.url("/")).await;
    assert_eq!(browser.run(SHOWN).await.as_array().map(Vec::len), Some(5));
    let marker = "return [...document.querySelectorAll('checkout-progress')].map((element) => getComputedStyle(element.shadowRoot.querySelector('.marker')).borderTopLeftRadius)";
    assert_eq!(browser.run(marker).await, json!(["50%", "50%"]), "styles");
    browser.run("await new Promise((done) => setTimeout(done, 500))").await;
    // The probe of WebAssembly is the one thing that a policy is asked, and it says so.
    assert_eq!(
        browser.run("return [errors, (window.violations || []).filter((directive) => directive !== 'script-src')]").await,
        json!([[], []])
    );
}
