//! Our own collector's wire format, version 1: see `docs/wire.md`. Keys are short because a page that is
//! leaving may send 64 KiB and no more.

use super::Json;
use crate::call::{Kind, Millis};
use crate::facts::{Facts, Metric};
use crate::hit::{Context, Hit, Reason};
use crate::limits::VERSION;
use crate::text::Append;
use crate::vocabulary::Group;

/// The JSON object of one hit. Made once; resent as it is.
pub fn hit(hit: &Hit) -> String {
    let event = &hit.event;
    let mut json = numbered(hit.seq);
    json.key("t").number(hit.at);
    if event.kind != Kind::Track {
        json.key("k").text(event.kind.letter());
    }
    if !event.name.is_empty() {
        json.key("n").text(&event.name);
    }
    facts(&mut json, &event.facts, &event.main, &event.name);
    let mut before = ",\"p\":[{";
    for product in &event.products {
        json.raw(before);
        facts(&mut json, &product.facts, "", "");
        before = "},{";
    }
    if !event.products.is_empty() {
        json.raw("}]");
    }
    if !hit.problems.is_empty() {
        json.key("x").text(&hit.problems);
    }
    json.end_object()
}

/// Writes facts, group by group. Metrics are left out where the event's name says all.
fn facts(json: &mut Json, facts: &Facts, main: &str, name: &str) {
    let mut events = String::new();
    if !main.is_empty() {
        push_metric(&mut events, facts.metric(main));
    }
    for fact in facts.iter() {
        if fact.group == Group::Metric && fact.key != main {
            push_metric(&mut events, facts.metric(fact.key));
        }
    }
    if !events.is_empty() && events != name {
        json.key("e").text(&events);
    }
    group(json, facts, Group::Own, "");
    group(json, facts, Group::Variables, "v");
    group(json, facts, Group::Data, "d");
}

/// Writes the facts of a group in an object under a key; without one, where the writer is.
fn group(json: &mut Json, facts: &Facts, group: Group, key: &str) {
    let mut open = key.is_empty();
    for fact in facts.iter() {
        if fact.group != group {
            continue;
        }
        if !open {
            json.key(key).raw("{");
            open = true;
        }
        json.key(fact.key).text(fact.text);
    }
    if open && !key.is_empty() {
        json.raw("}");
    }
}

/// Adds an entry to Adobe's `events` string.
pub fn push_metric(events: &mut String, metric: Metric<'_>) {
    if !events.is_empty() {
        events.add_char(',');
    }
    events.add(metric.name);
    if !metric.value.is_empty() {
        events.add_char('=');
        events.add(metric.value);
    }
    if !metric.id.is_empty() {
        events.add_char(':');
        events.add(metric.id);
    }
}

fn numbered(seq: u64) -> Json {
    let mut json = Json::object();
    json.key("q").number(seq);
    json
}

/// Reports a sequence number that yielded no hit, in a hit's place.
pub fn lost(seq: u64, reason: Reason) -> String {
    let mut json = numbered(seq);
    json.key("lost").text(reason.as_str());
    json.end_object()
}

/// A call that was once sent raw, in a hit's place: it stays raw, byte for byte.
pub fn raw(seq: u64, snapshot: &str) -> String {
    let mut json = numbered(seq);
    json.key("raw").text(snapshot);
    json.end_object()
}

/// The JSON object of a page's context.
pub fn context(context: &Context) -> String {
    let mut json = Json::object();
    group(&mut json, &context.0, Group::Own, "");
    json.end_object()
}

/// What is said once for a batch; the only part that differs between attempts.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The site the tracker was made for.
    pub site: &'a str,
    /// At most 64 letters, digits and points; the answer must echo them.
    pub batch: &'a str,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// When this attempt is made, by the page's clock.
    pub sent: Millis,
}

/// The body of a beacon in the making. Neighbours of the same page share a group.
pub struct Batch<'a> {
    json: Json,
    /// Stream and context of the group that is open.
    group: (&'a str, &'a str),
}

impl<'a> Batch<'a> {
    /// A batch without hits.
    pub fn new(envelope: &Envelope<'_>) -> Self {
        let mut json = Json::object();
        json.key("v").number(u64::from(VERSION)).key("site").text(envelope.site).key("batch").text(envelope.batch);
        json.key("attempt").number(u64::from(envelope.attempt)).key("sent").number(envelope.sent).key("groups").raw("[");
        Self { json, group: ("", "") }
    }

    /// Adds a hit: its stream, its context's JSON, its own JSON.
    pub fn add(&mut self, stream: &'a str, context: &'a str, hit: &str) {
        let json = &mut self.json;
        if self.group != (stream, context) {
            if !self.group.0.is_empty() {
                json.raw("]}");
            }
            json.item().raw("{").key("stream").text(stream).key("context").raw(context).key("hits").raw("[");
            self.group = (stream, context);
        }
        json.item().raw(hit);
    }

    /// The body.
    pub fn body(mut self) -> String {
        self.json.raw(if self.group.0.is_empty() { "]" } else { "]}]" });
        self.json.end_object()
    }
}
