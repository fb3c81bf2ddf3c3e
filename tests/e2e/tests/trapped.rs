//! A core that traps in the page: it is replaced, twice at most, and what it had is delivered all the same, by this page or the next.

use caisse_e2e::{Browser, Engine, Trial};

const EVENTS: u64 = 20;

/// Has the core run out of memory in the middle of a call, as often as `traps` says: it is asked for more than a module of 16 MiB may have,
/// and that traps in the core itself. `entered` counts instances.
const TRAPS: &str = "window.traps = 0; window.instances = 0;
const Instance = WebAssembly.Instance;
WebAssembly.Instance = function (module, imports) {
  instances++;
  const { exports } = new Instance(module, imports);
  const all = Object.entries(exports);
  const [enter, malloc] = [5, 2].map((parts) => all.find(([, known]) => typeof known === 'function' && known.length === parts)[0]);
  const entered = (...parts) => {
    if (traps && parts[0] === 1) {
      traps--;
      exports[malloc](0x7fffffff, 1);
    }
    return exports[enter](...parts);
  };
  return { exports: { ...exports, [enter]: entered } };
};";

/// Once, twice, and more often than a page may replace its core.
async fn goes_on(engine: Engine) {
    let (mut trial, browser) = (Trial::open().await, Browser::of(engine).await);
    for traps in 1..=3 {
        trial.begin(&format!("trapped{traps}"));
        trial.site.put("/hostile", trial.page(TRAPS));
        browser.visit(trial.url("/hostile")).await;
        trial.track(&browser, EVENTS).await;
        for _ in 0..traps {
            browser.until("tracker.stats().destinations[0].waiting === 0").await;
            browser.run("window.traps = 1").await;
            trial.track_kept(&browser, EVENTS).await;
            browser.until("traps === 0").await;
        }
        if traps < 3 {
            browser.until("tracker.stats().destinations[0].waiting === 0").await;
            assert_eq!(browser.run("return instances").await, traps + 1);
        } else {
            // The next page's: this one has used up its cores.
            assert_eq!(browser.run("return [instances, tracker.stats().destinations[0].waiting]").await, serde_json::json!([3, EVENTS]));
            browser.run("location.href = '/away'").await;
            browser.until("window.loaded && location.pathname === '/away'").await;
        }
        trial.check(&browser).await;
    }
}

#[tokio::test]
async fn a_core_that_traps_is_replaced_in_chromium() {
    goes_on(Engine::Chromium).await;
}

#[tokio::test]
async fn a_core_that_traps_is_replaced_in_firefox() {
    goes_on(Engine::Firefox).await;
}

#[tokio::test]
async fn a_core_that_traps_is_replaced_in_webkit() {
    goes_on(Engine::Webkit).await;
}
