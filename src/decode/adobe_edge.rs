//! Reads requests to Adobe Edge Network: of the Web SDK, of mobile and server clients and of our own trackers. Each event becomes
//! a call and is judged like any other. See `docs/adobe-edge.md`.

use super::tcf::{self, Tcf};
use super::{Batch, Form, Refusal, hash, kndctr, xdm};
use crate::call::Millis;
use crate::decode::snapshot::Snapshot;
use crate::hit::Reason;
use serde_json::Value as Json;

/// What is known of a request beside its body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Envelope<'a> {
    /// The datastream's id, which is the site.
    pub config: &'a str,
    /// The request's id, the same for every attempt to send it.
    pub request: &'a str,
    /// The visitor's ECID as cookies told it, or an empty text.
    pub ecid: &'a str,
    /// The ECID that the answer gives to a visitor without any identity, or an empty text.
    pub minted: &'a str,
    /// When the request came, by the collector's clock.
    pub received: Millis,
}

/// A request's body.
#[derive(Clone, Debug)]
pub struct Request(Json);

/// A request's events, read.
#[derive(Clone, Debug)]
pub struct Events {
    /// Those that are hits.
    pub batch: Batch,
    /// Those that are none: their place in the request, and a code.
    pub refused: Vec<(usize, &'static str)>,
}

/// Code of an event that is neither page view nor link: Edge Network takes it, and Analytics drops it.
pub const DROPPED: &str = "dropped";

/// Reads the events of a request.
///
/// # Errors
/// [`Refusal::Malformed`] for anything that is not this format.
pub fn events(body: &[u8], envelope: &Envelope<'_>) -> Result<Events, Refusal> {
    Request::read(body)?.events(envelope)
}

impl Request {
    /// Reads a body.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] if it is not a JSON object.
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        let json: Json = serde_json::from_slice(body).map_err(|_| Refusal::Malformed("not a JSON object"))?;
        if json.is_object() { Ok(Self(json)) } else { Err(Refusal::Malformed("not a JSON object")) }
    }

    /// Its events, judged. A time is that of the event, which is UTC; there is no time of sending to correct it by, so nothing
    /// does.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] if the datastream or the events are missing, or there are too many.
    pub fn events(&self, envelope: &Envelope<'_>) -> Result<Events, Refusal> {
        if envelope.config.is_empty() || envelope.config.len() > 100 {
            return Err(Refusal::Malformed("the datastream's id is missing"));
        }
        let one = self.0.get("event").map(std::slice::from_ref);
        let list = self.0.get("events").and_then(Json::as_array).map(Vec::as_slice).or(one);
        let list = list.ok_or(Refusal::Malformed("events is missing"))?;
        let mut read = Events { batch: Batch::new(envelope.config, envelope.request, 1, envelope.received), refused: Vec::new() };
        for (index, event) in list.iter().enumerate() {
            let before = read.batch.hits.len();
            if !self.take(&mut read.batch, envelope, index, event) {
                read.refused.push((index, DROPPED));
            } else if read.batch.hits.len() == before {
                read.refused.push((index, "malformed"));
            }
        }
        read.batch = read.batch.bounded()?;
        Ok(read)
    }

    /// Files one event; `false` if Analytics would drop it.
    fn take(&self, batch: &mut Batch, envelope: &Envelope<'_>, index: usize, event: &Json) -> bool {
        let stream = self.stream(envelope, index, event);
        if !event.is_object() {
            batch.reject(&stream, 0, "malformed");
            return true;
        }
        let said = xdm::said(event);
        let Some(kind) = said.kind else {
            batch.reject(&stream, 0, DROPPED);
            return false;
        };
        let waited = self.0.pointer("/meta/queueTimeMillis").and_then(Json::as_u64).unwrap_or(0);
        let at = said.at.unwrap_or_else(|| envelope.received.saturating_sub(waited));
        let mut snapshot = Snapshot::new(&stream, 0, at, kind, &said.name);
        if let Some(visitor) = self.visitor(envelope, event) {
            snapshot.text("@visitor", &visitor);
        }
        batch.ignored += said.write(&mut snapshot);
        let form = if said.own { Form::Hit } else { Form::Raw };
        match snapshot.call() {
            Some(call) => batch.take(&call, form, &said.problems),
            None => batch.reject(&stream, 0, "malformed"),
        }
        // What has no name is no call of ours, and no number of its stream is missing.
        if let Some(lost) = batch.lost.pop_if(|lost| lost.stream == stream && lost.reason == Reason::Invalid) {
            batch.reject(&lost.stream, lost.from, "malformed");
        }
        true
    }

    /// What makes an event the same one whenever it comes: its own id, or else its place in the request.
    fn stream(&self, envelope: &Envelope<'_>, index: usize, event: &Json) -> String {
        let id = event.pointer("/xdm/_id").and_then(Json::as_str).unwrap_or("");
        if !id.is_empty() {
            return hash::id(&[envelope.config, "_id", id]);
        }
        // Nobody can tell a request without an id from a second one that says the same.
        let request = if envelope.request.is_empty() { self.0.to_string() } else { envelope.request.into() };
        hash::id(&[envelope.config, "request", &request, &index.to_string()])
    }

    /// The visitor: by an ECID, as Analytics has it, or else by the identity that is said to be the primary one.
    fn visitor(&self, envelope: &Envelope<'_>, event: &Json) -> Option<String> {
        let maps = [event.pointer("/xdm/identityMap"), self.0.pointer("/xdm/identityMap"), self.0.get("identityMap")];
        let maps: Vec<&Json> = maps.into_iter().flatten().collect();
        let said = maps.iter().find_map(|map| map.pointer("/ECID/0/id").and_then(Json::as_str)).unwrap_or(envelope.ecid);
        if kndctr::is_ecid(said) {
            return Some(hash::visitor(said));
        }
        let primary = maps.iter().find_map(|map| primary(map)).map(|(namespace, id)| hash::id(&[namespace, id]));
        primary.or_else(|| kndctr::is_ecid(envelope.minted).then(|| hash::visitor(envelope.minted)))
    }

    /// Whether every event says who the visitor is, as server clients must: cookies do not come with them.
    pub fn has_identities(&self) -> bool {
        let shared = self.0.pointer("/xdm/identityMap").is_some_and(|map| primary(map).is_some());
        let mut events = self.0.get("events").and_then(Json::as_array).into_iter().flatten().chain(self.0.get("event"));
        shared || events.all(|event| event.pointer("/xdm/identityMap").is_some_and(|map| primary(map).is_some()))
    }

    /// Whether the answer should tell the ECID.
    pub fn wants_ecid(&self) -> bool {
        let fetched = self.0.pointer("/query/identity/fetch").and_then(Json::as_array);
        fetched.is_some_and(|namespaces| namespaces.iter().any(|namespace| namespace == "ECID"))
    }

    /// The ECID that the page tells beside its cookies.
    pub fn ecid(&self) -> Option<&str> {
        let maps = [self.0.pointer("/xdm/identityMap"), self.0.get("identityMap")];
        maps.into_iter().flatten().find_map(|map| map.pointer("/ECID/0/id")?.as_str()).filter(|ecid| kndctr::is_ecid(ecid))
    }

    /// Cookies that the page carries for an endpoint of another site: name and value.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.0.pointer("/meta/state/entries").and_then(Json::as_array);
        entries.into_iter().flatten().filter_map(|entry| Some((entry.get("key")?.as_str()?, entry.get("value")?.as_str()?)))
    }

    /// What the visitor consents to in a call of `set-consent`: everything that is said must allow it.
    ///
    /// # Errors
    /// What is wrong with each standard, by its place.
    pub fn consent(&self) -> Result<bool, Vec<String>> {
        let said = self.0.get("consent").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        if said.is_empty() {
            return Err(vec!["consent is not a list of standards".into()]);
        }
        let mut allowed = true;
        let mut wrong = Vec::new();
        for (index, consent) in said.iter().enumerate() {
            match allows(consent) {
                Ok(answer) => allowed &= answer,
                Err(why) => wrong.extend(why.iter().map(|why| format!("{why} at index {index}"))),
            }
        }
        if wrong.is_empty() { Ok(allowed) } else { Err(wrong) }
    }
}

/// Whether one standard allows collecting.
fn allows(consent: &Json) -> Result<bool, Vec<&'static str>> {
    let text = |path| consent.pointer(path).and_then(Json::as_str).unwrap_or("");
    match (text("/standard"), text("/version")) {
        ("Adobe", "1.0") => match text("/value/general") {
            "in" => Ok(true),
            "out" | "pending" | "not_provided" => Ok(false),
            _ => Err(vec!["value.general is not a known answer"]),
        },
        // Other answers than y and n name other grounds than consent (contract, legitimate interest…).
        ("Adobe", "2.0") => match text("/value/collect/val") {
            "n" | "p" | "u" => Ok(false),
            _ => Ok(true),
        },
        ("Adobe", _) => Err(vec!["the Adobe standard has the versions 1.0 and 2.0, not the one"]),
        ("IAB TCF", version) => {
            let mut wrong = Vec::new();
            if version != "2.0" {
                wrong.push("the IAB TCF standard has the version 2.0, not the one");
            }
            let applies = consent.get("gdprApplies").and_then(Json::as_bool).unwrap_or(true);
            let read = tcf::read(text("/value"));
            if text("/value").is_empty() {
                wrong.push("an IAB TCF string is missing");
            } else if read == Tcf::Malformed {
                wrong.push("an IAB TCF string cannot be read");
            }
            if wrong.is_empty() { Ok(!applies || read == Tcf::In) } else { Err(wrong) }
        }
        _ => Err(vec!["nobody knows the standard"]),
    }
}

/// The primary identity: its namespace and id. Clients in other languages may write the flag as text.
fn primary(map: &Json) -> Option<(&str, &str)> {
    let all = map.as_object()?.iter().flat_map(|(namespace, ids)| ids.as_array().into_iter().flatten().map(move |id| (namespace, id)));
    let is_primary = |id: &Json| id.get("primary").is_some_and(|flag| flag == true || flag == "true");
    let mut primary = all.filter(|(_, id)| is_primary(id));
    primary.find_map(|(namespace, id)| Some((namespace.as_str(), id.get("id")?.as_str()?)))
}
