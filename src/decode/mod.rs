//! Reads what trackers send, natively only: the page writes these formats and never reads them. Everything
//! goes through the same parsing and redaction as in the page. Never stores anything.

// Formatting costs nothing here: the page never comes by.
#![allow(clippy::disallowed_macros)]

pub mod collector;
pub mod raw;

use crate::call::{Call, Millis};
use crate::hit::{Context, Hit, Judged, Reason, add_code};
use crate::problem::Code;

/// How a hit travelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Parsed and redacted in the page.
    Hit,
    /// As the call was made, bluntly redacted, because the page had no WebAssembly (yet).
    Raw,
}

/// A beacon, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The site the tracker was made for.
    pub site: String,
    /// 32 hex digits, to be echoed.
    pub batch: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// When the page sent it, by its own clock.
    pub sent: Millis,
    /// How its hits travelled.
    pub form: Form,
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

impl Batch {
    /// Refuses a beacon of too many hits: the page sends half of them next.
    fn bounded(self) -> Result<Self, Refusal> {
        if self.hits.len() > HITS_MAX { Err(Refusal::Malformed("more than 200 hits")) } else { Ok(self) }
    }

    /// Judges one call that arrived and files it under hits, lost or rejected.
    fn take(&mut self, call: &Call<'_>, told: &str) {
        let stream = String::from(call.stream);
        if call.seq > SEQ_MAX {
            self.rejected.push((stream, call.seq, "bad_seq"));
            return;
        }
        match Hit::judge(call) {
            Judged::Lost(reason, _) => self.lost.push(Lost { stream, from: call.seq, to: call.seq, reason }),
            Judged::Hit(mut hit, problems) => {
                let leaked = self.form == Form::Hit && problems.iter().any(|problem| problem.code == Code::Redacted);
                for code in crate::text::split(told, ' ') {
                    add_code(&mut hit.problems, code);
                }
                self.hits.push(Received { stream, context: Context::of(call), hit, leaked });
            }
        }
    }
}
