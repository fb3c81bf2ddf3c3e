//! Adobe Edge Network's format: known answers by their ids, and every event there and back. What is lost on the way is what
//! `docs/adobe-edge.md` lists.

use crate::generated::calls;
use crate::seeded::cases;
use caisse::call::{Call, Kind};
use caisse::decode::adobe_edge::{DROPPED, Envelope, Events, Request, events};
use caisse::decode::tcf::{self, Tcf};
use caisse::decode::{Received, kndctr};
use caisse::encode::adobe_edge::{Batch, Consent, consent, event};
use caisse::encode::collector::push_metric;
use caisse::event::Event;
use caisse::facts::{Facts, Metric};
use caisse::hit::{Context, Hit};
use caisse::money::Decimal;
use caisse::problem::Problems;
use caisse::product::Product;
use caisse::vocabulary::Group;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm};
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

const ENVELOPE: Envelope<'_> = Envelope { config: "stream-1", request: "r-1", ecid: "", minted: "", received: 1_795_262_400_000 };
const ECID: &str = "54758217238990693431236455737116189050";
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
            says_the_same(id, body);
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

/// Our own consent calls, as the Web SDK makes them.
fn says_the_same(id: &str, body: &Json) {
    let said = &body["consent"][0];
    let flag = |key: &str| said[key].as_bool().expect("a flag");
    let ours = match said["standard"].as_str() {
        Some("Adobe") => Consent::Adobe1 { general: said["value"]["general"] == "in" },
        Some("IAB TCF") => Consent::Tcf {
            text: said["value"].as_str().expect("a string"),
            gdpr_applies: flag("gdprApplies"),
            personal_data: flag("gdprContainsPersonalData"),
        },
        other => panic!("{id}: {other:?}"),
    };
    let mut whole = consent(&[ours]);
    // Where the page's adapter puts what differs from attempt to attempt.
    assert_eq!(whole.pop(), Some('}'), "{id}");
    whole += &format!(",\"meta\":{}}}", body["meta"]);
    assert_eq!(&parsed(&whole), body, "{id}");
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

/// The hits as they arrive, sent in one request.
fn sent(hits: &[(Hit, Context)]) -> Events {
    let mut batch = Batch::new();
    hits.iter().for_each(|(hit, context)| batch.add(&event(hit, context, STREAM)));
    events(batch.body().as_bytes(), &Envelope { ecid: ECID, ..ENVELOPE }).expect("a request")
}

/// What an event says, less what is lost: see the list in `docs/adobe-edge.md`.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    kind: Kind,
    name: String,
    own: Values,
    products: Vec<Values>,
    problems: BTreeSet<String>,
}

/// Adobe's events with value and id; group, key and value of other facts.
type Values = (BTreeSet<[String; 3]>, BTreeSet<(&'static str, String, String)>);

fn said(hit: &Hit) -> Said {
    let Hit { event, problems, .. } = hit;
    let mut own = values(event.metrics(), &event.facts);
    if event.kind == Kind::Link {
        // Other links are those that are neither exit nor download, and one that says nothing has a name.
        own.1.retain(|(_, key, text)| key != "linkType" || text == "exit" || text == "download");
        if !own.1.iter().any(|(_, key, _)| key == "linkName" || key == "linkUrl") {
            own.1.insert(("data", "linkName".into(), "link".into()));
        }
    }
    own.1.retain(|(_, key, text)| key != "pageType" || text == "errorPage");
    let problems = problems.split_whitespace().map(String::from).collect();
    Said { kind: event.kind, name: event.name.clone(), own, products: event.products.iter().map(line).collect(), problems }
}

/// A line, whose price is that of all pieces.
fn line(product: &Product) -> Values {
    let (metrics, mut others) = values(product.facts.metrics(), &product.facts);
    others.retain(|(_, key, _)| key != "u" && key != "l");
    let worked_out = || product.unit_price().filter(|_| product.quantity() > 0)?.times(product.quantity());
    let total = product.line_total().or_else(worked_out);
    others.extend(total.map(|total| ("own", "l".into(), number(&total.text()))));
    (metrics, others)
}

fn values<'a>(metrics: impl Iterator<Item = Metric<'a>>, facts: &Facts) -> Values {
    let metrics = metrics.map(|metric| [metric.name.into(), number(metric.value), metric.id.into()]).collect();
    // Empty texts are not sent.
    let others = facts.iter().filter(|fact| !fact.text.is_empty());
    let others = others.filter_map(|fact| {
        let group = match fact.group {
            Group::Own => "own",
            Group::Variables => "variables",
            Group::Data => "data",
            Group::Metric | Group::Serial => return None,
        };
        Some((group, fact.key.to_owned(), if fact.key == "q" { number(fact.text) } else { fact.text.to_owned() }))
    });
    (metrics, others.collect())
}

/// A number, however it was written; what counts nothing else counts one.
fn number(text: &str) -> String {
    let text = Decimal::parse(text).map_or("1".into(), Decimal::text);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

proptest! {
    #![proptest_config(Config { rng_algorithm: RngAlgorithm::XorShift, ..cases(10_000) })] // the usual one takes a fifth of the time

    #[test]
    fn events_come_back_as_they_were(snapshot in calls()) {
        let call = Call::read(&snapshot).expect("a snapshot");
        let Ok(hit) = Hit::judge(&call, &mut Problems::default()) else { return Ok(()) };
        let context = Context::of(&call);
        let read = sent(&[(hit.clone(), context.clone())]);
        prop_assert_eq!((read.refused.len(), read.batch.ignored, read.batch.hits.len()), (0, 0, 1), "{}", event(&hit, &context, STREAM));
        let Received { hit: back, context: other, leaked, .. } = &read.batch.hits[0];
        prop_assert_eq!((said(back), back.at, leaked), (said(&hit), hit.at, &false), "{}", event(&hit, &context, STREAM));
        for key in ["url", "referrer", "viewport", "screen", "offset", "language"] {
            prop_assert_eq!(other.text(key), context.text(key), "{}", key);
        }
        // Not ours, but the one that Adobe gave the visitor.
        prop_assert!(!other.text("visitor").is_empty() && other.text("visitor") != context.text("visitor"));
    }
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[A-Za-z0-9+/=_-]{0,60}") {
        let _ = events(&bytes, &ENVELOPE);
        let _ = (kndctr::ecid(&text), tcf::read(&text));
    }
}
