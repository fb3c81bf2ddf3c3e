//! Calls as pages may make them, drawn for property tests: every kind and every group of names and fields, mostly right,
//! sometimes not. Never judges one.

use crate::call::{STREAM, field, head};
use caisse::vocabulary::{COMMERCE, EXTENSION};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::string::string_regex;

/// A field of a snapshot: its path, and its value with the tag before it.
type Field = (String, String);

/// Snapshots of calls of [`STREAM`].
pub fn calls() -> impl Strategy<Value = String> {
    let when = (0_u64..1_000, 0_u64..4_000_000_000_000);
    let fields = prop::collection::vec(fields(), 0..8);
    let products = prop::collection::vec(product(), 0..4);
    (when, named(), page(), fields, products).prop_map(|((seq, at), (kind, name, more), page, fields, products)| {
        let mut text = head(STREAM, seq, at, kind, &name, "");
        for (path, value) in page.iter().chain(&more).chain(fields.iter().flatten()) {
            field(&mut text, path, value);
        }
        for (index, product) in products.iter().enumerate() {
            for (path, value) in product {
                field(&mut text, &format!("products.{index}.{path}"), value);
            }
        }
        text
    })
}

/// Texts by a pattern, which is read once and not for each text.
fn text(pattern: &str) -> impl Strategy<Value = String> + Clone + use<> {
    string_regex(pattern).expect("a pattern").boxed()
}

/// A numbered name: any number up to the highest, and often one of a few, so that a call says the same thing twice.
fn numbered(prefix: &'static str, max: u32, suffix: &'static str) -> impl Strategy<Value = String> + Clone {
    prop_oneof![2 => 1..=max, 1 => select(vec![1, 7.min(max), 100.min(max), 101.min(max), max])]
        .prop_map(move |number| format!("{prefix}{number}{suffix}"))
}

fn words(list: &'static str) -> impl Strategy<Value = String> {
    select(list.split(' ').collect::<Vec<_>>()).prop_map(String::from)
}

/// Kind and name of a call, and the fields that only such a call has.
fn named() -> impl Strategy<Value = (&'static str, String, Vec<Field>)> {
    let track = prop_oneof![
        5 => words(COMMERCE),
        2 => words(EXTENSION),
        1 => numbered("event", 1_000, ""),
        1 => words("newsletter sccheckout"),
    ];
    let custom = prop_oneof![words("note scAdd event7"), text("\\PC{1,20}")];
    let adobe = prop_oneof![words(COMMERCE), numbered("event", 1_000, "")];
    let declared = prop::option::weighted(0.2, adobe.prop_map(|name| ("@as".to_owned(), format!("s{name}"))));
    prop_oneof![
        6 => (track, declared.clone()).prop_map(|(name, declared)| ("t", name, declared.into_iter().collect())),
        2 => (custom, declared, own_fields()).prop_map(|(name, declared, own)| ("c", name, own.into_iter().chain(declared).collect())),
        2 => Just(("p", String::new(), Vec::new())),
        2 => link().prop_map(|fields| ("l", String::new(), fields)),
    ]
}

fn link() -> impl Strategy<Value = Vec<Field>> {
    let url = words("/help https://shop.example/manual.pdf https://other.example/");
    (prop::option::of(url), prop::option::of(texts()), prop::option::of(words("exit download custom other"))).prop_map(
        |(url, name, kind)| {
            let url = url.map(|url| ("linkUrl".to_owned(), format!("s{url}")));
            let name = name.map(|name| ("linkName".to_owned(), name));
            let kind = kind.map(|kind| ("linkType".to_owned(), format!("s{kind}")));
            url.into_iter().chain(name).chain(kind).collect()
        },
    )
}

/// Fields of an event that nobody else knows.
fn own_fields() -> impl Strategy<Value = Vec<Field>> {
    let value = prop_oneof![texts(), amounts(), words("b0 b1")];
    prop::collection::vec((words("anything kind as user.tier x-y orders"), value), 0..3)
}

/// Facts about the page.
fn page() -> impl Strategy<Value = Vec<Field>> {
    let url = prop::option::of(words("https://shop.example/ https://shop.example/p/RV-0860-A2 https://shop.example/o?utm_source=news&x=1"));
    let referrer = prop::option::of(words("https://shop.example/cart https://search.example/q?name=x"));
    let size = || prop::option::of((1_u32..5_000, 1_u32..3_000).prop_map(|(width, height)| format!("{width}x{height}")));
    let offset = prop::option::of((-840_i32..=720).prop_map(|offset| offset.to_string()));
    let others =
        (prop::option::of(words("fr-FR en de-CH")), prop::option::of(text("[0-9a-f]{32}")), prop::option::of(words("EUR JPY RON KWD")));
    (url, referrer, size(), size(), offset, others).prop_map(|(url, referrer, viewport, screen, offset, (language, visitor, currency))| {
        let facts = [
            ("@url", 's', url),
            ("@referrer", 's', referrer),
            ("@viewport", 's', viewport),
            ("@screen", 's', screen),
            ("@offset", 'n', offset),
            ("@language", 's', language),
            ("@visitor", 's', visitor),
            ("@currency", 's', currency),
        ];
        facts.into_iter().filter_map(|(path, tag, text)| Some((path.to_owned(), format!("{tag}{}", text?)))).collect()
    })
}

/// One field of an event, or the items of a list.
fn fields() -> impl Strategy<Value = Vec<Field>> {
    let variable = prop_oneof![
        numbered("eVar", 250, ""),
        numbered("prop", 75, ""),
        numbered("hier", 5, ""),
        numbered("list", 3, ""),
        words("campaign channel pageName server zip state transactionId"),
    ];
    let said = words("step flow variant linkName searchTerm contextData.note contextData.a.b contextData.a.c unknown");
    let number = words("value shipping index contextData.count");
    let metric = prop_oneof![numbered("event", 1_000, ""), words(COMMERCE)];
    let items = (1_u32..=3, prop::collection::vec(texts(), 1..4));
    prop_oneof![
        4 => (variable, texts()).prop_map(|field| vec![field]),
        2 => (said, texts()).prop_map(|field| vec![field]),
        1 => (number, amounts()).prop_map(|field| vec![field]),
        2 => (metric.clone(), prop_oneof![amounts(), Just("b1".to_owned())]).prop_map(|field| vec![field]),
        1 => (metric, ids()).prop_map(|(name, id)| vec![(format!("{name}.id"), id)]),
        1 => (words("orderId checkoutId serial"), ids()).prop_map(|field| vec![field]),
        1 => words("sEUR sJPY seuro").prop_map(|text| vec![("currency".to_owned(), text)]),
        1 => words("serrorPage shome").prop_map(|text| vec![("pageType".to_owned(), text)]),
        1 => items.prop_map(|(number, items)| {
            items.into_iter().enumerate().map(|(index, item)| (format!("list{number}.{index}"), item)).collect()
        }),
    ]
}

/// The fields of one product, by their path in it.
fn product() -> impl Strategy<Value = Vec<Field>> {
    let quantity = prop::option::of(prop_oneof![9 => 1_u32..40, 1 => Just(0)]).prop_map(|count| count.map(|count| format!("n{count}")));
    let more = prop_oneof![
        (numbered("eVars.eVar", 250, ""), texts()),
        (numbered("events.event", 1_000, ""), amounts()),
        (numbered("event", 1_000, ".id"), ids()),
    ];
    let prices = (quantity, prop::option::of(amounts()), prop::option::weighted(0.3, amounts()));
    let names = (texts(), prop::option::of(texts()), prop::option::of(texts()));
    (names, prices, prop::collection::vec(more, 0..3)).prop_map(|((id, name, category), (quantity, price, total), more)| {
        let known = [("name", name), ("category", category), ("quantity", quantity), ("unitPrice", price), ("lineTotal", total)];
        let known = known.into_iter().filter_map(|(path, value)| Some((path.to_owned(), value?)));
        std::iter::once(("id".to_owned(), id)).chain(known).chain(more).collect()
    })
}

/// Any text that the shim can write: it has no control characters.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![5 => text("[a-zA-Z0-9]{1,12}"), 2 => text("\\PC{0,20}"), 1 => text("[\\\\\"<>&'/;,|:=%+€é ]{1,8}")]
        .prop_map(|text| format!("s{text}"))
}

/// Ids as they should be, and as some shops have them.
fn ids() -> impl Strategy<Value = String> {
    prop_oneof![3 => text("[a-zA-Z0-9]{1,20}"), 1 => text("[a-z0-9,:=€ -]{1,24}")].prop_map(|text| format!("s{text}"))
}

/// Amounts and counts, as numbers and as text.
fn amounts() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0_u32..100_000, 0_u32..100).prop_map(|(whole, part)| format!("n{whole}.{part:02}")),
        2 => (0_u32..500).prop_map(|count| format!("s{count}")),
        1 => words("n0.0125 s.5 s7. n1e-7 n-3 s007 n1.5e3 s6,40"),
    ]
}

proptest! {
    #![proptest_config(crate::seeded::cases(200))]

    #[test]
    fn every_call_can_be_read(snapshot in calls()) {
        prop_assert!(caisse::call::Call::read(&snapshot).is_some(), "{snapshot:?}");
    }
}
