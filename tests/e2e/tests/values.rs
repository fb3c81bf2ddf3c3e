//! The package never reads what a visitor types, nor listens for it, and nothing of it is anywhere but in the shop's own forms: not in
//! beacons, not in what the browser keeps, not in the console, not in the collector's log nor on its disk. In every engine, over the whole
//! checkout; `cargo xtask verify` puts what this prints into its evidence.

use caisse_e2e::{Browser, Engine, Mirror, Shop, plain};

const TRAPS: &str = include_str!("../src/traps.js");

/// Reads a field, as a script of the package never would.
const PLANTED: &str = "export const read = () => document.getElementById('email').value;
export const listen = () => {
  document.addEventListener('keydown', () => {});
  // WebKit leaves a function that ends with a call out of the stack.
  return true;
};
export const cookie = () => document.cookie;";

/// What is typed into which field, page by page. Each is a text that nothing else contains.
const DELIVERY: [(&str, &str); 5] = [
    ("email", "zyxmailbox@qvholder.example"),
    ("name", "Zyxname Qvholder"),
    ("street", "94817 rue Zyxstreet"),
    ("postcode", "69427"),
    ("city", "Zyxtown"),
];
const BILLING: [(&str, &str); 4] = [
    ("billing-name", "Zyxbilling Qvpayer"),
    ("billing-street", "85739 allée Zyxlane"),
    ("billing-postcode", "31583"),
    ("billing-city", "Zyxborough"),
];
const CARD: [(&str, &str); 4] =
    [("cc-name", "Zyxcard Qvbearer"), ("cc-number", "4242424242424242"), ("cc-exp", "12 / 39"), ("cc-csc", "907")];

/// Fields whose value is the visitor's choice of something that the shop itself offers and tracks.
const CHOICES: [&str; 7] = ["quantity", "same", "method-standard", "method-express", "method-pickup", "quantity-RV-0860-A2", "search"];

/// Forms of the secrets that may be nowhere. A short number counts where it stands alone; longer texts count wherever they stand.
fn secrets() -> Vec<String> {
    let all = DELIVERY.iter().chain(&BILLING).chain(&CARD).map(|(_, text)| *text);
    let mut secrets: Vec<String> =
        all.flat_map(|text| text.split(' ').chain([text])).filter(|word| word.len() > 2).map(str::to_owned).collect();
    secrets.sort();
    secrets.dedup();
    secrets.retain(|word| !["rue", "allée"].contains(&word.as_str()));
    secrets.extend(["zyx", "4242 4242", "4242-4242", "12/39", "12%20%2F%2039", "zyxmailbox%40"].map(str::to_owned));
    secrets
}

/// The secrets that are in some bytes, which may be compressed.
fn found(bytes: &[u8]) -> Vec<String> {
    let plain = plain(bytes).to_ascii_lowercase();
    let holds = |secret: &String| {
        let secret = secret.to_ascii_lowercase();
        let alone = |at: usize| {
            let outside = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
            outside(at.checked_sub(1).and_then(|before| plain.get(before))) && outside(plain.get(at + secret.len()))
        };
        let is_short = secret.len() < 6 && secret.bytes().all(|byte| byte.is_ascii_digit());
        plain.windows(secret.len()).enumerate().any(|(at, window)| window == secret.as_bytes() && (!is_short || alone(at)))
    };
    secrets().into_iter().filter(holds).collect()
}

#[track_caller]
fn clean(what: &str, bytes: &[u8]) {
    let found = found(bytes);
    assert!(found.is_empty(), "{found:?} in {what}: {}", String::from_utf8_lossy(bytes));
}

/// Everything that the page's origin keeps, as text.
const KEPT: &str = "const kept = [Object.entries(localStorage), Object.entries(sessionStorage), document.cookie];
for (const { name } of await indexedDB.databases()) {
  const { result } = await new Promise((done, failed) => { const open = indexedDB.open(name); open.onsuccess = () => done(open); open.onerror = failed; });
  for (const store of result.objectStoreNames)
    for (const what of ['getAll', 'getAllKeys'])
      kept.push([name, store, await new Promise((done) => { const all = result.transaction(store).objectStore(store)[what](); all.onsuccess = () => done(all.result); })]);
  result.close();
}
return JSON.stringify(kept)";

/// Fields on the page that nobody has typed into, and that are no choices.
async fn forgotten(browser: &Browser, filled: &[(&str, &str)]) -> Vec<String> {
    let fields = browser
        .run("return [...document.querySelectorAll('input, select, textarea, [contenteditable]')].filter((field) => field.type !== 'hidden').map((field) => field.id)")
        .await;
    let fields = fields.as_array().cloned().unwrap_or_default();
    let ids = fields.iter().filter_map(|id| id.as_str());
    ids.filter(|id| !filled.iter().any(|(known, _)| known == id) && !CHOICES.iter().any(|choice| id.starts_with(choice)))
        .map(str::to_owned)
        .collect()
}

/// Types secrets into every field of a page. What the browser keeps is looked at while they stand there.
async fn fill(browser: &Browser, fields: &[(&str, &str)]) {
    for (id, text) in fields {
        browser.fill(id, text).await;
    }
    assert_eq!(forgotten(browser, fields).await, [""; 0]);
    clean("what the browser keeps", browser.run(KEPT).await.to_string().as_bytes());
}

/// Through the whole checkout, with a refusal on the way.
async fn buy(browser: &Browser, mirror: &Mirror) {
    browser.open(mirror.url("/p/RV-0860-A2")).await;
    browser.fill("quantity", "2").await;
    browser.click("add").await;
    browser.click("checkout").await;
    fill(browser, &DELIVERY).await;
    // Refused once, and shown again with everything that was typed.
    browser.fill("email", "zyxmailbox").await;
    browser.click("continue").await;
    browser.until("document.querySelector('#errors')").await;
    fill(browser, &DELIVERY).await;
    browser.click("continue").await;
    browser.until("document.getElementById('same')?.checked").await;
    browser.click("same").await;
    fill(browser, &BILLING).await;
    browser.click("continue").await;
    browser.until("document.getElementById('cc-number')").await;
    fill(browser, &CARD).await;
    browser.click("continue").await;
    browser.text("order-number").await;
    clean("what the browser keeps", browser.run(KEPT).await.to_string().as_bytes());
}

async fn check(engine: Engine) {
    let shop = Shop::open_heard().await;
    let (mirror, browser) = (Mirror::of(&shop, TRAPS, PLANTED).await, Browser::of(engine).await);
    buy(&browser, &mirror).await;
    let report = shop.until("", |report| report.metric("orders") == 1 && report.balances()).await;
    assert_eq!(report.metric("checkouts"), 1, "{report:?}");

    let noticed = mirror.noticed();
    let of = |kind: &str| noticed.iter().filter(|line| line.starts_with(kind)).cloned().collect::<Vec<_>>();
    let (armed, reads) = (of("armed "), of("read "));
    assert!(armed.len() >= 6, "the traps stood on every page: {noticed:?}");
    assert!(armed.iter().all(|line| line[6..].parse::<u32>().is_ok_and(|traps| traps >= 40)), "{armed:?}");
    assert_eq!(reads, [""; 0], "the package read what a visitor types, or listened for it");
    clean("the console", of("console ").join("\n").as_bytes());
    let sent = mirror.sent();
    assert!(!sent.is_empty());
    for (address, body) in &sent {
        clean(address, address.as_bytes());
        clean(address, body);
    }
    let (disk, log) = (shop.kept(), shop.log());
    clean("the collector's disk", &disk);
    clean("the collector's log", log.as_bytes());

    // The same traps, and a script beside the package's that does what none of the package does.
    browser.open(mirror.url("/checkout/delivery")).await;
    browser.open(mirror.url("/p/RV-0860-A2")).await;
    browser.click("add").await;
    browser.click("checkout").await;
    browser.fill("email", DELIVERY[0].1).await;
    let read = browser.run("const { read, listen, cookie } = await import('/caisse/planted.js'); listen(); cookie(); return read()").await;
    assert_eq!(read, DELIVERY[0].1);
    let caught = || mirror.noticed().iter().filter(|line| line.starts_with("read ")).count();
    for _ in 0..200 {
        if caught() == 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert_eq!(caught(), 3, "the planted reader: {:?}", mirror.noticed());
    let bytes: usize = sent.iter().map(|(_, body)| body.len()).sum();
    println!(
        "{}: {} pages with {} traps each; reads by the package: 0; a planted reader: caught 3 of 3; {} secrets searched in {} requests \
         ({bytes} bytes), browser storage, console, {} bytes of the collector's disk and its log: 0 found",
        engine.name(),
        armed.len(),
        &armed[0][6..],
        secrets().len(),
        sent.len(),
        disk.len(),
    );
}

#[tokio::test]
async fn are_never_read_in_chromium() {
    check(Engine::Chromium).await;
}

#[tokio::test]
async fn are_never_read_in_firefox() {
    check(Engine::Firefox).await;
}

#[tokio::test]
async fn are_never_read_in_webkit() {
    check(Engine::Webkit).await;
}

/// Whether the search can find.
#[test]
fn the_search_finds() {
    assert_eq!(found(b"{\"q\":69427}"), ["69427"]);
    assert!(found(b"1694279").is_empty());
    assert!(!found(b"...ZYXMAILBOX%40qv").is_empty() && !found("Zyxtown".as_bytes()).is_empty());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, b"4242424242424242").expect("in memory");
    assert!(!found(&gzip.finish().expect("in memory")).is_empty());
}
