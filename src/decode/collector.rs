//! Reads `/v1/batch`, the wire format that `encode::collector` writes. A hit is turned back into the snapshot of the call it
//! came from and judged again, so that there is one set of rules and a tampered beacon meets all of it.

use super::snapshot::{Snapshot, variable_path};
use super::{Batch, Form, Lost, Refusal, SEQ_MAX, is_batch};
use crate::call::{Call, Kind, is_stream};
use crate::hit::Reason;
use crate::problem::Code;
use crate::text::listed;
use crate::vocabulary::{EXTENSION, is_adobe_event};
use serde_json::Value as Json;

type Object = serde_json::Map<String, Json>;

/// What a group says about its page.
pub const CONTEXT: &str = "visitor customer url referrer language viewport screen offset";

/// Reads a beacon.
///
/// # Errors
/// [`Refusal::UnknownVersion`] for another version, [`Refusal::Malformed`] for anything that is not this format.
pub fn batch(body: &[u8]) -> Result<Batch, Refusal> {
    let json: Object = serde_json::from_slice(body).map_err(|_| Refusal::Malformed("not a JSON object"))?;
    match json.get("v").and_then(Json::as_u64) {
        Some(1) => {}
        Some(_) => return Err(Refusal::UnknownVersion),
        None => return Err(Refusal::Malformed("v is missing")),
    }
    let site = short(&json, "site").ok_or(Refusal::Malformed("site is missing"))?;
    let id = short(&json, "batch").filter(|id| is_batch(id)).ok_or(Refusal::Malformed("batch is not an id"))?;
    let number = |key| json.get(key).and_then(Json::as_u64);
    let attempt = number("attempt").and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
    let mut read = Batch::new(site, id, attempt, number("sent").ok_or(Refusal::Malformed("sent is missing"))?);
    read.ignored = unknown(&json, "v site batch attempt sent groups");
    let groups = json.get("groups").and_then(Json::as_array).ok_or(Refusal::Malformed("groups is missing"))?;
    for group in groups {
        take_group(&mut read, group.as_object().ok_or(Refusal::Malformed("a group is not an object"))?)?;
    }
    read.bounded()
}

fn take_group(read: &mut Batch, group: &Object) -> Result<(), Refusal> {
    let stream = short(group, "stream").filter(|id| is_stream(id)).ok_or(Refusal::Malformed("stream is not 32 hex digits"))?;
    let context = group.get("context").and_then(Json::as_object).ok_or(Refusal::Malformed("context is missing"))?;
    let hits = group.get("hits").and_then(Json::as_array).ok_or(Refusal::Malformed("hits is missing"))?;
    read.ignored += unknown(group, "stream context hits");
    read.ignored += unknown(context, CONTEXT);
    for hit in hits {
        let hit = hit.as_object().ok_or(Refusal::Malformed("a hit is not an object"))?;
        let seq = hit.get("q").and_then(Json::as_u64).ok_or(Refusal::Malformed("a hit has no q"))?;
        if hit.contains_key("lost") {
            take_lost(read, stream, seq, hit);
        } else if seq > SEQ_MAX {
            read.reject(stream, seq, "bad_seq");
        } else if hit.contains_key("raw") {
            take_raw(read, stream, seq, hit);
        } else {
            take_hit(read, stream, seq, context, hit);
        }
    }
    Ok(())
}

fn take_lost(read: &mut Batch, stream: &str, from: u64, hit: &Object) {
    let to = hit.get("to").and_then(Json::as_u64).unwrap_or(from);
    match short(hit, "lost").and_then(Reason::from_word) {
        Some(reason) if from <= to && to <= SEQ_MAX && to - from < 100_000 => {
            read.lost.push(Lost { stream: stream.into(), from, to, reason })
        }
        _ => read.reject(stream, from, "bad_lost"),
    }
}

/// Takes a call that was sent raw before the page had its core. It says itself who it is, and must be who it is said to be.
fn take_raw(read: &mut Batch, stream: &str, seq: u64, hit: &Object) {
    read.ignored += unknown(hit, "q raw");
    let call = hit.get("raw").and_then(Json::as_str).and_then(Call::read);
    match call.filter(|call| call.stream == stream && call.seq == seq) {
        Some(call) => read.take(&call, Form::Raw, ""),
        None => read.reject(stream, seq, "bad_raw"),
    }
}

fn take_hit(read: &mut Batch, stream: &str, seq: u64, context: &Object, hit: &Object) {
    let kind = short(hit, "k").map_or(Some(Kind::Track), Kind::from_letter);
    let (Some(kind), Some(at)) = (kind, hit.get("t").and_then(Json::as_u64)) else {
        return read.reject(stream, seq, "malformed");
    };
    let name = hit.get("n").and_then(Json::as_str).unwrap_or("");
    let told = hit.get("x").and_then(Json::as_str).filter(|codes| codes.len() <= 1_000).unwrap_or("");
    let mut snapshot = Snapshot::new(stream, seq, at, kind, name);
    for (key, value) in context.iter().filter(|(key, _)| listed(key, CONTEXT)) {
        snapshot.push(&format!("@{key}"), value);
    }
    read.ignored += unknown(hit, "q t k n e cc o ck p v d x");
    for (key, path) in [("cc", "currency"), ("o", "orderId"), ("ck", "checkoutId")] {
        if let Some(text) = hit.get(key).and_then(Json::as_str) {
            snapshot.text(path, text);
        }
    }
    if let Some(events) = hit.get("e").and_then(Json::as_str) {
        // A name that is none of Adobe's may stand for one: the page said so, or else it would have told that it does not know the name.
        let declared = kind == Kind::Track && !listed(name, EXTENSION) && !listed(Code::UnknownEvent.as_str(), told);
        let main = if is_adobe_event(name) || declared { Some(name) } else { None };
        snapshot.events("", main, events);
    }
    for (index, product) in hit.get("p").and_then(Json::as_array).into_iter().flatten().enumerate() {
        read.ignored += product.as_object().map_or(1, |product| take_product(&mut snapshot, index, product));
    }
    for (key, value) in hit.get("v").and_then(Json::as_object).into_iter().flatten() {
        let path = variable_path(key);
        // A list's items are bounded one by one.
        match value.as_str().filter(|list| path.starts_with("list") && list.contains(',')) {
            Some(list) => list.split(',').enumerate().for_each(|(index, item)| snapshot.text(&format!("{path}.{index}"), item)),
            None => read.ignored += snapshot.field(&path, value),
        }
    }
    for (path, value) in hit.get("d").and_then(Json::as_object).into_iter().flatten() {
        read.ignored += snapshot.field(path, value);
    }
    match snapshot.call() {
        Some(call) => read.take(&call, Form::Hit, told),
        None => read.reject(stream, seq, "malformed"),
    }
}

/// Adds one product; the answer is the number of fields nobody knows.
fn take_product(snapshot: &mut Snapshot, index: usize, product: &Object) -> u32 {
    let names = [("i", "id"), ("n", "name"), ("c", "category"), ("q", "quantity"), ("u", "unitPrice"), ("l", "lineTotal")];
    for (key, name) in names {
        if let Some(value) = product.get(key) {
            snapshot.push(&format!("products.{index}.{name}"), value);
        }
    }
    if let Some(events) = product.get("e").and_then(Json::as_str) {
        snapshot.events(&format!("products.{index}."), None, events);
    }
    for (key, value) in product.get("v").and_then(Json::as_object).into_iter().flatten() {
        snapshot.push(&format!("products.{index}.{}", variable_path(key)), value);
    }
    unknown(product, "i n c q u l e v")
}

fn short<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Json::as_str).filter(|text| !text.is_empty() && text.len() <= 100)
}

fn unknown(object: &Object, known: &str) -> u32 {
    let unknown = object.keys().filter(|key| !listed(key, known)).count();
    u32::try_from(unknown).unwrap_or(u32::MAX)
}
