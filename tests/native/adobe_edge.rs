//! Adobe Edge Network's format: known answers by their ids, and the example of `docs/adobe-edge.md`.

use caisse::call::{Call, Kind};
use caisse::decode::adobe_edge::{DROPPED, Envelope, Events, Request, events};
use caisse::decode::tcf::{self, Tcf};
use caisse::decode::{Received, kndctr};
use caisse::encode::adobe_edge::{Batch, event};
use caisse::encode::collector::push_metric;
use caisse::event::Event;
use caisse::facts::Metric;
use caisse::hit::{Context, Hit};
use caisse::problem::Problems;
use caisse::product::Product;
use caisse::vocabulary::Group;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Copied from the record of known answers, as data.
const VECTORS: &str = include_str!("vectors/adobe_edge.json");

/// Known answers that are no business of a reader or a writer of the format, and where they are looked at instead.
const ELSEWHERE: [(&str, &str); 5] = [
    ("edge-adobe_mc-01", "the Web SDK reads it from the page's address and tells it as identityMap.ECID, which is read here"),
    ("alloy-05-default-out", "nothing is sent; the tests of consent hold our own gate to it"),
    ("edge-err-400", "an answer: collector/tests/collector/adobe_edge.rs"),
    ("edge-err-422", "an answer: collector/tests/collector/adobe_edge.rs"),
    ("edge-err-207", "an answer: collector/tests/collector/adobe_edge.rs"),
];

pub const ENVELOPE: Envelope<'_> = Envelope { config: "stream-1", request: "r-1", ecid: "", minted: "", received: 1_795_262_400_000 };
const STREAM: &str = crate::call::STREAM;

fn vectors() -> Vec<Json> {
    serde_json::from_str(VECTORS).expect("vectors")
}

#[test]
fn known_answers() {
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|(id, _)| *id).collect();
    let mut left = elsewhere.clone();
    for vector in vectors() {
        let id = vector["id"].as_str().expect("an id");
        if elsewhere.contains(id) {
            assert!(left.remove(id), "{id} stands twice");
            continue;
        }
        let (input, expected) = (&vector["input"], &vector["expected"]);
        match vector["kind"].as_str().expect("a kind") {
            "xdm-to-analytics" => maps(id, input, expected),
            "edge-hit-type" => is_of_kind(id, input, expected),
            "alloy-call-to-request" => is_sent(id, input, expected),
            "kndctr-identity-decode" => {
                assert_eq!(kndctr::ecid(input.as_str().expect("a cookie")).as_deref(), expected["ecid"].as_str(), "{id}")
            }
            "kndctr-consent-parse" => {
                assert_eq!(kndctr::consent(input.as_str().expect("a cookie"), "general"), expected["general"].as_str(), "{id}");
            }
            "edge-state-store" => echoes(id, input, expected),
            "tcf-consent-string" => consents(id, input, expected),
            "edge-batch-request" => comes_in_batches(id, input),
            other => panic!("{id}: nobody runs vectors of the kind {other}"),
        }
    }
    assert!(left.is_empty(), "no such vectors: {left:?}");
}

/// The other tests that are said to look at a known answer do name it.
#[test]
fn answers_are_known_elsewhere() {
    for (id, why) in ELSEWHERE {
        if let Some((_, file)) = why.split_once("an answer: ") {
            let path = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(text.contains(&format!("\"{id}\"")), "{file} does not name {id}");
        }
    }
}

fn read(body: &Json, envelope: &Envelope<'_>) -> Events {
    events(body.to_string().as_bytes(), envelope).expect("a request")
}

/// An event that Analytics makes a page view, unless it says otherwise.
fn page_view(event: &Json) -> Received {
    let mut event = event.clone();
    event["xdm"]["eventType"] = "web.webpagedetails.pageViews".into();
    let read = read(&json!({ "events": [event] }), &ENVELOPE);
    assert_eq!((read.refused.len(), read.batch.ignored), (0, 0), "{event}");
    read.batch.hits.into_iter().next().expect("a hit")
}

/// XDM as Analytics' own variables.
fn maps(id: &str, input: &Json, expected: &Json) {
    let Received { hit, .. } = page_view(input);
    for (variable, value) in expected.as_object().expect("variables") {
        let value = value.as_str().unwrap_or("");
        let variables = |key| hit.event.facts.text(Group::Variables, key);
        match variable.as_str() {
            "events" => assert_eq!(metrics_string(hit.event.metrics(), ","), value, "{id}"),
            "products" | "products_by_grammar" => assert_eq!(sorted(&products_string(&hit.event)), sorted(value), "{id}"),
            // A misprint in the documentation, as the vector says.
            "products_printed_in_doc" => assert_ne!(products_string(&hit.event), value, "{id}"),
            "purchaseID" => assert_eq!(hit.event.order_id(), value, "{id}"),
            "cc" => assert_eq!(hit.event.currency(), value, "{id}"),
            "l1" => assert_eq!(variables("l1"), value.split(" (").next().expect("values"), "{id}"),
            "contextData" => {
                let told = hit.event.facts.iter().filter(|fact| fact.group == Group::Data);
                let told: serde_json::Map<String, Json> =
                    told.filter_map(|fact| Some((fact.key.strip_prefix("contextData.")?.to_owned(), fact.text.into()))).collect();
                assert_eq!(&Json::Object(told), &expected["contextData"], "{id}");
            }
            other => panic!("{id}: nobody compares {other}"),
        }
    }
}

fn metrics_string<'a>(metrics: impl Iterator<Item = Metric<'a>>, separator: &str) -> String {
    let mut events = String::new();
    metrics.for_each(|metric| push_metric(&mut events, metric));
    events.replace(',', separator)
}

/// Adobe's `products` string by its grammar.
fn products_string(event: &Event) -> String {
    let line = |product: &Product| {
        let own = |key| product.facts.text(Group::Own, key).to_owned();
        let events = metrics_string(product.facts.metrics(), "|");
        let variables = product.facts.iter().filter(|fact| fact.group == Group::Variables);
        let variables: Vec<String> = variables.map(|fact| format!("eVar{}={}", &fact.key[1..], fact.text)).collect();
        let fields = [own("c"), own("i"), own("q"), own("l"), events, variables.join("|")].join(";");
        fields.trim_end_matches(';').to_owned()
    };
    event.products.iter().map(line).collect::<Vec<_>>().join(",")
}

/// What stands between bars has no order.
fn sorted(products: &str) -> Vec<Vec<&str>> {
    let parts = products.split([',', ';']).map(|field| {
        let mut parts: Vec<&str> = field.split('|').collect();
        parts.sort_unstable();
        parts
    });
    parts.collect()
}

fn is_of_kind(id: &str, input: &Json, expected: &Json) {
    let read = read(&json!({ "events": [input] }), &ENVELOPE);
    let kind = match expected.as_str().expect("words") {
        words if words.starts_with("page view") => Some(Kind::Page),
        words if words.starts_with("link event") => Some(Kind::Link),
        words if words.starts_with("dropped") => None,
        other => panic!("{id}: {other}"),
    };
    assert_eq!(read.batch.hits.first().map(|received| received.hit.event.kind), kind, "{id}");
    assert_eq!(read.refused, if kind.is_none() { vec![(0, DROPPED)] } else { Vec::new() }, "{id}");
    if let Some(Received { hit, .. }) = read.batch.hits.first() {
        let named = !hit.event.facts.text(Group::Data, "linkName").is_empty();
        assert_eq!(named, kind == Some(Kind::Link), "{id}");
        assert!(kind == Some(Kind::Page) || hit.event.facts.text(Group::Variables, "pageName").is_empty(), "{id}");
    }
}

/// Requests that the Web SDK made: ours say the same where they can, and all of them are read.
fn is_sent(id: &str, input: &Json, expected: &Json) {
    let (mut streams, mut visitors) = (BTreeSet::new(), BTreeSet::new());
    for request in expected["requests"].as_array().expect("requests") {
        let (url, body) = (request["url"].as_str().expect("a URL"), &request["body"]);
        let read_body = Request::read(body.to_string().as_bytes()).expect("a body");
        assert!(read_body.wants_ecid(), "{id}");
        if url.contains("/privacy/set-consent") {
            // What our own page says is held to the same in js/test/adobe.test.ts.
            assert!(read_body.consent().is_ok(), "{id}");
            continue;
        }
        assert_eq!(body["query"], parsed(&Batch::new().body())["query"], "{id}");
        let cookie = read_body.cookies().find_map(|(name, value)| kndctr::org(name, "identity").and_then(|_| kndctr::ecid(value)));
        let config = url.split_once("configId=").and_then(|(_, rest)| rest.split('&').next()).expect("a datastream");
        let envelope = Envelope { config, ecid: cookie.as_deref().unwrap_or(""), ..ENVELOPE };
        let read = read(body, &envelope);
        assert_eq!((read.batch.site.as_str(), read.refused.len(), read.batch.hits.len()), (config, 0, 1), "{id}");
        let Received { hit, context, stream, .. } = &read.batch.hits[0];
        assert_eq!(
            (hit.event.kind, context.text("url"), context.text("offset")),
            (Kind::Page, "https://shop.example/checkout", "0"),
            "{id}"
        );
        assert_eq!(context.text("visitor").is_empty(), cookie.is_none(), "{id}");
        // It has no time in this record, so it is as old as it waited.
        assert_eq!(hit.at, ENVELOPE.received, "{id}");
        streams.insert(stream.clone());
        visitors.insert(context.text("visitor").to_owned());
    }
    // Every attempt has the same request id, and in this record every request.
    assert!(streams.len() <= 1 && visitors.len() <= 2, "{id}: {input}");
}

fn parsed(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

/// What an answer told to store comes back in the next request.
fn echoes(id: &str, input: &Json, expected: &Json) {
    let stored = input["handle"][0]["payload"].as_array().expect("cookies");
    let entries: Vec<Json> = stored.iter().map(|cookie| json!({ "key": cookie["key"], "value": cookie["value"] })).collect();
    let request = Request::read(json!({ "meta": { "state": { "entries": entries } } }).to_string().as_bytes()).expect("a request");
    assert_eq!(Some(request.cookies().count() as u64), expected["store"].as_u64(), "{id}");
    let (name, value) = request.cookies().find(|(name, _)| kndctr::org(name, "consent").is_some()).expect("a consent cookie");
    assert_eq!(
        (kndctr::org(name, "consent"), kndctr::consent(value, "general")),
        (Some("53A16ACB5CC1D3760A495C99_AdobeOrg"), Some("in")),
        "{id}"
    );
}

fn consents(id: &str, input: &Json, expected: &Json) {
    let read = match expected.as_str().expect("words") {
        "IAB_CONSENT_IN" => Tcf::In,
        "IAB_NO_PURPOSE_ONE" => Tcf::NoPurposeOne,
        "IAB_NO_PURPOSE_TEN" => Tcf::NoPurposeTen,
        "IAB_NO_ADOBE_VENDOR" => Tcf::NoVendor,
        other => panic!("{id}: {other}"),
    };
    assert_eq!(tcf::read(input["value"].as_str().expect("a string")), read, "{id}");
    let request = json!({ "consent": [input] }).to_string();
    assert_eq!(Request::read(request.as_bytes()).expect("a request").consent(), Ok(read == Tcf::In), "{id}");
}

fn comes_in_batches(id: &str, input: &Json) {
    let request = Request::read(input["body"].to_string().as_bytes()).expect("a request");
    assert!(request.has_identities(), "{id}");
    let read = request.events(&ENVELOPE).expect("events");
    // The second says that a link was clicked, but not which: Analytics would drop it.
    assert_eq!((read.batch.hits.len(), read.refused.as_slice()), (1, [(1, DROPPED)].as_slice()), "{id}");
    assert!(!read.batch.hits[0].context.text("visitor").is_empty(), "{id}");
    let mut nobodys = input["body"].clone();
    nobodys["events"][1]["xdm"]["identityMap"]["FPID"][0]["primary"] = false.into();
    assert!(!Request::read(nobodys.to_string().as_bytes()).expect("a request").has_identities(), "{id}");
}

/// The example of `docs/adobe-edge.md`, from the call that stands above it.
#[test]
fn the_documented_example_is_true() {
    let page = std::fs::read_to_string(std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/adobe-edge.md"))
        .expect("docs/adobe-edge.md");
    let snapshot = crate::call::short(
        "t scCheckout | @url=shttps://shop.example/checkout | @viewport=s1280x720 | @offset=n-60 | checkoutId=sk19 | @currency=sEUR | eVar5=sgold \
         | flow=sb2c | contextData.note=sx | products.0.id=sRV-0860-A2 | products.0.category=sbolts | products.0.quantity=n2 \
         | products.0.unitPrice=s6.40 | products.0.eVar7=sspring",
    );
    let call = Call::read(&snapshot).expect("a snapshot");
    let hit = Hit::judge(&call, &mut Problems::default()).expect("a hit");
    let text = event(&hit, &Context::of(&call), STREAM);
    let example = page.split_once("```json\n").and_then(|(_, rest)| rest.split("```").next()).expect("an example");
    let mut made = parsed(&text);
    made["xdm"]["implementationDetails"]["version"] = parsed(example)["xdm"]["implementationDetails"]["version"].clone();
    assert_eq!(parsed(example), made, "{text}");
    assert!(page.contains(&format!("has {} of them", vectors().len())), "docs/adobe-edge.md has another number of known answers");
}
