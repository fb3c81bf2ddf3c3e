//! Every event as XDM, there and back: what is lost on the way is what `docs/adobe-edge.md` lists. And whatever arrives, reading it
//! never panics.

use crate::adobe_edge::ENVELOPE;
use crate::call::STREAM;
use crate::generated::calls;
use crate::seeded::cases;
use caisse::call::{Call, Kind};
use caisse::decode::adobe_edge::{Envelope, Events, Request, events};
use caisse::decode::{Received, kndctr, tcf};
use caisse::encode::adobe_edge::{Batch, event};
use caisse::facts::{Facts, Metric};
use caisse::hit::{Context, Hit};
use caisse::money::Decimal;
use caisse::problem::Problems;
use caisse::product::Product;
use caisse::vocabulary::Group;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

const ECID: &str = "54758217238990693431236455737116189050";

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

/// How many names objects have, objects in them included.
fn names(json: &Json) -> usize {
    match json {
        Json::Object(object) => object.len() + object.values().map(names).sum::<usize>(),
        Json::Array(items) => items.iter().map(names).sum(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => 0,
    }
}

/// How many are written: only behind a name does a colon follow a quotation mark that is neither escaped nor the first of a text.
fn names_written(text: &str) -> usize {
    text.match_indices("\":").filter(|(at, _)| !text[..*at].ends_with(['\\', ':', '[', ','])).count()
}

proptest! {
    #![proptest_config(Config { rng_algorithm: RngAlgorithm::XorShift, ..cases(10_000) })] // the usual one takes a fifth of the time

    #[test]
    fn events_come_back_as_they_were(snapshot in calls()) {
        let call = Call::read(&snapshot).expect("a snapshot");
        let Ok(hit) = Hit::judge(&call, &mut Problems::default()) else { return Ok(()) };
        let context = Context::of(&call);
        let text = event(&hit, &context, STREAM);
        prop_assert_eq!(names(&serde_json::from_str(&text).expect("JSON")), names_written(&text), "a name stands twice: {}", text);
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

    #[test]
    fn any_json_is_survived(event in jsons(), consent in jsons()) {
        let body = json!({ "events": [event], "event": event, "xdm": event, "meta": event, "consent": [consent], "query": consent }).to_string();
        let request = Request::read(body.as_bytes()).expect("an object");
        let read = request.events(&ENVELOPE).expect("events");
        // What is read at all is one hit, or refused for one reason.
        prop_assert_eq!((read.batch.hits.len() + read.refused.len(), read.batch.lost.len()), (1, 0));
        let _ = (request.consent(), request.has_identities(), request.wants_ecid(), request.ecid().is_some(), request.cookies().count());
    }
}

/// Nested values under names that events have, and other ones.
fn jsons() -> impl Strategy<Value = Json> {
    let names = "xdm data __adobe analytics events products contextData linkType pe eVar5 v5 list1 l1 bw _id timestamp eventType web \
        webPageDetails webInteraction webReferrer URL name type commerce checkouts purchases order payments value id productListItems SKU quantity priceTotal \
        productCategories categoryID _experience customDimensions eVars props lists listProps list values delimiter event1to100 event3 identityMap ECID \
        primary implementationDetails device screenWidth screenHeight a/b a.b ~ @url caisse.step standard version general meta state entries key";
    let names: Vec<&str> = names.split_whitespace().collect();
    let words = "web.webpagedetails.pageViews decisioning.propositionFetch urn:caisse:web lnk_e purchase,event1=2:x ;A;1;2;event1=2|event2;eVar1=x,, \
        ;;;;;; 2026-11-21T12:00:00Z 2026-99-99T99:99:99+99:99 1e400 -1 true IAB_TCF Adobe 2.0 in 0 x\u{1e}@visitor\u{1f}sx";
    let words: Vec<Json> = words.split_whitespace().map(Json::from).collect();
    let numbers = vec![json!(0), json!(-1), json!(1.5), json!(u64::MAX), json!(1e300), json!(true), Json::Null];
    prop_oneof![select(words), select(numbers), "\\PC{0,12}".prop_map(Json::from)].prop_recursive(6, 40, 5, move |inner| {
        let object = prop::collection::vec((select(names.clone()), inner.clone()), 0..5);
        prop_oneof![
            4 => object.prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            1 => prop::collection::vec(inner, 0..4).prop_map(Json::from),
        ]
    })
}
