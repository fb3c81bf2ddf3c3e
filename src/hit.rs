//! One call made an event, with its id, time, page and visitor. Never changes once it is made.

use crate::call::{Call, Millis, is_stream};
use crate::event::Event;
use crate::facts::Facts;
use crate::limits::{CONTEXT_BYTES_MAX, PROP_BYTES_MAX};
use crate::privacy;
use crate::problem::Problems;
use crate::text::{Append, cut, listed, nth, split};
use crate::vocabulary::Group;

/// An event that will be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its number within its stream.
    pub seq: u64,
    /// When the call was made, by the page's clock.
    pub at: Millis,
    /// What happened.
    pub event: Event,
    /// Codes of what was wrong with the call, each once, separated by spaces; empty for a clean one.
    pub problems: String,
}

/// Where and by whom a hit was made, by the keys of the wire: `visitor`, `customer`, `url`, `referrer`, `language`,
/// `viewport`, `screen`, `offset`. Shared by the hits of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(pub Facts);

/// The keys of a context as calls write them.
const KEYS: &str = "@visitor @customer @url @referrer @language @viewport @screen @offset";

/// Why a sequence number yielded no hit, or a hit was given up. Each has a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing of the call could be kept.
    Invalid,
    /// A purchase whose order this browser has counted already.
    DuplicatePurchase,
    /// The page's `beforeSend` answered `null`.
    BeforeSend,
    /// More calls than may wait before the core is there.
    Overflow,
    /// Shed, least important first, because the queue was full.
    QueueFull,
    /// Older than seven days.
    Expired,
    /// Larger than the collector takes, even alone.
    TooLarge,
    /// The collector refused it, alone.
    Rejected,
    /// The core trapped on it twice.
    Poison,
    /// Older than Adobe Analytics may be told without its time: a wrong one would be counted.
    TooLate,
}

impl Reason {
    /// Every reason, in the order of the counters.
    pub const ALL: [Self; 10] = [
        Self::Invalid,
        Self::DuplicatePurchase,
        Self::BeforeSend,
        Self::Overflow,
        Self::QueueFull,
        Self::Expired,
        Self::TooLarge,
        Self::Rejected,
        Self::Poison,
        Self::TooLate,
    ];

    /// The reason as counters, the wire and the documentation spell it.
    pub fn as_str(self) -> &'static str {
        nth(WORDS, self as usize)
    }

    /// The reason behind a word.
    pub fn from_word(word: &str) -> Option<Self> {
        for reason in &Self::ALL {
            if reason.as_str() == word {
                return Some(*reason);
            }
        }
        None
    }
}

/// The reasons' words, in the order of the reasons.
const WORDS: &str = "invalid duplicate_purchase before_send overflow queue_full expired too_large rejected poison too_late";

impl Hit {
    /// Judges a call: parses and redacts it, and keeps it if anything is left.
    ///
    /// # Errors
    /// Why nothing of it can be sent; its sequence number is reported with this reason.
    pub fn judge(call: &Call<'_>, problems: &mut Problems) -> Result<Self, Reason> {
        if !call.lost.is_empty() {
            return Err(Reason::from_word(call.lost).unwrap_or(Reason::Invalid));
        }
        let event = Event::parse(call, problems).ok_or(Reason::Invalid)?;
        let mut codes = String::new();
        for problem in problems.iter() {
            add_code(&mut codes, problem.code);
        }
        Ok(Self { seq: call.seq, at: call.at, event, problems: codes })
    }
}

/// Adds a code to codes separated by spaces, once.
pub(crate) fn add_code(codes: &mut String, code: &str) {
    if !code.is_empty() && !listed(code, codes) {
        if !codes.is_empty() {
            codes.add_char(' ');
        }
        codes.add(code);
    }
}

impl Context {
    /// Reads and redacts the facts about the page that a call carries.
    pub fn of(call: &Call<'_>) -> Self {
        let mut context = Facts::default();
        for path in split(KEYS, ' ') {
            let text = call.text(path);
            if text.is_empty() || text.len() > CONTEXT_BYTES_MAX || (path == "@visitor" && !is_stream(text)) {
                continue;
            }
            let clean = if listed(path, "@url @referrer") {
                // The page's own URL is, as a referrer, one of the same site.
                privacy::referrer(text, call.text("@url"))
            } else {
                let mut text = privacy::identifier(text);
                cut(&mut text, PROP_BYTES_MAX, "", &mut Problems::default());
                text
            };
            context.add(Group::Own, path.get(1..).unwrap_or(""), &clean);
        }
        // Beside what our own collector is told, which stays byte for byte the same.
        #[cfg(any(feature = "adobe", not(target_arch = "wasm32")))]
        crate::identity::read(call, &mut context);
        Self(context)
    }

    /// The text under a key, or an empty one.
    pub fn text(&self, key: &str) -> &str {
        self.0.text(Group::Own, key)
    }
}
