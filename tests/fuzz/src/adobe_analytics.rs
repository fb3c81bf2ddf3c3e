//! A request to `/b/ss`, whoever made it: refused, or read as one call that a page could have made, which is the same one whenever it
//! comes, and which our own request says as well.

use super::batch::holds;
use super::said::said;
use super::travel::changes;
use caisse::decode::adobe_analytics::request;
use caisse::decode::{Batch, Received};
use caisse::encode::adobe_analytics::{self as encode, Settings};
use caisse::limits::HIT_BYTES_MAX;

/// When requests come.
const NOW: u64 = 1_763_690_000_000;

/// The bytes are the path and the query of a request.
pub fn check(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let (path, query) = text.split_once('?').unwrap_or((&text, ""));
    let Ok(batch) = request(path, query, NOW) else { return false };
    assert_eq!(batch.hits.len() + batch.lost.len() + batch.rejected.len(), 1, "a request is one hit");
    assert_eq!(request(path, query, NOW), Ok(batch.clone()));
    is_ours_too(&batch);
    holds(&batch)
}

/// What our tracker would send for it is read, and once it has been read it no longer changes.
fn is_ours_too(batch: &Batch) {
    let Some(once) = batch.hits.first().and_then(resent).filter(|once| !changes(&once.hit)) else { return };
    let Some(twice) = resent(&once) else { panic!("refused when it came again: {once:?}") };
    assert_eq!(said(&twice.hit.event), said(&once.hit.event));
}

fn resent(received: &Received) -> Option<Received> {
    let settings = Settings { suites: "suite", timestamps: true, ..Settings::default() };
    let query = encode::hit(&received.hit, &received.context, &settings);
    if query.len() > HIT_BYTES_MAX {
        return None;
    }
    request("/b/ss/suite/1/CAISSE-1/s1", &query, NOW).ok()?.hits.pop()
}
