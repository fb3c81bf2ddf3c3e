//! Sends the report's changing parts to open pages as server-sent events: as HTML, so that there is one place that
//! knows how a figure looks. Never more often than `limits` allow, and never the same twice.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::{Desk, Query, page};
use crate::Shared;
use crate::answer::Problem;
use crate::limits::{LIVE_AGAIN, LIVE_PAUSE, LIVE_REST};

/// One page that watches.
struct Watcher {
    desk: Desk,
    query: Query,
    changes: watch::Receiver<u64>,
    /// How long to rest before the next report; nothing before the first.
    rest: Option<Duration>,
    sent: String,
    _seat: OwnedSemaphorePermit,
}

/// `GET /report/events`.
pub(crate) async fn events(
    State(shared): State<Arc<Shared>>,
    query: Query,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let desk = shared.desk.clone();
    let seat = desk.seats.clone().try_acquire_owned().map_err(|_| Problem::busy())?;
    let changes = desk.changes.clone();
    let watcher = Watcher { desk, query, changes, rest: None, sent: String::new(), _seat: seat };
    Ok(Sse::new(unfold(watcher, next)).keep_alive(KeepAlive::default()))
}

async fn next(mut watcher: Watcher) -> Option<(Result<Event, Infallible>, Watcher)> {
    loop {
        if let Some(rest) = watcher.rest {
            tokio::time::sleep(rest).await;
            // Nothing new for a while is news of those who were checking out.
            if let Ok(changed) = tokio::time::timeout(LIVE_AGAIN, watcher.changes.changed()).await {
                changed.ok()?;
            }
        }
        watcher.changes.borrow_and_update();
        let Ok((report, took)) = watcher.desk.report(&watcher.query).await else {
            // The page asks again by itself, later.
            return None;
        };
        watcher.rest = Some(LIVE_PAUSE.max(took * LIVE_REST));
        let Ok(html) = page::changing(&report) else { return None };
        if html != watcher.sent {
            watcher.sent.clone_from(&html);
            return Some((Ok(Event::default().event("report").data(html)), watcher));
        }
    }
}
