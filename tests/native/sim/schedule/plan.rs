//! What a visitor will do: pages open, several at once, live and go; then everything heals, and two last pages show what is left.

use super::{DAY_MS, HOUR_MS, Happening, SECOND_MS, Schedule, Setting, Tab};
use crate::sim::page::{Nature, Page};
use crate::sim::store::Mode;
use caisse::consent::State;

/// The last page's life, in which everything must come right.
const LAST_LIFE_MS: u64 = 2 * HOUR_MS;

impl Schedule {
    /// Pages open; the last two find everything healed: one delivers, the other proves that nothing is left behind.
    pub(super) fn open(&mut self) {
        if self.calls >= self.calls_min {
            return self.open_last();
        }
        let tabs = self.dice.pick(&[1, 1, 1, 2, 2, 3, 5, 8]);
        for _ in 0..tabs {
            let mode = self.dice.pick(&[Mode::Works, Mode::Works, Mode::Works, Mode::Works, Mode::Slow, Mode::Fails, Mode::Refuses]);
            let pending = self.dice.chance(20);
            let beacons = self.dice.chance(15);
            let fewer = self.setting == Setting::Any && self.dice.chance(20);
            let destinations = if fewer { 1 } else { self.collectors.len() };
            let page = self.add(if pending { State::Pending } else { State::Granted }, mode, beacons, destinations);
            let core_after = self.dice.pick(if self.setting == Setting::Two { &[400, 5_000, HOUR_MS] } else { &[1, 30, 400, 5_000] });
            self.after(core_after, Happening::Core(page));
            self.plan(page, pending, tabs);
        }
        self.plan_world(tabs);
    }

    fn add(&mut self, state: State, mode: Mode, beacons: bool, destinations: usize) -> u32 {
        self.pages += 1;
        let number = self.pages;
        let nature = Nature { mode, destinations, queue_hits_max: self.queue_hits_max, beacons, defect: self.defect };
        let page = Page::new(number, state, nature, &mut self.around());
        self.tabs.insert(number, Tab { page, store_busy: false, alarm: 0, starts: 0, frozen: None });
        number
    }

    fn open_last(&mut self) {
        self.last += 1;
        self.fuse = None;
        self.network.trouble_percent = 0;
        self.disk.fill(false);
        for collector in &mut self.collectors {
            collector.closed = 0;
            collector.fill(false);
        }
        let page = self.add(State::Granted, Mode::Works, false, self.collectors.len());
        let core_after = self.dice.pick(&[1, 30, 400, 5_000]);
        self.after(core_after, Happening::Core(page));
        self.after(500, Happening::Call(page, 1));
        self.after(LAST_LIFE_MS, if self.last > 1 { Happening::End } else { Happening::Close(page) });
    }

    /// What will happen during a page's life.
    fn plan(&mut self, page: u32, pending: bool, tabs: u64) {
        let mut life = self.dice.pick(&[300, 3_000, 30_000, 600_000, 600_000, 3 * HOUR_MS]);
        if self.setting == Setting::Two {
            life = life.min(600_000);
        }
        let mut calls = self.dice.between(5, (self.calls_min / tabs).clamp(10, self.calls_min / 2));
        while calls > 0 {
            let (at, count) = (self.dice.below(life), self.dice.pick(&[1, 1, 1, 2, 3, 4, 22]).min(calls));
            calls -= count;
            self.after(at, Happening::Call(page, count));
        }
        if pending {
            let (at, state) = (self.dice.below(life), self.dice.pick(&[State::Granted, State::Granted, State::Denied]));
            self.after(at, Happening::Consent(page, state));
        } else if self.dice.chance(5) {
            let at = self.dice.below(life);
            self.after(at, Happening::Consent(page, State::Denied));
            if self.dice.chance(50) {
                self.after(at + life / 4, Happening::Consent(page, State::Granted));
            }
        }
        if self.dice.chance(40) {
            let (at, count, back) = (self.dice.below(life), self.dice.pick(&[0, 0, 1]), self.dice.between(1, 100_000));
            self.after(at, Happening::Leave(page, count));
            self.after(at + back, Happening::Leave(page, 0));
        }
        if self.dice.chance(15) {
            let (at, back) = (self.dice.below(life), self.dice.between(100, 200_000));
            self.after(at, Happening::Freeze(page));
            self.after(at + back, Happening::Thaw(page));
        }
        if self.dice.chance(20) {
            let at = self.dice.below(life);
            self.after(at, Happening::Flush(page));
        }
        let gone = if self.dice.chance(40) { Happening::Crash(page) } else { Happening::Close(page) };
        self.after(life, gone);
    }

    /// What will happen around the pages.
    fn plan_world(&mut self, tabs: u64) {
        let reach = self.dice.pick(&[300, 30_000, 600_000, HOUR_MS]);
        if self.setting == Setting::Any && self.dice.chance(10) {
            let (at, hours) = (self.dice.below(reach), self.dice.pick(&[-24, -1, 1, 24, 200]));
            self.after(at, Happening::Jump(hours * HOUR_MS as i64));
        }
        if self.dice.chance(if tabs > 1 { 30 } else { 15 }) {
            let (at, later) = (self.dice.below(reach), self.dice.below(60));
            self.after(at, Happening::Kill(later));
        }
        if self.dice.chance(25) {
            let (at, index, later) = (self.dice.below(reach), self.dice.below(self.collectors.len() as u64), self.dice.chance(70));
            self.after(at, Happening::Restart(index as usize, later));
        }
        for (percent, happening) in [(8, Happening::Congest as fn(bool) -> Happening), (10, Happening::Fill as fn(bool) -> Happening)] {
            if self.dice.chance(percent) {
                let (at, back) = (self.dice.below(reach), self.dice.between(1, 100_000));
                self.after(at, happening(true));
                self.after(at + back, happening(false));
            }
        }
        if self.dice.chance(5) {
            let at = self.dice.below(reach);
            self.after(at, Happening::Clear);
        }
        if self.dice.chance(10) {
            let at = self.dice.below(reach);
            self.after(at, Happening::Spoil);
        }
    }

    /// The page is gone for good; when all are, others come some time later.
    pub(super) fn lose_page(&mut self, number: u32) {
        let Some(mut tab) = self.tabs.remove(&number) else { return };
        tab.page.gone(&mut self.around());
        if self.tabs.is_empty() {
            let longest = if self.setting == Setting::Two { DAY_MS } else { 8 * DAY_MS };
            let pause = self.dice.pick(&[SECOND_MS, SECOND_MS, SECOND_MS, 60 * SECOND_MS, HOUR_MS, DAY_MS, longest]);
            self.after(pause, Happening::Open);
        }
    }

    /// The visitor answers. A withdrawal is heard by every page at once; what one grants it grants for itself.
    pub(super) fn change_consent(&mut self, page: u32, state: State) {
        let numbers: Vec<u32> = if state == State::Denied { self.tabs.keys().copied().collect() } else { vec![page] };
        if !self.tabs.contains_key(&page) {
            return;
        }
        if state == State::Denied && self.tabs.values().any(|tab| tab.page.state != State::Denied) {
            self.withdrawn_at = Some(self.time);
            self.foreign.clear();
        }
        // A page that is kept for coming back does not outlive this; what it had begun to store is there before all is deleted.
        let (frozen, awake): (Vec<u32>, Vec<u32>) = numbers.into_iter().partition(|number| self.tabs[number].frozen.is_some());
        frozen.into_iter().for_each(|number| self.lose_page(number));
        for number in awake {
            self.on(number, |page, around| page.set_consent(state, around));
        }
        let delay = self.dice.between(1, 300);
        self.after(delay, Happening::Core(page));
    }
}
