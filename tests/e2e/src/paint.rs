//! `cargo xtask bench widget` calls this: what `<checkout-progress>` costs a page's main thread from its definition until it is painted, with the CPU
//! throttled four times, beside a custom element with nothing in it. Numbers for a reader; nothing here passes or fails.

use std::fmt::Write as _;
use std::process::ExitCode;

use caisse_e2e::{Browser, Page, Site};
use serde_json::Value;

/// Pages of each kind, by turns, each loaded for one sample: what is done once for a page is in every one.
const PAGES: usize = 60;
/// Those before them are not counted: the browser's own caches fill.
const WARM_UP: usize = 6;
/// How much slower the main thread is made.
const THROTTLE: u32 = 4;
/// What the element is meant to take at most, in milliseconds (docs/widget.md).
const BAR_MS: f64 = 4.0;

const MARKUP: &str = "<link rel=stylesheet href=/caisse/checkout-progress.css>
<checkout-progress current=delivery><ol><li data-step=cart data-summary='3 items'><a href=/cart>Basket</a></li>
<li data-step=delivery aria-current=step><a href=/delivery>Delivery</a></li><li data-step=billing><a href=/billing>Billing</a></li>
<li data-step=payment><a href=/payment>Payment</a></li><li data-step=done>Confirmation</li></ol></checkout-progress>";

/// Milliseconds of three parts: upgrade (constructor, reading the list, building the shadow), style and layout, and the frame in which it is painted.
/// The script is there before, and the page is at rest.
const MEASURE: &str = "const rest = () => new Promise((done) => setTimeout(() => requestAnimationFrame(() => setTimeout(done, 20)), 60));
const frame = () => new Promise((done) => requestAnimationFrame(() => { const begin = performance.now(); const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => done(performance.now() - begin); port2.postMessage(0); }));
const { CheckoutProgress } = await import('/caisse/checkout-progress.js');
const element = document.querySelector('checkout-progress');
await rest();
const begin = performance.now();
customElements.define('checkout-progress', window.empty ? class extends HTMLElement {} : CheckoutProgress);
const upgraded = performance.now();
element.getBoundingClientRect();
const laid = performance.now();
return [upgraded - begin, laid - upgraded, await frame(), element.shadowRoot?.querySelectorAll('li').length ?? 0];";

/// Samples of one kind.
#[derive(Default)]
struct Samples(Vec<[f64; 4]>);

#[tokio::main]
async fn main() -> ExitCode {
    let (site, browser) = (Site::open().await, Browser::chromium().await);
    for (path, script) in [("/widget", "window.empty = false;"), ("/empty", "window.empty = true;")] {
        // Alone with its process, a page is told times of 5 µs instead of 100.
        let page = Page::with_markup(&format!("{MARKUP}<script nonce=n>{script}</script>"));
        site.put(path, page.with("cross-origin-opener-policy", "same-origin").with("cross-origin-embedder-policy", "require-corp"));
    }
    let (mut widget, mut empty) = (Samples::default(), Samples::default());
    browser.throttle(THROTTLE).await;
    for round in 0..WARM_UP + PAGES {
        for (path, samples) in [("/widget", &mut widget), ("/empty", &mut empty)] {
            browser.visit(site.url(path)).await;
            let Some(sample) = read(&browser.run(MEASURE).await) else {
                eprintln!("error: {path} could not be measured");
                return ExitCode::FAILURE;
            };
            if round >= WARM_UP {
                samples.0.push(sample);
            }
        }
    }
    let mut table = String::from("| ms | upgrade | style and layout | frame | all |\n|---|---:|---:|---:|---:|");
    for (name, samples) in [("`<checkout-progress>`, five steps", &widget), ("an empty element, the list as it is", &empty)] {
        let cells = (0..4).map(|part| samples.cell(part)).collect::<Vec<_>>().join(" | ");
        write!(table, "\n| {name} | {cells} |").unwrap_or_default();
    }
    println!("{}, CPU throttled {THROTTLE}×, {PAGES} pages each by turns; median (quartiles, least)\n\n{table}\n", browser.version().await);
    let [median, least] = [50, 0].map(|percent| widget.quantile(3, percent) - empty.quantile(3, percent));
    println!("beyond the empty element: {median:.1} ms, of the least {least:.1} ms; meant are {BAR_MS} ms at most");
    ExitCode::SUCCESS
}

/// Three parts and their sum; nothing if the page did not show what it should.
fn read(told: &Value) -> Option<[f64; 4]> {
    let part = |index: usize| told[index].as_f64();
    let (upgrade, layout, frame, steps) = (part(0)?, part(1)?, part(2)?, part(3)?);
    (steps == 0.0 || steps == 5.0).then_some([upgrade, layout, frame, upgrade + layout + frame])
}

impl Samples {
    fn cell(&self, part: usize) -> String {
        let [least, low, high] = [0, 25, 75].map(|percent| self.quantile(part, percent));
        format!("{:.1} ({low:.1}–{high:.1}, {least:.1})", self.median(part))
    }

    fn median(&self, part: usize) -> f64 {
        self.quantile(part, 50)
    }

    fn quantile(&self, part: usize, percent: usize) -> f64 {
        let mut values: Vec<f64> = self.0.iter().filter_map(|sample| sample.get(part).copied()).collect();
        values.sort_by(f64::total_cmp);
        values.get((values.len().saturating_sub(1)) * percent / 100).copied().unwrap_or(f64::NAN)
    }
}
