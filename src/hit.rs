//! One call made an event, with its id, time, page and visitor. Never changes once it is made.

use crate::call::{Call, Millis, is_stream};
use crate::event::Event;
use crate::limits::{CONTEXT_BYTES_MAX, PROP_BYTES_MAX};
use crate::privacy;
use crate::problem::{Code, Problems};
use crate::text::{Append, cut, listed, nth};
use crate::vocabulary::Class;

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
pub struct Context(pub Vec<(&'static str, String)>);

/// The keys of a context, and how each is redacted.
const KEYS: &[(&str, Class)] = &[
    ("visitor", Class::Id),
    ("customer", Class::Text),
    ("url", Class::Url),
    ("referrer", Class::Url),
    ("language", Class::Text),
    ("viewport", Class::Text),
    ("screen", Class::Text),
    ("offset", Class::Text),
];

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It is a hit.
    Hit(Hit, Problems),
    /// Nothing of it can be sent; its sequence number is reported with this reason.
    Lost(Reason, Problems),
}

/// Why a sequence number yielded no hit, or a hit was given up. Each has a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing of the call could be kept.
    Invalid,
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
}

impl Reason {
    /// Every reason, in the order of the counters.
    pub const ALL: [Self; 8] =
        [Self::Invalid, Self::BeforeSend, Self::Overflow, Self::QueueFull, Self::Expired, Self::TooLarge, Self::Rejected, Self::Poison];

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
const WORDS: &str = "invalid before_send overflow queue_full expired too_large rejected poison";

impl Hit {
    /// Judges a call: parses and redacts it, and keeps it if anything is left.
    pub fn judge(call: &Call<'_>) -> Judged {
        if !call.lost.is_empty() {
            return Judged::Lost(Reason::from_word(call.lost).unwrap_or(Reason::Invalid), Problems::new());
        }
        let (event, problems) = Event::parse(call);
        let Some(event) = event else {
            return Judged::Lost(Reason::Invalid, problems);
        };
        let mut codes = String::new();
        for problem in &problems {
            add_code(&mut codes, problem.code.as_str());
        }
        Judged::Hit(Self { seq: call.seq, at: call.at, event, problems: codes }, problems)
    }

    /// Whether the hit is marked invalid: its name is not one the vocabulary knows.
    pub fn is_invalid(&self) -> bool {
        listed(Code::UnknownEvent.as_str(), &self.problems)
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
        let mut context = Self::default();
        for (key, class) in KEYS {
            let text = call.context_text(key);
            if text.is_empty() || text.len() > CONTEXT_BYTES_MAX || (*class == Class::Id && !is_stream(text)) {
                continue;
            }
            let clean = if *class == Class::Url {
                // The page's own URL is, as a referrer, one of the same site.
                privacy::referrer(text, call.context_text("url"))
            } else {
                let mut text = privacy::identifier(text);
                cut(&mut text, PROP_BYTES_MAX, "", &mut Problems::new());
                text
            };
            context.0.push((key, clean));
        }
        context
    }

    /// The text under a key, or an empty one.
    pub fn text(&self, key: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == key).map_or("", |(_, text)| text)
    }
}
