//! Writes call snapshots (see `call`), for decoders: what arrives in some format is turned back into the call it may have come
//! from, and judged like any other.

use super::events::{Entry, entries};
use super::products;
use crate::call::{Call, Kind, Millis, RECORD, UNIT};
use serde_json::Value as Json;

/// The latest time that a snapshot can tell; pages whose clock is later still are beyond help.
const AT_MAX: Millis = 999_999_999_999_999;

/// A call's snapshot in the making.
pub(super) struct Snapshot(String);

impl Snapshot {
    /// The head of a call's snapshot.
    pub(super) fn new(stream: &str, seq: u64, at: Millis, kind: Kind, name: &str) -> Self {
        let (seq, at) = (seq.to_string(), at.min(AT_MAX).to_string());
        Self(["c1", stream, &seq, &at, kind.letter(), &plain(name), ""].join(&UNIT.to_string()))
    }

    /// Adds what the caller passed; the answer is the number of fields that nobody can read. Facts about the page stand in a
    /// group's context and nowhere else.
    pub(super) fn field(&mut self, path: &str, value: &Json) -> u32 {
        u32::from(path.starts_with('@') || !self.push(path, value))
    }

    /// Adds a scalar; `false` for anything else.
    pub(super) fn push(&mut self, path: &str, value: &Json) -> bool {
        match value {
            Json::String(text) => self.tagged(path, 's', text),
            Json::Number(number) => self.tagged(path, 'n', &number.to_string()),
            Json::Bool(flag) => self.tagged(path, 'b', if *flag { "1" } else { "0" }),
            Json::Null | Json::Array(_) | Json::Object(_) => return false,
        }
        true
    }

    /// Says what the call's name stands for: before every field, as the page does.
    pub(super) fn declare(&mut self, event: &str) {
        let head = self.0.find(RECORD).unwrap_or(self.0.len());
        self.0.insert_str(head, &format!("{RECORD}@as{UNIT}s{}", plain(event)));
    }

    /// Adds a text.
    pub(super) fn text(&mut self, path: &str, text: &str) {
        self.tagged(path, 's', text);
    }

    /// The call, as far as it is one.
    pub(super) fn call(&self) -> Option<Call<'_>> {
        Call::read(&self.0)
    }

    fn tagged(&mut self, path: &str, tag: char, text: &str) {
        self.0.push(RECORD);
        // What stands behind a `>` is the name that a shop declared; the wire has only that one.
        self.0.push_str(&plain(path).replace('>', "_"));
        self.0.push(UNIT);
        self.0.push(tag);
        self.0.push_str(&plain(text));
    }

    /// Adds Adobe's `events` string, `name[=value][:id]` each, under `prefix`. With the name of the call, its first entry is
    /// the main one: what that name stands for.
    pub(super) fn events(&mut self, prefix: &str, mut main: Option<&str>, events: &str) {
        for Entry { name: event, value, id } in entries(events) {
            let name = main.take();
            if name.is_some_and(|name| name != event) {
                self.declare(&event);
            }
            if name.is_none() || value.is_some() {
                self.text(&format!("{prefix}{event}.value"), value.as_deref().unwrap_or("1"));
            }
            match id {
                // A purchase's serial is its order; one that was said for the event itself is told like any other's.
                Some(id) if name.is_some() && event != "purchase" => self.text("serial", &id),
                Some(id) => self.text(&format!("{prefix}{event}.id"), &id),
                None => {}
            }
        }
    }

    /// Adds Adobe's `products` string.
    pub(super) fn products(&mut self, products: &str) {
        for (path, text) in products::fields(products) {
            self.text(&path, &text);
        }
    }
}

/// Text without the control characters that structure a snapshot.
fn plain(text: &str) -> String {
    text.replace(|ch| ch < ' ', " ")
}

/// The field behind a variable's name on the wire: `v5` is `eVar5`, `ch` is `channel`.
pub(super) fn variable_path(key: &str) -> String {
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
