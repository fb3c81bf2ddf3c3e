//! One schedule: what happens when, from a seed. Carries out what pages ask for, later; decides nothing about delivery.

use super::Defect;
use super::around::{Around, Post, Wish};
use super::calls::Draft;
use super::collector::{Collector, Reply};
use super::dice::Dice;
use super::model::Ledger;
use super::network::{DEADLINE_MS, Network, Passage};
use super::page::Page;
use super::store::{Disk, Mode, Transaction};
use caisse::consent::State;
use caisse::decode::Form;
use std::collections::BTreeMap;

const SECOND_MS: u64 = 1_000;
const HOUR_MS: u64 = 3_600 * SECOND_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// The last page's life, in which everything must come right.
const LAST_LIFE_MS: u64 = 2 * HOUR_MS;
/// More events than any sane schedule has: something turns in circles.
const EVENTS_MAX: u32 = 20_000;

/// Something that happens; numbers are pages'.
#[derive(Debug)]
enum Happening {
    Open,
    Call(u32, u64),
    Core(u32),
    Adopt(u32),
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
    Close(u32),
    Crash(u32),
    End,
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
    page: Option<Page>,
    /// Whether the page's store has a moment coming.
    store_busy: bool,
    alarm: u64,
    network: Network,
    collectors: Vec<Collector>,
    ledger: Ledger,
    pages: u32,
    pages_max: u32,
    calls: u64,
    trace: String,
}

impl Schedule {
    pub fn new(seed: u64, setting: Setting, defect: Defect) -> Self {
        let mut dice = Dice::new(seed);
        let trouble_percent = dice.pick(&[0, 10, 40, 80, 95]);
        let destinations = if setting == Setting::Two || dice.chance(25) { 2 } else { 1 };
        let body_bytes_max = dice.pick(&[0, 0, 0, 5_000]);
        let collector = || Collector { body_bytes_max, forgets: defect == Defect::Forgets, ..Collector::default() };
        let mut collectors: Vec<Collector> = (0..destinations).map(|_| collector()).collect();
        if setting == Setting::Two || dice.chance(10) {
            collectors[dice.below(destinations) as usize].closed = dice.pick(&[403, 404, 429, 503]);
        }
        let reopen_after = dice.pick(&[10 * SECOND_MS, HOUR_MS, DAY_MS]);
        let mut schedule = Self {
            setting,
            defect,
            time: 1_700_000_000_000,
            skew: 0,
            order: 0,
            coming: BTreeMap::new(),
            disk: Disk::default(),
            page: None,
            store_busy: false,
            alarm: 0,
            network: Network { trouble_percent },
            collectors,
            ledger: Ledger::new(setting == Setting::Two),
            pages: 0,
            pages_max: dice.between(1, 5) as u32,
            calls: 0,
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
        let mut wrong = self.ledger.judge(&self.collectors);
        let left = self.disk.rows.len() + self.disk.journals.len();
        if left > 0 {
            wrong.push(format!("{left} rows or journals stay behind: {:?}", self.disk));
        }
        let raw = |collector: &Collector| collector.hits.values().filter(|(form, _)| *form == Form::Raw).count() as u64;
        Outcome { wrong, raw: self.collectors.iter().map(raw).collect() }
    }

    /// What happened, in words.
    pub fn traced(mut self) -> String {
        self.go(true);
        self.trace
    }

    fn go(&mut self, tracing: bool) {
        let mut events = 0;
        while let Some(((at, _), happening)) = self.coming.pop_first() {
            self.time = at;
            if tracing {
                self.trace.push_str(&format!("{at} {happening:?}\n"));
            }
            if matches!(happening, Happening::End) {
                break;
            }
            events += 1;
            if events > EVENTS_MAX {
                self.ledger.violate("something turns in circles".into());
                break;
            }
            self.happen(happening);
            self.carry_out();
        }
    }

    fn after(&mut self, ms: u64, happening: Happening) {
        self.order += 1;
        self.coming.insert((self.time + ms, self.order), happening);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Open => self.open(),
            Happening::Jump(ms) => self.skew += ms,
            Happening::Arrive(post, answer, left_at) => self.arrive(&post, answer, left_at),
            Happening::Call(page, count) => {
                let drafts = self.drafts(count);
                self.on(page, |page, around| page.call(drafts, around));
            }
            Happening::Core(page) => {
                let delay = self.dice.between(1, 80);
                self.on(page, Page::start_core);
                self.after(delay, Happening::Adopt(page));
            }
            Happening::Adopt(page) => self.on(page, Page::adopt),
            Happening::Store(page) => self.advance_store(page),
            Happening::Told(page, told) => self.on(page, |page, around| page.stored(&told.0, told.1, around)),
            Happening::Wake(page, alarm) if alarm == self.alarm => self.on(page, Page::tick),
            Happening::Wake(..) | Happening::End => {}
            Happening::Answer(page, post, reply) => self.on(page, |page, around| page.answered(post, &reply, around)),
            Happening::Leave(page, count) => {
                let drafts = self.drafts(count);
                self.on(page, |page, around| page.leave(drafts, around));
            }
            Happening::Consent(page, state) => {
                self.on(page, |page, around| page.set_consent(state, around));
                let delay = self.dice.between(1, 300);
                self.after(delay, Happening::Core(page));
            }
            Happening::Flush(page) => self.on(page, Page::flush),
            Happening::Reopen => self.collectors.iter_mut().for_each(|collector| collector.closed = 0),
            Happening::Close(page) => {
                let count = self.dice.pick(&[0, 0, 0, 1, 2]);
                self.happen(Happening::Leave(page, count));
                self.carry_out();
                self.lose_page(page);
            }
            Happening::Crash(page) => self.lose_page(page),
        }
    }

    fn drafts(&mut self, count: u64) -> Vec<Draft> {
        let first = self.calls + 1;
        self.calls += count;
        (first..first + count).map(|number| Draft::new(&mut self.dice, number)).collect()
    }

    /// Does something with a page, if it is still there.
    fn on(&mut self, number: u32, work: impl FnOnce(&mut Page, &mut Around<'_>)) {
        let Some(mut page) = self.page.take_if(|page| page.number == number) else { return };
        work(&mut page, &mut self.around());
        self.page = Some(page);
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

    /// A page opens; the last two find everything healed: one delivers, the other proves that nothing is left behind.
    fn open(&mut self) {
        self.pages += 1;
        let number = self.pages;
        let last = number > self.pages_max;
        let mode = if last { Mode::Works } else { self.dice.pick(&[Mode::Works, Mode::Works, Mode::Works, Mode::Fails, Mode::Refuses]) };
        let pending = !last && self.dice.chance(20);
        let state = if pending { State::Pending } else { State::Granted };
        let (destinations, defect) = (self.collectors.len(), self.defect);
        let page = Page::new(number, state, mode, destinations, defect, &mut self.around());
        self.page = Some(page);
        self.store_busy = false;
        let late = self.setting == Setting::Two && !last;
        let core_after = self.dice.pick(if late { &[400, 5_000, HOUR_MS] } else { &[1, 30, 400, 5_000] });
        self.after(core_after, Happening::Core(number));
        if last {
            self.network.trouble_percent = 0;
            self.happen(Happening::Reopen);
            self.after(500, Happening::Call(number, 1));
            let end = if number > self.pages_max + 1 { Happening::End } else { Happening::Close(number) };
            self.after(LAST_LIFE_MS, end);
        } else {
            self.plan(number, pending);
        }
    }

    /// What will happen during a page's life.
    fn plan(&mut self, page: u32, pending: bool) {
        let life = self.dice.pick(&[300, 3_000, 30_000, 600_000]);
        for _ in 0..self.dice.below(6) {
            let (at, count) = (self.dice.below(life), self.dice.pick(&[1, 1, 1, 2, 3, 4, 22]));
            self.after(at, Happening::Call(page, count));
        }
        if pending {
            let (at, state) = (self.dice.below(life), self.dice.pick(&[State::Granted, State::Granted, State::Denied]));
            self.after(at, Happening::Consent(page, state));
        } else if self.dice.chance(8) {
            let at = self.dice.below(life);
            self.after(at, Happening::Consent(page, State::Denied));
            if self.dice.chance(50) {
                self.after(at + life / 4, Happening::Consent(page, State::Granted));
            }
        }
        if self.dice.chance(30) {
            let (at, count) = (self.dice.below(life), self.dice.pick(&[0, 0, 1]));
            self.after(at, Happening::Leave(page, count));
        }
        if self.dice.chance(20) {
            let at = self.dice.below(life);
            self.after(at, Happening::Flush(page));
        }
        if self.setting == Setting::Any && self.dice.chance(10) {
            let (at, hours) = (self.dice.below(life), self.dice.pick(&[-24, -1, 1, 24, 200]));
            self.after(at, Happening::Jump(hours * HOUR_MS as i64));
        }
        let gone = if self.dice.chance(40) { Happening::Crash(page) } else { Happening::Close(page) };
        self.after(life, gone);
    }

    fn advance_store(&mut self, number: u32) {
        let Some(page) = self.page.as_mut().filter(|page| page.number == number) else { return };
        self.store_busy = false;
        let lies = self.defect == Defect::StoreLies && self.dice.chance(10);
        let mut nowhere = Disk::default();
        let disk = if lies { &mut nowhere } else { &mut self.disk };
        if let Some(told) = page.database.advance(disk, &mut self.dice) {
            let delay = self.dice.between(0, 5);
            self.after(delay, Happening::Told(number, Box::new(told)));
        }
    }

    /// The page is gone for good; another one comes some time later.
    fn lose_page(&mut self, number: u32) {
        let Some(mut page) = self.page.take_if(|page| page.number == number) else { return };
        page.gone(&mut self.around());
        let longest = if self.setting == Setting::Two { DAY_MS } else { 8 * DAY_MS };
        let pause = self.dice.pick(&[SECOND_MS, SECOND_MS, HOUR_MS, DAY_MS, longest]);
        self.after(pause, Happening::Open);
    }

    /// Carries out what the page asked for.
    fn carry_out(&mut self) {
        let Some(page) = &mut self.page else { return };
        let number = page.number;
        let busy = !page.database.is_idle();
        let wishes = std::mem::take(&mut page.wishes);
        if busy && !self.store_busy {
            self.store_busy = true;
            let delay = self.dice.pick(&[0, 1, 4, 60]);
            self.after(delay, Happening::Store(number));
        }
        for wish in wishes {
            match wish {
                Wish::Send(post) => self.send(number, post),
                Wish::Wake(at) => {
                    self.alarm += 1;
                    if let Some(at) = at {
                        let now = self.time.saturating_add_signed(self.skew);
                        self.after(at.saturating_sub(now), Happening::Wake(number, self.alarm));
                    }
                }
            }
        }
    }

    fn send(&mut self, page: u32, mut post: Post) {
        let way = self.network.route(&mut self.dice);
        if self.defect == Defect::Alters && self.dice.chance(5) {
            post.body = post.body.replace("\"v1\":\"token", "\"v1\":\"broken");
        }
        if self.defect == Defect::Renumbers && self.dice.chance(5) {
            post.body = post.body.replace("{\"q\":3,", "{\"q\":4,");
        }
        if way.answer == Passage::Lost {
            self.after(DEADLINE_MS, Happening::Answer(page, post.number, Reply::new(0, "")));
        } else if way.answer == Passage::Foreign {
            self.after(50, Happening::Answer(page, post.number, foreign(&post.body)));
        } else if let Some(forged) = way.forged {
            self.after(50, Happening::Answer(page, post.number, forged));
        }
        let left_at = self.time;
        for (index, delay) in way.arrivals.into_iter().enumerate() {
            let answer = (index == 0 && way.answer != Passage::Lost).then_some((page, way.answer));
            self.after(delay, Happening::Arrive(Box::new(post.clone()), answer, left_at));
        }
    }

    fn arrive(&mut self, post: &Post, answer: Option<(u32, Passage)>, left_at: u64) {
        let mut reply = self.collectors[post.destination].take(post.raw, &post.body);
        let Some((page, passage)) = answer else { return };
        match passage {
            Passage::Half => reply.body.truncate(reply.body.len() / 2),
            Passage::Whole | Passage::Foreign | Passage::Lost => {}
        }
        let delay = self.dice.between(5, 3_000).min(left_at + DEADLINE_MS - self.time);
        self.after(delay, Happening::Answer(page, post.number, reply));
    }
}

/// An acknowledgement of everything that a body holds, under another batch's id.
fn foreign(body: &str) -> Reply {
    let streams = body.split("\"stream\":\"").skip(1).filter_map(|rest| rest.get(..32));
    let ids: Vec<String> = streams.map(|stream| format!("{stream}:0-9999")).collect();
    Reply::new(200, &format!(r#"{{"batch":"{}","accepted":"{}","duplicate":"","rejected":""}}"#, "f".repeat(32), ids.join(";")))
}
