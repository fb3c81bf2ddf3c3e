//! How a kind of destination is spoken to: what a hit's bytes are, how many go into a request, what the request is, and what its
//! answer means. Facts about formats only: when to send, and what to keep, is `destination`'s business.

use crate::batch::Limits;
use crate::call::Millis;
use crate::hit::{Context, Hit, Reason};
use crate::limits::HIT_AGE_MS_MAX;
use crate::retry::{self, Answer, Jitter, Verdict};
use crate::text::{Append, owned};
#[cfg(feature = "adobe")]
use {
    crate::call::UNIT,
    crate::encode::{adobe_analytics, adobe_edge},
    crate::limits::{ADOBE_EDGE_HITS_MAX, ADOBE_TIMELESS_AGE_MS_MAX},
    crate::queue::Entry,
    crate::text::{after, before, split},
};

/// A kind of destination, with what is set of it.
#[derive(Debug)]
pub enum Wire {
    /// Our own collector.
    Collector,
    /// Adobe Analytics: `/b/ss`.
    #[cfg(feature = "adobe")]
    Analytics {
        /// As [`Wire::read`] has them after the server.
        settings: String,
    },
    /// Adobe Edge Network: `/ee`.
    #[cfg(feature = "adobe")]
    Edge {
        /// The datastream's id.
        datastream: String,
    },
}

impl Wire {
    /// The kind behind a destination's name, and where its requests go. `settings` is `url`; of Adobe Analytics
    /// `server US suites US (1 for timestamps) US link variables US link events`, of Edge Network `base US datastream`.
    pub fn read(name: &str, settings: &str) -> (Self, String) {
        #[cfg(feature = "adobe")]
        if name.starts_with("adobe-") {
            let place = before(settings, UNIT);
            let (url, settings) = (owned(place), owned(after(settings, place)));
            if name.starts_with("adobe-edge") {
                return (Self::Edge { datastream: settings }, url);
            }
            return (Self::Analytics { settings }, url);
        }
        let _ = name;
        let mut url = owned(settings);
        url.add("/v1/batch");
        (Self::Collector, url)
    }

    /// Whether the destination wants to know which sequence numbers yielded no hit.
    pub fn counts_gaps(&self) -> bool {
        matches!(self, Self::Collector)
    }

    /// A hit's bytes, made once; `None` if they are those of our own format.
    pub fn hit(&self, hit: &Hit, context: &Context, stream: &str) -> Option<String> {
        let _ = (hit, context, stream);
        match self {
            Self::Collector => None,
            #[cfg(feature = "adobe")]
            Self::Analytics { settings } => Some(adobe_analytics::hit(hit, context, &settings_of(settings))),
            #[cfg(feature = "adobe")]
            Self::Edge { .. } => Some(adobe_edge::event(hit, context, stream)),
        }
    }

    /// How large a request may be.
    pub fn cut(&self, limits: Limits) -> Limits {
        match self {
            Self::Collector => limits,
            #[cfg(feature = "adobe")]
            Self::Analytics { .. } => Limits { hits_max: 1, ..limits },
            #[cfg(feature = "adobe")]
            Self::Edge { .. } => Limits { hits_max: limits.hits_max.min(ADOBE_EDGE_HITS_MAX), ..limits },
        }
    }

    /// How long a hit may wait, in milliseconds, and why it is given up then.
    pub fn patience(&self) -> (Millis, Reason) {
        match self {
            Self::Collector => (HIT_AGE_MS_MAX, Reason::Expired),
            #[cfg(feature = "adobe")]
            Self::Analytics { settings } if !settings_of(settings).timestamps => (ADOBE_TIMELESS_AGE_MS_MAX, Reason::TooLate),
            #[cfg(feature = "adobe")]
            Self::Analytics { .. } | Self::Edge { .. } => (HIT_AGE_MS_MAX, Reason::Expired),
        }
    }

    /// The request that carries some hits: URL and body. `batch` is the id of the attempt. `None` if they go in our own format.
    #[cfg(feature = "adobe")]
    pub fn request<'a>(&self, url: &str, batch: &str, entries: impl Iterator<Item = &'a Entry>) -> Option<(String, String)> {
        let mut out = owned(url);
        let mut events = adobe_edge::Batch::new();
        for entry in entries {
            match self {
                Self::Collector => return None,
                // One hit is all that it carries.
                Self::Analytics { settings } => {
                    return Some(adobe_analytics::request(url, &settings_of(settings), &entry.body, &entry.page.stream, entry.seq));
                }
                Self::Edge { .. } => events.add(&entry.body),
            }
        }
        let Self::Edge { datastream } = self else { return None };
        out.add("/v1/collect?configId=");
        out.add(datastream);
        out.add("&requestId=");
        push_uuid(&mut out, batch);
        Some((out, events.body()))
    }

    /// What an answer means; see [`retry::decide`].
    pub fn decide<'a>(&self, answer: &Answer<'a>, batch: &str, attempt: u32, now: Millis, jitter: Jitter) -> Verdict<'a> {
        match self {
            Self::Collector => retry::decide(answer, batch, attempt, now, jitter),
            #[cfg(feature = "adobe")]
            Self::Analytics { .. } | Self::Edge { .. } => retry::decide_for_adobe(answer, attempt, now, jitter),
        }
    }
}

/// What is set of Adobe Analytics, `suites US (1 for timestamps) US link variables US link events`.
#[cfg(feature = "adobe")]
#[inline(never)]
fn settings_of(text: &str) -> adobe_analytics::Settings<'_> {
    let mut parts = split(text, UNIT);
    adobe_analytics::Settings { suites: parts.part(), timestamps: parts.part() == "1", link_vars: parts.part(), link_events: parts.part() }
}

/// Writes a batch's id (32 hex digits, a point, a number) in the shape of a UUID, which is what Edge Network knows.
#[cfg(feature = "adobe")]
fn push_uuid(out: &mut String, batch: &str) {
    let mut digits = batch.bytes();
    // Version 4, variant 1.
    for shape in "xxxxxxxx-xxxx-4xxx-8xxx-".bytes() {
        let mut byte = shape;
        if shape != b'-' {
            let digit = digits.next().unwrap_or(b'0');
            if shape == b'x' {
                byte = digit;
            }
        }
        out.add_char(char::from(byte));
    }
    let number = after(batch, before(batch, '.'));
    for _ in number.len()..12 {
        out.add_char('0');
    }
    out.add(number);
}

#[cfg(all(test, feature = "adobe"))]
mod tests {
    use super::*;

    #[test]
    fn batches_have_ids_that_edge_network_knows() {
        let mut id = String::new();
        push_uuid(&mut id, "0123456789abcdef0123456789abcdef.17");
        assert_eq!(id, "01234567-89ab-4def-8123-000000000017");
    }
}
