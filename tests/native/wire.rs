//! The wire, there and back: a call becomes a hit, a batch, bytes, and at the collector the same event again; and whatever
//! arrives, reading it never panics.

use crate::call::{STREAM, field, head, short};
use crate::fuzz::targets::said::{codes, said};
use crate::seeded::cases;
use caisse::call::{Call, GROUP, UNIT};
use caisse::decode::{self, Batch, Form, Received};
use caisse::encode::collector as encode;
use caisse::hit::{Context, Hit};
use caisse::problem::Problems;
use caisse::retry::Ack;
use caisse::vocabulary::Group;
use proptest::prelude::*;
use std::path::PathBuf;

const ENVELOPE: encode::Envelope<'_> =
    encode::Envelope { site: "rivet", batch: "0123456789abcdef0123456789abcdef.17", attempt: 1, sent: 1_700_000_000_500 };

/// A call as a page may make it: mostly right, sometimes not.
fn calls() -> impl Strategy<Value = String> {
    // Kind, name, and Adobe's event that the shop declared for it.
    let names = prop_oneof![
        Just(("t", "scCheckout", "")),
        Just(("t", "purchase", "")),
        Just(("t", "prodView", "")),
        Just(("t", "event12", "")),
        Just(("t", "checkoutStepView", "")),
        Just(("t", "checkoutStepView", "event9")),
        Just(("t", "sccheckout", "")),
        Just(("t", "scView", "event12")),
        Just(("t", "newsletter", "event12")),
        Just(("t", "newsletter", "scAdd")),
        Just(("p", "", "")),
        Just(("c", "note", "")),
        Just(("c", "note", "event9")),
    ];
    (names, 0_u64..1_000, prop::collection::vec(fields(), 0..6), prop::collection::vec(products(), 0..3)).prop_map(
        |((kind, name, declared), seq, fields, products)| {
            let mut text = head(STREAM, seq, 1_700_000_000_000, kind, name, "");
            field(&mut text, "@url", "shttps://shop.example/checkout");
            if !declared.is_empty() {
                field(&mut text, "@as", &format!("s{declared}"));
            }
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

/// Ids as they should be, and as some shops have them.
fn ids() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-zA-Z0-9]{1,20}", 1 => "[a-z0-9,:=€ -]{1,24}"].prop_map(|text| format!("s{text}"))
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
        ids().prop_map(|text| ("orderId", text)),
        ids().prop_map(|text| ("checkoutId", text)),
        ids().prop_map(|text| ("serial", text)),
        prop_oneof![Just("sEUR"), Just("sJPY"), Just("seuro")].prop_map(|text| ("currency", text.to_owned())),
        amounts().prop_map(|amount| ("value", amount)),
        amounts().prop_map(|amount| ("event9", amount)),
        amounts().prop_map(|amount| ("scRemove", amount)),
        ids().prop_map(|text| ("event9.id", text)),
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
    Hit::judge(&call, &mut Problems::default()).ok().map(|hit| (hit, Context::of(&call)))
}

/// The hits as they arrive at the collector.
fn sent(hits: &[(Hit, Context)]) -> Batch {
    let texts: Vec<(String, String)> = hits.iter().map(|(hit, context)| (encode::context(context), encode::hit(hit))).collect();
    let mut batch = encode::Batch::new(&ENVELOPE);
    texts.iter().for_each(|(context, hit)| batch.add(STREAM, context, hit));
    decode::collector::batch(batch.body().as_bytes()).expect("a batch")
}

/// The same call, sent raw by a page without its core; and again, in a batch, once it has it.
fn sent_raw(snapshot: &str) -> [Batch; 2] {
    let (batch, seq) = (ENVELOPE.batch, Call::read(snapshot).expect("a snapshot").seq);
    let alone = format!("r1{UNIT}rivet{UNIT}{batch}{UNIT}1{UNIT}1700000000500{GROUP}{snapshot}");
    let mut again = encode::Batch::new(&ENVELOPE);
    again.add(STREAM, "{}", &encode::raw(seq, snapshot));
    [decode::raw::batch(&alone).expect("a raw batch"), decode::collector::batch(again.body().as_bytes()).expect("a batch")]
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn hits_come_back_as_they_were(snapshots in prop::collection::vec(calls(), 1..4)) {
        let hits: Vec<(Hit, Context)> = snapshots.iter().filter_map(|snapshot| judged(snapshot)).collect();
        let batch = sent(&hits);
        prop_assert_eq!(&batch.batch, ENVELOPE.batch);
        prop_assert_eq!((batch.ignored, batch.rejected.len(), batch.hits.len()), (0, 0, hits.len()));
        for ((hit, context), Received { stream, form, context: other, hit: back, leaked, advice: _ }) in hits.iter().zip(&batch.hits) {
            prop_assert_eq!((stream.as_str(), *form, back.seq, back.at, *leaked), (STREAM, Form::Hit, hit.seq, hit.at, false));
            prop_assert_eq!(other, context);
            prop_assert_eq!(said(&back.event), said(&hit.event));
            prop_assert_eq!(codes(back), codes(hit));
        }
    }

    #[test]
    fn raw_or_not_is_the_same_event(snapshot in calls()) {
        let [alone, again] = sent_raw(&snapshot);
        prop_assert_eq!(&alone.hits, &again.hits);
        prop_assert_eq!(&alone.lost, &again.lost);
        prop_assert_eq!((again.ignored, again.rejected.len(), again.hits.len() + again.lost.len()), (0, 0, 1));
        if let Some(hit) = judged(&snapshot) {
            let (one, other) = (&sent(std::slice::from_ref(&hit)).hits[0], &again.hits[0]);
            prop_assert_eq!((other.form, other.leaked), (Form::Raw, false));
            prop_assert_eq!(said(&one.hit.event), said(&other.hit.event));
            prop_assert_eq!(codes(&one.hit), codes(&other.hit));
            prop_assert_eq!(&one.context, &other.context);
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
        sent_raw(&snapshot);
    }

    #[test]
    fn only_ids_are_echoed(id in prop_oneof!["[0-9A-Za-z.]{0,70}", "\\PC{0,20}", "[0-9a-f\\\\\"]{1,9}"]) {
        let json = serde_json::json!({ "v": 1, "site": "rivet", "batch": id, "sent": 1, "groups": [] }).to_string();
        let valid = (1..=64).contains(&id.len()) && id.chars().all(|ch| ch == '.' || ch.is_ascii_alphanumeric());
        for read in [decode::collector::batch(json.as_bytes()), decode::raw::batch(&format!("r1{UNIT}rivet{UNIT}{id}{UNIT}1{UNIT}1"))] {
            prop_assert_eq!(read.ok().map(|batch| batch.batch), valid.then(|| id.clone()));
        }
    }
}

fn enveloped(group: &str) -> String {
    format!(r#"{{"v":1,"site":"rivet","batch":"{}","attempt":1,"sent":1,"groups":[{group}]}}"#, ENVELOPE.batch)
}

/// Objects that look like hits, with values that hits never have.
fn jsons() -> impl Strategy<Value = String> {
    let keys = prop::sample::select(vec![
        "q",
        "t",
        "k",
        "n",
        "e",
        "cc",
        "o",
        "ck",
        "p",
        "v",
        "d",
        "x",
        "lost",
        "to",
        "raw",
        "i",
        "u",
        "l",
        "url",
        "visitor",
        "@as",
        "a\\u001fb>c",
        "zz",
    ]);
    prop::collection::vec((keys, json_values()), 0..7)
        .prop_map(|fields| format!("{{{}}}", fields.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect::<Vec<_>>().join(",")))
}

fn json_values() -> impl Strategy<Value = String> {
    prop_oneof![
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
        Just(
            r#"{"v5":"x","v999":1,"l1":"a,b","event1":"x","d":{},"@as":"purchase","products.0.id":"B","a\u001eb\u001f>c":"\u001d"}"#
                .to_owned()
        ),
        Just(serde_json::json!(head(STREAM, 0, 0, "t", "scView", "")).to_string()),
    ]
}

#[test]
fn the_largest_numbers_are_survived() {
    for hit in [
        r#"{"q":18446744073709551615,"lost":"invalid"}"#,
        r#"{"q":0,"to":18446744073709551615,"lost":"invalid"}"#,
        r#"{"q":0,"t":18446744073709551615,"n":"scView","p":[{"i":"A","q":999999,"u":999999999999,"l":"0.000001"}]}"#,
        r#"{"q":18446744073709551615,"t":0}"#,
        r#"{"q":18446744073709551615,"raw":""}"#,
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

/// A beacon cannot put more into the snapshot that it becomes than the fields that it names.
#[test]
fn structure_is_not_smuggled_in() {
    let visitor = "f".repeat(32);
    let hit = serde_json::json!({
        "q": 0, "t": 1, "k": "c", "n": "no\u{1f}te",
        "d": { (format!("a\u{1e}@visitor\u{1f}s{visitor}")): "1\u{1e}orderId\u{1f}sR1", "b>c": "x", "@url": "https://a.example/" },
        "v": { "@as": "purchase" },
    });
    let group =
        format!(r#"{{"stream":"{STREAM}","context":{{"as":"purchase","language":"fr\u001e@visitor\u001fs{visitor}"}},"hits":[{hit}]}}"#);
    let batch = decode::collector::batch(enveloped(&group).as_bytes()).expect("a batch");
    let Received { context, hit, .. } = &batch.hits[0];
    assert_eq!((batch.ignored, hit.event.name.as_str(), hit.event.metrics().count(), hit.event.order_id()), (3, "no te", 0, ""));
    assert_eq!((context.text("visitor"), context.text("url")), ("", ""));
    assert_eq!(context.text("language"), format!("fr @visitor s{visitor}"));
    let data: Vec<(&str, &str)> = hit.event.facts.iter().map(|fact| (fact.key, fact.text)).collect();
    assert_eq!(data, [(format!("a @visitor s{visitor}").as_str(), "1 orderId sR1"), ("b_c", "x")]);
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
    for (what, count) in [
        ("hit", batch.hits.iter().filter(|received| received.form == Form::Hit).count()),
        ("raw call", batch.hits.iter().filter(|received| received.form == Form::Raw).count()),
        ("report of a loss", batch.lost.len()),
    ] {
        assert!(count > 0, "docs/wire.md: the example has no {what}");
    }
    let hits: Vec<(Hit, Context)> = batch.hits.iter().map(|received| (received.hit.clone(), received.context.clone())).collect();
    for (before, after) in batch.hits.iter().zip(sent(&hits).hits) {
        assert_eq!(
            (said(&after.hit.event), &after.context, codes(&after.hit)),
            (said(&before.hit.event), &before.context, codes(&before.hit))
        );
    }
    // The wire has no spaces in an answer; the page may be laid out for people.
    let answer: String = answer.split_whitespace().collect();
    let ack = Ack::read(&answer, &batch.batch).expect("docs/wire.md: the answer is not one to the request");
    let hits = batch.hits.iter().map(|received| (&received.stream, received.hit.seq));
    for (stream, seq) in hits.chain(batch.lost.iter().map(|lost| (&lost.stream, lost.from))) {
        assert!(ack.settles(stream, seq) || ack.rejects(stream, seq), "docs/wire.md: the answer says nothing of {seq}");
    }
}

/// A list is as long as its items make it; each of them is bounded.
#[test]
fn long_lists_come_back_whole() {
    let items: String = (0..40).map(|index| format!(" | list1.{index}=sitem number {index}")).collect();
    let snapshot = short(&format!("t scView{items}"));
    let hit = Hit::judge(&Call::read(&snapshot).expect("a snapshot"), &mut Problems::default()).expect("a hit");
    let list = hit.event.facts.text(Group::Variables, "l1");
    assert!(list.len() > caisse::limits::EVAR_BYTES_MAX && list.ends_with(",item number 39"), "{list}");
    let body = format!(
        r#"{{"v":1,"site":"s","batch":"b","sent":1,"groups":[{{"stream":"{STREAM}","context":{{}},"hits":[{}]}}]}}"#,
        encode::hit(&hit)
    );
    let batch = decode::collector::batch(body.as_bytes()).expect("a batch");
    assert_eq!(batch.hits[0].hit.event.facts.text(Group::Variables, "l1"), list);
}
