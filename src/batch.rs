//! Decides which hits go into the next beacon, and when. Never encodes, never sends.

use crate::call::Millis;
use crate::limits::{BATCH_BYTES_MAX, BATCH_HITS_MAX, BATCH_WAIT_MS};
use crate::queue::{Entry, Queue};
use crate::row::Form;

/// Bytes a beacon needs beside its hits: the envelope and, for each change of page, a group's brackets.
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

/// The next batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many hits from the front of the queue, passing over those in flight. At least one, if any waits: a single
    /// hit larger than a batch goes alone.
    pub hits: usize,
    /// When it is due; never, if nothing waits.
    pub at: Option<Millis>,
}

/// Plans the next batch. Its hits all have the same form. Purchases and checkouts go at once, a full batch too, and
/// otherwise the oldest hit waits for company.
pub fn plan(queue: &Queue, limits: Limits) -> Plan {
    let mut plan = Plan { hits: 0, at: None };
    let mut bytes = ENVELOPE_BYTES;
    let mut before: Option<&Entry> = None;
    for entry in queue.iter() {
        if entry.flight != 0 {
            continue;
        }
        bytes += entry.bytes();
        let mut alone = true;
        let mut apart = false;
        if let Some(before) = before {
            alone = before.stream != entry.stream || before.context != entry.context;
            apart = (before.form == Form::Raw) != (entry.form == Form::Raw);
        }
        if alone {
            bytes += GROUP_BYTES + entry.context.len();
        }
        let full = plan.hits == limits.hits_max || bytes > limits.bytes_max || apart;
        if before.is_none() {
            plan.at = Some(entry.since + limits.wait_ms);
        } else if full {
            plan.at = Some(0);
            break;
        }
        plan.hits += 1;
        if entry.priority == 0 || plan.hits == limits.hits_max {
            plan.at = Some(0);
        }
        before = Some(entry);
    }
    plan
}
