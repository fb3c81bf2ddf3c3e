//! Where hits are kept and what counts of them, behind one trait each: ingest knows only [`Storage`], the report only
//! [`Sink`]. [`Sqlite`] is both. A distributed log could be the storage, and something that follows it the sink.

mod append;
mod books;
mod erase;
mod scan;
mod schema;
mod sql;
mod sqlite;

use std::fmt;

use caisse::call::Millis;
use caisse::decode::Batch;

use crate::counted::Figures;
use crate::report::Dimension;

pub use erase::{Erased, Subject};
pub use sqlite::Sqlite;

/// Keeps hits. The first delivery of a (site, stream, sequence number) wins; later ones are duplicates, whenever they come.
pub trait Storage: Send + Sync {
    /// Appends beacons in one transaction and syncs it. All of them are stored when it returns `Ok`, none otherwise.
    ///
    /// # Errors
    /// [`Trouble`] if the disk or the database refuses.
    fn append(&self, arrivals: &[Arrival]) -> Result<Vec<Receipt>, Trouble>;

    /// Asks for a sign of life.
    ///
    /// # Errors
    /// [`Trouble`] if there is none.
    fn check(&self) -> Result<(), Trouble>;
}

/// Knows what counts, and tells it in the order in which visits are formed.
pub trait Sink: Send + Sync {
    /// Calls `take` for every hit asked for, ordered by site, visitor, time, stream and sequence number, and answers with
    /// what is not in the hits. Both are of one moment.
    ///
    /// # Errors
    /// [`Trouble`] if the database refuses.
    fn scan(&self, question: &Question<'_>, take: &mut dyn FnMut(&Fact)) -> Result<Books, Trouble>;
}

/// A beacon that arrived.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// What it says.
    pub batch: Batch,
    /// When it came, by our clock.
    pub received: Millis,
}

/// What became of a beacon's hits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Stored now; sequence numbers reported as lost included.
    pub accepted: Vec<Ids>,
    /// Stored before.
    pub duplicate: Vec<Ids>,
    /// Refused for good: stream, sequence number, code.
    pub rejected: Vec<(String, u64, &'static str)>,
}

/// Sequence numbers `from..=to` of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids {
    /// 32 hex digits.
    pub stream: String,
    /// First number.
    pub from: u64,
    /// Last number.
    pub to: u64,
}

/// Why nothing can be stored or read at the moment. Nothing of it was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The disk is full.
    Full,
    /// The database may not be written.
    ReadOnly,
    /// Too many wait, or another process holds the database.
    Busy,
    /// Anything else, in the database's own words.
    Broken(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => write!(f, "the disk is full"),
            Self::ReadOnly => write!(f, "the database is read-only"),
            Self::Busy => write!(f, "the database is busy"),
            Self::Broken(words) => write!(f, "{words}"),
        }
    }
}

impl std::error::Error for Trouble {}

/// What a report wants to know.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// First millisecond.
    pub from: Option<i64>,
    /// The millisecond after the last.
    pub to: Option<i64>,
    /// How far before `from` hits are told as well: they say to which visit the first ones belong.
    pub before_ms: i64,
    /// How far after `to` hits are told as well: they say what became of what began before.
    pub after_ms: i64,
    /// One site, or all.
    pub site: Option<&'a str>,
    /// The dimension whose values are wanted.
    pub by: Option<&'a Dimension>,
}

/// A hit, as far as reports need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// Its site.
    pub site: String,
    /// The visitor; a hit without one has its stream here, so that a page load is a visitor.
    pub visitor: String,
    /// Corrected time.
    pub at: i64,
    /// What it names.
    pub said: Figures,
    /// What of it counts: without an order or checkout that another hit counts for.
    pub counts: Figures,
    /// Pieces of all lines.
    pub units: i64,
    /// Line totals of all lines in minor units.
    pub revenue: i64,
    /// Their currency.
    pub currency: Option<String>,
    /// The attempt to check out that it belongs to.
    pub checkout_id: Option<String>,
    /// The step of that attempt that it says was shown (`checkoutStepView`).
    pub step: Option<String>,
    /// How often it was delivered again.
    pub repeats: u64,
    /// How often it was delivered again with other contents.
    pub conflicts: u64,
    /// Whether the second redaction found what the page's should have found.
    pub leaked: bool,
    /// Values of the dimension asked for.
    pub values: Vec<Value>,
}

/// A value of a dimension on a hit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// The value.
    pub text: String,
    /// Pieces of the line it stands for, if the dimension is one of lines.
    pub units: i64,
    /// Its total in minor units.
    pub revenue: i64,
}

/// What is not in the hits. Losses and gaps are those of the streams that were heard of in the time asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Deliveries of hits that could not be read.
    pub rejected: u64,
    /// Sequence numbers reported as lost and never delivered, by reason.
    pub lost: Vec<(String, u64)>,
    /// Sequence numbers below a stream's highest of which nobody knows anything.
    pub unexplained: u64,
}
