//! `cargo xtask bench queue` calls this: how long a call takes to be durable, and what a queue costs a page whose collector cannot be reached.
//! Numbers for a reader; nothing here passes or fails.

use std::process::ExitCode;

use caisse_e2e::{Browser, Page, Site};
use serde_json::{Value, json};

/// Calls whose way to the disk is timed, one every so many milliseconds.
const TIMED: u32 = 200;
const EVERY_MS: u32 = 50;
/// Calls that wait for a collector: as many as a queue holds.
const QUEUED: u32 = 10_000;
/// Calls of one task.
const BURST: u32 = 100;

/// What the issue of delivery asks for.
const BARS: &str = "meant are p50 <= 5 ms, p99 <= 50 ms; <= 900 bytes a hit, no task over 50 ms";

/// A checkout with three products, five variables of one kind and three of the other; no two alike.
const PAGE: &str = "window.memories = [];
const Instance = WebAssembly.Instance;
WebAssembly.Instance = function (...parts) {
  const instance = new Instance(...parts);
  memories.push(...Object.values(instance.exports).filter((known) => known instanceof WebAssembly.Memory));
  return instance;
};
window.tasks = [];
new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
window.tracker = createTracker({ site: 'queue', destination: { kind: 'collector', url: COLLECTOR }, consent: 'granted', currency: 'EUR' });
const product = (n, i) => ({ id: 'RV-' + (n * 7 + i) % 997, name: 'Hex bolt M' + (n + i) % 24, category: 'bolts', quantity: 1 + n % 9, unitPrice: (n % 90) + '.40' });
window.track = (n) => tracker.track('scCheckout', {
  checkoutId: 'k' + n, products: [product(n, 1), product(n, 2), product(n, 3)],
  eVar1: 'gold ' + n % 5, eVar2: 'flow-' + n % 3, eVar3: 'n' + n, eVar4: 'variant ' + n % 2, eVar5: 'fr', prop1: 'checkout', prop2: 'step ' + n % 4, prop3: 's' + n,
});
await tracker.ready;";

#[tokio::main]
async fn main() -> ExitCode {
    let (site, browser) = (Site::open().await, Browser::chromium().await);
    // Nobody listens there.
    let script = PAGE.replace("COLLECTOR", "'http://127.0.0.1:9/hits'");
    let page = Page::of(&script).with("cross-origin-opener-policy", "same-origin").with("cross-origin-embedder-policy", "require-corp");
    site.put("/", page);
    browser.visit(site.url("/")).await;
    println!("{}", browser.version().await);

    let time = format!(
        "const times = [];
        for (let n = 0; n < {TIMED}; n++) {{
          const begin = performance.now();
          const {{ status }} = await track(n).settled;
          if (status === 'durable') times.push(performance.now() - begin);
          await new Promise((resolve) => setTimeout(resolve, {EVERY_MS}));
        }}
        return times"
    );
    let mut times: Vec<f64> = browser.run(time).await.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times.get(times.len().saturating_sub(1) * percent / 100).copied().unwrap_or(f64::NAN);
    println!("capture to durable, {} of {TIMED} calls, {EVERY_MS} ms apart: p50 {:.1} ms, p99 {:.1} ms", times.len(), at(50), at(99));

    browser.visit(site.url("/?")).await;
    let before = memory(&browser).await;
    let fill = format!(
        "tasks.length = 0;
        const before = tracker.stats().destinations[0].waiting;
        for (let n = 0; n < {QUEUED}; n += {BURST}) {{
          for (let i = n; i < n + {BURST}; i++) track(1000 + i);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }}
        await new Promise((resolve) => setTimeout(resolve, 3000));
        return [tracker.stats().destinations[0].waiting, Math.max(0, ...tasks)]"
    );
    let filled = browser.run(fill).await;
    let (waiting, longest) = (filled[0].as_f64().unwrap_or(0.0), filled[1].as_f64().unwrap_or(0.0));
    let after = memory(&browser).await;
    let [script, wasm] = [0, 1].map(|part| (after[part] - before[part]) / waiting);
    println!(
        "{waiting} hits waiting: {:.0} bytes each (JavaScript {script:.0}, WebAssembly {wasm:.0}); longest task {longest:.0} ms",
        script + wasm
    );
    println!("{BARS}");
    if waiting > 0.0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Bytes that a page has in use: of JavaScript's heap once it is swept, and of the core's memory.
async fn memory(browser: &Browser) -> [f64; 2] {
    browser.command("HeapProfiler.enable", json!({})).await;
    for _ in 0..3 {
        browser.command("HeapProfiler.collectGarbage", json!({})).await;
    }
    let heap = browser.command("Runtime.getHeapUsage", json!({})).await["usedSize"].as_f64().unwrap_or(f64::NAN);
    let wasm = browser.run("return memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0)").await.as_f64().unwrap_or(f64::NAN);
    [heap, wasm]
}
