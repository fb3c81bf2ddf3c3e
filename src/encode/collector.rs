//! Our own collector's wire format, version 1: see `docs/wire.md`. Keys are short because a page that is
//! leaving may send 64 KiB and no more.

use super::Json;
use crate::call::{GROUP, Kind, Millis, UNIT};
use crate::facts::{Facts, Metric};
use crate::hit::{Context, Hit, Reason};
use crate::limits::VERSION;
use crate::text::{Append, push_all, push_number};
use crate::vocabulary::Group;

/// Bytes an envelope adds to its hits at most, ids and counters at their longest.
pub const ENVELOPE_BYTES_MAX: usize = 256;

/// The JSON object of one hit. Made once; resent as it is.
pub fn hit(hit: &Hit) -> String {
    let event = &hit.event;
    let mut json = Json::object();
    json.key("q").number(hit.seq).key("t").number(hit.at);
    if event.kind != Kind::Track {
        json.key("k").text(event.kind.letter());
    }
    if !event.name.is_empty() {
        json.key("n").text(&event.name);
    }
    facts(&mut json, &event.facts, &event.name);
    if !event.products.is_empty() {
        json.key("p").open('[');
        for product in &event.products {
            json.item().open('{');
            facts(&mut json, &product.facts, "");
            json.close('}');
        }
        json.close(']');
    }
    if !hit.problems.is_empty() {
        json.key("x").text(&hit.problems);
    }
    json.end_object()
}

/// Writes facts, group by group. Metrics are left out where the event's name says all.
fn facts(json: &mut Json, facts: &Facts, name: &str) {
    let events = metrics(&facts.metrics);
    if !events.is_empty() && events != name {
        json.key("e").text(&events);
    }
    for (group, key) in [(Group::Own, ""), (Group::Variables, "v"), (Group::Data, "d")] {
        let mut open = key.is_empty();
        for fact in &facts.list {
            if fact.group != group {
                continue;
            }
            if !open {
                json.key(key).open('{');
                open = true;
            }
            json.key(&fact.key);
            if fact.bare {
                json.raw(&fact.text);
            } else {
                json.text(&fact.text);
            }
        }
        if open && !key.is_empty() {
            json.close('}');
        }
    }
}

/// Reports sequence numbers that yielded no hit, in a hit's place.
pub fn lost(seq: u64, reason: Reason) -> String {
    let mut json = Json::object();
    json.key("q").number(seq).key("lost").text(reason.as_str());
    json.end_object()
}

/// The JSON object of a page's context.
pub fn context(context: &Context) -> String {
    let mut json = Json::object();
    for (key, text) in &context.0 {
        json.key(key).text(text);
    }
    json.end_object()
}

/// What is said once for a batch; the only part that differs between attempts.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The site the tracker was made for.
    pub site: &'a str,
    /// 32 hex digits; the answer must echo them.
    pub batch: &'a str,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// When this attempt is made, by the page's clock.
    pub sent: Millis,
}

/// One hit of a batch: its stream, its context's JSON, its own JSON.
pub type Line<'a> = (&'a str, &'a str, &'a str);

/// The body of a beacon. Neighbours of the same stream and context share a group.
pub fn batch(envelope: &Envelope<'_>, lines: &[Line<'_>]) -> String {
    let mut json = Json::object();
    json.key("v").number(u64::from(VERSION)).key("site").text(envelope.site).key("batch").text(envelope.batch);
    json.key("attempt").number(u64::from(envelope.attempt)).key("sent").number(envelope.sent).key("groups").open('[');
    let mut group = ("", "");
    for (stream, context, hit) in lines {
        if group != (*stream, *context) {
            if !group.0.is_empty() {
                json.raw("]}");
            }
            json.item().open('{').key("stream").text(stream).key("context").raw(context).key("hits").open('[');
            group = (stream, context);
        }
        json.item().raw(hit);
    }
    json.raw(if group.0.is_empty() { "]" } else { "]}]" });
    json.end_object()
}

/// The body of a raw beacon: see `decode::raw`.
pub fn raw(envelope: &Envelope<'_>, lines: &[Line<'_>]) -> String {
    let mut out = String::new();
    push_all(&mut out, &["r1", envelope.site, envelope.batch], UNIT);
    for number in [u64::from(envelope.attempt), envelope.sent] {
        out.add_char(UNIT);
        push_number(&mut out, number);
    }
    for (_, _, snapshot) in lines {
        out.add_char(GROUP);
        out.add(snapshot);
    }
    out
}

/// Adobe's `events` string.
pub fn metrics(metrics: &[Metric]) -> String {
    let mut out = String::new();
    for metric in metrics {
        if !out.is_empty() {
            out.add_char(',');
        }
        out.add(&metric.name);
        for (sign, part) in [('=', &metric.value), (':', &metric.id)] {
            if !part.is_empty() {
                out.add_char(sign);
                out.add(part);
            }
        }
    }
    out
}
