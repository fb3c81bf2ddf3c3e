//! What `<checkout-progress>` looks like, beside the pictures that somebody looked at (tests/e2e/pictures), each engine beside its own. They were taken
//! with the fonts of the machine that tests; `CAISSE_ACCEPT=1` takes them anew. Chromium's are compared by every test, the others' by
//! `cargo xtask chaos`, as their drawing takes long and changes with every version: `CAISSE_PICTURES` names the engines.

use std::path::PathBuf;

use caisse_e2e::{Browser, Engine, Picture, Shop};

/// Pixels that may differ, of a million.
const DIFFERENCE_MAX: usize = 100;

/// What is compared: a name, the cases of the lab by a pattern of their ids, and how wide the page is.
const PICTURES: [(&str, &str, u32); 5] = [
    ("full", "^en-.*-auto-plain", 900),
    ("narrow", "^(en|de)-.*-auto-plain", 360),
    ("right-to-left", "^ar-.*-(auto|vertical)-plain", 900),
    ("vertical", "^en-.*-vertical-plain", 700),
    ("themes", "-(dark|brand)$", 900),
];

/// Shows only the cases of the lab whose ids match, in a page of this width.
async fn check(browser: &Browser, name: &str, cases: &str, width: u32) {
    let show = format!(
        "document.body.style.width = '{width}px'; document.querySelectorAll('h1, .lead').forEach((element) => element.remove());
        for (const element of document.querySelectorAll('.case')) element.hidden = !/{cases}/.test(element.id);
        await document.fonts.ready; await new Promise((done) => setTimeout(done, 400))"
    );
    browser.run(show).await;
    let engine = browser.engine();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pictures");
    let (picture, path) = if engine == Engine::Chromium {
        (browser.picture("main").await, folder.join(format!("{name}.png")))
    } else {
        (one_by_one(browser).await, folder.join(engine.name()).join(format!("{name}.png")))
    };
    if std::env::var_os("CAISSE_ACCEPT").is_some() {
        picture.keep(&path).expect("a picture to keep");
    }
    let stored = Picture::read(std::fs::read(&path).expect("the stored picture")).expect("the stored picture");
    let difference = picture.difference(&stored);
    if difference > DIFFERENCE_MAX {
        let seen = std::env::temp_dir().join(format!("{}-{name}.png", engine.name()));
        picture.keep(&seen).expect("a picture to look at");
        panic!("{difference} pixels of a million differ from {}; look at {}", path.display(), seen.display());
    }
}

/// The cases that are shown, each alone at the top of the page, as only Chromium takes pictures of more than its window.
async fn one_by_one(browser: &Browser) -> Picture {
    let shown = browser.run("return [...document.querySelectorAll('.case:not([hidden])')].map(({ id }) => id)").await;
    let mut pictures = Vec::new();
    for id in shown.as_array().expect("ids").iter().filter_map(|id| id.as_str()) {
        let alone = format!(
            "for (const element of document.querySelectorAll('.case')) element.hidden = element.id !== '{id}'; scrollTo(0, 0);
            await new Promise((done) => setTimeout(done, 50))"
        );
        browser.run(alone).await;
        pictures.push(browser.picture_in_view(id).await);
    }
    Picture::stacked(&pictures).expect("pictures")
}

async fn lab(engine: Engine) -> (Shop, Browser) {
    let (shop, browser) = (Shop::open().await, Browser::of(engine).await);
    browser.open(shop.url("/lab")).await;
    browser
        .until("document.querySelector('[lang=ar] checkout-progress').shadowRoot?.querySelector('.counter').textContent.includes('من')")
        .await;
    for (name, cases, width) in PICTURES {
        check(&browser, name, cases, width).await;
    }
    (shop, browser)
}

#[tokio::test]
async fn the_lab_looks_as_it_did() {
    let engines = std::env::var("CAISSE_PICTURES").unwrap_or_else(|_| Engine::Chromium.name().into());
    for engine in engines.split(',').map(|name| name.parse::<Engine>().expect("engines")) {
        let (_shop, browser) = lab(engine).await;
        if engine == Engine::Chromium {
            browser.emulate(&[("forced-colors", "active")], "").await;
            check(&browser, "forced-colours", "^en-.*-(auto|compact)-plain", 900).await;
        }
    }
}
