//! The wire, there and back: a call becomes a hit, a batch, bytes, and at the collector the same event again; and whatever
//! arrives, reading it never panics.

use crate::call::{STREAM, field, head};
use caisse::call::{Call, GROUP, UNIT};
use caisse::decode::{self, Batch, Received};
use caisse::encode::collector as encode;
use caisse::event::Event;
use caisse::facts::Facts;
use caisse::hit::{Context, Hit, Judged};
use caisse::retry::Ack;
use proptest::prelude::*;
use std::path::PathBuf;

const ENVELOPE: encode::Envelope<'_> =
    encode::Envelope { site: "rivet", batch: "00000000000000000000000000000001", attempt: 1, sent: 1_700_000_000_500 };

/// A call as a page may make it: mostly right, sometimes not.
fn calls() -> impl Strategy<Value = String> {
    let names = prop_oneof![
        Just(("t", "scCheckout")),
        Just(("t", "purchase")),
        Just(("t", "prodView")),
        Just(("t", "event12")),
        Just(("t", "checkoutStepView")),
        Just(("t", "sccheckout")),
        Just(("p", "")),
        Just(("c", "note")),
    ];
    (names, 0_u64..1_000, prop::collection::vec(fields(), 0..6), prop::collection::vec(products(), 0..3)).prop_map(
        |((kind, name), seq, fields, products)| {
            let mut text = head(STREAM, seq, 1_700_000_000_000, kind, name, "");
            field(&mut text, "@url", "shttps://shop.example/checkout");
            for (path, value) in fields {
                field(&mut text, path, &value);
            }
            for (index, product) in products.iter().enumerate() {
                for (name, value) in product {
                    field(&mut text, &format!("products.{index}.{name}"), value);
                }
            }
            text
        },
    )
}

/// Any text that the shim can write: it has no control characters.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-zA-Z0-9]{1,12}", 2 => "\\PC{0,40}", 1 => "[\\\\\"<>&'/;,|:=€é]{1,8}"].prop_map(|text| format!("s{text}"))
}

fn amounts() -> impl Strategy<Value = String> {
    prop_oneof![
        (0_u32..100_000, 0_u32..100).prop_map(|(whole, part)| format!("n{whole}.{part:02}")),
        (0_u32..500).prop_map(|n| format!("s{n}"))
    ]
}

fn fields() -> impl Strategy<Value = (&'static str, String)> {
    prop_oneof![
        texts().prop_map(|text| ("eVar5", text)),
        texts().prop_map(|text| ("prop3", text)),
        texts().prop_map(|text| ("list1", text)),
        texts().prop_map(|text| ("channel", text)),
        texts().prop_map(|text| ("step", text)),
        texts().prop_map(|text| ("searchTerm", text)),
        texts().prop_map(|text| ("contextData.note", text)),
        "[A-Z0-9]{1,20}".prop_map(|text| ("orderId", format!("s{text}"))),
        "[a-z0-9]{1,20}".prop_map(|text| ("checkoutId", format!("s{text}"))),
        prop_oneof![Just("sEUR"), Just("sJPY"), Just("seuro")].prop_map(|text| ("currency", text.to_owned())),
        amounts().prop_map(|amount| ("value", amount)),
        amounts().prop_map(|amount| ("event9", amount)),
        "[a-z]{1,9}".prop_map(|text| ("event9.id", format!("s{text}"))),
        Just(("unknown", "b1".to_owned())),
    ]
}

fn products() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    (texts(), prop::option::of(0_u32..40), prop::option::of(amounts()), prop::option::of(texts())).prop_map(
        |(id, quantity, price, variable)| {
            let mut product = vec![("id", id)];
            product.extend(quantity.map(|quantity| ("quantity", format!("n{quantity}"))));
            product.extend(price.map(|price| ("unitPrice", price)));
            product.extend(variable.map(|text| ("eVars.eVar7", text)));
            product
        },
    )
}

fn judged(snapshot: &str) -> Option<(Hit, Context)> {
    let call = Call::read(snapshot).expect("a snapshot");
    match Hit::judge(&call) {
        Judged::Hit(hit, _) => Some((hit, Context::of(&call))),
        Judged::Lost(..) => None,
    }
}

/// The hits as they arrive at the collector.
fn sent(hits: &[(Hit, Context)]) -> Batch {
    let texts: Vec<(String, String)> = hits.iter().map(|(hit, context)| (encode::context(context), encode::hit(hit))).collect();
    let lines: Vec<encode::Line<'_>> = texts.iter().map(|(context, hit)| (STREAM, context.as_str(), hit.as_str())).collect();
    decode::collector::batch(encode::batch(&ENVELOPE, &lines).as_bytes()).expect("a batch")
}

/// The same calls, sent raw.
fn sent_raw(snapshots: &[String]) -> Batch {
    let lines: Vec<encode::Line<'_>> = snapshots.iter().map(|snapshot| (STREAM, "", snapshot.as_str())).collect();
    decode::raw::batch(&encode::raw(&ENVELOPE, &lines)).expect("a raw batch")
}

/// An event without what the wire does not carry: the order of keys, and zeros at the end of a number.
fn sorted(event: &Event) -> Event {
    let mut event = event.clone();
    sort(&mut event.facts);
    for product in &mut event.products {
        sort(&mut product.facts);
    }
    event
}

fn sort(facts: &mut Facts) {
    facts.list.sort_by(|a, b| a.key.cmp(&b.key));
    for fact in facts.list.iter_mut().filter(|fact| fact.bare && fact.text.contains('.')) {
        fact.text = fact.text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
}

fn codes(hit: &Hit) -> Vec<&str> {
    let mut codes: Vec<&str> = hit.problems.split_whitespace().collect();
    codes.sort_unstable();
    codes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hits_come_back_as_they_were(snapshots in prop::collection::vec(calls(), 1..4)) {
        let hits: Vec<(Hit, Context)> = snapshots.iter().filter_map(|snapshot| judged(snapshot)).collect();
        let batch = sent(&hits);
        prop_assert_eq!((batch.ignored, batch.rejected.len(), batch.hits.len()), (0, 0, hits.len()));
        for ((hit, context), Received { stream, context: other, hit: back, leaked }) in hits.iter().zip(&batch.hits) {
            prop_assert_eq!((stream.as_str(), other, back.seq, back.at, leaked), (STREAM, context, hit.seq, hit.at, &false));
            prop_assert_eq!(sorted(&back.event), sorted(&hit.event));
            prop_assert_eq!(codes(back), codes(hit));
        }
    }

    #[test]
    fn raw_or_not_is_the_same_event(snapshot in calls()) {
        if let Some(hit) = judged(&snapshot) {
            let (one, other) = (sent(std::slice::from_ref(&hit)), sent_raw(&[snapshot]));
            prop_assert_eq!(sorted(&one.hits[0].hit.event), sorted(&other.hits[0].hit.event));
            prop_assert_eq!(&one.hits[0].context, &other.hits[0].context);
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode::collector::batch(&bytes);
        let _ = decode::raw::batch(&String::from_utf8_lossy(&bytes));
        let text = String::from_utf8_lossy(&bytes);
        let _ = Ack::read(&text, ENVELOPE.batch).map(|ack| (ack.settles(STREAM, 1), ack.rejects(STREAM, 1)));
    }

    #[test]
    fn any_json_is_survived(hits in prop::collection::vec(jsons(), 0..4), context in jsons()) {
        let hits = hits.join(",");
        for group in [format!(r#"{{"stream":"{STREAM}","context":{{}},"hits":[{hits}]}}"#), format!(r#"{{"stream":"{STREAM}","context":{context},"hits":[{hits}]}}"#)] {
            let _ = decode::collector::batch(enveloped(&group).as_bytes());
        }
    }

    #[test]
    fn any_snapshot_is_survived(head in "\\PC{0,20}", records in prop::collection::vec("[a-zA-Z0-9.@>\u{1f}]{0,30}", 0..8)) {
        let snapshot = format!("c1{UNIT}{STREAM}{UNIT}7{UNIT}1{UNIT}t{UNIT}{head}{UNIT}\u{1e}{}", records.join("\u{1e}"));
        let _ = decode::raw::batch(&format!("r1{UNIT}rivet{UNIT}{STREAM}{UNIT}1{UNIT}1{GROUP}{snapshot}"));
    }
}

fn enveloped(group: &str) -> String {
    format!(r#"{{"v":1,"site":"rivet","batch":"{}","attempt":1,"sent":1,"groups":[{group}]}}"#, ENVELOPE.batch)
}

/// Objects that look like hits, with values that hits never have.
fn jsons() -> impl Strategy<Value = String> {
    let keys = prop::sample::select(vec![
        "q", "t", "k", "n", "e", "cc", "o", "ck", "p", "v", "d", "x", "lost", "to", "i", "u", "l", "url", "visitor", "zz",
    ]);
    let values = prop_oneof![
        prop::sample::select(vec![
            "0",
            "-1",
            "1.5",
            "18446744073709551615",
            "9007199254740993",
            "1e400",
            "null",
            "true",
            "[]",
            "{}",
            "[[1]]"
        ])
        .prop_map(String::from),
        prop::sample::select(vec![
            "t",
            "p",
            "scCheckout",
            "purchase",
            "event1=2:x",
            ",,:=",
            "invalid",
            "999999",
            "999999999999",
            "0.000001",
            ""
        ])
        .prop_map(|text| format!("\"{text}\"")),
        "[a-z0-9€ ]{0,12}".prop_map(|text| format!("\"{text}\"")),
        Just(r#"[{"i":"A","q":999999,"u":999999999999,"l":"0.000001"}]"#.to_owned()),
        Just(r#"{"v5":"x","v999":1,"l1":"a,b","event1":"x","d":{}}"#.to_owned()),
    ];
    prop::collection::vec((keys, values), 0..7)
        .prop_map(|fields| format!("{{{}}}", fields.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect::<Vec<_>>().join(",")))
}

#[test]
fn the_largest_numbers_are_survived() {
    for hit in [
        r#"{"q":18446744073709551615,"lost":"invalid"}"#,
        r#"{"q":0,"to":18446744073709551615,"lost":"invalid"}"#,
        r#"{"q":0,"t":18446744073709551615,"n":"scView","p":[{"i":"A","q":999999,"u":999999999999,"l":"0.000001"}]}"#,
    ] {
        let group = format!(r#"{{"stream":"{STREAM}","context":{{}},"hits":[{hit}]}}"#);
        assert!(decode::collector::batch(enveloped(&group).as_bytes()).is_ok(), "{hit}");
    }
}

#[test]
fn unknown_fields_are_counted_and_unknown_versions_refused() {
    let group = format!(r#"{{"stream":"{STREAM}","context":{{"mood":"x"}},"new":1,"hits":[{{"q":0,"t":1,"n":"scView","zz":1}}]}}"#);
    let batch = decode::collector::batch(enveloped(&group).as_bytes()).expect("a batch");
    assert_eq!((batch.ignored, batch.hits.len()), (3, 1));
    let newer = enveloped("").replace("\"v\":1", "\"v\":2");
    assert_eq!(decode::collector::batch(newer.as_bytes()), Err(decode::Refusal::UnknownVersion));
    assert_eq!(decode::raw::batch(&format!("r2{UNIT}x")), Err(decode::Refusal::UnknownVersion));
}

/// The two examples of `docs/wire.md`, a request and an answer to it.
#[test]
fn the_documented_example_is_true() {
    let Ok(page) = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/wire.md")) else { return };
    let mut examples = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap_or(""));
    let (request, answer) = (examples.next().expect("a request example"), examples.next().expect("an answer example"));
    let batch =
        decode::collector::batch(request.as_bytes()).unwrap_or_else(|why| panic!("docs/wire.md: the request cannot be read: {why:?}"));
    assert_eq!((batch.ignored, batch.rejected.as_slice()), (0, [].as_slice()), "docs/wire.md: fields or hits that nobody knows");
    assert!(!batch.hits.is_empty(), "docs/wire.md: the example has no hit");
    let hits: Vec<(Hit, Context)> = batch.hits.iter().map(|received| (received.hit.clone(), received.context.clone())).collect();
    for (before, after) in batch.hits.iter().zip(sent(&hits).hits) {
        assert_eq!(
            (sorted(&after.hit.event), &after.context, codes(&after.hit)),
            (sorted(&before.hit.event), &before.context, codes(&before.hit))
        );
    }
    // The wire has no spaces in an answer; the page may be laid out for people.
    let answer: String = answer.split_whitespace().collect();
    let ack = Ack::read(&answer, &batch.batch).expect("docs/wire.md: the answer is not one to the request");
    for received in &batch.hits {
        let (stream, seq) = (received.stream.as_str(), received.hit.seq);
        assert!(ack.settles(stream, seq) || ack.rejects(stream, seq), "docs/wire.md: the answer says nothing of {seq}");
    }
}
