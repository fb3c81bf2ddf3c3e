//! A body of `/v1/raw`, whoever wrote it: as with `batch`.

use super::batch::{holds, may_be_echoed};
use caisse::decode::{Form, raw};

/// The bytes are a raw beacon with a hit.
pub fn check(bytes: &[u8]) -> bool {
    let Ok(batch) = raw::batch(&String::from_utf8_lossy(bytes)) else { return false };
    assert!(batch.hits.iter().all(|received| received.form == Form::Raw && !received.leaked) && batch.ignored == 0);
    may_be_echoed(&batch);
    holds(&batch)
}
