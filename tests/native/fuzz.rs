//! The fuzzers' seeds: real inputs of each target, written from known calls, all of which must be what their target is about.
//! What a fuzzer finds becomes a line here.

use crate::call::{STREAM, field, short};
use caisse::call::{Call, GROUP, UNIT};
use caisse::decode::kndctr;
use caisse::encode::{adobe_edge as edge, collector as encode};
use caisse::hit::{Context, Hit};
use caisse::problem::Problems;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

#[path = "../fuzz/src/lib.rs"]
pub mod targets;

/// Calls of every kind, in their short writing.
const CALLS: [(&str, &str); 8] = [
    (
        "checkout",
        "t scCheckout | @url=shttps://shop.example/checkout/1000234?utm_source=news | @visitor=s0a1b2c3d4e5f60718293a4b5c6d7e8f9 | @currency=sEUR \
         | checkoutId=sk19 | tier>eVar5=sgold | prop3=sbolts | list1.0=sa | list1.1=sb | products.0.id=sRV-0860-A2 | products.0.category=sbolts \
         | products.0.quantity=n200 | products.0.unitPrice=s0.0125 | products.0.eVars.eVar7=sx | products.0.events.event3=n2",
    ),
    (
        "purchase",
        "t purchase | orderId=sR100234 | currency=sJPY | revenue=n1280 | event10.value=n2 | event10.id=sabcd | products.0.id=sA | products.0.lineTotal=n1280",
    ),
    ("declared", "t newsletter | @as=sevent12 | serial=sn7 | hier1=sa | campaign=sspring | zip=s8001"),
    ("personal", "t scView | searchTerm=smail ada@example.org 4242 4242 4242 4242 | contextData.cardNumber=sx | eVar1=s4242424242424242"),
    (
        "wrong",
        "t sccheckout | orderId=b1 | value=sa lot | eVar251=sx | step=xdepth | currency=seuro | products.0.name=sBolt; M8 | products.1=sA",
    ),
    ("custom", "c note | a.b.c=n1.5 | d=b1 | e=z | user_email=sx"),
    ("page", "p  | pageName=shome | channel=sshop | @referrer=shttps://other.example/?q=x | @offset=n-60"),
    ("link", "l  | linkUrl=shttps://shop.example/account/ada@example.org?token=1 | linkName=sAccount | event7=b1"),
];

/// A price, pieces, a total and a currency.
const LINES: [&str; 9] = [
    "6.40 2 12.80 EUR",
    "0.0125 200 2.50 USD",
    "125 3 375 JPY",
    "0.335 3 1.01 KWD",
    "999999999999 999999 0.000001 CLF",
    "0.30000000000000004 1 0.3 RON",
    "-1.5e3 7 -10500 UYW",
    "5e-7 1000 .0005 TND",
    "0.9999995 1 1 XAU",
];

/// By target and name.
type Seeds = BTreeMap<String, Vec<u8>>;

fn seeds() -> Seeds {
    let mut seeds = Seeds::new();
    let envelope = encode::Envelope { site: "rivet", batch: "0123456789abcdef0123456789abcdef.17", attempt: 1, sent: 1_700_000_000_500 };
    let mut all = encode::Batch::new(&envelope);
    let head = format!("r1{UNIT}rivet{UNIT}{}{UNIT}1{UNIT}1700000000500", envelope.batch);
    let snapshots = CALLS.map(|(name, call)| (name, short(call)));
    let hits = snapshots.each_ref().map(|(name, snapshot)| {
        let call = Call::read(snapshot).expect("a call");
        let hit = Hit::judge(&call, &mut Problems::default()).expect("a hit");
        (name, encode::context(&Context::of(&call)), encode::hit(&hit))
    });
    for (name, context, hit) in &hits {
        let mut batch = encode::Batch::new(&envelope);
        batch.add(STREAM, context, hit);
        seeds.insert(format!("batch/{name}"), batch.body().into_bytes());
        all.add(STREAM, context, hit);
    }
    all.add(STREAM, "{}", &encode::lost(8, caisse::hit::Reason::BeforeSend));
    all.add(STREAM, "{}", &encode::raw(0, &snapshots[0].1));
    seeds.insert("batch/all".into(), all.body().into_bytes());
    for (name, snapshot) in &snapshots {
        seeds.insert(format!("snapshot/{name}"), snapshot.clone().into_bytes());
        seeds.insert(format!("raw/{name}"), format!("{head}{GROUP}{snapshot}").into_bytes());
    }
    seeds.insert("raw/two".into(), format!("{head}{GROUP}{}{GROUP}{}", snapshots[0].1, snapshots[6].1).into_bytes());
    for line in LINES {
        seeds.insert(format!("decimal/{}", line.replace(' ', "_")), line.into());
    }
    // Our own requests, as the page sends them, and one of the Web SDK's kind.
    for (name, snapshot) in &snapshots {
        let call = Call::read(snapshot).expect("a call");
        let hit = Hit::judge(&call, &mut Problems::default()).expect("a hit");
        let mut batch = edge::Batch::new();
        batch.add(&edge::event(&hit, &Context::of(&call), STREAM));
        seeds.insert(format!("xdm/our_{name}"), batch.body().into_bytes());
    }
    seeds.insert("xdm/page".into(), PAGE.into());
    seeds.insert("cookies/identity".into(), kndctr::identity("54758217238990693431236455737116189050").into_bytes());
    seeds
}

/// A page view with a purchase, in both of its forms.
const PAGE: &str = r#"{"events":[{"xdm":{"eventType":"web.webpagedetails.pageViews","timestamp":"2026-11-21T02:13:20.000Z","web":{"webPageDetails":{"name":"done","URL":"https://shop.example/done"}},"commerce":{"order":{"purchaseID":"R100234","currencyCode":"EUR"},"purchases":{"value":1,"id":"s1"}},"productListItems":[{"SKU":"A","quantity":2,"priceTotal":12.8}],"_experience":{"analytics":{"customDimensions":{"eVars":{"eVar5":"gold"}},"event1to100":{"event10":{"value":2}}}}},"data":{"__adobe":{"analytics":{"eVar6":"x","events":"purchase,event12=3","products":";A;2;12.8"}}}}]}"#;

/// The target of this name.
fn check(target: &str, bytes: &[u8]) -> bool {
    match target {
        "batch" => targets::batch::check(bytes),
        "cookies" => targets::cookies::check(bytes),
        "decimal" => targets::decimal::check(bytes),
        "raw" => targets::raw::check(bytes),
        "snapshot" => targets::snapshot::check(bytes),
        "xdm" => targets::xdm::check(bytes),
        other => panic!("there is no target {other}"),
    }
}

#[test]
fn every_seed_is_what_its_target_is_about() {
    for (path, bytes) in seeds() {
        let (target, _) = path.split_once('/').expect("a target");
        assert!(check(target, &bytes), "{path}");
    }
}

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus")
}

/// What a fuzzer adds has names of forty hex digits, and is not kept.
#[test]
fn the_corpus_holds_the_seeds() {
    let seeds = seeds();
    if std::env::var_os("CAISSE_WRITE_SEEDS").is_some() {
        for (path, bytes) in &seeds {
            let path = corpus().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, bytes).expect("a seed");
        }
    }
    let mut kept = Seeds::new();
    for target in fs::read_dir(corpus()).expect("the corpus").flatten() {
        for seed in fs::read_dir(target.path()).expect("a target").flatten() {
            let (target, name) = (target.file_name(), seed.file_name());
            if name.len() < 40 {
                kept.insert([&*target.to_string_lossy(), &*name.to_string_lossy()].join("/"), fs::read(seed.path()).expect("a seed"));
            }
        }
    }
    assert!(kept == seeds, "tests/fuzz/corpus is not what these calls say: CAISSE_WRITE_SEEDS=1 cargo test --test native fuzz");
}

/// Whether the checks can fail: a hit that was altered underway is not the same.
#[test]
fn a_target_sees_what_was_altered() {
    let mut snapshot = short(CALLS[0].1);
    let hit = |snapshot: &str| Hit::judge(&Call::read(snapshot).expect("a call"), &mut Problems::default()).expect("a hit");
    let one = hit(&snapshot);
    field(&mut snapshot, "eVar5", "ssilver");
    assert_ne!(targets::said::said(&one.event), targets::said::said(&hit(&snapshot).event));
    assert!(!check("snapshot", b"no snapshot") && !check("decimal", b"1,5 1 1 EUR") && !check("batch", b"{}") && !check("raw", b"r1"));
}
