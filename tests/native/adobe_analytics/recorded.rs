//! What AppMeasurement was told, said to Caisse: the requests are the same, parameter by parameter and in order, but for
//! [`DIFFERENCES`].

use super::{excuse, id, in_order, vectors};
use crate::call::{STREAM, field, head};
use caisse::call::Call;
use caisse::date::days;
use caisse::encode::adobe_analytics::{self as encode, Settings};
use caisse::hit::{Context, Hit};
use caisse::problem::Problems;
use serde_json::Value;
use std::collections::BTreeSet;

/// What is sent otherwise on purpose: vectors (`*` for all), a parameter or a whole `name=value` of AppMeasurement's, what stands there
/// instead, and why.
const DIFFERENCES: [(&str, &str, &str, &str); 16] = [
    ("*", "j", "", "the version of JavaScript: AppMeasurement says 1.6 whatever runs"),
    ("*", "v", "", "whether there is Java: no browser has it"),
    ("am-31-two-hits", "lrt", "", "how long the last request took: nothing waits for it here"),
    ("am-28-visitorID", "vid", "", "an id of the shop's overrides Adobe's own; Adobe advises against it"),
    ("am-37-dynamic", "D", "", "the prefix that Adobe assumes"),
    ("am-27-timestamp-iso", "ts", "ts=1709658489", "a hit's time is when it was made, and never another"),
    (
        "am-19-referrer-long-google",
        "r",
        "r=https%3A%2F%2Fwww.google.com",
        "of another site only the origin is kept: a search can name a person",
    ),
    ("am-31-two-hits", "r", "r=https%3A%2F%2Fref.example", "of another site only the origin is kept"),
    ("am-21-mid-long-POST", "v1", CUT, "an eVar has 255 bytes, and Adobe cuts the rest"),
    ("am-25-aid-long-POST", "v1", CUT, "an eVar has 255 bytes, and Adobe cuts the rest"),
    ("am-16-contextData-types", "t=true", "t=true&f=false", "false is what somebody said"),
    ("am-16-contextData-types", "n=5", "n=5&zero=0", "zero is what somebody said"),
    ("am-43-emptystring-and-zero", "v3=0", "v2=0&v3=0", "zero is what somebody said"),
    ("am-16-contextData-types", "Caps%20Key=v%20w", "CapsKey=v%20w", "Adobe takes letters, digits, underscores and points in keys"),
    ("am-41-link-no-name-no-url", "s=1920x1080", "pe=lnk_o&pev2=link&s=1920x1080", "a link is a link, and not one more page view"),
    ("am-10-link-exit-beacon", "POST", "GET", "a request that outlives its page can be heard of; a beacon cannot"),
];

const CUT: &str = "v1=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

/// What stands in a request instead of something of AppMeasurement's, if it differs; noted in `used`.
fn instead(vector: &str, found: &str, used: &mut BTreeSet<usize>) -> Option<&'static str> {
    let name = found.split('=').next();
    let at = DIFFERENCES.iter().position(|(of, what, ..)| (*of == "*" || *of == vector) && (found == *what || name == Some(*what)))?;
    used.insert(at);
    Some(DIFFERENCES[at].2)
}

/// A call to be, and how the suite is set up.
#[derive(Default)]
struct Page {
    fields: Vec<(String, String)>,
    vars: String,
    events: String,
    timestamps: bool,
}

impl Page {
    fn say(&mut self, path: &str, text: &str) {
        self.fields.push((path.to_owned(), format!("s{text}")));
    }

    /// What the browser of the recordings tells a page.
    fn new(vector: &Value) -> Self {
        let (input, env) = (&vector["input"], &vector["env"]);
        let mut page = Self::default();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        page.say("@url", &text(&input["href"]));
        page.say("@referrer", input["referrer"].as_str().unwrap_or(""));
        page.say("@screen", &text(&env["screen"]));
        page.say("@viewport", &format!("{}x{}", env["innerWidth"], env["innerHeight"]));
        page.say("@depth", &text(&env["pixelDepth"]));
        page.say("@offset", &text(&input["tz"]));
        page.say("@cookies", "Y");
        // The cookie that AppMeasurement wrote.
        page.say("@fid", "4888888888888888-2888888888888888");
        page.set(&input["vars"]);
        for (key, value) in in_order(vector, "contextData") {
            page.fields.push((format!("contextData.{key}"), tagged(value)));
        }
        // Consent to analytics alone is told to Adobe so.
        if input["optIn"]["aa"] == true {
            page.say("contextData.cm.ssf", "1");
        }
        page
    }

    /// Sets AppMeasurement's variables. A later value stands.
    fn set(&mut self, vars: &Value) {
        for (name, value) in vars.as_object().expect("variables") {
            let value = repeated(value);
            let text = value.as_str().unwrap_or("");
            let path = match name.as_str() {
                "events" => {
                    self.say_events("", text, ',');
                    continue;
                }
                "products" => {
                    self.say_products(text);
                    continue;
                }
                "linkTrackVars" => {
                    self.vars = text.into();
                    continue;
                }
                "linkTrackEvents" => {
                    self.events = text.into();
                    continue;
                }
                "trackOffline" | "timestamp" => {
                    self.timestamps = value != "";
                    continue;
                }
                "visitorID" | "dynamicVariablePrefix" => continue,
                "marketingCloudVisitorID" => "@mid",
                "analyticsVisitorID" => "@aid",
                "currencyCode" => "currency",
                "purchaseID" => "orderId",
                "transactionID" => "transactionId",
                "linkURL" => "linkUrl",
                "pageName" | "channel" | "server" | "pageType" | "campaign" | "state" | "zip" => name,
                numbered if ["eVar", "prop", "list", "hier"].iter().any(|kind| numbered.starts_with(kind)) => name,
                other => panic!("what is {other} to Caisse?"),
            };
            self.fields.push((path.to_owned(), tagged(&value)));
        }
        // Facts about the page come first.
        self.fields.sort_by_key(|(path, _)| !path.starts_with('@'));
    }

    fn say_events(&mut self, prefix: &str, events: &str, separator: char) {
        for entry in events.split(separator).filter(|entry| !entry.is_empty()) {
            let (head, serial) = entry.split_once(':').unwrap_or((entry, ""));
            let (name, value) = head.split_once('=').unwrap_or((head, "1"));
            self.say(&format!("{prefix}{name}.value"), value);
            if !serial.is_empty() {
                self.say(&format!("{prefix}{name}.id"), serial);
            }
        }
    }

    fn say_products(&mut self, products: &str) {
        for (index, product) in products.split(',').enumerate() {
            for (place, text) in product.split(';').enumerate().filter(|(_, text)| !text.is_empty()) {
                let prefix = format!("products.{index}.");
                match ["category", "id", "quantity", "lineTotal"].get(place) {
                    Some(name) => self.say(&(prefix + name), text),
                    None if place == 4 => self.say_events(&prefix, text, '|'),
                    None => {
                        for (name, text) in text.split('|').filter_map(|variable| variable.split_once('=')) {
                            self.say(&format!("{prefix}{name}"), text);
                        }
                    }
                }
            }
        }
    }

    /// The query of a call of `t` or `tl`, the one before which there were `seq` others.
    fn hit(&self, input: &Value, seq: u64, call: &Value) -> String {
        // The recordings' clock shows the same time whatever the time zone is.
        let zone = input["tz"].as_i64().expect("an offset") * 60_000;
        let at = clock(input["now"].as_str().expect("a time")).checked_add_signed(zone).expect("a time")
            + seq * input["tick"].as_u64().unwrap_or(0);
        let kind = if call[0] == "t" { "p" } else { "l" };
        let mut snapshot = head(STREAM, seq, at, kind, "", "");
        for (path, value) in &self.fields {
            field(&mut snapshot, path, value);
        }
        for (path, value) in [("linkType", &call[2]), ("linkName", &call[3])] {
            field(&mut snapshot, path, &tagged(value));
        }
        let call = Call::read(&snapshot).expect("a snapshot");
        let hit = Hit::judge(&call, &mut Problems::default()).expect("a hit");
        encode::hit(&hit, &Context::of(&call), &self.settings())
    }

    fn settings(&self) -> Settings<'_> {
        Settings { suites: "examplersid", timestamps: self.timestamps, link_vars: &self.vars, link_events: &self.events }
    }
}

/// A value of JavaScript's as a snapshot has it.
fn tagged(value: &Value) -> String {
    match value {
        Value::Null => "z".into(),
        Value::Bool(flag) => format!("b{}", u8::from(*flag)),
        Value::Number(number) => format!("n{number}"),
        Value::String(text) => format!("s{text}"),
        Value::Array(_) | Value::Object(_) => panic!("no scalar: {value}"),
    }
}

/// `{"$repeat": ["x", 3]}` as `xxx`.
fn repeated(value: &Value) -> Value {
    let Some(text) = value["$repeat"][0].as_str() else { return value.clone() };
    text.repeat(value["$repeat"][1].as_u64().expect("a number") as usize).into()
}

/// Milliseconds since 1970 of `2024-03-05T17:08:09.123Z`.
fn clock(time: &str) -> u64 {
    let numbers: Vec<i64> = time.split(|ch: char| !ch.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
    let [year, month, day, hour, minute, second, milli] = numbers[..] else { panic!("{time} is no time") };
    ((((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1_000 + milli) as u64
}

/// The queries that Caisse sends where AppMeasurement sent those of a recording.
fn sent(vector: &Value) -> Vec<(String, Page)> {
    let input = &vector["input"];
    let mut sent: Vec<(String, Page)> = Vec::new();
    let mut more = Vec::new();
    for call in input["calls"].as_array().expect("calls") {
        if call[0] == "set" {
            more.push(&call[1]);
            continue;
        }
        let mut page = Page::new(vector);
        more.iter().for_each(|vars| page.set(vars));
        sent.push((page.hit(input, sent.len() as u64, call), page));
    }
    sent
}

/// Compares a recording's requests with ours; the answer is their number.
fn compare(vector: &Value, used: &mut BTreeSet<usize>) -> usize {
    let id = id(vector);
    let recorded = vector["expected"]["requests"].as_array().expect("requests");
    let sent = sent(vector);
    assert_eq!(sent.len(), recorded.len(), "{id}");
    for ((query, page), recorded) in sent.iter().zip(recorded) {
        let url = recorded["url"].as_str().expect("a URL");
        let (place, in_url) = url.split_once('?').unwrap_or((url, ""));
        let theirs = recorded["body"].as_str().unwrap_or(in_url);
        let expected = theirs.split('&').map(|found| instead(id, found, used).unwrap_or(found)).filter(|found| !found.is_empty());
        let expected = expected.collect::<Vec<_>>().join("&");
        assert_eq!(query.split('&').collect::<Vec<_>>(), expected.split('&').collect::<Vec<_>>(), "{id}");
        // What was recorded goes the way it went.
        let method = recorded["method"].as_str().expect("a method");
        check_way(&page.settings(), theirs, instead(id, method, used).unwrap_or(method), place);
    }
    recorded.len()
}

pub(super) fn request(vector: &Value) {
    assert!(compare(vector, &mut BTreeSet::new()) > 0, "nothing was recorded");
}

#[test]
fn requests_are_appmeasurements() {
    let mut used = BTreeSet::new();
    let vectors = vectors("appmeasurement-settings-to-request");
    let equal: usize = vectors.iter().filter(|vector| excuse(id(vector)).is_none()).map(|vector| compare(vector, &mut used)).sum();
    assert_eq!(used.len(), DIFFERENCES.len(), "differences that there are: {used:?}");
    let page = include_str!("../../../docs/adobe-analytics.md");
    assert!(
        page.contains(&format!("equal to {equal} recorded AppMeasurement 2.27.0 requests")),
        "docs/adobe-analytics.md does not say {equal}"
    );
    for (_, what, _, why) in DIFFERENCES {
        assert!(page.contains(why), "docs/adobe-analytics.md does not say of {what}: {why}");
    }
}

/// A query goes to its place by its method. Only the library and the digits that keep caches away are our own.
#[track_caller]
fn check_way(settings: &Settings<'_>, query: &str, method: &str, place: &str) {
    let (url, body) = encode::request("smetrics.shop.example", settings, query, STREAM, 7);
    let (path, in_url) = url.split_once('?').unwrap_or((&url, ""));
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), place.split('/').collect());
    assert_eq!(ours[..7], theirs[..7]);
    assert_eq!((ours[7], ours.len()), (encode::LIBRARY, 9));
    assert!(
        ours[8].strip_prefix('s').is_some_and(|digits| digits.len() >= 13 && digits.bytes().all(|byte| byte.is_ascii_digit())),
        "{path}"
    );
    assert_eq!(if method == "POST" { (body.as_str(), in_url) } else { (in_url, body.as_str()) }, (query, ""));
}
