//! What `<checkout-progress>` looks like, beside the pictures that somebody looked at (tests/e2e/pictures). They were taken in Chromium with
//! the fonts of the machine that tests; `CAISSE_ACCEPT=1` takes them anew.

use std::path::PathBuf;

use caisse_e2e::{Browser, Picture, Shop};

/// Pixels that may differ, of a million.
const DIFFERENCE_MAX: usize = 100;

/// Shows only the cases of the lab whose ids match, in a page of this width.
async fn check(browser: &Browser, name: &str, cases: &str, width: u32) {
    let show = format!(
        "document.body.style.width = '{width}px'; document.querySelectorAll('h1, .lead').forEach((element) => element.remove());
        for (const element of document.querySelectorAll('.case')) element.style.display = /{cases}/.test(element.id) ? '' : 'none';
        await document.fonts.ready; await new Promise((done) => setTimeout(done, 400))"
    );
    browser.run(show).await;
    let picture = browser.picture("main").await;
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pictures").join(format!("{name}.png"));
    if std::env::var_os("CAISSE_ACCEPT").is_some() {
        picture.keep(&path).expect("a picture to keep");
    }
    let stored = Picture::read(std::fs::read(&path).expect("the stored picture")).expect("the stored picture");
    let difference = picture.difference(&stored);
    if difference > DIFFERENCE_MAX {
        let seen = std::env::temp_dir().join(format!("{name}.png"));
        picture.keep(&seen).expect("a picture to look at");
        panic!("{difference} pixels of a million differ from {}; look at {}", path.display(), seen.display());
    }
}

#[tokio::test]
async fn the_lab_looks_as_it_did() {
    let (shop, browser) = (Shop::open().await, Browser::chromium().await);
    browser.open(shop.url("/lab")).await;
    browser
        .until("document.querySelector('[lang=ar] checkout-progress').shadowRoot?.querySelector('.counter').textContent.includes('من')")
        .await;
    check(&browser, "full", "^en-.*-auto-plain", 1100).await;
    check(&browser, "narrow", "^(en|de)-.*-auto-plain", 360).await;
    check(&browser, "right-to-left", "^ar-.*-(auto|vertical)-plain", 1100).await;
    check(&browser, "vertical", "^en-.*-vertical-plain", 700).await;
    check(&browser, "themes", "-(dark|brand)$", 1100).await;
    browser.emulate(&[("forced-colors", "active")], "").await;
    check(&browser, "forced-colours", "^en-.*-(auto|compact)-plain", 1100).await;
}
