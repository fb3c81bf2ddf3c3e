//! A body of `/v1/batch`, whoever wrote it: refused, or read as what a page could have sent.

use super::travel::{SEQ_MAX, settles};
use caisse::call::is_stream;
use caisse::decode::{Batch, Received, collector};

/// Bytes of the problem codes that a batch may tell of one hit; more are none of ours, and not told on.
const CODES_BYTES_MAX: usize = 1_000;

/// The bytes are a batch with a hit.
pub fn check(bytes: &[u8]) -> bool {
    let Ok(batch) = collector::batch(bytes) else { return false };
    may_be_echoed(&batch);
    holds(&batch)
}

/// The id of a batch goes into an answer as it is.
pub(super) fn may_be_echoed(batch: &Batch) {
    assert!((1..=64).contains(&batch.batch.len()) && batch.batch.bytes().all(|byte| byte == b'.' || byte.is_ascii_alphanumeric()));
}

/// What holds of every beacon that was read.
pub(super) fn holds(batch: &Batch) -> bool {
    for lost in &batch.lost {
        assert!(lost.from <= lost.to && is_stream(&lost.stream), "{lost:?}");
    }
    for Received { stream, context, hit, .. } in &batch.hits {
        assert!(is_stream(stream) && hit.seq <= SEQ_MAX, "{hit:?}");
        if hit.problems.len() <= CODES_BYTES_MAX {
            settles(stream, context, hit);
        }
    }
    !batch.hits.is_empty()
}
