//! The figures by the values of one dimension. eVars and campaign give a hit the last value of its visit so far, all
//! others the hit's own. A hit without a value is in no row.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::Serialize;

use super::dimension::Dimension;
use super::metrics::{Metrics, Tally, Traffic};
use super::visits::Place;
use crate::counted::Figure;
use crate::limits::ROWS_MAX;
use crate::storage::Fact;

/// A breakdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Breakdown {
    /// The dimension as it was asked for.
    pub dimension: String,
    /// `visit` if a value stays for the rest of the visit, else `hit`.
    pub allocation: &'static str,
    /// Most frequent values first.
    pub rows: Vec<Row>,
}

/// One value and its figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The value.
    pub value: String,
    /// Its figures.
    pub metrics: RowMetrics,
}

/// Figures of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RowMetrics {
    /// All figures, and the hits that have the value.
    Conversion {
        /// Hits with the value.
        occurrences: u64,
        /// The figures.
        #[serde(flatten)]
        metrics: Metrics,
    },
    /// Traffic only: conversions do not belong to pages and props.
    Traffic {
        /// Hits with the value.
        occurrences: u64,
        /// The figures.
        #[serde(flatten)]
        traffic: Traffic,
    },
}

/// A breakdown in the making.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    dimension: &'a Dimension,
    tallies: HashMap<String, Tally>,
    /// The last value of the visit.
    kept: Option<(u64, String)>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(dimension: &'a Dimension) -> Self {
        Self { dimension, tallies: HashMap::new(), kept: None }
    }

    /// Takes the next hit. One before the time asked for (`counted` is `false`) only leaves its value for the visit.
    pub(crate) fn take(&mut self, fact: &Fact, place: Place, counted: bool) {
        if self.dimension.is_kept() {
            if let Some(value) = fact.values.first() {
                self.kept = Some((place.visit, value.text.clone()));
            }
            let Some((visit, value)) = &self.kept else { return };
            if *visit == place.visit && counted {
                let tally = tally(&mut self.tallies, value);
                tally.add(fact.counts, place);
                sell(tally, fact, fact.units, fact.revenue);
            }
        } else if counted {
            self.take_own(fact, place);
        }
    }

    fn take_own(&mut self, fact: &Fact, place: Place) {
        let mut seen: Vec<&str> = Vec::new();
        for value in &fact.values {
            for text in self.dimension.values(&value.text) {
                let tally = tally(&mut self.tallies, text);
                // A product in two lines is one hit with it, and two lines' money.
                let first = !seen.contains(&text);
                if first {
                    seen.push(text);
                    tally.add(fact.counts, place);
                }
                if self.dimension.is_of_lines() {
                    sell(tally, fact, value.units, value.revenue);
                } else if first {
                    sell(tally, fact, fact.units, fact.revenue);
                }
            }
        }
    }

    pub(crate) fn finish(self, name: &str) -> Breakdown {
        let mut tallies: Vec<(String, Tally)> = self.tallies.into_iter().collect();
        tallies.sort_by(|(a, x), (b, y)| (Reverse(x.hits), a).cmp(&(Reverse(y.hits), b)));
        tallies.truncate(ROWS_MAX);
        let traffic = self.dimension.is_traffic();
        let rows = tallies.into_iter().map(|(value, tally)| {
            let occurrences = tally.hits;
            let metrics = if traffic {
                RowMetrics::Traffic { occurrences, traffic: tally.traffic() }
            } else {
                RowMetrics::Conversion { occurrences, metrics: tally.metrics() }
            };
            Row { value, metrics }
        });
        let allocation = if self.dimension.is_kept() { "visit" } else { "hit" };
        Breakdown { dimension: name.into(), allocation, rows: rows.collect() }
    }
}

fn tally<'t>(tallies: &'t mut HashMap<String, Tally>, value: &str) -> &'t mut Tally {
    tallies.entry(value.into()).or_default()
}

fn sell(tally: &mut Tally, fact: &Fact, units: i64, revenue: i64) {
    if fact.counts.has(Figure::Orders) {
        tally.sell(units, fact.currency.as_deref(), revenue);
    }
}
