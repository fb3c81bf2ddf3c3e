//! The collector: takes beacons in, keeps them, counts each hit once and reports.
//!
//! A beacon comes past `origin` and the limits of `body` to `ingest`, is decoded by the crate `caisse` (which judges
//! and redacts again), waits in `writer` for the next transaction of the [`storage`], and only then is acknowledged.
//! `counted` says what a hit counts as, `clock` when it happened. The [`report`] asks the storage's other half, the
//! sink, for the facts in the order of visits and works out figures, fallout, a breakdown and the accounting.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod adobe_edge;
mod answer;
mod body;
mod ingest;
mod origin;
mod settings;
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

use tokio::sync::watch;

pub use clock::{Clock, system_clock};
pub use counted::{Figure, Figures};
pub use serve::serve;
pub use settings::{Error, Settings};

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
    clock: Clock,
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
        let settings = settings.checked()?;
        let (changed, changes) = watch::channel(0);
        let writer = Writer::start(storage.clone(), changed)?;
        let desk = report::Desk::new(sink, changes);
        Ok(Self { shared: Arc::new(Shared { settings, clock, writer, storage, desk }) })
    }

    /// `POST /v1/batch` and `POST /v1/raw`, and what is meant for Adobe (`/ee/…`), to be nested where pages send to.
    pub fn ingest(&self) -> axum::Router {
        ingest::router(self.shared.clone())
    }

    /// `GET /report`, `/report.json`, `/report/events` and `/healthz`.
    pub fn report(&self) -> axum::Router {
        report::router(self.shared.clone())
    }
}
