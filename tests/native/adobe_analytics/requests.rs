//! Requests by what they say: a call in its short writing (see `call::short`), and the parameters between the page's and the
//! browser's, decoded for reading.

use super::in_order;
use crate::call::{STREAM, short};
use caisse::call::Call;
use caisse::encode::adobe_analytics::{self as encode, Settings};
use caisse::encode::context_data::clean;
use caisse::hit::{Context, Hit};
use caisse::problem::Problems;
use serde_json::Value;

const PLAIN: Settings<'_> = Settings { suites: "suite", timestamps: false, link_vars: "", link_events: "" };

/// The query of a call.
pub(super) fn query(call: &str, settings: &Settings<'_>) -> String {
    let snapshot = short(call);
    let call = Call::read(&snapshot).expect("a snapshot");
    let hit = Hit::judge(&call, &mut Problems::default()).expect("a hit");
    encode::hit(&hit, &Context::of(&call), settings)
}

/// A query without what every hit has.
fn said(call: &str, settings: &Settings<'_>) -> String {
    let query = query(call, settings);
    let query =
        query.strip_prefix("AQB=1&ndh=1&pf=1&t=14%2F10%2F2023%2022%3A13%3A20%202%200").and_then(|query| query.strip_suffix("&AQE=1"));
    let query = query.expect("the frame").replacen("&ce=UTF-8", "", 1);
    query.replace("%2C", ",").replace("%3B", ";").replace("%3D", "=").replace("%3A", ":").replace("%7C", "|").replace("%20", " ")
}

#[track_caller]
fn check(call: &str, expected: &str) {
    assert_eq!(said(call, &PLAIN), expected, "{call}");
}

#[test]
fn everything_but_a_page_view_is_a_link() {
    check("p  | pageName=scart", "&pageName=cart");
    check("t scView", "&c.&caisse=t&.c&events=scView&pe=lnk_o&pev2=scView");
    check("t newsletter | @as=sevent12", "&c.&caisse=t&.c&events=event12&pe=lnk_o&pev2=newsletter");
    check("c note | tier=sgold", "&c.&caisse=c&caisse.&tier=gold&.caisse&.c&pe=lnk_o&pev2=note");
    check("l  | linkUrl=shttps://a.example/x | linkType=sexit | linkName=sX", "&pe=lnk_e&pev1=https:%2F%2Fa.example%2Fx&pev2=X");
    check("l  | linkUrl=s/a.pdf | linkType=sdownload", "&pe=lnk_d&pev1=%2Fa.pdf");
    check("l  | linkName=sX | linkType=sother", "&pe=lnk_o&pev2=X");
    check("l ", "&pe=lnk_o&pev2=link");
    check("t exitClick | linkUrl=s/a", "&c.&caisse=t&caisse.&linkUrl=%2Fa&.caisse&.c&pe=lnk_o&pev2=exitClick");
}

#[test]
fn events_are_named_once_and_serials_have_no_meaning_in_them() {
    check("p  | event10.value=n2 | event10.id=sabcd | event3=b1", "&events=event10=2:abcd,event3");
    check("p  | event10=s.50 | event3=n1e2", "&events=event10=0.50,event3=100");
    check("p  | event10.id=sa,b", "&events=event10:a b");
    check("p  | purchase=b1 | purchase.id=sS1 | orderId=sR1", "&purchaseID=R1&events=purchase");
    check("p  | products.0.id=sA | products.0.event3=n2 | event3=b1", "&events=event3&products=;A;;;event3=2");
    check(
        "p  | scAdd=b1 | products.0.id=sA | products.0.event3=n2 | products.1.id=sB | products.1.event3.id=sx",
        "&events=scAdd,event3&products=;A;;;event3=2,;B;;;event3:x",
    );
}

#[test]
fn serials_of_checkouts_and_orders_have_their_places() {
    check("t scCheckout | checkoutId=sk19", "&c.&caisse=t&.c&events=scCheckout:k19&pe=lnk_o&pev2=scCheckout");
    check(
        "t scCheckout | checkoutId=sk19 | serial=sS1",
        "&c.&caisse=t&caisse.&checkoutId=k19&.caisse&.c&events=scCheckout:S1&pe=lnk_o&pev2=scCheckout",
    );
    check("t scCheckout | checkoutId=sk:9", "&c.&caisse=t&caisse.&checkoutId=k:9&.caisse&.c&events=scCheckout&pe=lnk_o&pev2=scCheckout");
    check(
        "t purchase | checkoutId=sk19 | orderId=sR1",
        "&c.&caisse=t&caisse.&checkoutId=k19&.caisse&.c&purchaseID=R1&events=purchase&pe=lnk_o&pev2=purchase",
    );
    // An order's number on another hit would make a duplicate of the purchase.
    check("p  | orderId=sR1", "&c.&caisse.&orderId=R1&.caisse&.c");
}

#[test]
fn products_are_lines() {
    let line = |fields: &str| said(&format!("p  | products.0.id=sA | products.0.{}", fields.replace(' ', " | products.0.")), &PLAIN);
    assert_eq!(line("category=sbolts quantity=n2 unitPrice=s6.40"), "&products=bolts;A;2;12.80");
    assert_eq!(line("quantity=n3 unitPrice=n0.0125"), "&products=;A;3;0.0375");
    assert_eq!(line("quantity=n2 unitPrice=s6.40 lineTotal=s12.8"), "&products=;A;2;12.8");
    assert_eq!(line("unitPrice=s6.40"), "&products=;A");
    assert_eq!(line("lineTotal=s6.40"), "&products=;A;;6.40");
    assert_eq!(line("name=sBolt eVar7=sx"), "&products=;A;;;;eVar7=x");
    assert_eq!(line("event3=n2 event4=b1 eVar7=sx eVar2=sy=z"), "&events=event3,event4&products=;A;;;event3=2|event4;eVar7=x|eVar2=y=z");
}

#[test]
fn a_page_is_told_as_far_as_it_is_known() {
    let digits = "4".repeat(38);
    check(&format!("p  | @mid=s{digits} | @fid=s4888888888888888-2888888888888888"), &format!("&mid={digits}"));
    check("p  | @aid=s2DFB7D8E00003BA4-056DE00000000085", "&aid=2DFB7D8E00003BA4-056DE00000000085");
    check("p  | @visitor=sfedcba9876543210f0e1d2c3b4a59687", "&fid=7EDCBA9876543210-30E1D2C3B4A59687");
    check("p  | @visitor=s08192a3b4c5d6e7f08192a3b4c5d6e7f", "&fid=08192A3B4C5D6E7F-08192A3B4C5D6E7F");
    // What does not have the shape of an id is none.
    for bad in [
        "@mid=s4242424242424242",
        "@mid=n123",
        "@aid=sada@example.org",
        "@fid=s4888888888888888-288888888888888x",
        "@org=sada@example.org",
        "@org=sx@AdobeOrg",
        "@depth=sada",
        "@depth=n1000",
        "@cookies=sada",
    ] {
        check(&format!("p  | {bad}"), "");
    }
    check(
        "p  | @org=s1ECE43625269ABXXXXXXXXXX@AdobeOrg | @depth=n30 | @cookies=sN",
        "&c=30&k=N&mcorgid=1ECE43625269ABXXXXXXXXXX%40AdobeOrg",
    );
    check("p  | @screen=s1x2 | @viewport=s3x4", "&s=1x2&bw=3&bh=4");
}

#[test]
fn context_facts_of_adobes_are_none_of_our_collectors() {
    let snapshot = short(&format!("p  | @mid=s{} | @depth=n24 | @cookies=sY | @language=sfr", "4".repeat(38)));
    let context = Context::of(&Call::read(&snapshot).expect("a snapshot"));
    assert_eq!(caisse::encode::collector::context(&context), r#"{"language":"fr"}"#);
}

#[test]
fn long_urls_are_cut_between_characters() {
    // 19 units before the letters; a pair of units does not fit where one does.
    for (letter, fits) in [("z", 236), ("é", 236), ("𝄞", 118), ("z𝄞", 157)] {
        let letters = letter.chars().cycle().take(300).collect::<String>();
        let url = format!("https://aa.example/{letters}");
        let query = query(&format!("p  | @url=s{url}"), &PLAIN);
        let (start, rest): (String, String) = (letters.chars().take(fits).collect(), letters.chars().skip(fits).collect());
        assert_eq!(part(&query, "g="), escaped(&format!("https://aa.example/{start}")), "{letter}");
        assert_eq!(part(&query, "-g="), escaped(&rest), "{letter}");
        let batch = caisse::decode::adobe_analytics::request("/b/ss/suite/1/CAISSE-1/s1", &query, 0).expect("a hit");
        assert_eq!(batch.hits[0].context.text("url"), url, "whole again");
        assert!(query.ends_with(&format!("&-g={}&AQE=1", escaped(&rest))), "{letter}");
    }
}

/// The value of a parameter as it is written.
fn part<'a>(query: &'a str, name: &str) -> &'a str {
    query.split('&').find_map(|part| part.strip_prefix(name)).expect(name)
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() || byte == b'.' { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[test]
fn time_is_told_in_whole_seconds_if_the_suite_takes_it() {
    let timed = Settings { timestamps: true, ..PLAIN };
    assert_eq!(said("p ", &timed), "&ts=1700000000");
    for (offset, local) in [
        ("n-60", "14%2F10%2F2023%2023%3A13%3A20%202%20-60"),
        ("n-330", "15%2F10%2F2023%203%3A43%3A20%203%20-330"),
        ("n99999", "14%2F10%2F2023%2022%3A13%3A20%202%200"),
    ] {
        let query = query(&format!("p  | @offset={offset}"), &PLAIN);
        assert!(query.contains(&format!("&t={local}&")), "{query}");
    }
}

#[test]
fn links_carry_what_was_asked_for() {
    let call = "l  | linkName=sX | eVar1=sa | eVar2=sb | prop1=sc | list1=sd | hier1=se | campaign=sf | event1=b1 | event2=n3 | products.0.id=sA \
                | contextData.a.b=sx | contextData.opt.dmp=sN | step=s1 | pageName=sp | currency=sEUR";
    let with = |vars: &str, events: &str| said(call, &Settings { link_vars: vars, link_events: events, ..PLAIN });
    let (always, consent) = ("&cc=EUR", "&pageName=p&c.&opt.&dmp=N&.opt&.c");
    let link = "&pe=lnk_o&pev2=X";
    assert_eq!(with("None", ""), format!("{consent}{always}{link}"));
    assert_eq!(with("None", "None"), format!("{consent}{always}{link}"));
    assert_eq!(with("eVar1,list1,campaign", ""), format!("{consent}{always}&v0=f&v1=a&l1=d{link}"));
    assert_eq!(with("prop1,hier1,events", ""), format!("{consent}{always}&events=event1,event2=3&c1=c&h1=e{link}"));
    // Events asked for go, whether or not `events` is among the variables.
    assert_eq!(with("products", "event2"), format!("{consent}{always}&events=event2=3&products=;A{link}"));
    assert_eq!(
        with("contextData.a.b,contextData.caisse.step", ""),
        format!("&pageName=p&c.&a.&b=x&.a&opt.&dmp=N&.opt&caisse.&step=1&.caisse&.c{always}{link}")
    );
    // Only links: an event says itself what it carries.
    assert_eq!(
        said("t scView | eVar1=sa", &Settings { link_vars: "None", ..PLAIN }),
        "&c.&caisse=t&.c&events=scView&v1=a&pe=lnk_o&pev2=scView"
    );
}

#[test]
fn lists_are_one_text_and_keys_have_one_value() {
    check("p  | contextData.a.0=sx | contextData.a.1=sy | contextData.b.1=sz", "&c.&a=x,y&b.&1=z&.b&.c");
    check("c note | 0=sx | 1=sy", "&c.&caisse=c&caisse.&0=x&1=y&.caisse&.c&pe=lnk_o&pev2=note");
    check("p  | contextData.new-key=sx | contextData.newkey=sy", "&c.&newkey=x&.c");
    check("p  | contextData.a.b.c=sx | contextData.d=sy | contextData.a.b=sz | contextData.a.e=sw", "&c.&a.&b.&c=x&.b&b=z&e=w&.a&d=y&.c");
    check("c note | 网页=sx", "&c.&caisse=c&.c&pe=lnk_o&pev2=note");
}

/// One URL for each hit, the same for every attempt.
#[test]
fn urls_are_a_hits_own() {
    assert!(encode::LIBRARY.len() <= 16 && encode::LIBRARY.starts_with("CAISSE-"), "the data feed has 16 bytes for it");
    let url = |server: &str, stream: &str, seq| encode::request(server, &PLAIN, "AQB=1", stream, seq).0;
    let place = format!("/b/ss/suite/1/{}/s", encode::LIBRARY);
    assert_eq!(url("metrics.shop.example", STREAM, 7), format!("https://metrics.shop.example{place}8901234567787?AQB=1"));
    assert_eq!(url("http://127.0.0.1:1", STREAM, 10), format!("http://127.0.0.1:1{place}89012345677810?AQB=1"));
    assert_eq!(url("a", STREAM, 7), url("a", STREAM, 7));
    assert_ne!(url("a", STREAM, 7), url("a", STREAM, 8));
    assert_ne!(url("a", STREAM, 7), url("a", &"0".repeat(32), 7));
}

#[test]
fn only_long_hits_of_known_visitors_are_posted() {
    let long = "x".repeat(255);
    let fields: String = (1..=8).map(|number| format!(" | eVar{number}=s{long}")).collect();
    let mid = format!("@mid=s{}", "4".repeat(38));
    for (call, posted) in [
        (format!("p  | {mid}{fields}"), true),
        (format!("p  | @aid=s2DFB7D8E00003BA4-056DE00000000085{fields}"), true),
        (format!("p  | contextData.mid=sx{fields}"), false),
        (format!("p {fields}"), false),
        (format!("p  | {mid}"), false),
    ] {
        let query = query(&call, &PLAIN);
        let (url, body) = encode::request("a.example", &PLAIN, &query, STREAM, 0);
        assert_eq!((body == query, url.ends_with(&query), body.is_empty()), (posted, !posted, !posted), "{call}");
    }
    // The last URL that is a GET has 2,047 bytes.
    let empty = encode::request("a.example", &PLAIN, "", STREAM, 0).0.len();
    for (length, posted) in [(2_047, false), (2_048, true)] {
        let query = format!("mid={}", "4".repeat(length - empty - 4));
        assert_eq!(encode::request("a.example", &PLAIN, &query, STREAM, 0).1.is_empty(), !posted, "{length}");
    }
}

/// A key as Adobe's mobile libraries clean it.
pub(super) fn key(vector: &Value) {
    assert_eq!(clean(vector["input"].as_str().expect("a key")), vector["expected"].as_str().unwrap_or(""));
}

/// Context data of a page view that says it.
pub(super) fn context_data(vector: &Value) {
    let mut call = String::from("p ");
    for (key, value) in in_order(vector, "input") {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            call += &format!(" | contextData.{key}.{index}=s{}", item.as_str().expect("a text"));
        }
        if let Some(text) = value.as_str() {
            call += &format!(" | contextData.{key}=s{text}");
        }
    }
    let query = query(&call, &PLAIN);
    let data = query.split_once("&c.").and_then(|(_, data)| data.strip_suffix("&.c&AQE=1")).expect("a group");
    let Some(part) = vector["expected_contains"].as_str() else {
        return assert_eq!(data, vector["expected"]);
    };
    // "inside &level1. … &.level1"
    let around =
        vector["expected"].as_str().and_then(|around| around.strip_prefix("inside ")?.split_once(" … ")).expect("what is around it");
    assert_eq!(data, [around.0, "&", part, around.1].concat());
}

/// A body of the mobile libraries: its variables and context data, in any order.
pub(super) fn body(vector: &Value) {
    let variables = in_order(vector, "vars");
    let mut call = String::from("p ");
    for (name, value) in variables {
        call += &format!(" | eVar{}=s{}", &name[1..], value.as_str().expect("a text"));
    }
    // The order that the answer happens to have.
    for (key, value) in in_order(vector, "contextData").into_iter().rev() {
        call += &format!(" | contextData.{key}=s{}", value.as_str().expect("a text"));
    }
    let query = query(&call, &PLAIN);
    for part in vector["expected"]["containsUnordered"].as_array().expect("parts") {
        let part = part.as_str().and_then(|part| part.split(' ').next()).expect("a part");
        assert!(query.contains(part), "{query} lacks {part}");
    }
}

/// An ECID by itself, and in the value of its cookie.
pub(super) fn ecid(vector: &Value) {
    let ecid = vector["expected"]["ecid"].as_str().expect("an ECID");
    let cookie = vector["input"].as_str().expect("a cookie");
    for cookie in [cookie, &format!("-1124106680|MCIDTS|19722|{cookie}|MCAID|NONE|vVersion|5.5.0"), ecid] {
        let snapshot = short(&format!("p  | @mid=s{cookie}"));
        let context = Context::of(&Call::read(&snapshot).expect("a snapshot"));
        assert_eq!(context.adobe("mid"), ecid, "{cookie}");
    }
}
