//! Reads `/v1/raw`: call snapshots from a page without WebAssembly. They go through the same core as in a page.
//!
//! ```text
//! body = "r1" US site US batch US attempt US sent *(GS snapshot)
//! ```

use super::{Batch, Form, Refusal, is_batch};
use crate::call::{Call, GROUP, UNIT};

/// Reads a raw beacon.
///
/// # Errors
/// [`Refusal::UnknownVersion`] for another version, [`Refusal::Malformed`] for anything that is not this format.
pub fn batch(body: &str) -> Result<Batch, Refusal> {
    let mut snapshots = body.split(GROUP);
    let mut head = snapshots.next().unwrap_or("").split(UNIT);
    match head.next() {
        Some("r1") => {}
        Some(version) if version.starts_with('r') && version.len() <= 4 => return Err(Refusal::UnknownVersion),
        _ => return Err(Refusal::Malformed("not a raw beacon")),
    }
    let mut part = || head.next().filter(|part| part.len() <= 100);
    let (Some(site), Some(batch), Some(attempt), Some(sent)) = (part(), part(), part(), part()) else {
        return Err(Refusal::Malformed("the head is incomplete"));
    };
    if !is_batch(batch) {
        return Err(Refusal::Malformed("batch is not an id"));
    }
    let (Ok(attempt), Ok(sent)) = (attempt.parse(), sent.parse()) else {
        return Err(Refusal::Malformed("attempt and sent are not numbers"));
    };
    let mut read = Batch::new(site, batch, attempt, sent);
    for snapshot in snapshots {
        // As in every other format: control characters structure a snapshot, and nothing else is one.
        let snapshot = snapshot.replace(|ch| ch < GROUP, " ");
        let call = Call::read(&snapshot).ok_or(Refusal::Malformed("not a call snapshot"))?;
        read.take(&call, Form::Raw, "");
    }
    read.bounded()
}
