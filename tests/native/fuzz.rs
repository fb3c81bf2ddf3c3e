//! The fuzzers' seeds: real inputs of each target, written from known calls, all of which must be what their target is about.
//! What a fuzzer finds becomes a line here.

use crate::call::{STREAM, field, short};
use caisse::call::{Call, GROUP, UNIT};
use caisse::decode::kndctr;
use caisse::encode::{adobe_analytics as analytics, adobe_edge as edge, collector as encode};
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

/// Adobe's strings, by target and name.
const STRINGS: [(&str, &str); 8] = [
    ("events/values", "scCheckout:k19,event10=2:abcd,event12=1.5,purchase"),
    ("events/commas", "event10:a,b,,=event12:c"),
    ("products/lines", "bolts;RV-0860-A2;200;2.50;event3=2|event4;eVar7=x|eVar8=y,;B;1;6.40"),
    ("products/short", ";A;1,;B;;;;eVar1=a,b"),
    ("query/groups", "c.&a.&b=1&.a&a=2&.c&d=3&c.&e=%E2%82%AC+x&AQE=1"),
    ("query/flat", "pageName=home&v1=D%3Dg&.c&a."),
    (
        "adobe_analytics/purchase",
        "/b/ss/suite,other/1/JS-2.27.0/s123?AQB=1&t=20/10/2026%2021%3A13%3A20%205%20-60&fid=0A-1&ce=UTF-8&pageName=done&g=https%3A%2F%2Fshop.example%2Fdone&cc=EUR\
         &purchaseID=R100234&events=purchase%2Cevent10%3D2%3Aabcd&products=bolts%3BRV-0860-A2%3B200%3B2.50&c.&note=x&.c&v5=gold&c3=bolts&l1=a%2Cb&AQE=1",
    ),
    ("adobe_analytics/link", "/hits/b/ss/suite/0?AQB=1&pe=lnk_e&pev1=https%3A%2F%2Fother.example%2F&pev2=Other&v1=x"),
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
    // Our own requests to Adobe, as the page sends them.
    let settings = analytics::Settings { suites: "suite", ..analytics::Settings::default() };
    for (name, snapshot) in &snapshots {
        let call = Call::read(snapshot).expect("a call");
        let hit = Hit::judge(&call, &mut Problems::default()).expect("a hit");
        let query = analytics::hit(&hit, &Context::of(&call), &settings);
        seeds.insert(format!("adobe_analytics/our_{name}"), ["/b/ss/suite/1/CAISSE-1/s1?", &query].concat().into_bytes());
        let mut batch = edge::Batch::new();
        batch.add(&edge::event(&hit, &Context::of(&call), STREAM));
        seeds.insert(format!("xdm/our_{name}"), batch.body().into_bytes());
    }
    // And others'.
    seeds.extend(STRINGS.map(|(path, text)| (path.to_owned(), text.into())));
    seeds.insert("xdm/page".into(), PAGE.into());
    seeds.insert("cookies/identity".into(), kndctr::identity("54758217238990693431236455737116189050").into_bytes());
    seeds
}

/// A page view with a purchase, in both of its forms.
const PAGE: &str = r#"{"events":[{"xdm":{"eventType":"web.webpagedetails.pageViews","timestamp":"2026-11-21T02:13:20.000Z","web":{"webPageDetails":{"name":"done","URL":"https://shop.example/done"}},"commerce":{"order":{"purchaseID":"R100234","currencyCode":"EUR"},"purchases":{"value":1,"id":"s1"}},"productListItems":[{"SKU":"A","quantity":2,"priceTotal":12.8}],"_experience":{"analytics":{"customDimensions":{"eVars":{"eVar5":"gold"}},"event1to100":{"event10":{"value":2}}}}},"data":{"__adobe":{"analytics":{"eVar6":"x","events":"purchase,event12=3","products":";A;2;12.8"}}}}]}"#;

/// The target of this name.
fn check(target: &str, bytes: &[u8]) -> bool {
    match target {
        "adobe_analytics" => targets::adobe_analytics::check(bytes),
        "batch" => targets::batch::check(bytes),
        "cookies" => targets::cookies::check(bytes),
        "decimal" => targets::decimal::check(bytes),
        "events" => targets::events::check(bytes),
        "products" => targets::products::check(bytes),
        "query" => targets::query::check(bytes),
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
