//! The crate without the shim: a `Tracker` class for pages and for applications in Rust (Leptos, Dioxus, Yew). Objects are
//! read by serde, requests built by gloo-net. Hits live in memory and go with the page: keeping them is what the npm
//! package adds.

mod listener;
mod store;
mod timer;
mod transport;

use crate::advice::Advisor;
use crate::call::{GROUP, Kind, Millis, RECORD, UNIT};
use crate::consent::State;
use crate::destination::Destination;
use crate::driver::Driver;
use crate::error::{Error, OPTIONS};
use crate::luck::Luck;
use crate::options::Options;
use crate::retry::Answer;
use crate::stats::Counters;
use crate::text::listed;
use js_sys::Date;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

/// What the ports ask for during one call, carried out once the driver is free again; and what they tell.
#[derive(Default)]
struct Wishes {
    stream: String,
    beacons: Vec<transport::Beacon>,
    wake_at: Option<Option<Millis>>,
    receipts: BTreeMap<u64, Receipt>,
    counters: Counters,
}

/// The options of a tracker. (serde asks objects of a page only for the fields it knows, so unknown ones are looked for apart.)
#[derive(Deserialize)]
struct Given {
    site: String,
    destination: GivenDestination,
    consent: Option<String>,
    currency: Option<String>,
    visitor: Option<String>,
}

#[derive(Deserialize)]
struct GivenDestination {
    kind: String,
    url: String,
}

/// Anything a page may pass as data.
#[derive(Deserialize)]
#[serde(untagged)]
enum Data {
    Flag(bool),
    Number(f64),
    Text(String),
    List(Vec<Data>),
    Map(BTreeMap<String, Data>),
    Nothing(()),
}

/// What became of a call.
#[derive(Clone, Default, Serialize)]
struct Receipt {
    id: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    problems: Vec<ReceiptProblem>,
}

#[derive(Clone, Serialize)]
struct ReceiptProblem {
    code: String,
    place: String,
}

/// The counters of one destination.
#[derive(Serialize)]
struct Stats<'a> {
    destination: &'a str,
    tracked: f64,
    acknowledged: f64,
    waiting: f64,
    dropped: BTreeMap<&'static str, f64>,
    bytes: f64,
}

struct Inner {
    driver: Driver<Wishes>,
    seq: u64,
    held: bool,
    ended: bool,
    currency: Option<String>,
    visitor: Option<String>,
    advisor: Advisor,
    timer: Option<timer::Timeout>,
}

type Shared = Rc<RefCell<Inner>>;

/// A tracker of one site.
#[wasm_bindgen]
pub struct Tracker(Shared);

#[wasm_bindgen]
impl Tracker {
    /// Makes a tracker from `{ site, destination: { kind: "collector", url }, consent?, currency?, visitor? }`.
    ///
    /// # Errors
    /// An `Error` that names what is wrong: an option that is missing, unknown or of the wrong type.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Result<Tracker, js_sys::Error> {
        let options = copied(&options).ok_or_else(|| refused(&Error::Unreadable))?;
        for key in js_sys::Object::keys(options.unchecked_ref::<js_sys::Object>()).iter().filter_map(|key| key.as_string()) {
            if !listed(&key, OPTIONS) {
                return Err(refused(&Error::UnknownOption(key)));
            }
        }
        let given: Given = serde_wasm_bindgen::from_value(options).map_err(|error| refused(&Error::BadOption(error.to_string())))?;
        if given.destination.kind != "collector" {
            return Err(refused(&Error::UnknownDestination(given.destination.kind)));
        }
        let word = given.consent.as_deref().unwrap_or("pending");
        // A wrong word fails closed.
        let consent = State::from_word(word).unwrap_or(State::Denied);
        let options = Options {
            site: given.site,
            destinations: vec![Destination::new("collector", given.destination.url.trim_end_matches('/'))],
            consent,
            ..Options::default()
        };
        let stream = transport::random_id();
        let wishes = Wishes { stream: stream.clone(), ..Wishes::default() };
        let state = Inner {
            driver: Driver::new(options, &stream, Luck::new(&transport::random_id()), wishes),
            seq: 0,
            held: consent == State::Pending,
            ended: false,
            currency: given.currency,
            visitor: given.visitor,
            advisor: Advisor::default(),
            timer: None,
        };
        Ok(Self(Rc::new(RefCell::new(state))))
    }

    /// Reports an event; answers `{ id, status, reason?, problems }`. Never throws.
    pub fn track(&self, name: &str, data: JsValue) -> JsValue {
        self.call(Kind::Track, name, data)
    }

    /// Reports a page view.
    pub fn page(&self, data: JsValue) -> JsValue {
        self.call(Kind::Page, "", data)
    }

    /// Says what the visitor answered: `granted`, `denied` or `pending`. Anything else means `denied`.
    #[wasm_bindgen(js_name = setConsent)]
    pub fn set_consent(&self, word: &str) {
        let state = State::from_word(word).unwrap_or(State::Denied);
        if let Ok(mut shared) = self.0.try_borrow_mut() {
            shared.held = state == State::Pending;
            shared.driver.set_consent(state, now());
            // Those of calls that were held: nobody asks for them any more.
            shared.driver.world.receipts.clear();
        }
        carry_out(&self.0);
    }

    /// Sends what waits, now.
    pub fn flush(&self) {
        if let Ok(mut shared) = self.0.try_borrow_mut() {
            shared.driver.flush(false, now());
        }
        carry_out(&self.0);
    }

    /// The counters: `[{ destination, tracked, acknowledged, waiting, dropped, bytes }]`.
    pub fn stats(&self) -> JsValue {
        let Ok(shared) = self.0.try_borrow() else { return JsValue::UNDEFINED };
        let counters = &shared.driver.world.counters;
        let stats: Vec<_> = shared
            .driver
            .waiting()
            .map(|(destination, waiting)| Stats {
                destination,
                tracked: counters.tracked as f64,
                acknowledged: counters.acknowledged as f64,
                waiting: waiting as f64,
                dropped: counters.dropped().map(|(reason, count)| (reason.as_str(), count as f64)).collect(),
                bytes: counters.bytes as f64,
            })
            .collect();
        to_js(&stats)
    }

    /// Ends the tracker: nothing is taken or sent after this, and what was waiting is gone.
    pub fn destroy(&self) {
        if let Ok(mut shared) = self.0.try_borrow_mut() {
            shared.ended = true;
            shared.timer = None;
        }
    }

    fn call(&self, kind: Kind, name: &str, data: JsValue) -> JsValue {
        let fields = if data.is_undefined() || data.is_null() {
            Some(BTreeMap::new())
        } else {
            copied(&data).and_then(|data| serde_wasm_bindgen::from_value::<BTreeMap<String, Data>>(data).ok())
        };
        let receipt = match (fields, self.0.try_borrow_mut()) {
            (_, Ok(shared)) if shared.ended => Receipt { status: "dropped", reason: Some("destroyed"), ..Receipt::default() },
            (Some(fields), Ok(mut shared)) => shared.take(kind, name, &fields),
            // Data that cannot be read at all, or a call out of one of our own.
            _ => Receipt { status: "dropped", reason: Some("invalid"), ..Receipt::default() },
        };
        carry_out(&self.0);
        to_js(&receipt)
    }
}

impl Inner {
    fn take(&mut self, kind: Kind, name: &str, fields: &BTreeMap<String, Data>) -> Receipt {
        let now = now();
        let seq = self.seq;
        self.seq += 1;
        let mut snapshot =
            ["c1", &self.driver.world.stream, &seq.to_string(), &now.to_string(), kind.letter(), &plain(name), ""].join(&UNIT.to_string());
        let (url, referrer) = transport::page();
        let context =
            [("url", Some(url)), ("referrer", Some(referrer)), ("currency", self.currency.clone()), ("visitor", self.visitor.clone())];
        for (key, text) in context {
            if let Some(text) = text {
                push_field(&mut snapshot, &["@", key].concat(), 's', &text);
            }
        }
        for (key, value) in fields {
            push_data(&mut snapshot, &plain(key), value);
        }
        self.driver.track(&snapshot, now);
        let id = [self.driver.world.stream.as_str(), "-", &seq.to_string()].concat();
        let held = Receipt { status: if self.held { "held" } else { "dropped" }, ..Receipt::default() };
        let mut receipt = Receipt { id, ..self.driver.world.receipts.remove(&seq).unwrap_or(held) };
        receipt.problems.extend(listener::problems(&self.advisor.look(&snapshot)));
        receipt
    }
}

/// Carries out what the ports asked for, now that nobody is at work.
fn carry_out(shared: &Shared) {
    let Ok(mut state) = shared.try_borrow_mut() else { return };
    if state.ended {
        return;
    }
    for beacon in std::mem::take(&mut state.driver.world.beacons) {
        let shared = Rc::clone(shared);
        wasm_bindgen_futures::spawn_local(async move {
            let (status, body) = transport::post(&beacon).await;
            if let Ok(mut state) = shared.try_borrow_mut() {
                state.driver.answered(&Answer { flight: beacon.flight, status, retry_after: None, body: &body }, now());
            }
            carry_out(&shared);
        });
    }
    if let Some(at) = state.driver.world.wake_at.take() {
        let later = Rc::clone(shared);
        let tick = move || {
            if let Ok(mut state) = later.try_borrow_mut() {
                state.driver.tick(now());
            }
            carry_out(&later);
        };
        state.timer = at.and_then(|at| timer::Timeout::new(at.saturating_sub(now()), tick));
    }
}

fn push_data(snapshot: &mut String, path: &str, data: &Data) {
    match data {
        Data::Flag(flag) => push_field(snapshot, path, 'b', if *flag { "1" } else { "0" }),
        Data::Number(number) => push_field(snapshot, path, 'n', &number.to_string()),
        Data::Text(text) => push_field(snapshot, path, 's', text),
        Data::List(items) => {
            for (index, item) in items.iter().enumerate() {
                push_data(snapshot, &[path, ".", &index.to_string()].concat(), item);
            }
        }
        Data::Map(fields) => {
            for (key, item) in fields {
                push_data(snapshot, &[path, ".", &plain(key)].concat(), item);
            }
        }
        Data::Nothing(()) => {}
    }
}

fn push_field(snapshot: &mut String, path: &str, tag: char, text: &str) {
    snapshot.push(RECORD);
    snapshot.push_str(path);
    snapshot.push(UNIT);
    snapshot.push(tag);
    snapshot.push_str(&plain(text));
}

/// Text without the control characters that structure a snapshot.
fn plain(text: &str) -> String {
    text.chars().map(|ch| if ch < ' ' || ch == GROUP { ' ' } else { ch }).collect()
}

fn refused(error: &Error) -> js_sys::Error {
    js_sys::Error::new(&["caisse: ", &error.to_string()].concat())
}

/// A copy without getters, proxies, cycles and functions: serde would run into them without a net.
fn copied(value: &JsValue) -> Option<JsValue> {
    let text = js_sys::JSON::stringify(value).ok()?;
    js_sys::JSON::parse(&text.as_string()?).ok()
}

fn to_js(value: &impl Serialize) -> JsValue {
    let plain_objects = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    value.serialize(&plain_objects).unwrap_or(JsValue::UNDEFINED)
}

fn now() -> Millis {
    Date::now() as Millis
}
