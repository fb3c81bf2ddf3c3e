//! `<checkout-progress>` in pages that React and Vue render: written anew, moved, and mounted twice as React does to find mistakes.

use std::path::Path;
use std::process::Command;

use caisse_e2e::{Browser, Engine, NODE, Page, Site};
use serde_json::json;

/// What the framework's page starts with, and what its tracker was told.
const BEFORE: &str = "window.told = []; window.routed = [];
window.tracker = { track: (name, data) => told.push([name, data.step || data.to].filter(Boolean).join(' ')) };
window.state = { step: 'delivery', list: 1, at: 'a', names: { cart: 'Basket', delivery: 'Delivery', billing: 'Billing', payment: 'Payment', done: 'Done' } };
for (const kind of ['error', 'warn']) console[kind] = (...said) => errors.push(said.join(' '));
window.settled = () => new Promise((done) => setTimeout(done, 300));
window.widget = () => document.querySelector('checkout-progress');
window.shown = () => [...widget().shadowRoot.querySelectorAll('li')].map((item) => item.querySelector('.label').textContent + ' ' + item.className.split(' ')[1]);";

/// Bundles a page of js/test with the framework that it imports, in its development build, which complains most.
fn bundle(name: &str) -> String {
    let js = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../js");
    let mut command = Command::new(NODE.find().expect("Node.js"));
    command.arg(js.join("node_modules/esbuild/bin/esbuild")).arg(js.join("test").join(name));
    command.args([
        "--bundle",
        "--format=esm",
        "--external:/caisse/*",
        "--define:process.env.NODE_ENV=\"development\"",
        "--log-level=error",
    ]);
    for flag in ["__VUE_OPTIONS_API__", "__VUE_PROD_DEVTOOLS__", "__VUE_PROD_HYDRATION_MISMATCH_DETAILS__"] {
        command.arg(format!("--define:{flag}=false"));
    }
    let done = command.output().expect("esbuild");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("a script")
}

async fn works_in(framework: &str, engine: Engine) {
    let (site, browser) = (Site::open().await, Browser::of(engine).await);
    site.put("/page.js", Page::script(&bundle(&format!("widget-{framework}.mjs"))));
    site.put("/", Page::with_markup(&format!("<div id=root></div><script>{BEFORE}</script><script type=module src=/page.js></script>")));
    browser.visit(site.url("/")).await;
    browser.until("window.told?.length >= 2 && widget()?.shadowRoot.querySelector('li')").await;
    let states = |states: [&str; 5]| {
        json!(
            ["Basket", "Delivery", "Billing", "Payment", "Done"]
                .iter()
                .zip(states)
                .map(|(name, state)| format!("{name} {state}"))
                .collect::<Vec<_>>()
        )
    };
    assert_eq!(browser.run("await settled(); return shown()").await, states(["complete", "current", "upcoming", "upcoming", "upcoming"]));
    assert_eq!(browser.run("return told").await, json!(["scCheckout", "checkoutStepView delivery"]), "once, however often it was mounted");
    // The same list with another step, another list, other words: what has the focus keeps it.
    browser.run("widget().shadowRoot.querySelector('a').focus(); window.focused = widget().shadowRoot.activeElement; show({ step: 'billing' }); await settled(); show({ list: 2 }); await settled()").await;
    assert_eq!(browser.run("return shown()").await, states(["complete", "complete", "current", "upcoming", "upcoming"]));
    assert_eq!(browser.run("return [!!focused, widget().shadowRoot.activeElement === focused]").await, json!([true, true]));
    browser.run("show({ names: { ...state.names, cart: 'Warenkorb' } }); await settled()").await;
    assert_eq!(browser.run("return shown()[0]").await, "Warenkorb complete");
    assert_eq!(browser.run("return told.slice(2)").await, json!(["checkoutStepComplete delivery", "checkoutStepView billing"]));
    // A click on the element's link is one on the framework's own.
    browser.run("[...widget().shadowRoot.querySelectorAll('a')][1].click(); await settled()").await;
    assert_eq!(browser.run("return [routed, widget().current, location.pathname]").await, json!([["delivery"], "delivery", "/"]));
    assert_eq!(browser.run("return told.slice(4)").await, json!(["checkoutStepBack delivery", "checkoutStepView delivery"]));
    // In another place of the page, moved or made anew, it goes on.
    browser.run("show({ at: 'b' }); await settled(); show({ step: 'payment' }); await settled()").await;
    assert_eq!(
        browser.run("return [widget().parentElement.id, document.querySelectorAll('checkout-progress').length]").await,
        json!(["b", 1])
    );
    assert_eq!(browser.run("return told.slice(6)").await, json!(["checkoutStepComplete delivery", "checkoutStepView payment"]));
    assert_eq!(browser.run("return shown()[3]").await, "Payment current");
    assert_eq!(browser.run("return errors").await, json!([]), "the framework complains of nothing");
}

#[tokio::test]
async fn react_renders_it_in_chromium() {
    works_in("react", Engine::Chromium).await;
}

#[tokio::test]
async fn react_renders_it_in_firefox() {
    works_in("react", Engine::Firefox).await;
}

#[tokio::test]
async fn vue_renders_it_in_chromium() {
    works_in("vue", Engine::Chromium).await;
}

#[tokio::test]
async fn vue_renders_it_in_firefox() {
    works_in("vue", Engine::Firefox).await;
}
