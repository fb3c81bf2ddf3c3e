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
    crate::text::{after, split},
};

/// A kind of destination, with what is set of it.
#[derive(Debug)]
pub enum Wire {
    /// Our own collector.
    Collector,
    /// Adobe Analytics: `/b/ss`.
    #[cfg(feature = "adobe")]
    Analytics {
        /// Report suites, separated by commas.
        suites: String,
        /// Whether hits say when they were made.
        timestamps: bool,
        /// What links carry; see [`adobe_analytics::Settings`].
        link_vars: String,
        /// The events that links carry.
        link_events: String,
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
            let mut parts = split(settings, UNIT);
            let url = owned(parts.part());
            let first = owned(parts.part());
            if name.starts_with("adobe-edge") {
                return (Self::Edge { datastream: first }, url);
            }
            let timestamps = parts.part() == "1";
            let (link_vars, link_events) = (owned(parts.part()), owned(parts.part()));
            return (Self::Analytics { suites: first, timestamps, link_vars, link_events }, url);
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
            Self::Analytics { suites, timestamps, link_vars, link_events } => Some(adobe_analytics::hit(
                hit,
                context,
                &adobe_analytics::Settings { suites, timestamps: *timestamps, link_vars, link_events },
            )),
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
            Self::Analytics { timestamps: false, .. } => (ADOBE_TIMELESS_AGE_MS_MAX, Reason::TooLate),
            #[cfg(feature = "adobe")]
            Self::Analytics { .. } | Self::Edge { .. } => (HIT_AGE_MS_MAX, Reason::Expired),
        }
    }

    /// The request that carries some hits: URL and body. `batch` is the id of the attempt. `None` if they go in our own format.
    #[cfg(feature = "adobe")]
    pub fn request<'a>(&self, url: &str, batch: &str, entries: impl Iterator<Item = &'a Entry>) -> Option<(String, String)> {
        let mut entries = entries;
        match self {
            Self::Collector => None,
            Self::Analytics { suites, timestamps, link_vars, link_events } => {
                let settings = adobe_analytics::Settings { suites, timestamps: *timestamps, link_vars, link_events };
                let entry = entries.next()?;
                Some(adobe_analytics::request(url, &settings, &entry.body, &entry.page.stream, entry.seq))
            }
            Self::Edge { datastream } => {
                let mut url = owned(url);
                for part in ["/v1/collect?configId=", datastream, "&requestId="] {
                    url.add(part);
                }
                push_uuid(&mut url, batch);
                let mut events = adobe_edge::Batch::new();
                for entry in entries {
                    events.add(&entry.body);
                }
                Some((url, events.body()))
            }
        }
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

/// Writes a batch's id (32 hex digits, a point, a number) in the shape of a UUID, which is what Edge Network knows.
#[cfg(feature = "adobe")]
fn push_uuid(out: &mut String, batch: &str) {
    let (seed, number) = (batch.get(..20).unwrap_or(""), after(batch, batch.get(..32).unwrap_or("")));
    for (index, digit) in seed.chars().enumerate() {
        if matches!(index, 8 | 12 | 16) {
            out.add_char('-');
        }
        // Version 4, variant 1.
        out.add_char(match index {
            12 => '4',
            16 => '8',
            _ => digit,
        });
    }
    out.add_char('-');
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
