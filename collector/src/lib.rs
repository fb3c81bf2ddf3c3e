//! The collector: takes beacons in, keeps them, counts each hit once and reports.
//!
//! A beacon comes past `origin`, the `gate` and the limits of `body` and `shape` to `ingest`, is decoded by the crate `caisse` (which judges
//! and redacts again), waits in `writer` for the next transaction of the [`storage`], and only then is acknowledged.
//! `counted` says what a hit counts as, `clock` when it happened. The [`report`] asks the storage's other half, the
//! sink, for the facts in the order of visits and works out figures, fallout, a breakdown and the accounting.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod address;
mod adobe_analytics;
mod adobe_edge;
mod answer;
mod body;
mod buckets;
mod gate;
mod ingest;
mod origin;
mod settings;
mod shape;
mod writer;

mod clock;
mod counted;
pub mod storage;

pub mod report;
mod serve;

mod limits;

#[cfg(test)]
#[path = "../../tests/native/seeded.rs"]
mod seeded;

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

pub use address::Peer;
pub use clock::{Clock, months_before, system_clock};
pub use counted::{Figure, Figures};
pub use limits::RETAIN_MONTHS;
pub use serve::serve;
pub use settings::{Error, Rates, Settings};

use answer::Problem;
use gate::Gate;
use limits::DECODERS_MAX;
use origin::Allowed;
use storage::{Sink, Sqlite, Storage};
use writer::Writer;

/// A collector. Cheap to clone; all clones are the same one.
#[derive(Clone)]
pub struct Collector {
    shared: Arc<Shared>,
}

/// What the handlers share.
struct Shared {
    settings: Settings,
    origins: Arc<[Allowed]>,
    gate: Gate,
    clock: Clock,
    /// Turns at decoding.
    decoders: Semaphore,
    writer: Writer,
    storage: Arc<dyn Storage>,
    desk: report::Desk,
}

impl Collector {
    /// Opens a collector on its SQLite database, which is made or migrated if need be.
    ///
    /// # Errors
    /// [`Error`] says what is wrong with a setting or with the database.
    pub fn open(settings: Settings) -> Result<Self, Error> {
        let database = Arc::new(Sqlite::open(settings.database.as_deref())?);
        Self::with(settings, database.clone(), database, system_clock())
    }

    /// A collector on another storage and sink, and by another clock. `settings.database` is not looked at.
    ///
    /// # Errors
    /// [`Error`] if a setting is wrong or the thread that writes cannot be started.
    pub fn with(settings: Settings, storage: Arc<dyn Storage>, sink: Arc<dyn Sink>, clock: Clock) -> Result<Self, Error> {
        let origins = settings.checked()?.into();
        let gate = Gate::new(&settings);
        let decoders = Semaphore::new(DECODERS_MAX);
        let (changed, changes) = watch::channel(0);
        let writer = Writer::start(storage.clone(), changed)?;
        let desk = report::Desk::new(sink, clock.clone(), changes);
        Ok(Self { shared: Arc::new(Shared { settings, origins, gate, clock, decoders, writer, storage, desk }) })
    }

    /// `POST /v1/batch` and `POST /v1/raw`, and what is meant for Adobe (`/b/ss/…`, `/ee/…`), to be nested where pages send to.
    pub fn ingest(&self) -> axum::Router {
        ingest::router(self.shared.clone())
    }

    /// `GET /report`, `/report.json`, `/report/events` and `/healthz`.
    pub fn report(&self) -> axum::Router {
        report::router(self.shared.clone())
    }
}

impl Shared {
    /// Works on a body where waiting holds nobody else up; a few at a time, because each takes memory of many times its size.
    async fn decode<T: Send + 'static, E: From<Problem> + Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let _turn = self.decoders.acquire().await.map_err(|_| Problem::busy())?;
        // A body that made the decoder give up is a body that cannot be read.
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Problem::malformed("The body cannot be read.").into()))
    }
}
