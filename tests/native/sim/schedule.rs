//! One schedule: what happens when, from a seed. Carries out what pages ask for, later; decides nothing about delivery.

mod carry;
mod plan;
mod storage;

use super::Defect;
use super::around::{Around, Post};
use super::calls::Draft;
use super::collector::{Books, Collector, Reply};
use super::dice::Dice;
use super::manners::ids;
use super::model::Ledger;
use super::network::{Network, Passage};
use super::page::Page;
use super::store::{Disk, Transaction};
use caisse::consent::State;
use caisse::limits::QUEUE_HITS_MAX;
use std::collections::{BTreeMap, BTreeSet};

const SECOND_MS: u64 = 1_000;
const HOUR_MS: u64 = 3_600 * SECOND_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// More happenings for each call than any sane schedule has: something turns in circles.
const HAPPENINGS_MAX: u64 = 150;

/// Something that happens; numbers are pages'.
#[derive(Debug)]
enum Happening {
    Open,
    Call(u32, u64),
    Core(u32),
    Adopt(u32),
    /// A page renews its claims; the second number says since which start of its core.
    Renew(u32, u32),
    /// The next moment of a page's store.
    Store(u32),
    Told(u32, Box<(Transaction, bool)>),
    Wake(u32, u64),
    Arrive(Box<Post>, Option<(u32, Passage)>, u64),
    Answer(u32, u32, Reply),
    /// The page is hidden, or about to go, in the task of so many calls. It may live on.
    Leave(u32, u64),
    Consent(u32, State),
    Flush(u32),
    Jump(i64),
    /// A collector that refused everything works again.
    Reopen,
    /// A collector dies, and comes up again; perhaps between what it stores next and its answer.
    Restart(usize, bool),
    /// The collectors' disks are full, or have room again.
    Congest(bool),
    /// The visitor's disk is full, or has room again.
    Fill(bool),
    /// The visitor deletes what the site has stored.
    Clear,
    /// Something writes over what is stored, or beside it.
    Spoil,
    /// The page goes into the cache of pages to come back to, and comes back.
    Freeze(u32),
    Thaw(u32),
    Close(u32),
    /// The process of the page dies; the browser and localStorage live on.
    Crash(u32),
    /// The whole browser dies, so many happenings later.
    Kill(u64),
    End,
}

impl Happening {
    /// In words, of which the long ones are cut.
    fn told(&self) -> String {
        let short = |key: &str| key.split('|').map(|part| part.chars().take(9).collect::<String>()).collect::<Vec<_>>().join("|");
        match self {
            Self::Told(page, told) => {
                let (Transaction { changes, journals, .. }, kept) = &**told;
                let changes = changes.iter().map(|(key, row)| format!("{}{}", if row.is_some() { '+' } else { '-' }, short(key)));
                let journals: Vec<&String> = journals.iter().map(|(key, _)| key).collect();
                format!("Told({page}, kept {kept}, {}, journals {journals:?})", changes.collect::<Vec<_>>().join(" "))
            }
            Self::Arrive(post, answer, _) => {
                let ids = ids(post).into_iter().map(|(stream, seq)| format!("{}-{seq}", &stream[..9])).collect::<Vec<_>>().join(" ");
                format!("Arrive({} to {}, raw {}, {answer:?}: {ids})", post.number, post.destination, post.raw)
            }
            other => format!("{other:?}"),
        }
    }
}

/// What kind of schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    Any,
    /// Two destinations, one of which refuses everything for a while; the core comes late, and nothing takes so long that hits grow
    /// too old.
    Two,
}

/// What came of a schedule.
#[derive(Debug, Default)]
pub struct Outcome {
    pub wrong: Vec<String>,
    /// Hits that each collector got raw.
    pub raw: Vec<u64>,
    pub calls: u64,
    /// Deliveries of hits that were known already.
    pub repeats: u64,
    /// What was done to it, and how often.
    pub faults: BTreeMap<&'static str, u64>,
}

/// A page in the browser.
struct Tab {
    page: Page,
    /// Whether its store has a moment coming.
    store_busy: bool,
    alarm: u64,
    starts: u32,
    /// What waits while it is frozen.
    frozen: Option<Vec<Happening>>,
}

pub struct Schedule {
    dice: Dice,
    setting: Setting,
    defect: Defect,
    time: u64,
    /// How far the pages' clock is from the true time.
    skew: i64,
    order: u64,
    coming: BTreeMap<(u64, u64), Happening>,
    disk: Disk,
    tabs: BTreeMap<u32, Tab>,
    network: Network,
    collectors: Vec<Collector>,
    ledger: Ledger,
    pages: u32,
    /// Calls after which no more pages are opened but the last two.
    calls_min: u64,
    /// How many of the last two pages have been opened.
    last: u32,
    calls: u64,
    queue_hits_max: usize,
    long_paths: bool,
    /// Happenings after which the browser dies.
    fuse: Option<u64>,
    /// When consent was last withdrawn: a browser that dies soon may bring back what was deleted then.
    withdrawn_at: Option<u64>,
    /// Collectors that die before they answer what comes next.
    dying: Vec<bool>,
    /// What nobody may touch: a newer version's rows and journals.
    foreign: BTreeMap<String, String>,
    /// Rows that cannot be read; they may stay or go.
    garbage: BTreeSet<String>,
    faults: BTreeMap<&'static str, u64>,
    trace: String,
}

impl Schedule {
    pub fn new(seed: u64, setting: Setting, defect: Defect, calls_min: u64) -> Self {
        let mut dice = Dice::new(seed);
        let trouble_percent = dice.pick(&[0, 10, 40, 80, 95]);
        let destinations = if setting == Setting::Two || dice.chance(25) { 2 } else { 1 };
        let body_bytes_max = dice.pick(&[0, 0, 0, 5_000]);
        let mut collectors: Vec<Collector> = (0..destinations).map(|_| Collector::new(body_bytes_max, defect)).collect();
        if setting == Setting::Two || dice.chance(15) {
            collectors[dice.below(destinations) as usize].closed = dice.pick(&[403, 404, 429, 503, 500, 500]);
        }
        let reopen_after = dice.pick(&[10 * SECOND_MS, HOUR_MS, DAY_MS]);
        let queue_hits_max =
            if setting == Setting::Any { dice.pick(&[QUEUE_HITS_MAX, QUEUE_HITS_MAX, QUEUE_HITS_MAX, 40]) } else { QUEUE_HITS_MAX };
        let mut schedule = Self {
            setting,
            defect,
            time: 1_700_000_000_000,
            skew: 0,
            order: 0,
            coming: BTreeMap::new(),
            disk: Disk::default(),
            tabs: BTreeMap::new(),
            network: Network { trouble_percent },
            dying: vec![false; collectors.len()],
            collectors,
            ledger: Ledger::new(setting == Setting::Two, queue_hits_max),
            pages: 0,
            calls_min,
            last: 0,
            calls: 0,
            queue_hits_max,
            long_paths: dice.chance(15),
            fuse: None,
            withdrawn_at: None,
            foreign: BTreeMap::new(),
            garbage: BTreeSet::new(),
            faults: BTreeMap::new(),
            trace: String::new(),
            dice,
        };
        schedule.after(0, Happening::Open);
        schedule.after(reopen_after, Happening::Reopen);
        schedule
    }

    /// Runs to the end, in words if asked.
    pub fn run(mut self, tracing: bool) -> Outcome {
        self.go(tracing);
        if tracing {
            println!("{}", self.trace);
        }
        let books: Vec<Books> = self.collectors.iter().map(Collector::books).collect();
        let mut wrong = self.ledger.judge(&self.collectors, &books);
        wrong.extend(self.leftovers());
        let raw = |books: &Books| books.hits.values().filter(|hit| hit.raw).count() as u64;
        let repeats = |books: &Books| books.hits.values().map(|hit| hit.repeats).sum::<u64>();
        let restarts = self.collectors.iter().map(|collector| collector.restarts).sum();
        self.faults.insert("collector restarted", restarts);
        Outcome {
            wrong,
            raw: books.iter().map(raw).collect(),
            calls: self.calls,
            repeats: books.iter().map(repeats).sum(),
            faults: self.faults,
        }
    }

    /// What happened, in words.
    pub fn traced(mut self) -> String {
        self.go(true);
        self.trace
    }

    fn go(&mut self, tracing: bool) {
        let mut happenings = 0;
        while let Some(((at, _), happening)) = self.coming.pop_first() {
            self.time = at;
            self.ledger.time = at;
            self.disk.local.time = at;
            if tracing {
                self.trace.push_str(&format!("{at} {}\n", happening.told()));
            }
            if matches!(happening, Happening::End) {
                break;
            }
            happenings += 1;
            if happenings > HAPPENINGS_MAX * self.calls_min {
                self.ledger.violate("something turns in circles".into());
                break;
            }
            self.happen(happening);
            self.carry_out();
            if let Some(left) = self.fuse {
                self.fuse = left.checked_sub(1);
                if left == 0 {
                    self.kill();
                }
            }
        }
    }

    fn after(&mut self, ms: u64, happening: Happening) {
        self.order += 1;
        self.coming.insert((self.time + ms, self.order), happening);
    }

    fn fault(&mut self, name: &'static str) {
        *self.faults.entry(name).or_default() += 1;
    }

    fn happen(&mut self, happening: Happening) {
        let Some(happening) = self.postpone(happening) else { return };
        match happening {
            Happening::Open => self.open(),
            Happening::Call(page, count) => {
                let drafts = self.drafts(page, count);
                self.on(page, |page, around| page.call(drafts, around));
            }
            Happening::Core(page) => {
                let delay = self.dice.between(1, 80);
                self.tabs.get_mut(&page).into_iter().for_each(|tab| tab.starts += 1);
                self.on(page, Page::start_core);
                self.after(delay, Happening::Adopt(page));
            }
            Happening::Adopt(page) => self.on(page, Page::adopt),
            Happening::Renew(page, start) if self.tabs.get(&page).is_some_and(|tab| tab.starts == start) => self.on(page, Page::renew),
            Happening::Store(page) => self.advance_store(page),
            Happening::Told(page, told) => self.on(page, |page, around| page.stored(&told.0, told.1, around)),
            Happening::Wake(page, alarm) if self.tabs.get(&page).is_some_and(|tab| tab.alarm == alarm) => self.on(page, Page::tick),
            Happening::Renew(..) | Happening::Wake(..) | Happening::End => {}
            Happening::Answer(page, post, reply) => self.on(page, |page, around| page.answered(post, &reply, around)),
            Happening::Leave(page, count) => {
                let drafts = self.drafts(page, count);
                self.on(page, |page, around| {
                    page.hidden = !page.hidden;
                    page.leave(drafts, around);
                });
            }
            Happening::Consent(page, state) => self.change_consent(page, state),
            Happening::Flush(page) => self.on(page, Page::flush),
            // What is kept for coming back is just thrown away.
            Happening::Close(page) if self.tabs.get(&page).is_some_and(|tab| tab.frozen.is_some()) => self.lose_page(page),
            Happening::Close(page) => {
                let count = self.dice.pick(&[0, 0, 0, 1, 2]);
                let drafts = self.drafts(page, count);
                self.on(page, |page, around| page.hide(drafts, around));
                self.carry_out();
                self.lose_page(page);
            }
            Happening::Freeze(page) => self.freeze(page),
            Happening::Thaw(page) => self.thaw(page),
            Happening::Crash(page) => {
                self.fault("page crashed");
                self.lose_page(page);
            }
            Happening::Kill(later) => self.fuse = self.fuse.or((self.last == 0).then_some(later)),
            other => self.happen_to_the_world(other),
        }
    }

    /// What happens to no page.
    fn happen_to_the_world(&mut self, happening: Happening) {
        match happening {
            Happening::Jump(ms) => {
                self.fault("clock jumped");
                self.ledger.jumped = true;
                self.skew += ms;
            }
            Happening::Arrive(post, answer, left_at) => self.arrive(&post, answer, left_at),
            Happening::Reopen => self.collectors.iter_mut().for_each(|collector| collector.closed = 0),
            Happening::Restart(index, later) if later => self.dying[index] = true,
            Happening::Restart(index, _) => self.collectors[index].restart(),
            Happening::Congest(full) => {
                self.fault("collector's disk full");
                self.collectors.iter_mut().for_each(|collector| collector.fill(full && self.last == 0));
            }
            Happening::Fill(full) => {
                self.fault("storage full");
                self.disk.fill(full && self.last == 0);
            }
            Happening::Clear => self.clear(),
            Happening::Spoil => self.spoil(),
            other => unreachable!("{other:?} is a page's"),
        }
    }

    /// While a page is frozen nothing happens to it but its end.
    fn postpone(&mut self, happening: Happening) -> Option<Happening> {
        let page = match &happening {
            Happening::Call(page, _) | Happening::Core(page) | Happening::Adopt(page) | Happening::Renew(page, _) => page,
            Happening::Told(page, _) | Happening::Wake(page, _) | Happening::Answer(page, ..) | Happening::Leave(page, _) => page,
            Happening::Consent(page, _) | Happening::Flush(page) | Happening::Freeze(page) => page,
            _ => return Some(happening),
        };
        match self.tabs.get_mut(page).and_then(|tab| tab.frozen.as_mut()) {
            Some(frozen) => {
                frozen.push(happening);
                None
            }
            None => Some(happening),
        }
    }

    /// Calls for a page, if it is still there to make them.
    fn drafts(&mut self, page: u32, count: u64) -> Vec<Draft> {
        if !self.tabs.contains_key(&page) {
            return Vec::new();
        }
        let first = self.calls + 1;
        self.calls += count;
        (first..first + count).map(|number| Draft::new(&mut self.dice, number, self.long_paths)).collect()
    }

    /// Does something with a page, if it is still there.
    fn on(&mut self, number: u32, work: impl FnOnce(&mut Page, &mut Around<'_>)) {
        let Some(mut tab) = self.tabs.remove(&number) else { return };
        work(&mut tab.page, &mut self.around());
        self.tabs.insert(number, tab);
    }

    fn around(&mut self) -> Around<'_> {
        Around {
            now: self.time.saturating_add_signed(self.skew),
            disk: &mut self.disk,
            dice: &mut self.dice,
            ledger: &mut self.ledger,
            collectors: &self.collectors,
        }
    }
}
