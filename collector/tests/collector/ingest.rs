//! Beacons in, acknowledgements out; what is refused leaves nothing behind.

use std::io::Write;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use caisse_collector::Settings;
use caisse_collector::storage::Sqlite;
use serde_json::{Value, json};

use crate::double::{A, ADA, Answer, B, BATCH, Double, NOW, beacon, group, hit, post};

fn ack(accepted: &str, duplicate: &str, rejected: &str) -> Value {
    json!({ "batch": BATCH, "accepted": accepted, "duplicate": duplicate, "rejected": rejected })
}

fn three() -> Value {
    json!([group(A, Some(ADA), vec![hit(0, 3, "prodView", json!({})), hit(1, 2, "scAdd", json!({})), hit(3, 1, "scView", json!({}))])])
}

#[tokio::test]
async fn accepts_once_and_says_so_again() {
    let double = Double::new();
    assert_eq!(double.beacon(three()).await, ack(&format!("{A}:0-1,3"), "", ""));
    assert_eq!(double.beacon(three()).await, ack("", &format!("{A}:0-1,3"), ""));
    let more = json!([
        group(A, Some(ADA), vec![hit(2, 2, "scView", json!({})), hit(3, 1, "scView", json!({}))]),
        group(B, None, vec![hit(0, 1, "scCheckout", json!({})),])
    ]);
    assert_eq!(double.beacon(more).await, ack(&format!("{A}:2;{B}:0"), &format!("{A}:3"), ""));
}

#[tokio::test]
async fn takes_losses_and_tells_what_cannot_be_read() {
    let double = Double::new();
    let hits = json!([group(
        A,
        None,
        vec![
            hit(0, 1, "prodView", json!({})),
            json!({ "q": 1, "to": 4, "lost": "invalid" }),
            json!({ "q": 5, "lost": "because" }),
            json!({ "q": 6, "n": "prodView" }),
            json!({ "q": 7, "lost": "overflow" }),
        ]
    )]);
    let answer = double.beacon(hits.clone()).await;
    assert_eq!(answer["accepted"], format!("{A}:0-4,7"));
    assert_eq!(answer["rejected"], format!("{A}:5=bad_lost;{A}:6=malformed"));
    assert_eq!(double.beacon(hits).await["duplicate"], format!("{A}:0-4,7"));
}

#[tokio::test]
async fn absurd_numbers_break_nothing() {
    let double = Double::new();
    let lost = |from: u64, to: u64| json!({ "q": from, "to": to, "lost": "invalid" });
    double
        .beacon(json!([group(
            A,
            None,
            vec![hit(0, 1, "prodView", json!({})), lost(1 << 60, 1 << 60), hit(u64::MAX, 1, "prodView", json!({}))]
        )]))
        .await;
    // The decoder may refuse this one altogether.
    double.post("/v1/batch", beacon(json!([group(A, None, vec![lost(u64::MAX, u64::MAX)])]))).await;
    let huge = json!({ "v": 1, "site": "rivet", "batch": BATCH, "sent": u64::MAX, "groups": [group(B, None, vec![json!({ "q": 0, "t": u64::MAX, "n": "scView" })])] });
    assert_eq!(double.post("/v1/batch", huge.to_string()).await.status, StatusCode::OK);
    let report = double.report("").await;
    assert_eq!(report["accounting"]["unexplained"], 0);
    assert_eq!(report["metrics"]["cartViews"], 1);
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("made/collector.sqlite");
    assert_eq!(Double::on(&file).beacon(three()).await["accepted"], format!("{A}:0-1,3"));
    let again = Double::on(&file);
    assert_eq!(again.beacon(three()).await["duplicate"], format!("{A}:0-1,3"));
    assert_eq!(again.report("").await["metrics"]["cartAdditions"], 1);
}

#[tokio::test]
async fn raw_calls_count_as_the_same_hits_do() {
    let (cooked, raw) = (Double::new(), Double::new());
    let products = json!([{ "i": "RV-0860-A2", "c": "bolts", "q": 2, "u": "6.40", "l": "12.80" }]);
    cooked
        .beacon(json!([group(
            A,
            Some(ADA),
            vec![
                hit(
                    0,
                    1,
                    "scCheckout",
                    json!({ "e": "scCheckout:k19", "ck": "k19", "cc": "EUR", "p": products, "v": { "v5": "gold" }, "d": { "flow": "b2c" } })
                ),
                hit(1, 0, "purchase", json!({ "o": "R100234", "cc": "EUR", "p": products })),
            ]
        )]))
        .await;
    let fields = "\u{1e}products.0.id\u{1f}sRV-0860-A2\u{1e}products.0.category\u{1f}sbolts\u{1e}products.0.quantity\u{1f}n2\
        \u{1e}products.0.unitPrice\u{1f}s6.40\u{1e}currency\u{1f}sEUR\u{1e}@url\u{1f}shttps://shop.example/p/RV-0860-A2";
    let head = |seq: u64, ago: u64, name: &str| {
        format!("\u{1d}c1\u{1f}{A}\u{1f}{seq}\u{1f}{}\u{1f}t\u{1f}{name}\u{1f}{fields}\u{1e}@visitor\u{1f}s{ADA}", NOW - ago * 60_000)
    };
    let body = format!(
        "r1\u{1f}rivet\u{1f}{BATCH}\u{1f}1\u{1f}{NOW}{}\u{1e}checkoutId\u{1f}sk19\u{1e}memberTier>eVar5\u{1f}sgold\u{1e}flow\u{1f}sb2c{}\u{1e}orderId\u{1f}sR100234",
        head(0, 1, "scCheckout"),
        head(1, 0, "purchase"),
    );
    let answer = raw.post("/v1/raw", body).await;
    assert_eq!(answer.json(), ack(&format!("{A}:0-1"), "", ""), "{}", answer.body);
    for by in ["", "by=eVar5", "by=flow", "by=product", "by=page", "by=event"] {
        assert_eq!(cooked.report(by).await, raw.report(by).await, "{by}");
    }
    assert_eq!(raw.report("").await["metrics"]["revenue"], json!({ "EUR": "12.80" }));
}

/// A call as a page without its core writes it down.
fn snapshot(stream: &str, seq: u64, name: &str, fields: &str) -> String {
    format!("c1\u{1f}{stream}\u{1f}{seq}\u{1f}{}\u{1f}t\u{1f}{name}\u{1f}{fields}", NOW - 60_000)
}

#[tokio::test]
async fn a_call_that_was_sent_raw_may_come_again_in_a_batch() {
    let double = Double::new();
    let fields = format!("\u{1e}orderId\u{1f}sR1\u{1e}eVar5\u{1f}sgold\u{1e}@visitor\u{1f}s{ADA}");
    let call = snapshot(A, 1, "purchase", &fields);
    let alone = double.post("/v1/raw", format!("r1\u{1f}rivet\u{1f}{BATCH}\u{1f}1\u{1f}{NOW}\u{1d}{call}")).await;
    assert_eq!(alone.json(), ack(&format!("{A}:1"), "", ""), "{}", alone.body);
    let before = double.report("by=eVar5").await;
    // Beside hits that were never raw, and beside one that says it is somebody else.
    let group = |hits: Value| json!({ "stream": A, "context": {}, "hits": hits });
    let answer = double
        .beacon(json!([
            group(json!([{ "q": 1, "raw": call }, { "q": 2, "raw": snapshot(A, 2, "", "\u{1e}@visitor\u{1f}sx") }])),
            group(json!([hit(3, 1, "scView", json!({})), { "q": 4, "raw": snapshot(A, 4, "scAdd", ""), "new": 1 }])),
            group(json!([{ "q": 5, "raw": snapshot(A, 6, "scAdd", "") }, { "q": 7, "raw": snapshot(B, 7, "scAdd", "") }])),
            group(
                json!([{ "q": 8, "raw": "scAdd" }, { "q": 9, "raw": 9 }, { "q": 1_u64 << 41, "raw": snapshot(A, 1 << 41, "scAdd", "") }])
            ),
        ]))
        .await;
    let refused = format!("{A}:5=bad_raw;{A}:7=bad_raw;{A}:8=bad_raw;{A}:9=bad_raw;{A}:{}=bad_seq", 1_u64 << 41);
    // Number 2 has no name: its loss is known now.
    assert_eq!(answer, ack(&format!("{A}:2-4"), &format!("{A}:1"), &refused));
    let after = double.report("by=eVar5").await;
    assert_eq!(after["metrics"]["orders"], before["metrics"]["orders"]);
    assert_eq!(after["breakdown"]["rows"][0], before["breakdown"]["rows"][0]);
    assert_eq!((&after["metrics"]["cartAdditions"], &after["accounting"]["duplicates"]), (&json!(1), &json!(1)));
    assert!(!double.get("/report").await.body.contains("duplicates differ"), "the same call has the same contents, whichever way it came");
}

#[tokio::test]
async fn ids_of_batches_come_back_as_they_are() {
    let double = Double::new();
    let (batch, raw) = (beacon(three()), format!("r1\u{1f}rivet\u{1f}{BATCH}\u{1f}1\u{1f}{NOW}\u{1d}{}", snapshot(B, 0, "scAdd", "")));
    for id in ["0123456789abcdef0123456789abcdef.17", "Z", &"9".repeat(64)] {
        for (path, body) in [("/v1/batch", &batch), ("/v1/raw", &raw)] {
            assert_eq!(double.post(path, body.replace(BATCH, id)).await.json()["batch"], id, "{path}");
        }
    }
    for id in ["", "a b", "a-b", "a\\\"b", "a\\u0000", "\u{e9}", &"9".repeat(65)] {
        for (path, body) in [("/v1/batch", &batch), ("/v1/raw", &raw)] {
            let answer = double.post(path, body.replace(BATCH, id)).await;
            assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::BAD_REQUEST, &json!("malformed")), "{path} {id:?}");
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).expect("bytes in memory");
    writer.finish().expect("bytes in memory")
}

#[tokio::test]
async fn knows_gzip_by_its_first_bytes() {
    let double = Double::new();
    let answer = double.post("/v1/batch", gzip(beacon(three()).as_bytes())).await;
    assert_eq!(answer.json(), ack(&format!("{A}:0-1,3"), "", ""));
}

#[track_caller]
fn check(answer: &Answer, status: u16, code: &str, origin: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    let problem = answer.json();
    assert_eq!(problem["code"], code);
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], "about:blank");
    assert!(problem["title"].is_string() && problem["detail"].is_string());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("access-control-allow-origin"), origin);
    assert_eq!(answer.header("vary"), "Origin");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
}

const SHOP: &str = "https://shop.example";

#[tokio::test]
async fn what_is_refused_is_explained_and_not_stored() {
    let double = Double::new();
    let good = beacon(three());
    let request = |path: &str| post(path).header("origin", SHOP);
    let bodies: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("/v1/batch", b"{".to_vec(), 400, "malformed"),
        ("/v1/batch", Vec::new(), 400, "malformed"),
        ("/v1/batch", good.replace("\"batch\":\"0", "\"batch\":\"-").into(), 400, "malformed"),
        ("/v1/batch", good.replace(A, "short").into(), 400, "malformed"),
        ("/v1/batch", vec![0x1f, 0x8b, 1, 2, 3], 400, "malformed"),
        ("/v1/batch", gzip(good.as_bytes())[..60].to_vec(), 400, "malformed"),
        ("/v1/raw", good.clone().into(), 400, "malformed"),
        ("/v1/raw", vec![0xff, 0xfe], 400, "malformed"),
        ("/v1/batch", format!("{good}{}", " ".repeat(65_537 - good.len())).into(), 413, "too_large"),
        ("/v1/batch", vec![b' '; 3_000_000], 413, "too_large"),
        ("/v1/batch", gzip(&vec![b' '; 30_000_000]), 413, "too_large"),
        ("/v1/batch", good.replace("\"v\":1", "\"v\":2").into(), 503, "unknown_version"),
        ("/v1/raw", format!("r2\u{1f}rivet\u{1f}{BATCH}").into(), 503, "unknown_version"),
    ];
    for (path, body, status, code) in bodies {
        check(&double.send(request(path).body(Body::from(body)).expect("a request")).await, status, code, SHOP);
    }
    let unknown = double.post("/v1/batch", good.replace("\"v\":1", "\"v\":2")).await;
    assert_eq!(unknown.header("retry-after"), "900");
    for (path, content_type) in [("/v1/batch", "application/xml"), ("/v1/batch", ""), ("/v1/raw", "application/json")] {
        let mut request = request(path).body(Body::from(good.clone())).expect("a request");
        request.headers_mut().insert("content-type", content_type.parse().expect("a header"));
        check(&double.send(request).await, 415, "unsupported_media_type", SHOP);
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = double.send(request("/v1/batch").method(method).body(Body::empty()).expect("a request")).await;
        check(&answer, 405, "method_not_allowed", SHOP);
        assert_eq!(answer.header("allow"), "POST, OPTIONS");
    }
    check(&double.send(request("/v2/batch").body(Body::empty()).expect("a request")).await, 404, "not_found", SHOP);
    let accounting = &double.report("").await["accounting"];
    let empty = json!({ "received": 0, "counted": 0, "duplicates": 0, "rejected": 0, "lossReported": {}, "unexplained": 0 });
    assert_eq!(*accounting, empty);
}

#[tokio::test]
async fn the_largest_body_is_taken() {
    let double = Double::new();
    let good = beacon(three());
    let answer = double.post("/v1/batch", format!("{good}{}", " ".repeat(65_536 - good.len()))).await;
    assert_eq!(answer.json()["accepted"], format!("{A}:0-1,3"));
}

#[tokio::test]
async fn json_is_as_good_as_text() {
    let request = post("/v1/batch").header("origin", SHOP);
    let mut request = request.body(Body::from(beacon(three()))).expect("a request");
    request.headers_mut().insert("content-type", "application/json".parse().expect("a header"));
    assert_eq!(Double::new().send(request).await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_known_origins_may_send() {
    let settings = Settings { allow_origins: vec!["https://other.example/".into()], ..Settings::default() };
    let double = Double::with(settings, Sqlite::open(None).expect("a database"));
    let send = |method: Method, origin: &'static str| {
        let body = if method == Method::POST { Body::from(beacon(three())) } else { Body::empty() };
        double.send(post("/v1/batch").method(method).header("origin", origin).body(body).expect("a request"))
    };
    for origin in ["https://evil.example", "null", "http://other.example", "https://other.example:444", "https://shop.example.evil.example"]
    {
        check(&send(Method::POST, origin).await, 403, "foreign_origin", "");
        check(&send(Method::OPTIONS, origin).await, 403, "foreign_origin", "");
    }
    assert_eq!(double.report("").await["accounting"]["received"], 0);
    for origin in [SHOP, "http://shop.example", "https://other.example"] {
        let answer = send(Method::OPTIONS, origin).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(answer.header("access-control-allow-origin"), origin);
        assert_eq!(answer.header("access-control-allow-methods"), "POST, OPTIONS");
        assert_eq!(answer.header("access-control-allow-headers"), "Content-Type");
        let answer = send(Method::POST, origin).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("access-control-allow-origin"), origin);
        assert_eq!(answer.header("vary"), "Origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
    }
    // A server has no origin.
    assert_eq!(double.post("/v1/batch", beacon(three())).await.status, StatusCode::OK);
}

#[tokio::test]
async fn is_at_home_below_any_address() {
    let double = Double::new();
    let nested = Double { router: axum::Router::new().nest("/hits", double.router.clone()), clock: double.clock.clone() };
    let request = |path: &str| post(path).header("origin", SHOP).body(Body::from(beacon(three()))).expect("a request");
    assert_eq!(nested.send(request("/hits/v1/batch")).await.json()["accepted"], format!("{A}:0-1,3"));
    check(&nested.send(request("/hits/v3/batch")).await, 404, "not_found", SHOP);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_trickles_is_cut_off() {
    let pieces = futures_util::stream::unfold((), async |()| {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        Some((Ok::<_, std::io::Error>(" "), ()))
    });
    let request = post("/v1/batch").header("origin", SHOP).body(Body::from_stream(pieces)).expect("a request");
    check(&Double::new().send(request).await, 408, "timeout", SHOP);
}
