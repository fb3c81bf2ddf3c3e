//! There and back: an event, its request, and the event that comes of it. What is not on the wire is taken out before the two are
//! compared; `docs/adobe-analytics.md` lists it.

use crate::call::STREAM;
use crate::generated;
use crate::seeded::cases;
use caisse::call::{Call, Kind};
use caisse::decode::Form;
use caisse::decode::adobe_analytics as decode;
use caisse::encode::adobe_analytics::{self as encode, Settings};
use caisse::encode::context_data::clean;
use caisse::event::Event;
use caisse::facts::{Facts, Metric};
use caisse::hit::{Context, Hit};
use caisse::money::Decimal;
use caisse::problem::Problems;
use caisse::product::Product;
use caisse::vocabulary::{EXTENSION, Group, is_adobe_event};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What an event says: Adobe's events with value and id, other facts by where they stand and their key, and the same of each product.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    kind: Option<Kind>,
    name: String,
    metrics: BTreeMap<String, (String, String)>,
    facts: BTreeMap<(u8, String), String>,
    products: Vec<Said>,
}

impl Said {
    fn of(event: &Event) -> Self {
        Self {
            kind: Some(event.kind),
            name: event.name.clone(),
            metrics: metrics(event.metrics()),
            facts: facts(&event.facts),
            products: event
                .products
                .iter()
                .map(|product| Self { metrics: metrics(product.facts.metrics()), facts: facts(&product.facts), ..Self::default() })
                .collect(),
        }
    }

    fn put(&mut self, group: Group, key: &str, text: &str) {
        if !text.is_empty() {
            self.facts.insert((group as u8, key.to_owned()), text.to_owned());
        }
    }
}

fn metrics<'a>(metrics: impl Iterator<Item = Metric<'a>>) -> BTreeMap<String, (String, String)> {
    metrics.map(|metric| (metric.name.to_owned(), (metric.value.to_owned(), metric.id.to_owned()))).collect()
}

fn facts(facts: &Facts) -> BTreeMap<(u8, String), String> {
    let facts = facts.iter().filter(|fact| !matches!(fact.group, Group::Metric | Group::Serial) && !fact.text.is_empty());
    facts.map(|fact| ((fact.group as u8, fact.key.to_owned()), fact.text.to_owned())).collect()
}

/// Values are told as plain decimals, and one is not told; an id only if nothing in it has a meaning on the wire, and never that of a
/// purchase.
fn on_wire<'a>(told: impl Iterator<Item = Metric<'a>>) -> BTreeMap<String, (String, String)> {
    let mut told = metrics(told);
    for (name, (value, id)) in &mut told {
        *value = Decimal::parse(value).map(Decimal::text).filter(|value| value != "1").unwrap_or_default();
        if name == "purchase" || id.contains([',', ';', '|', ':', '=']) {
            id.clear();
        }
    }
    told
}

/// What of an event its request says.
fn expected(event: &Event) -> Said {
    let mut said = Said { kind: Some(event.kind), name: event.name.clone(), metrics: on_wire(event.metrics()), ..Said::default() };
    for product in &event.products {
        said.products.push(expected_product(product));
        // An event of a product is one of the hit.
        for metric in product.facts.metrics() {
            said.metrics.entry(metric.name.to_owned()).or_default();
        }
    }
    for fact in event.facts.iter() {
        match fact.group {
            Group::Own | Group::Variables => said.put(fact.group, fact.key, fact.text),
            Group::Data => {
                let shops = fact.key.strip_prefix("contextData.");
                let key = shops.map_or_else(|| clean(fact.key), |key| format!("contextData.{}", clean(key)));
                said.put(Group::Data, &key, fact.text);
            }
            Group::Metric | Group::Serial => {}
        }
    }
    if event.kind == Kind::Link {
        expect_link(&mut said, event);
    }
    // What the first event of the wire is taken for: what the name stands for.
    let first = event.metrics().next().or_else(|| event.products.iter().find_map(|product| product.facts.metrics().next()));
    let main = is_adobe_event(&event.name) || (event.kind == Kind::Track && !EXTENSION.split(' ').any(|name| name == event.name));
    let checkout = event.checkout_id();
    if let Some((_, serial)) = said.metrics.get_mut("scCheckout") {
        if serial.is_empty() && main && first.is_some_and(|first| first.name == "scCheckout") {
            // A checkout's own id is its serial.
            *serial = checkout.to_owned();
        } else if checkout.is_empty() {
            let serial = serial.clone();
            said.put(Group::Own, "ck", &serial);
        }
    }
    said
}

fn expect_link(said: &mut Said, event: &Event) {
    let fact = |key| event.facts.text(Group::Data, key);
    let kind = match fact("linkType") {
        "exit" => "exit",
        "download" => "download",
        _ => "other",
    };
    said.put(Group::Data, "linkType", kind);
    if fact("linkUrl").is_empty() && fact("linkName").is_empty() {
        said.put(Group::Data, "linkName", "link");
    }
}

/// A line has its total, and no price of one piece; its name is the shop's id.
fn expected_product(product: &Product) -> Said {
    let mut said = Said { metrics: on_wire(product.facts.metrics()), ..Said::default() };
    said.put(Group::Own, "i", product.id());
    said.put(Group::Own, "c", product.category());
    let quantity = product.quantity();
    if quantity > 0 {
        said.put(Group::Own, "q", &quantity.to_string());
    }
    let worked_out = product.unit_price().filter(|_| quantity > 0).and_then(|price| price.times(quantity));
    if let Some(total) = product.line_total().or(worked_out) {
        said.put(Group::Own, "l", &total.text());
    }
    for fact in product.facts.iter().filter(|fact| fact.group == Group::Variables) {
        said.put(Group::Variables, fact.key, fact.text);
    }
    said
}

/// What of the page its request says.
fn expected_page(hit: &Hit, context: &Context) -> Vec<(&'static str, String)> {
    let mut page: Vec<_> = ["url", "screen", "viewport"].map(|key| (key, context.text(key).to_owned())).into();
    // A time has an offset, and who does not say one is in Greenwich.
    page.push(("offset", if context.text("offset").is_empty() { "0".to_owned() } else { context.text("offset").to_owned() }));
    page.push(("referrer", if hit.seq == 0 { context.text("referrer").to_owned() } else { String::new() }));
    page
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn events_come_back_as_they_were(snapshot in generated::calls(), timestamps in any::<bool>()) {
        const NOW: u64 = 5_000_000_000_000;
        let call = Call::read(&snapshot).expect("a snapshot");
        let Ok(hit) = Hit::judge(&call, &mut Problems::default()) else { return Ok(()) };
        let context = Context::of(&call);
        let settings = Settings { suites: "suite,other", timestamps, ..Settings::default() };
        let query = encode::hit(&hit, &context, &settings);
        prop_assert!(query.is_ascii() && query.starts_with("AQB=1&") && query.ends_with("&AQE=1"), "{}", query);
        let (url, body) = encode::request("metrics.shop.example", &settings, &query, STREAM, hit.seq);
        let (path, in_url) = url.split_once('?').unwrap_or((&url, ""));
        let batch = match decode::request(path, if body.is_empty() { in_url } else { &body }, NOW) {
            Ok(batch) => batch,
            Err(_) => {
                // Nothing to count: neither a link nor anything of a page.
                prop_assert!(hit.event.kind == Kind::Page && event_less(&hit, &context), "{}", query);
                return Ok(());
            }
        };
        prop_assert_eq!((batch.site.as_str(), batch.ignored, batch.hits.len()), ("suite", 0, 1), "{}", &query);
        let back = &batch.hits[0];
        prop_assert_eq!((back.form, back.leaked, back.hit.seq), (Form::Hit, false, 0), "{}", &query);
        prop_assert_eq!(Said::of(&back.hit.event), expected(&hit.event), "{}", &query);
        prop_assert_eq!(back.hit.at, hit.at / 1_000 * 1_000);
        for (key, text) in expected_page(&hit, &context) {
            prop_assert_eq!(back.context.text(key), text, "{}", key);
        }
        prop_assert_eq!(back.context.text("visitor").is_empty(), context.text("visitor").is_empty());
    }

}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn any_request_is_survived(path in "/b/ss/[a-z,/]{0,20}", query in "([a-z0-9.+%=,;|:€-]{0,8}[&=.]){0,12}", text in "\\PC{0,40}") {
        let _ = decode::request(&path, &format!("pe=lnk_o&{query}"), 0);
        let _ = decode::request(&path, &format!("g=x&events={text}&products={text}&t={text}&ts={text}"), u64::MAX);
    }
}

fn event_less(hit: &Hit, context: &Context) -> bool {
    let said = |key| !hit.event.facts.text(Group::Variables, key).is_empty();
    !said("pageName") && !said("pageType") && context.text("url").is_empty() && hit.event.metrics().next().is_none()
}
