//! Reads `/v1/batch`, the wire format that `encode::collector` writes. A hit is turned back into the call it
//! came from and judged again, so that there is one set of rules and a tampered beacon meets all of it.

use super::{Batch, Form, Lost, Refusal, SEQ_MAX};
use crate::call::{Call, Field, Kind, Value, is_stream};
use crate::hit::Reason;
use serde_json::Value as Json;

type Object = serde_json::Map<String, Json>;

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
    let id = short(&json, "batch").filter(|id| is_stream(id)).ok_or(Refusal::Malformed("batch is not 32 hex digits"))?;
    let number = |key| json.get(key).and_then(Json::as_u64);
    let mut read = Batch {
        site: site.into(),
        batch: id.into(),
        attempt: number("attempt").and_then(|n| u32::try_from(n).ok()).unwrap_or(1),
        sent: number("sent").ok_or(Refusal::Malformed("sent is missing"))?,
        form: Form::Hit,
        hits: Vec::new(),
        lost: Vec::new(),
        rejected: Vec::new(),
        ignored: unknown(&json, "v site batch attempt sent groups"),
    };
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
    read.ignored += unknown(context, "visitor customer url referrer language viewport screen offset");
    for hit in hits {
        let hit = hit.as_object().ok_or(Refusal::Malformed("a hit is not an object"))?;
        let seq = hit.get("q").and_then(Json::as_u64).ok_or(Refusal::Malformed("a hit has no q"))?;
        if hit.contains_key("lost") {
            take_lost(read, stream, seq, hit);
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
        _ => read.rejected.push((stream.into(), from, "bad_lost")),
    }
}

/// A value that outlives the JSON it came from.
enum Owned {
    Text(String),
    Number(String),
    Flag(bool),
}

impl Owned {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Text(text),
            Self::Number(text) => Value::Number(text),
            Self::Flag(flag) => Value::Flag(*flag),
        }
    }
}

/// Fields in the making: path and value.
#[derive(Default)]
struct Fields(Vec<(String, Owned)>);

impl Fields {
    /// Adds a scalar; `false` for anything else.
    fn add(&mut self, path: String, value: &Json) -> bool {
        let owned = match value {
            Json::String(text) => Owned::Text(text.clone()),
            Json::Number(number) => Owned::Number(number.to_string()),
            Json::Bool(flag) => Owned::Flag(*flag),
            Json::Null | Json::Array(_) | Json::Object(_) => return false,
        };
        self.0.push((path, owned));
        true
    }

    fn text(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.0.push((path.into(), Owned::Text(text.into())));
    }

    /// Adds Adobe's `events` string, `name[=value][:id]` each, under `prefix`.
    fn metrics(&mut self, prefix: &str, metrics: &str) {
        for metric in metrics.split(',') {
            let (head, id) = metric.split_once(':').map_or((metric, None), |(head, id)| (head, Some(id)));
            let (name, value) = head.split_once('=').unwrap_or((head, "1"));
            self.text(format!("{prefix}{name}.value"), value);
            if let Some(id) = id {
                self.text(format!("{prefix}{name}.id"), id);
            }
        }
    }

    fn fields(&self) -> Vec<Field<'_>> {
        self.0.iter().map(|(path, owned)| Field { place: path, path, value: owned.value() }).collect()
    }
}

fn take_hit(read: &mut Batch, stream: &str, seq: u64, context: &Object, hit: &Object) {
    let kind = short(hit, "k").map_or(Some(Kind::Track), Kind::from_letter);
    let (Some(kind), Some(at)) = (kind, hit.get("t").and_then(Json::as_u64)) else {
        read.rejected.push((stream.into(), seq, "malformed"));
        return;
    };
    let name = hit.get("n").and_then(Json::as_str).unwrap_or("");
    let mut facts = Fields::default();
    for (key, value) in context {
        facts.add(key.clone(), value);
    }
    let mut data = Fields::default();
    let mut ignored = unknown(hit, "q t k n e cc o ck p v d x");
    for (key, path) in [("cc", "currency"), ("o", "orderId"), ("ck", "checkoutId")] {
        if let Some(text) = hit.get(key).and_then(Json::as_str) {
            data.text(path, text);
        }
    }
    if let Some(events) = hit.get("e").and_then(Json::as_str) {
        read_events(name, events, &mut facts, &mut data);
    }
    for (index, product) in hit.get("p").and_then(Json::as_array).into_iter().flatten().enumerate() {
        ignored += product.as_object().map_or(1, |product| read_product(index, product, &mut data));
    }
    for (key, value) in hit.get("v").and_then(Json::as_object).into_iter().flatten() {
        ignored += u32::from(!data.add(variable_path(key), value));
    }
    for (path, value) in hit.get("d").and_then(Json::as_object).into_iter().flatten() {
        ignored += u32::from(!data.add(path.clone(), value));
    }
    let told = hit.get("x").and_then(Json::as_str).filter(|codes| codes.len() <= 1_000).unwrap_or("");
    let call = Call { stream, seq, at, kind, name, lost: "", context: facts.fields(), data: data.fields() };
    read.ignored += ignored;
    read.take(&call, told);
}

/// The first entry is the one the name stands for, unless the name says so itself; others came from `eventN` fields.
fn read_events(name: &str, events: &str, facts: &mut Fields, data: &mut Fields) {
    let (first, rest) = events.split_once(',').map_or((events, None), |(first, rest)| (first, Some(rest)));
    let main = first.split([':', '=']).next().unwrap_or(first);
    if !main.starts_with("event") || main == name {
        if main != name {
            facts.text("as", main);
        }
        if let Some((_, serial)) = first.split_once(':') {
            data.text("serial", serial);
        }
        if let Some(value) = first.split_once('=').map(|(_, value)| value.split(':').next().unwrap_or(value)) {
            data.text(format!("{main}.value"), value);
        }
    } else {
        data.metrics("", first);
    }
    if let Some(rest) = rest {
        data.metrics("", rest);
    }
}

/// Reads one product; the answer is the number of fields nobody knows.
fn read_product(index: usize, product: &Object, data: &mut Fields) -> u32 {
    let names = [("i", "id"), ("n", "name"), ("c", "category"), ("q", "quantity"), ("u", "unitPrice"), ("l", "lineTotal")];
    for (key, name) in names {
        if let Some(value) = product.get(key) {
            data.add(format!("products.{index}.{name}"), value);
        }
    }
    if let Some(events) = product.get("e").and_then(Json::as_str) {
        data.metrics(&format!("products.{index}."), events);
    }
    for (key, value) in product.get("v").and_then(Json::as_object).into_iter().flatten() {
        data.add(format!("products.{index}.{}", variable_path(key)), value);
    }
    unknown(product, "i n c q u l e v")
}

/// The field behind a variable's name on the wire: `v5` is `eVar5`, `ch` is `channel`.
fn variable_path(key: &str) -> String {
    let named = [("v0", "campaign"), ("ch", "channel"), ("xact", "transactionId")];
    if let Some((_, name)) = named.iter().find(|(wire, _)| *wire == key) {
        return (*name).into();
    }
    let mut digits = key.chars();
    let letter = digits.next();
    let digits = digits.as_str();
    let prefix = match letter {
        Some('v') => "eVar",
        Some('c') => "prop",
        Some('l') => "list",
        Some('h') => "hier",
        _ => return key.into(),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) { key.into() } else { format!("{prefix}{digits}") }
}

fn short<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Json::as_str).filter(|text| !text.is_empty() && text.len() <= 100)
}

fn unknown(object: &Object, known: &str) -> u32 {
    let unknown = object.keys().filter(|key| !crate::text::listed(key, known)).count();
    u32::try_from(unknown).unwrap_or(u32::MAX)
}
