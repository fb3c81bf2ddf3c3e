//! Requests of Adobe's libraries and of documentation, read: each parameter, and what the event that comes of it says.

use super::{all, id};
use caisse::call::{Kind, Millis};
use caisse::decode::adobe_analytics as decode;
use caisse::decode::events::entries;
use caisse::decode::products::lines;
use caisse::decode::query::Parameters;
use caisse::decode::{Batch, Form, Received, Refusal};
use caisse::vocabulary::Group;
use serde_json::{Value, json};
use std::fmt::Debug;

const NOW: Millis = 1_795_000_000_000;

/// A request's path and its parameters, wherever they are.
fn parts(input: &Value) -> (&str, &str) {
    let url = input["url"].as_str().expect("a URL");
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    (path, input["body"].as_str().unwrap_or(query))
}

/// The one hit of a page's request to a suite.
fn hit(query: &str) -> Received {
    let mut batch = decode::request("/b/ss/suite/1/JS-2.27.0/s1", query, NOW).expect("a hit");
    assert_eq!((batch.hits.len(), batch.lost.len(), batch.rejected.len()), (1, 0, 0), "{query}");
    batch.hits.remove(0)
}

fn variable<'a>(received: &'a Received, key: &str) -> &'a str {
    received.hit.event.facts.text(Group::Variables, key)
}

fn datum<'a>(received: &'a Received, path: &str) -> &'a str {
    received.hit.event.facts.text(Group::Data, path)
}

#[track_caller]
fn same<T: PartialEq + Debug>(found: T, expected: T, name: &str) {
    assert!(found == expected, "{name}: {found:?} is not {expected:?}");
}

pub(super) fn request(vector: &Value) {
    let (path, query) = parts(&vector["input"]);
    let expected =
        if vector["expected"]["fields"].is_null() { &vector["expected"]["omnibugDecoded"] } else { &vector["expected"]["fields"] };
    let parameters = Parameters::read(query);
    let received = hit(query);
    for (name, value) in expected.as_object().expect("fields") {
        let value = value.as_str().expect("a text");
        match name.as_str() {
            "rsid" => same(decode::suites(path), Some(value), name),
            "trackingServer" => assert!(path.starts_with(&format!("https://{value}/")), "{path}"),
            "requestType" => check_type(&received, value),
            _ => {
                let found = parameters.0.iter().rfind(|(known, _)| known == name);
                same(found.map(|(_, text)| text.as_str()), Some(value), name);
                check_meaning(&received, name, value);
            }
        }
    }
    // Where no suite is named nothing is collected.
    let refusal = decode::request(path, query, NOW).err();
    same(refusal, decode::suites(path).is_none().then_some(Refusal::Malformed("no report suite in the path")), path);
}

fn check_type(received: &Received, kind: &str) {
    let expected = match kind {
        "Page View" => (Kind::Page, ""),
        "Download Click" => (Kind::Link, "download"),
        "Exit Click" => (Kind::Link, "exit"),
        "Other Click" => (Kind::Link, "other"),
        "Media" => (Kind::Link, "m_s"),
        other => panic!("what is a {other}?"),
    };
    same((received.hit.event.kind, datum(received, "linkType")), expected, kind);
}

/// What became of a parameter in the event.
fn check_meaning(received: &Received, name: &str, value: &str) {
    let numbered = name.split_at_checked(1).is_some_and(|(letter, digits)| "cvhl".contains(letter) && digits.parse::<u32>().is_ok());
    match name {
        "pageName" | "server" => same(variable(received, name), value, name),
        "g" => same(received.context.text("url"), value, name),
        "pev2" => same(datum(received, "linkName"), value, name),
        "ts" => same(received.hit.at, value.parse::<u64>().expect("seconds") * 1_000, name),
        "t" => same(received.context.text("offset"), value.rsplit(' ').next().expect("an offset"), name),
        "mid" | "vid" | "fid" => same(received.context.text("visitor").len(), 32, name),
        _ if numbered => same(variable(received, name), value, name),
        _ => match name.strip_prefix("c.") {
            Some(key) => same(datum(received, &format!("contextData.{key}")), value, name),
            None => assert!(["ndh", "pe", "ce", "mcorgid", "cid.userid.id"].contains(&name), "what becomes of {name}?"),
        },
    }
}

/// Whether a URL is one that hits go to.
pub(super) fn place(vector: &Value) {
    let (path, _) = parts(&vector["input"]);
    assert_eq!(decode::suites(path).is_some(), vector["expected"]["isAdobeAnalytics"]);
}

/// The short names of parameters mean the same as the long ones.
pub(super) fn aliases(vector: &Value) {
    let values = [
        ("events", "scAdd,event1=2"),
        ("products", ";A;2;12.80"),
        ("pageName", "home"),
        ("pageType", "errorPage"),
        ("server", "w1"),
        ("purchaseID", "R1"),
    ];
    let short = vector["input"].as_object().expect("names");
    assert_eq!(short.len(), values.len());
    let value = |name: &str| values.iter().find(|(long, _)| *long == name).expect(name).1;
    let query = |names: Vec<(&str, &str)>| names.iter().map(|(name, long)| format!("{name}={}", value(long))).collect::<Vec<_>>().join("&");
    let names = || short.iter().map(|(short, long)| (short.as_str(), long.as_str().expect("a name")));
    let (one, other) = (hit(&query(names().collect())), hit(&query(names().map(|(_, long)| (long, long)).collect())));
    assert_eq!(one.hit, other.hit);
    assert_eq!((one.hit.event.order_id(), one.hit.event.products.len(), one.hit.event.metrics().count()), ("R1", 1, 2));
    assert_eq!((variable(&one, "pageName"), variable(&one, "pageType"), variable(&one, "server")), ("home", "errorPage", "w1"));
}

pub(super) fn products(vector: &Value) {
    let text = vector["input"]["products"].as_str().expect("products");
    let found: Vec<Value> = lines(text)
        .into_iter()
        .map(|line| {
            let events = line.events.into_iter().map(|entry| {
                let said: Vec<String> = entry.value.into_iter().chain(entry.id).collect();
                (entry.name, if said.is_empty() { Value::Null } else { said.join(":").into() })
            });
            let variables: serde_json::Map<_, _> = line.variables.into_iter().map(|(name, text)| (name, text.into())).collect();
            json!({ "category": line.category, "name": line.name, "quantity": line.quantity, "price": line.price,
                "events": events.collect::<serde_json::Map<_, _>>(), "eVars": variables })
        })
        .collect();
    assert_eq!(json!(found), vector["expected"]["products"]);
    // The event has the same lines, those without a product's id aside.
    let event = hit(&format!("pageName=x&products={}", text.replace('+', "%2B"))).hit.event;
    let expected = vector["expected"]["products"].as_array().expect("products").iter().filter(|line| !line["name"].is_null());
    let expected: Vec<&str> = expected.map(|line| line["name"].as_str().expect("a name")).collect();
    assert_eq!(event.products.iter().map(|product| product.id()).collect::<Vec<_>>(), expected);
}

pub(super) fn events(vector: &Value) {
    let text = vector["input"]["events"].as_str().expect("events");
    let expected = vector["expected"].as_array().expect("events");
    let expected: Vec<[&str; 3]> =
        expected.iter().map(|entry| ["name", "value", "id"].map(|key| entry[key].as_str().unwrap_or(""))).collect();
    let found = entries(text);
    let found: Vec<[&str; 3]> =
        found.iter().map(|entry| [&entry.name, entry.value.as_deref().unwrap_or(""), entry.id.as_deref().unwrap_or("")]).collect();
    assert_eq!(found, expected);
    let event = hit(&format!("pageName=x&events={text}")).hit.event;
    assert_eq!(event.metrics().map(|metric| [metric.name, metric.value, metric.id]).collect::<Vec<_>>(), expected);
}

#[test]
fn groups_of_others_are_read_and_not_kept() {
    let vector = all().into_iter().find(|vector| id(vector) == "mob-cid-01").expect("the answer");
    let query = format!("pageName=x{}&h.&model=m&.h&d.&x=1&.d&zz=1", vector["expected"].as_str().expect("groups"));
    let found = Parameters::read(&query);
    for (kind, said) in vector["input"]["cid"].as_object().expect("ids") {
        assert_eq!(found.text(&format!("cid.{kind}.id")), said["id"]);
        assert_eq!(found.text(&format!("cid.{kind}.as")), said["as"].to_string());
    }
    let batch = decode::request("/b/ss/suite/1/a/s1", &query, NOW).expect("a hit");
    let facts: Vec<&str> = batch.hits[0].hit.event.facts.iter().map(|fact| fact.key).collect();
    assert_eq!((facts, batch.ignored), (vec!["pageName"], 1));
}

fn batch(query: &str) -> Batch {
    decode::request("/hits/b/ss/one,two/1/JS-2.27.0/s7?", query, NOW).expect("a hit")
}

#[test]
fn each_request_is_a_stream_of_its_own() {
    let stream = |path: &str, query: &str| decode::request(path, query, NOW).expect("a hit").hits[0].stream.clone();
    let one = stream("/b/ss/one/1/JS-2.27.0/s7", "pageName=x");
    assert!(caisse::call::is_stream(&one));
    assert_eq!(one, stream("/hits/b/ss/one/1/JS-2.27.0/s7", "pageName=x"));
    assert_ne!(one, stream("/b/ss/one/1/JS-2.27.0/s8", "pageName=x"));
    assert_ne!(one, stream("/b/ss/one/1/JS-2.27.0/s7", "pageName=y"));
    assert_ne!(one, stream("/b/ss/two/1/JS-2.27.0/s7", "pageName=x"));
    let batch = batch("pageName=x");
    assert_eq!((batch.site.as_str(), batch.hits[0].hit.seq, batch.hits[0].form), ("one", 0, Form::Raw));
}

#[test]
fn hits_happen_when_they_say_or_when_they_come() {
    let times = |query: &str| (batch(query).hits[0].hit.at, batch(query).sent);
    let t = "t=5%2F2%2F2024%2017%3A8%3A9%202%20480";
    assert_eq!(times(&format!("g=x&ts=1709658489&{t}")), (1_709_658_489_000, NOW));
    assert_eq!(times("g=x&ts=2024-03-05T17:08:09Z"), (1_709_658_489_000, NOW));
    // Nobody says when it was sent.
    assert_eq!(times(&format!("g=x&{t}")), (1_709_658_489_000 + 480 * 60_000, 0));
    for unsaid in
        ["g=x", "g=x&t=00/00/0000%2000:00:00%200%20360", "g=x&t=a%20b", "g=x&t=9223372036854775807/9223372036854775807/1%201:1:1%201%201"]
    {
        assert_eq!(times(unsaid), (NOW, NOW), "{unsaid}");
    }
}

#[test]
fn visitors_are_known_by_adobes_order_of_ids() {
    let visitor = |query: &str| hit(&format!("g=x&{query}")).context.text("visitor").to_owned();
    let order = ["vid=1", "aid=1", "mid=1", "fid=1"];
    for at in 0..order.len() {
        assert_eq!(visitor(&order[at..].join("&")), visitor(order[at]), "{at}");
        assert_ne!(visitor(order[at]), visitor(order[(at + 1) % 4]));
    }
    assert_eq!(visitor(""), "");
}

#[test]
fn what_says_nothing_is_refused() {
    let nothing = Err(Refusal::Malformed("neither a page nor a link nor an event"));
    for query in ["", "AQB=1&AQE=1", "v1=x&mid=1&t=1", "pageName=&g=", "c.&pageName=x"] {
        assert_eq!(decode::request("/b/ss/suite/1/a/s1", query, NOW), nothing, "{query}");
    }
    let nowhere = Err(Refusal::Malformed("no report suite in the path"));
    for path in ["", "/", "/b/ss", "/b/ss/", "/b/ss//6", "/v1/batch"] {
        assert_eq!(decode::request(path, "pageName=x", NOW), nowhere, "{path}");
    }
}

#[test]
fn pages_say_no_facts_but_their_own() {
    let received = hit("pageName=x&c.&caisse.&@url=https://a.example/&step=1&.caisse&@visitor=1&.c&@language=fr&visitor=1");
    assert_eq!((received.context.text("url"), received.context.text("visitor"), received.context.text("language")), ("", "", ""));
    assert_eq!((datum(&received, "step"), datum(&received, "contextData.@visitor")), ("1", "1"));
    // Personal data goes, here for the first time.
    let received = hit("pageName=x&v1=4242424242424242&g=https://a.example/?email=ada@example.org&c.&note=ada@example.org&.c");
    assert_eq!((variable(&received, "v1"), received.context.text("url"), received.leaked), ("[redacted]", "https://a.example/", false));
    assert_eq!(datum(&received, "contextData.note"), "[redacted]");
}
