//! What `<checkout-progress>` is to those who do not see it: axe-core, computed roles and names, tab order; in every state and language
//! of the lab, at three widths, in three engines.

use std::fmt::Write as _;
use std::path::Path;

use caisse_e2e::{Browser, Engine, Shop};
use serde_json::json;

/// Computed roles and names, as they were looked at: `CAISSE_ACCEPT=1` writes them anew.
const STORED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/roles.txt");

async fn lab(engine: Engine) -> (Shop, Browser) {
    let (shop, browser) = (Shop::open().await, Browser::of(engine).await);
    browser.open(shop.url("/lab")).await;
    browser.until("[...document.querySelectorAll('checkout-progress')].every((element) => element.shadowRoot?.querySelector('li'))").await;
    // Late languages are painted by then.
    browser
        .until("document.querySelector('[lang=ar] checkout-progress').shadowRoot.querySelector('.counter').textContent.includes('من')")
        .await;
    (shop, browser)
}

/// Whether every element is laid out by its own width, which the browser tells it with the next frame.
const LAID_OUT: &str = "[...document.querySelectorAll('checkout-progress')].every((element) => element.layout !== 'auto' ||
(element.clientWidth < 30 * parseFloat(getComputedStyle(document.documentElement).fontSize)) === !!element.shadowRoot.querySelector('.compact'))";

/// Presses every "Show all steps"; again, and they are as before.
const OPEN_ALL: &str = "const all = [...document.querySelectorAll('checkout-progress')].map(({ shadowRoot }) => shadowRoot).filter((root) => root.querySelector('.compact'));
if (!all.length) throw new Error('nothing is compact');
const before = all.map((root) => root.querySelector('button').getAttribute('aria-expanded'));
for (const root of all) root.querySelector('button').click();
await new Promise((done) => setTimeout(done, 200));
if (all.some((root, index) => root.querySelector('button').getAttribute('aria-expanded') === before[index])) throw new Error('a button does nothing');";

/// Texts of the element that do not fit: those that stick out of their step or of the element, run into the next step's, or are cut off.
const CLIPPED: &str = "return [...document.querySelectorAll('checkout-progress')].flatMap((element) => {
  const host = element.getBoundingClientRect(), wrong = [];
  const say = (what, part) => wrong.push([element.closest('.case').id, what, part.textContent.trim().slice(0, 30)].join(' '));
  // What is there for screen readers alone is clipped on purpose.
  const shown = (part) => !part || (getComputedStyle(part).clipPath === 'none' && getComputedStyle(part).display !== 'none' && shown(part.parentElement));
  const outside = (box, place) => box.left < place.left - 1 || box.right > place.right + 1 || box.top < place.top - 1 || box.bottom > place.bottom + 1;
  for (const part of element.shadowRoot.querySelectorAll('.label, .hint, .counter > *, button')) {
    if (!shown(part)) continue;
    const range = document.createRange();
    range.selectNodeContents(part);
    const text = range.getBoundingClientRect();
    if (text.width && outside(text, host)) say('out of the element:', part);
    const item = part.closest('li');
    if (item && text.width && outside(text, item.getBoundingClientRect())) say('out of its step:', part);
    if (getComputedStyle(part).overflow !== 'visible' && (part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1)) say('cut off:', part);
  }
  if (element.scrollWidth > element.clientWidth + 1) wrong.push(element.closest('.case').id + ' scrolls');
  return wrong;
}).slice(0, 20)";

/// What visitors may do to text: twice the size (WCAG 1.4.4), and more space (1.4.12), also inside of the element.
const TEXTS: [(&str, &str); 3] = [
    ("twice the size", "html { font-size: 200% } .case { font-size: 1rem }"),
    (
        "more space",
        "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }",
    ),
    (
        "both",
        "html { font-size: 200% } .case { font-size: 1rem } * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }",
    ),
];

/// Larger texts and more space between them fit, at widths of the page in pixels.
async fn texts_fit(engine: Engine) {
    let (_shop, browser) = lab(engine).await;
    let sheet = "window.sheet = new CSSStyleSheet(); document.adoptedStyleSheets.push(sheet);
        for (const { shadowRoot } of document.querySelectorAll('checkout-progress')) shadowRoot.adoptedStyleSheets.push(sheet);";
    browser.run(sheet).await;
    for width in [320, 768, 1200] {
        for (what, style) in [[("nothing", "")].as_slice(), &TEXTS].concat() {
            let apply = format!(
                "sheet.replaceSync(`{style}`); document.body.style.width = '{width}px'; await new Promise((done) => setTimeout(done, 200))"
            );
            browser.run(apply).await;
            browser.until(LAID_OUT).await;
            assert_eq!(browser.run(CLIPPED).await, json!([]), "{what} at {width} px in {}", engine.name());
        }
    }
    // What was asked for is there.
    let label = "return (({ fontSize, letterSpacing }) => [fontSize, letterSpacing])(getComputedStyle(document.querySelector('#en-first-auto-plain checkout-progress').shadowRoot.querySelector('.label')))";
    assert_eq!(browser.run(label).await, json!(["32px", "3.84px"]), "{}", engine.name());
}

#[tokio::test]
async fn larger_and_wider_texts_fit_in_chromium() {
    texts_fit(Engine::Chromium).await;
}

#[tokio::test]
async fn larger_and_wider_texts_fit_in_firefox() {
    texts_fit(Engine::Firefox).await;
}

#[tokio::test]
async fn larger_and_wider_texts_fit_in_webkit() {
    texts_fit(Engine::Webkit).await;
}

/// Axe-core in all states, languages and themes, at widths of the page in pixels.
async fn is_clean(engine: Engine) {
    let (_shop, browser) = lab(engine).await;
    for width in [320, 768, 1200] {
        browser.run(format!("document.body.style.width = '{width}px'; await new Promise((done) => setTimeout(done, 100))")).await;
        browser.until(LAID_OUT).await;
        let narrow = browser
            .run("return document.querySelector('#en-first-auto-plain checkout-progress').shadowRoot.querySelector('.compact') !== null")
            .await;
        assert_eq!(narrow, width == 320, "the lab is laid out by its width");
        assert_eq!(browser.violations().await, [""; 0], "{} at {width} px", engine.name());
        if narrow == json!(true) {
            browser.run(OPEN_ALL).await;
            assert_eq!(browser.violations().await, [""; 0], "{} with all steps shown", engine.name());
            assert_eq!(browser.run(CLIPPED).await, json!([]), "{} with all steps shown", engine.name());
            browser.run(OPEN_ALL).await;
        }
        let small = browser
            .run("return [...document.querySelectorAll('checkout-progress')].flatMap((element) => [...element.shadowRoot.querySelectorAll('a, button')])
                .filter((link) => link.checkVisibility?.() ?? link.offsetParent).map((link) => link.getBoundingClientRect())
                .filter(({ width, height }) => width < 24 || height < 24).length")
            .await;
        assert_eq!(small, 0, "links and buttons of less than 24 px at {width} px");
        let wide = browser.run("return [...document.querySelectorAll('checkout-progress')].filter((element) => element.scrollWidth > element.clientWidth + 1).length").await;
        assert_eq!(wide, 0, "elements wider than their place at {width} px");
    }
}

#[tokio::test]
async fn axe_finds_nothing_in_chromium() {
    is_clean(Engine::Chromium).await;
}

#[tokio::test]
async fn axe_finds_nothing_in_firefox() {
    is_clean(Engine::Firefox).await;
}

#[tokio::test]
async fn axe_finds_nothing_in_webkit() {
    is_clean(Engine::Webkit).await;
}

/// The elements of a case whose roles are compared, and beside each its kind: names are compared of landmarks and links only, as engines
/// differ about those of list items.
const PARTS: &str = "const root = document.getElementById(id).querySelector('checkout-progress').shadowRoot;
const parts = [...root.querySelectorAll('.root, ol, li, a, [role=status]')];";

async fn roles(engine: Engine) -> String {
    let (_shop, browser) = lab(engine).await;
    let ids =
        browser.run("return [...document.querySelectorAll('.case')].map(({ id }) => id).filter((id) => id.endsWith('auto-plain'))").await;
    let mut all = String::new();
    for id in ids.as_array().expect("cases") {
        let told = browser.roles(format!("const id = {id}; {PARTS} return parts")).await;
        let kinds = browser
            .run(format!("const id = {id}; {PARTS} return parts.map((part) => [part.localName, part.getAttribute('aria-current')])"))
            .await;
        writeln!(all, "{}", id.as_str().expect("an id")).expect("a line");
        for ((role, name), kind) in told.iter().zip(kinds.as_array().expect("kinds")) {
            let current = kind[1].as_str().map(|current| format!(" current={current}")).unwrap_or_default();
            let named = if kind[0] == "a" || kind[0] == "div" { format!(" \"{name}\"") } else { String::new() };
            writeln!(all, "  {role}{current}{named}").expect("a line");
        }
    }
    all
}

async fn roles_are_as_stored(engine: Engine) {
    let told = roles(engine).await;
    if std::env::var_os("CAISSE_ACCEPT").is_some() {
        std::fs::write(STORED, &told).expect("the stored roles");
    }
    let stored = std::fs::read_to_string(Path::new(STORED)).expect("the stored roles");
    let first = told.lines().zip(stored.lines()).position(|(told, stored)| told != stored);
    let at = first.unwrap_or_default();
    let around = |text: &str| text.lines().skip(at.saturating_sub(3)).take(8).collect::<Vec<_>>().join("\n");
    assert!(told == stored, "{} at line {at} tells\n{}\nstored is\n{}", engine.name(), around(&told), around(&stored));
}

#[tokio::test]
async fn roles_and_names_are_as_stored_in_chromium() {
    roles_are_as_stored(Engine::Chromium).await;
}

#[tokio::test]
async fn roles_and_names_are_as_stored_in_firefox() {
    roles_are_as_stored(Engine::Firefox).await;
}

#[tokio::test]
async fn roles_and_names_are_as_stored_in_webkit() {
    roles_are_as_stored(Engine::Webkit).await;
}

#[tokio::test]
async fn colours_motion_and_paper_are_the_visitors() {
    let (_shop, browser) = lab(Engine::Chromium).await;
    let style = |part: &str, property: &str| {
        format!(
            "return getComputedStyle(document.querySelector('#en-error-auto-plain checkout-progress').shadowRoot.querySelector('{part}')).{property}"
        )
    };
    assert_eq!(browser.run(style(".marker", "transitionDuration")).await, "0.2s");
    browser.emulate(&[("prefers-reduced-motion", "reduce"), ("forced-colors", "active")], "").await;
    assert_eq!(browser.run(style(".marker", "transitionDuration")).await, "0s");
    // The browser's colours, and signs that are none: a tick, a double ring, a thick ring.
    assert_eq!(browser.run("return matchMedia('(forced-colors: active)').matches").await, true);
    assert_eq!(browser.run(style(".error .marker", "borderTopStyle")).await, "double");
    assert_eq!(browser.run(style(".current .marker", "borderTopWidth")).await, "5px");
    let red = browser.run(style(".error .marker", "borderTopColor")).await;
    assert_ne!(red, json!("rgb(179, 35, 26)"), "the page's own red stays on the visitor's ground");
    browser.emulate(&[], "print").await;
    browser.until("document.querySelector('checkout-progress').shadowRoot.querySelector('.vertical')").await;
    assert_eq!(browser.run(style("a .label", "textDecorationLine")).await, "none");
}
