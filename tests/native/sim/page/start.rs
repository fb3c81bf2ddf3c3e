//! What a page's core is given: what waited for it, and what earlier pages left.

use super::{Page, Takeover, Waiting, name};
use crate::sim::World;
use crate::sim::around::Around;
use crate::sim::store::{Mode, join};
use caisse::consent::State;
use caisse::destination::Destination;
use caisse::driver::Driver;
use caisse::luck::Luck;
use caisse::options::Options;
use std::collections::BTreeMap;

impl Page {
    /// The core has been loaded: it gets what waits.
    pub fn start_core(&mut self, around: &mut Around<'_>) {
        if self.state != State::Granted || self.engine.is_some() {
            return;
        }
        let names = || (0..self.destinations).map(name);
        let destinations = names().zip(0..).map(|(name, index)| Destination::new(&name, &format!("/{index}"))).collect();
        let options = Options { site: "rivet".into(), consent: State::Granted, destinations, ..Options::default() };
        let world = World::new(&self.stream, names());
        self.engine = Some(Driver::new(options, &self.stream, Luck::new(&around.dice.id()), world));
        let (frozen, fresh): (Vec<Waiting>, Vec<Waiting>) = std::mem::take(&mut self.waiting).into_iter().partition(|call| call.frozen);
        self.waiting = frozen;
        if !fresh.is_empty() {
            let takeover = Takeover { early: fresh.iter().map(|call| self.early_key(call.seq)).collect(), ..Takeover::default() };
            let texts = join(fresh.iter().map(|call| &call.text));
            self.hand(&texts, takeover, around);
        }
        let frozen = std::mem::take(&mut self.waiting);
        if !frozen.is_empty() {
            self.hand_over_frozen(&frozen, around);
        }
    }

    /// Hands calls to the core, and which orders were counted.
    pub(super) fn hand(&mut self, texts: &str, takeover: Takeover, around: &mut Around<'_>) {
        let orders = around.disk.orders.iter().chain(&self.bought).map(|bought| bought.order.as_str()).collect::<Vec<_>>().join(" ");
        self.with(takeover, around, |engine, now| {
            engine.know(&orders);
            engine.track(texts, now);
        });
    }

    /// Calls that were sent raw: the core knows them as rows, and does not tell of them as of calls.
    fn hand_over_frozen(&mut self, frozen: &[Waiting], around: &mut Around<'_>) {
        let keys: Vec<String> = frozen.iter().map(|call| self.early_key(call.seq)).collect();
        let rows: Vec<String> = keys.iter().map(|key| self.database.soft(key).expect("a soft row").to_owned()).collect();
        if let Some(engine) = &mut self.engine {
            engine.world.counters.values_mut().for_each(|counters| counters.tracked += frozen.len() as u64);
        }
        let takeover = Takeover { early: keys, ..Takeover::default() };
        self.with(takeover, around, |engine, now| engine.adopt(&join(&rows), false, now));
    }

    /// Takes over what earlier pages left in the journals and in the store.
    pub fn adopt(&mut self, around: &mut Around<'_>) {
        if self.engine.is_none() {
            return;
        }
        let others = |text: &&String| !text.contains(&self.stream);
        let journals: BTreeMap<String, String> = around.disk.journals.clone().into_iter().filter(|(key, _)| others(&key)).collect();
        let rows: Vec<String> = around.disk.rows.values().filter(others).cloned().collect();
        if !journals.is_empty() {
            let takeover = Takeover { journals: journals.keys().cloned().collect(), ..Takeover::default() };
            self.with(takeover, around, |engine, now| engine.adopt(&join(journals.values()), false, now));
        }
        if self.database.mode != Mode::Refuses && !rows.is_empty() {
            self.with(Takeover::default(), around, |engine, now| engine.adopt(&join(&rows), true, now));
        }
    }
}
