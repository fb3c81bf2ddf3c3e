//! The report: figures, how far visits come, a breakdown and the accounting, worked out afresh from the hits that are
//! stored. The same hits give the same report, in whatever order and however often they came. Never stores anything.

mod attempts;
mod breakdown;
mod chart;
mod csv;
mod dimension;
mod fallout;
mod live;
mod metrics;
mod page;
mod query;
mod routes;
mod visits;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::{Semaphore, watch};

use crate::clock::{Clock, signed};
use crate::counted::Figure;
use crate::limits::LIVE_MAX;
use crate::storage::{Sink, Trouble};

pub use attempts::{AbandonedAt, Attempts};
pub use breakdown::{Breakdown, Row, RowMetrics};
pub use dimension::{Dimension, Nature};
pub use metrics::{Metrics, Traffic};
pub use query::Query;
pub(crate) use routes::router;

/// A report; `GET /report.json` is this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The figures.
    pub metrics: Metrics,
    /// How far visits come.
    pub fallout: Vec<Step>,
    /// What became of attempts to check out.
    pub attempts: Attempts,
    /// The figures by the values of a dimension, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<Breakdown>,
    /// Where every delivery went.
    pub accounting: Accounting,
}

/// A step of the fallout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The step's event.
    pub step: &'static str,
    /// Visits that reached it, and all before it, in this order.
    pub visits: u64,
}

/// Received = counted + duplicates + rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Accounting {
    /// Hits that arrived, each delivery for itself.
    pub received: u64,
    /// Hits that count.
    pub counted: u64,
    /// Hits that arrived again, and purchases whose order another hit counts for.
    pub duplicates: u64,
    /// Hits that could not be read.
    pub rejected: u64,
    /// Sequence numbers that pages report as yielding no hit, by reason.
    pub loss_reported: BTreeMap<String, u64>,
    /// Sequence numbers that are missing and that nobody explains.
    pub unexplained: u64,
    /// Hits in which the second redaction found what the first should have.
    #[serde(skip)]
    pub leaked: u64,
    /// Duplicates whose contents differ from the hit's.
    #[serde(skip)]
    pub conflicts: u64,
}

impl Report {
    /// Works a report out; `now` is the time by which an attempt may have been abandoned, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`Trouble`] if the sink cannot be read.
    pub fn of(sink: &dyn Sink, query: &Query, now: i64) -> Result<Self, Trouble> {
        let mut visits = visits::Visits::default();
        let mut tally = metrics::Tally::default();
        let mut fallout = fallout::Fallout::default();
        let mut attempts = attempts::Tally::default();
        let mut rows = query.by().map(breakdown::Rows::new);
        let mut accounting = Accounting::default();
        let books = sink.scan(&query.question(), &mut |fact| {
            let place = visits.place(fact);
            let covered = query.covers(fact.at);
            attempts.take(fact, place, covered);
            if let Some(rows) = &mut rows {
                rows.take(fact, place, covered);
            }
            if !covered {
                return;
            }
            tally.add(fact.counts, place);
            if fact.counts.has(Figure::Orders) {
                tally.sell(fact.units, fact.currency.as_deref(), fact.revenue);
            }
            fallout.take(fact.counts, place);
            let again = fact.said.has(Figure::Orders) && !fact.counts.has(Figure::Orders);
            accounting.counted += u64::from(!again);
            accounting.duplicates += u64::from(again) + fact.repeats;
            accounting.conflicts += fact.conflicts;
            accounting.leaked += u64::from(fact.leaked);
        })?;
        accounting.rejected = books.rejected;
        accounting.received = accounting.counted + accounting.duplicates + accounting.rejected;
        accounting.loss_reported = books.lost.into_iter().collect();
        accounting.unexplained = books.unexplained;
        Ok(Self {
            metrics: tally.metrics(),
            fallout: fallout.steps().map(|(figure, visits)| Step { step: figure.event(), visits }).collect(),
            attempts: attempts.finish(now),
            breakdown: rows.map(|rows| rows.finish(&query.written.by)),
            accounting,
        })
    }
}

/// Where reports are worked out: one at a time, so that a hundred readers cost no more than one.
#[derive(Clone)]
pub(crate) struct Desk {
    sink: Arc<dyn Sink>,
    clock: Clock,
    changes: watch::Receiver<u64>,
    turn: Arc<Semaphore>,
    seats: Arc<Semaphore>,
}

impl Desk {
    /// `changes` is raised whenever something was stored.
    pub(crate) fn new(sink: Arc<dyn Sink>, clock: Clock, changes: watch::Receiver<u64>) -> Self {
        Self { sink, clock, changes, turn: Arc::new(Semaphore::new(1)), seats: Arc::new(Semaphore::new(LIVE_MAX)) }
    }

    /// A report, and how long it took once it was its turn.
    pub(crate) async fn report(&self, query: &Query) -> Result<(Report, Duration), Trouble> {
        let turn = self.turn.clone().acquire_owned().await.map_err(|_| Trouble::Busy)?;
        let (sink, query, now) = (self.sink.clone(), query.clone(), signed((self.clock)()));
        let work = tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            let report = Report::of(&*sink, &query, now);
            drop(turn);
            report.map(|report| (report, began.elapsed()))
        });
        work.await.unwrap_or_else(|_| Err(Trouble::Broken("the report could not be worked out".into())))
    }
}
