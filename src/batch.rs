//! Decides which hits go into the next beacon, and when. Never encodes, never sends.

use crate::call::Millis;
use crate::defect::is;
use crate::limits::{BATCH_BYTES_MAX, BATCH_HITS_MAX, BATCH_WAIT_MS};
use crate::queue::{Page, Queue};
use std::rc::Rc;

/// Bytes a beacon needs beside its groups, ids and counters at their longest.
const ENVELOPE_BYTES: usize = 256;
/// Bytes of `{"stream":"…","context":,"hits":[]},` around a group, its context's own bytes aside.
const GROUP_BYTES: usize = 80;

/// What a shop may set of a batch: `createTracker({ batch })`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Hits in one beacon.
    pub hits_max: usize,
    /// Milliseconds the oldest hit waits for company.
    pub wait_ms: u64,
    /// Bytes of one beacon's body.
    pub bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { hits_max: BATCH_HITS_MAX, wait_ms: BATCH_WAIT_MS, bytes_max: BATCH_BYTES_MAX }
    }
}

/// Later than any time: a batch that is not due.
pub const NEVER: Millis = Millis::MAX;

/// The next batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many hits from the front of the queue, passing over those in flight. At least one, if any waits: a single
    /// hit larger than a batch goes alone.
    pub hits: usize,
    /// Bytes of its beacon at most.
    pub bytes: usize,
    /// When it is due; [`NEVER`], if nothing waits.
    pub at: Millis,
}

/// Plans the next batch. Purchases and checkouts go at once, a full batch too, and otherwise the oldest hit waits for
/// company.
pub fn plan(queue: &Queue, limits: Limits) -> Plan {
    let mut plan = Plan { hits: 0, bytes: ENVELOPE_BYTES, at: NEVER };
    let mut page: Option<&Rc<Page>> = None;
    for entry in queue.iter() {
        if entry.flight != 0 {
            continue;
        }
        let mut bytes = plan.bytes + entry.bytes();
        if page.is_none_or(|page| !Rc::ptr_eq(page, &entry.page)) {
            bytes += GROUP_BYTES + if is!(ContextNotCounted) { 0 } else { entry.page.context.len() };
        }
        if plan.hits == 0 {
            plan.at = if is!(OnlyFullBatches) { NEVER } else { entry.since + limits.wait_ms };
        } else if plan.hits == limits.hits_max + usize::from(is!(BatchOneTooLong)) || (bytes > limits.bytes_max && !is!(BatchBytesIgnored))
        {
            plan.at = 0;
            break;
        }
        page = Some(&entry.page);
        plan.bytes = bytes;
        plan.hits += 1;
        if (entry.priority == 0 && !is!(UrgentWaits)) || plan.hits == limits.hits_max {
            plan.at = 0;
        }
    }
    plan
}
