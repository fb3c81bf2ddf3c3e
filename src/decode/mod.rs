//! Reads what trackers send, natively only: the page writes these formats and never reads them. Everything
//! goes through the same parsing and redaction as in the page. Never stores anything.

// Formatting costs nothing here: the page never comes by.
#![allow(clippy::disallowed_macros)]

pub mod adobe_edge;
pub mod collector;
mod hash;
mod json;
pub mod kndctr;
mod products;
pub mod raw;
mod snapshot;
pub mod tcf;
mod time;
mod xdm;

use crate::call::{Call, Millis};
use crate::hit::{Context, Hit, Reason, add_code};
use crate::problem::{Code, Problems};

/// How a hit travelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Parsed and redacted in the page.
    Hit,
    /// As the call was made: bluntly redacted, because the page had no WebAssembly when it was first sent, or not at all, because
    /// the library is not ours.
    Raw,
}

/// A beacon, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The site the tracker was made for.
    pub site: String,
    /// At most 64 letters, digits and points, to be echoed.
    pub batch: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// When the page sent it, by its own clock.
    pub sent: Millis,
    /// The hits, in the order sent.
    pub hits: Vec<Received>,
    /// Sequence numbers that yielded no hit.
    pub lost: Vec<Lost>,
    /// Hits that cannot be read, with a code: stream, sequence number, code.
    pub rejected: Vec<(String, u64, &'static str)>,
    /// Fields nobody here knows, as a newer page may send them.
    pub ignored: u32,
}

/// One hit as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// 32 hex digits.
    pub stream: String,
    /// How it travelled.
    pub form: Form,
    /// The page it was made on.
    pub context: Context,
    /// The hit, parsed and redacted again.
    pub hit: Hit,
    /// Whether redaction found here what the page should have found.
    pub leaked: bool,
}

/// Sequence numbers `from..=to` of a stream that yielded no hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// 32 hex digits.
    pub stream: String,
    /// First number.
    pub from: u64,
    /// Last number.
    pub to: u64,
    /// Why.
    pub reason: Reason,
}

/// Why a whole beacon is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not the format it claims to be.
    Malformed(&'static str),
    /// A version this collector does not know: the page keeps its hits and asks again later.
    UnknownVersion,
}

/// Sequence numbers beyond this are no page's doing.
const SEQ_MAX: u64 = 1 << 40;
/// Hits in one beacon; a page sends at most a hundred.
const HITS_MAX: usize = 200;
/// Bytes of a batch's id.
const BATCH_BYTES_MAX: usize = 64;

/// Whether a text may be a batch's id: it goes back in the answer as it is, so nothing in it may need escaping.
fn is_batch(id: &str) -> bool {
    (1..=BATCH_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

impl Batch {
    fn new(site: &str, batch: &str, attempt: u32, sent: Millis) -> Self {
        let (hits, lost, rejected) = (Vec::new(), Vec::new(), Vec::new());
        Self { site: site.into(), batch: batch.into(), attempt, sent, hits, lost, rejected, ignored: 0 }
    }

    /// Refuses a beacon of too many hits: the page sends half of them next.
    fn bounded(self) -> Result<Self, Refusal> {
        if self.hits.len() > HITS_MAX { Err(Refusal::Malformed("more than 200 hits")) } else { Ok(self) }
    }

    /// Judges one call that arrived and files it under hits, lost or rejected. `told` are the codes of the problems that the page found.
    fn take(&mut self, call: &Call<'_>, form: Form, told: &str) {
        if call.seq > SEQ_MAX {
            return self.reject(call.stream, call.seq, "bad_seq");
        }
        let stream = String::from(call.stream);
        let mut problems = Problems::default();
        match Hit::judge(call, &mut problems) {
            Err(reason) => self.lost.push(Lost { stream, from: call.seq, to: call.seq, reason }),
            Ok(mut hit) => {
                let leaked = form == Form::Hit && problems.has(Code::Redacted);
                for code in crate::text::split(told, ' ') {
                    add_code(&mut hit.problems, code);
                }
                self.hits.push(Received { stream, form, context: Context::of(call), hit, leaked });
            }
        }
    }

    fn reject(&mut self, stream: &str, seq: u64, code: &'static str) {
        self.rejected.push((stream.into(), seq, code));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_batches_need_no_escaping() {
        for id in ["a", "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef.4294967295", "Z".repeat(64).as_str()] {
            assert!(is_batch(id), "{id:?}");
        }
        for id in ["", "a b", "a\"", "a\\", "a-b", "a\n", "\u{e9}", "Z".repeat(65).as_str()] {
            assert!(!is_batch(id), "{id:?}");
        }
    }
}
