//! A shop, a proxy before its collector, a site with a page that tracks what a test asks for, and the ledger of what it has
//! tracked. A trial may be used for one fault after the other: each has a name, under which the page tracks.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::browser::Browser;
use crate::ledger::{Judgement, Ledger, table};
use crate::place::Place;
use crate::proxy::Proxy;
use crate::server::{Page, Site};
use crate::shop::Shop;

/// How long everything may take to arrive after the faults. Only a test that fails waits that long.
const WAIT_MAX: Duration = Duration::from_secs(120);
const ASK_EVERY: Duration = Duration::from_millis(50);
/// A page leaves so long after it was told to.
const LEAVES_MS: u64 = 50;
/// Every browser knows that this is here. The tracker does not, and is what it is in a shop: in development it loads what explains
/// its decisions, and a page that leaves meanwhile is not kept by Firefox.
const HOST: &str = "rivet.localhost";

/// What every page of a trial has. What goes wrong in one is told at once: the page may not live to be asked.
const TRACKS: &str = "const beacon = navigator.sendBeacon.bind(navigator);
const tell = (event) => beacon('/wrong', String(event.message || event.reason));
addEventListener('error', tell);
addEventListener('unhandledrejection', tell);
addEventListener('pageshow', ({ persisted }) => (window.persisted = persisted));
window.names = ['scAdd', 'scView', 'prodView', 'scRemove', 'scCheckout'];
window.track = (first, count) => Array.from({ length: count }, (_, index) => {
  const number = first + index;
  return tracker.track(names[number % names.length], {
    eVar1: 'm' + number + 'm', checkoutId: 'k' + number, products: [{ id: 'RV-1', quantity: 2, unitPrice: '6.40' }], ...window.more,
  });
});
window.kept = async (receipts) => (await Promise.all(receipts.map(({ settled }) => settled))).map(({ status }) => status === 'durable');";

/// What a tracker has left on the visitor's disk: journals, then rows of the store, or that it does not open. A store that is
/// not among the databases was never made, and has no rows: a page that Chromium freezes while it makes its store keeps
/// the next page from making it.
pub const LEFT: &str = "const site = location.search.slice(1);
const left = Object.keys(localStorage).filter((key) => key.startsWith('caisse.' + site + '.j.'));
if (!(await indexedDB.databases()).some(({ name }) => name === 'caisse.' + site)) return left;
const rows = await Promise.race([new Promise((resolve) => {
  const opening = indexedDB.open('caisse.' + site);
  opening.onerror = () => resolve(['a store that fails to open']);
  opening.onupgradeneeded = () => opening.transaction.abort();
  opening.onsuccess = () => {
    const reading = opening.result.transaction('rows').objectStore('rows').getAllKeys();
    reading.onsuccess = () => { opening.result.close(); resolve(reading.result); };
  };
}), new Promise((resolve) => setTimeout(resolve, 5000, ['a store that does not open']))]);
return left.concat(rows);";

/// Whether tests that promise much are to keep their promises as often and as long as they were made: `cargo xtask chaos` says so.
pub fn is_long() -> bool {
    std::env::var_os("CAISSE_LONG").is_some()
}

/// A trial.
#[derive(Debug)]
pub struct Trial {
    /// The shop whose collector counts.
    pub shop: Shop,
    /// The site whose pages track.
    pub site: Site,
    /// What stands between them.
    pub proxy: Proxy,
    /// What has been tracked under the name of now.
    pub ledger: Ledger,
    name: String,
    origin: String,
}

impl Trial {
    /// Opens everything. `/` tracks; so does `/hostile`, after a script of its own; `/away` does nothing.
    ///
    /// # Panics
    /// If something does not get ready.
    #[track_caller]
    pub fn open() -> impl Future<Output = Self> {
        let opened = Site::open();
        async move {
            let site = opened.await;
            let origin = site.origin().replace("127.0.0.1", HOST);
            let shop = Shop::open_to(&[&origin]).await;
            let proxy = Proxy::before(&shop).await;
            let trial = Self { shop, site, proxy, ledger: Ledger::default(), name: String::new(), origin };
            trial.site.put("/", trial.page(""));
            trial.site.put("/away", Page::with_markup(""));
            trial
        }
    }

    /// A page that tracks, after a script that runs before the package is there.
    pub fn page(&self, before: &str) -> Page {
        let hits = self.proxy.url("/hits");
        let make = format!(
            "window.tracker = createTracker({{
                site: location.search.slice(1), destination: {{ kind: 'collector', url: '{hits}' }}, consent: 'granted', currency: 'EUR',
            }});"
        );
        let import = "import { createTracker } from '/caisse/index.js';";
        Page::with_markup(&format!(
            "<script>{TRACKS}\n{before}</script><script type=module>{import}\n{make}\nwindow.loaded = true;</script>"
        ))
    }

    /// Begins anew under another name: nothing goes wrong, and the ledger is empty.
    pub fn begin(&mut self, name: &str) {
        self.proxy.heal();
        self.ledger = Ledger::default();
        name.clone_into(&mut self.name);
    }

    /// The address of a page of the site under the name of now; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}?{}", self.origin, self.name)
    }

    /// The origin of its pages.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Goes to the page that tracks.
    ///
    /// # Panics
    /// If it does not load.
    #[track_caller]
    pub fn visit(&self, browser: &Browser) -> impl Future<Output = ()> {
        browser.visit(self.url("/"))
    }

    /// Has the page track so many events in one task, and waits for nothing. The answer is the first one's number.
    ///
    /// # Panics
    /// If the page throws.
    #[track_caller]
    pub fn track(&mut self, browser: &Browser, count: u64) -> impl Future<Output = u64> {
        let first = self.ledger.add(count);
        let tracked = browser.run(format!("track({first}, {count})"));
        async move {
            tracked.await;
            first
        }
    }

    /// Has the page track so many events in one task and leave in it, soon. `leaving` is the script that leaves.
    ///
    /// # Panics
    /// If the page throws.
    #[track_caller]
    pub fn track_and(&mut self, browser: &Browser, count: u64, leaving: &str) -> impl Future<Output = ()> {
        let first = self.ledger.add(count);
        // Not in the driver's own script: while one runs, Firefox's driver listens for `unload`, and the page would not be kept.
        let tracked = browser.run(format!("setTimeout(() => {{ track({first}, {count}); {leaving} }}, {LEAVES_MS})"));
        let away = browser.until_at("/away");
        let leaves = leaving.contains("/away");
        async move {
            tracked.await;
            // Nor may a script ask whether it has left.
            if leaves {
                away.await;
            }
        }
    }

    /// Has the page track so many events and waits for what their receipts say: what is not durable may be lost.
    ///
    /// # Panics
    /// If the page throws.
    #[track_caller]
    pub fn track_kept(&mut self, browser: &Browser, count: u64) -> impl Future<Output = usize> {
        let first = self.ledger.add(count);
        let tracked = browser.run(format!("return await kept(track({first}, {count}))"));
        async move {
            let kept = tracked.await;
            let lost = (first..).zip(kept.as_array().into_iter().flatten()).filter(|(_, kept)| **kept != json!(true));
            let soft: Vec<u64> = lost.map(|(event, _)| event).collect();
            self.ledger.excuse(soft.iter().copied());
            soft.len()
        }
    }

    /// Nothing goes wrong any more, and the visitor comes once again: compares the ledger with the collector's table when all
    /// is there and nothing is left in the browser.
    ///
    /// # Panics
    /// If there is no judgement to be had.
    #[track_caller]
    pub fn judge(&mut self, browser: &Browser) -> impl Future<Output = Judgement> {
        let place = Place::here();
        async move {
            self.proxy.heal();
            self.proxy.open().await;
            self.visit(browser).await;
            browser.run("tracker.flush({ timeoutMs: 0 })").await;
            let end = Instant::now() + WAIT_MAX;
            let left = format!("return await (async () => {{ {LEFT} }})()");
            loop {
                let counted = place.expect("the table", table(&self.shop.database(), &self.name));
                // Nothing that is left can come again.
                if self.ledger.is_settled(&counted) && browser.run(&*left).await == json!([]) || Instant::now() > end {
                    break;
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
            self.judge_now()
        }
    }

    /// Compares the ledger with the collector's table as it is.
    ///
    /// # Panics
    /// If the table cannot be read.
    #[track_caller]
    pub fn judge_now(&self) -> Judgement {
        self.ledger.judge(&Place::here().expect("the table", table(&self.shop.database(), &self.name)))
    }

    /// As [`Trial::judge`], and everything has to be right: also what the collector's own books say, and what pages said of
    /// errors.
    ///
    /// # Panics
    /// If something is wrong.
    #[track_caller]
    pub fn check(&mut self, browser: &Browser) -> impl Future<Output = ()> {
        let place = Place::here();
        async move {
            let judgement = self.judge(browser).await;
            let report = self.shop.report(&format!("?site={}", self.name)).await;
            let wrong = self.wrong();
            if !judgement.is_right() || !report.balances() || !wrong.is_empty() {
                let name = &self.name;
                place.fail(format_args!("{name}: {judgement}; errors {wrong:?}; {report:?}; requests {:?}", self.proxy.requests()));
            }
        }
    }

    /// Errors that pages have seen.
    pub fn wrong(&self) -> Vec<String> {
        let wrong = self.site.seen().into_iter().filter(|seen| seen.path == "/wrong");
        wrong.map(|seen| String::from_utf8_lossy(&seen.body).into_owned()).collect()
    }

    /// How many of these events are in the collector's table now.
    ///
    /// # Panics
    /// If it cannot be read.
    #[track_caller]
    pub fn counted(&self, events: std::ops::Range<u64>) -> usize {
        let hits = Place::here().expect("the table", table(&self.shop.database(), &self.name));
        hits.iter().filter(|hit| hit.event.is_some_and(|event| events.contains(&event))).count()
    }
}
