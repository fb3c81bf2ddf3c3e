//! A run of chaos: a visitor whose pages track, while things happen to the network, the pages, the browser and the
//! collector. A seed says what; the ledger says what came of it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::browser::Browser;
use crate::dice::Dice;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::ledger::Judgement;
use crate::storage::{NO_JOURNAL, STORAGE_FAULTS};
use crate::tabs::Tab;
use crate::trial::Trial;

/// Pages of a run.
const ACTS: std::ops::Range<u64> = 2..5;
/// Events of one task.
const EVENTS_MAX: u64 = 60;
/// Events of one task where only a journal keeps them: it has bounds.
const JOURNAL_EVENTS_MAX: u64 = 20;
const PAUSE_MS_MAX: u64 = 900;

/// What may happen to a request.
const FAULTS: &[Fault] = &[
    Fault::ResetBefore,
    Fault::ResetAfter,
    Fault::HalfBody,
    Fault::Stall(false),
    Fault::Stall(true),
    Fault::Drip,
    Fault::Status(500),
    Fault::Status(502),
    Fault::Status(503),
    Fault::Status(504),
    Fault::Status(401),
    Fault::Status(403),
    Fault::Status(404),
    Fault::Status(410),
    Fault::Status(400),
    Fault::Status(422),
    Fault::RetryAfter(429, "1"),
    Fault::RetryAfter(503, "2"),
    Fault::RetryAfter(429, "soon"),
    Fault::RetryAt(2),
    Fault::TooLarge(1_500),
    Fault::Redirect,
    Fault::Captive,
    Fault::WrongBatch,
    Fault::NoContent,
    Fault::Twice,
    Fault::Late(400),
    Fault::Late(2_500),
    Fault::Unreadable,
];

/// What happens around a page's requests.
#[derive(Clone, Debug)]
enum Around {
    /// To its first requests, one after the other.
    First(Vec<Fault>),
    /// To all of them.
    All(Fault),
    /// Connections are refused.
    Refused,
    /// The collector dies between its commit and its answer, and comes back with its data.
    Dies,
    /// The browser has no network.
    Offline,
    /// What the browser keeps is deleted while the page has it in memory.
    Cleared,
}

/// How a page ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It does not, until the visitor comes back for another.
    Stays,
    /// In the task that tracks, for another page.
    Leaves,
    /// The same, and the visitor goes back.
    Back,
    /// It is loaded again in the task that tracks.
    Reloads,
    /// Its tab is closed.
    Closes,
    /// One of several tabs that track at once; half of them close.
    Tabs,
    /// Its process crashes.
    Crashes,
    /// The whole browser is killed.
    Killed,
}

impl End {
    fn name(self) -> &'static str {
        match self {
            Self::Stays => "stays",
            Self::Leaves => "leaves",
            Self::Back => "comes back",
            Self::Reloads => "reloads",
            Self::Closes => "closes",
            Self::Tabs => "tabs",
            Self::Crashes => "page crashes",
            Self::Killed => "browser killed",
        }
    }
}

/// One page.
#[derive(Clone, Debug)]
struct Act {
    around: Around,
    /// Whether it happens from the page's first moment, or from when the page is there.
    early: bool,
    bursts: Vec<(u64, u64)>,
    end: End,
}

/// What a seed says.
#[derive(Clone, Debug)]
pub struct Run {
    seed: u64,
    engine: Engine,
    storage: Option<(&'static str, &'static str)>,
    acts: Vec<Act>,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the ledger says.
    pub judgement: Judgement,
    /// Errors that pages saw.
    pub errors: Vec<String>,
    /// Numbers that the collector misses and nobody explains, unless events were lost that may be.
    pub unexplained: u64,
    /// The names of what happened to requests.
    pub faults: BTreeSet<&'static str>,
    /// How often a visitor went back, and how often the page was as it had been.
    pub back: (usize, usize),
}

impl Outcome {
    /// Whether nothing is wrong.
    pub fn is_right(&self) -> bool {
        self.judgement.is_right() && self.errors.is_empty() && self.unexplained == 0 && self.back.0 == self.back.1
    }
}

/// What a run has at hand.
struct Stage {
    trial: Trial,
    browser: Browser,
    home: Tab,
    back: (usize, usize),
}

impl Run {
    /// What happens under a seed in an engine.
    pub fn of(seed: u64, engine: Engine) -> Self {
        let mut dice = Dice::new(seed);
        let storage = dice.chance(25).then(|| dice.pick(&STORAGE_FAULTS));
        let acts = (0..ACTS.start + dice.below(ACTS.end - ACTS.start)).map(|_| Act::draw(&mut dice, engine, storage.is_some())).collect();
        Self { seed, engine, storage, acts }
    }

    /// The names of all that happens, but for what happens to requests: a page may not send as many as there are faults.
    pub fn names(&self) -> BTreeSet<&'static str> {
        let mut names: BTreeSet<&str> = self.acts.iter().map(|act| act.end.name()).collect();
        names.extend(self.storage.map(|(name, _)| name));
        for act in &self.acts {
            match &act.around {
                Around::First(_) | Around::All(_) => {}
                Around::Refused => drop(names.insert("refused")),
                Around::Dies => drop(names.insert("collector dies")),
                Around::Offline => drop(names.insert("offline")),
                Around::Cleared => drop(names.insert("cleared")),
            }
        }
        names
    }

    /// Lets it happen.
    ///
    /// # Panics
    /// If something other than the tracker fails.
    pub async fn play(self) -> Outcome {
        let mut trial = Trial::open().await;
        trial.begin(&format!("run{}", self.seed));
        if let Some((_, script)) = self.storage {
            trial.site.put("/", trial.page(script));
        }
        let browser = Browser::of(self.engine).await;
        let home = browser.tab().await;
        let mut stage = Stage { trial, browser, home, back: (0, 0) };
        for act in &self.acts {
            stage = stage.play(act, self.storage.map(|(name, _)| name)).await;
        }
        let Stage { mut trial, browser, back, .. } = stage;
        // The last visit is one without faults of the storage.
        trial.site.put("/", trial.page(""));
        let judgement = trial.judge(&browser).await;
        let report = trial.shop.report(&format!("?site=run{}", self.seed)).await;
        let unexplained = if judgement.soft == 0 { report.accounting("unexplained") } else { 0 };
        let requests = trial.proxy.requests();
        let faults = requests.iter().map(|request| request.fault).filter(|fault| *fault != Fault::None).map(Fault::name).collect();
        Outcome { judgement, errors: trial.wrong(), unexplained, faults, back }
    }
}

impl Act {
    fn draw(dice: &mut Dice, engine: Engine, hostile: bool) -> Self {
        let mut ends = vec![End::Stays, End::Leaves, End::Leaves, End::Back, End::Reloads, End::Closes, End::Tabs];
        match engine {
            Engine::Chromium => ends.extend([End::Crashes, End::Killed]),
            Engine::Firefox => ends.extend([End::Killed]),
            // It keeps nothing on the disk while it is driven.
            Engine::Webkit => {}
        }
        let around = match dice.below(10) {
            0..=3 => Around::First((0..=dice.below(5)).map(|_| dice.pick(FAULTS)).collect()),
            4 | 5 => Around::All(dice.pick(FAULTS)),
            6 => Around::Refused,
            7 => Around::Dies,
            8 if engine == Engine::Chromium => Around::Offline,
            9 if !hostile => Around::Cleared,
            _ => Around::First(vec![Fault::None]),
        };
        let events_max = if hostile { JOURNAL_EVENTS_MAX } else { EVENTS_MAX };
        let bursts = (0..=dice.below(3)).map(|_| (1 + dice.below(events_max), dice.below(PAUSE_MS_MAX))).collect();
        let end = match around {
            // What is to be in the page's memory when the store is cleared has to stay there until it is delivered.
            Around::Cleared => End::Stays,
            // There is no page to go to.
            Around::Offline => dice.pick(&[End::Stays, End::Reloads, End::Closes, End::Crashes, End::Killed]),
            Around::First(_) | Around::All(_) | Around::Refused | Around::Dies => dice.pick(&ends),
        };
        Self { around, early: dice.chance(50), bursts, end }
    }
}

impl Stage {
    async fn play(mut self, act: &Act, storage: Option<&str>) -> Self {
        let apart = matches!(act.end, End::Closes | End::Crashes);
        if apart {
            self.browser.open_tab().await;
        }
        if matches!(act.around, Around::Cleared) {
            // What earlier pages have left is nobody's but the store's.
            self.trial.judge(&self.browser).await;
        }
        let early = act.early && !matches!(act.around, Around::Offline);
        if early {
            self.begin(&act.around).await;
        }
        self.trial.visit(&self.browser).await;
        if !early {
            self.begin(&act.around).await;
        }
        for (index, (count, pause)) in act.bursts.iter().enumerate() {
            let last = index + 1 == act.bursts.len();
            self.burst(act.end, last, *count, storage).await;
            tokio::time::sleep(Duration::from_millis(*pause)).await;
        }
        let mut stage = self.end(act.end).await;
        stage.lift(&act.around).await;
        stage
    }

    async fn begin(&mut self, around: &Around) {
        match around {
            Around::First(faults) => self.trial.proxy.plan(faults.iter().copied()),
            Around::All(fault) => self.trial.proxy.always(*fault),
            Around::Refused => self.trial.proxy.close().await,
            Around::Dies => self.trial.proxy.always(Fault::Stall(true)),
            Around::Offline => self.browser.offline(true).await,
            Around::Cleared => self.trial.proxy.always(Fault::ResetBefore),
        }
    }

    /// The page tracks. What it leaves with has to be kept by the store, or by the journal, for which a page that leaves by
    /// itself has the time; for everything else its receipt speaks.
    async fn burst(&mut self, end: End, last: bool, count: u64, storage: Option<&str>) {
        let journal = storage.is_none_or(|name| !NO_JOURNAL.contains(&name));
        let script = if !last {
            None
        } else if matches!(end, End::Leaves | End::Back) {
            Some("window.persisted = undefined; location.href = '/away'")
        } else if end == End::Reloads {
            Some("location.reload()")
        } else {
            None
        };
        match script {
            Some(script) => {
                let first = self.trial.ledger.next();
                // Firefox does not keep a page that still fetches something that would not outlive it, as the core.
                let started = if end == End::Back { "await tracker.ready" } else { "" };
                self.browser.run(format!("window.before = true; {started}")).await;
                self.trial.track_and(&self.browser, count, script).await;
                if !journal {
                    self.trial.ledger.excuse(first..first + count);
                }
            }
            None if storage.is_none() && !matches!(end, End::Crashes | End::Killed) => drop(self.trial.track(&self.browser, count).await),
            None => drop(self.trial.track_kept(&self.browser, count).await),
        }
    }

    async fn end(mut self, end: End) -> Self {
        match end {
            End::Stays => {}
            End::Leaves => self.browser.until("window.loaded && location.pathname === '/away'").await,
            End::Back => {
                self.browser.until("window.loaded && location.pathname === '/away'").await;
                self.browser.run("setTimeout(() => history.back(), 50)").await;
                self.browser.until_at("/").await;
                self.browser.until("location.pathname === '/' && window.loaded && window.persisted !== undefined").await;
                self.back.0 += 1;
                self.back.1 += usize::from(self.browser.run("return persisted").await == json!(true));
                self.trial.track_kept(&self.browser, 1).await;
            }
            End::Reloads => self.browser.until("!window.before").await,
            End::Closes => self.browser.close_tab(&self.home).await,
            End::Tabs => self.tabs().await,
            End::Crashes => {
                self.browser.crash_page().await;
                self.browser.switch_to(&self.home).await;
            }
            End::Killed => {
                let engine = self.browser.engine();
                self.browser = Browser::again(engine, self.browser.crash()).await;
                self.home = self.browser.tab().await;
            }
        }
        self
    }

    async fn tabs(&mut self) {
        let mut tabs = Vec::new();
        for _ in 0..3 {
            tabs.push(self.browser.open_tab().await);
            self.trial.visit(&self.browser).await;
            self.trial.track_kept(&self.browser, 5).await;
        }
        for (index, tab) in tabs.iter().enumerate() {
            self.browser.switch_to(tab).await;
            self.trial.track_kept(&self.browser, 5).await;
            if index % 2 == 0 {
                self.browser.close_tab(&self.home).await;
            }
        }
        self.browser.switch_to(&self.home).await;
    }

    /// Ends what happens around a page.
    async fn lift(&mut self, around: &Around) {
        match around {
            Around::Dies => {
                // Wherever its page is by now, something has been sent or will be.
                self.trial.shop.crash().await;
                self.trial.proxy.heal();
                self.trial.shop.reopen().await;
            }
            Around::Offline => self.browser.offline(false).await,
            Around::Cleared => {
                let clear = "localStorage.clear(); for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name);";
                self.browser.run(clear).await;
                self.trial.proxy.heal();
                self.browser.until("tracker.stats().destinations[0].waiting === 0").await;
            }
            Around::First(_) | Around::All(_) | Around::Refused => {}
        }
        self.trial.proxy.heal();
        self.trial.proxy.open().await;
    }
}
