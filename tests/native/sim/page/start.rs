//! What a page's core is given: what waited for it, and what earlier pages left.

use super::{Page, Takeover, Waiting, name, orders};
use crate::sim::around::{Around, Wish};
use crate::sim::local::{claim_key, is_known, stream_of};
use crate::sim::store::{Mode, id, join};
use crate::sim::{Defect, World};
use caisse::call::{Call, GROUP};
use caisse::consent::State;
use caisse::destination::Destination;
use caisse::driver::Driver;
use caisse::luck::Luck;
use caisse::options::Options;
use caisse::row::{Row, UNROUTED};
use std::collections::{BTreeMap, BTreeSet};

/// Milliseconds for which a page claims a stream, and after which it renews that.
const CLAIM_MS: u64 = 90_000;
const RENEW_MS: u64 = 30_000;

impl Page {
    /// The core has been loaded: it gets what waits.
    pub fn start_core(&mut self, around: &mut Around<'_>) {
        if self.state != State::Granted || self.engine.is_some() {
            return;
        }
        let names = || (0..self.nature.destinations).map(name);
        let destinations = names().zip(0..).map(|(name, index)| Destination::new(&name, &format!("/{index}"))).collect();
        let options = Options { site: "rivet".into(), consent: State::Granted, destinations, ..Options::default() };
        let world = World::new(&self.stream, names());
        self.claims = BTreeSet::from([self.stream.clone()]);
        self.claim(around);
        self.wishes.push(Wish::Renew(RENEW_MS));
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
        let known = orders(self.bought.iter().map(String::as_str), " ", around);
        // Another page may have taken over these very calls before this one had its core: they are not duplicates of themselves.
        let handed: Vec<String> = texts.split(GROUP).filter_map(Call::read).map(|call| format!("{}-{}", call.stream, call.seq)).collect();
        let itself = |order: &&str| self.nature.defect != Defect::OwnOrderIsDuplicate && handed.iter().any(|id| order.ends_with(id));
        let others = known.split(' ').filter(|order| !itself(order));
        let orders = others.map(|order| order.split('.').next().unwrap_or("")).collect::<Vec<_>>().join(" ");
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

    /// Takes over what earlier pages left in the journals and in the store, unless a page claims it.
    pub fn adopt(&mut self, around: &mut Around<'_>) {
        if self.engine.is_none() || self.state != State::Granted {
            return;
        }
        self.left = false;
        let mut streams: BTreeMap<String, bool> = BTreeMap::new();
        let keys = around.disk.local.keys("j.");
        let journals: Vec<String> = keys.into_iter().filter(|key| is_known(around.disk.local.get(key))).collect();
        let journals: Vec<String> = journals.into_iter().filter(|key| self.may_adopt(&key[2..], &mut streams, around)).collect();
        let mut rows = Vec::new();
        if self.database.mode != Mode::Refuses {
            for (key, row) in &around.disk.rows {
                if self.may_adopt(id(key).0, &mut streams, around) {
                    rows.push(row.clone());
                    if key.starts_with(UNROUTED) {
                        let (stream, seq) = id(key);
                        around.ledger.narrowed(stream, seq, self.nature.destinations);
                    }
                }
            }
        }
        let claimed = self.claims.clone();
        self.claims.extend(streams.into_iter().filter(|(_, adopted)| *adopted).map(|(stream, _)| stream));
        self.claim(around);
        if !journals.is_empty() {
            let journals: Vec<(String, String)> =
                journals.into_iter().map(|key| (key.clone(), around.disk.local.get(&key).to_owned())).collect();
            // Of its own stream it has, or had, everything itself.
            let others = |row: &&str| self.nature.defect == Defect::AdoptsOwnStream || stream_of(row) != self.stream;
            let texts: Vec<String> =
                journals.iter().map(|(_, text)| text.split(GROUP).filter(others).collect::<Vec<_>>().join(&GROUP.to_string())).collect();
            self.look_at(&texts, &claimed, around);
            self.with(Takeover { journals, ..Takeover::default() }, around, |engine, now| engine.adopt(&join(&texts), false, now));
        }
        if !rows.is_empty() {
            self.with(Takeover::default(), around, |engine, now| engine.adopt(&join(&rows), true, now));
        }
    }

    /// Tells the judge what stands in journals that are taken over.
    fn look_at(&self, texts: &[String], claimed: &BTreeSet<String>, around: &mut Around<'_>) {
        let rows = || texts.iter().flat_map(|text| text.split(GROUP));
        let hits: BTreeSet<(&str, u64)> = rows().filter_map(Row::read).map(|row| (row.stream, row.seq)).collect();
        for row in rows() {
            let frozen = row.strip_prefix('w');
            let Some(call) = Call::read(frozen.unwrap_or(row)) else { continue };
            around.ledger.narrowed(call.stream, call.seq, self.nature.destinations);
            // What this page or another took over before may be a hit by now.
            if frozen.is_some() && !claimed.contains(call.stream) && !hits.contains(&(call.stream, call.seq)) {
                around.ledger.manners.knows_raw(self.number, (call.stream.to_owned(), call.seq));
            }
        }
    }

    /// Whether a stream is nobody's: neither this page's own, nor claimed by one that lives.
    fn may_adopt(&mut self, stream: &str, streams: &mut BTreeMap<String, bool>, around: &Around<'_>) -> bool {
        if let Some(known) = streams.get(stream) {
            return *known;
        }
        let own = stream == self.stream && self.nature.defect != Defect::AdoptsOwnStream;
        let until: u64 = around.disk.local.get(&claim_key(stream)).parse().unwrap_or(0);
        // One that reaches further was made before the clock was set back.
        let defect = self.nature.defect;
        let believed = until <= around.now + CLAIM_MS || defect == Defect::ClaimsOfAnyLength;
        let valid = if defect == Defect::ClaimsForEver { until > 0 } else { until > around.now && believed };
        self.left |= valid && !own && !self.claims.contains(stream);
        let had = self.claims.contains(stream) && stream != self.stream;
        let adopts = !own && !valid && !had;
        streams.insert(stream.into(), adopts);
        adopts
    }

    /// Claims what it has, from now on.
    fn claim(&mut self, around: &mut Around<'_>) {
        let until = (around.now + CLAIM_MS).to_string();
        for stream in &self.claims {
            around.disk.local.set(&claim_key(stream), &until);
        }
    }

    /// Renews its claims, and takes over what it left to others if they are gone.
    pub fn renew(&mut self, around: &mut Around<'_>) {
        if self.engine.is_none() || self.state != State::Granted {
            return;
        }
        self.claim(around);
        if self.left {
            self.adopt(around);
        }
        // A hidden page's timers run once a minute.
        self.wishes.push(Wish::Renew(if self.hidden { 2 * RENEW_MS } else { RENEW_MS }));
    }

    /// Frees what it claims, at once.
    pub(super) fn release(&mut self, around: &mut Around<'_>) {
        for stream in &self.claims {
            around.disk.local.set(&claim_key(stream), "");
        }
    }

    /// The page comes back as it was.
    pub fn come_back(&mut self, around: &mut Around<'_>) {
        if self.engine.is_some() && self.state == State::Granted {
            self.claim(around);
        }
    }
}
