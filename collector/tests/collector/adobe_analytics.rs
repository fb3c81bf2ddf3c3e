//! Requests of AppMeasurement and of Caisse to `/b/ss`: counted like our own hits, once, and answered as Adobe does.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use caisse::call::Call;
use caisse::encode::adobe_analytics::{self as encode, Settings as Suite};
use caisse::hit::{Context, Hit};
use caisse::problem::Problems;
use caisse_collector::Settings;
use caisse_collector::storage::Sqlite;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::double::{A, Double, NOW, beacon};

const SHOP: &str = "https://shop.example";
const PLACE: &str = "/b/ss/examplersid/1/JS-2.27.0/s15000000000000";

/// A purchase as AppMeasurement writes one: the recorded checkout `am-04-scCheckout`, with another event, a second line and an order.
const PURCHASE: &str = "AQB=1&ndh=1&pf=1&t=5%2F2%2F2024%2017%3A8%3A9%202%200&fid=4888888888888888-2888888888888888&ce=UTF-8&pageName=Thanks\
    &g=https%3A%2F%2Fshop.example%2Fp%2F1&cc=USD&purchaseID=R100234&events=purchase%2Cevent1%3D2\
    &products=Shoes%3BTrail%20Runner%3B2%3B199.98%2C%3BLaces%3B3%3B6.70%3Bevent1%3D2%3BeVar1%3Dred&v5=gold&s=1920x1080&c=24&j=1.6&v=N&k=Y&bw=1280&bh=720&AQE=1";

fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("host", "shop.example")
}

fn get(path: &str) -> Request<Body> {
    request(Method::GET, path).body(Body::empty()).expect("a request")
}

fn form(body: &str) -> Request<Body> {
    request(Method::POST, PLACE)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .expect("a request")
}

/// Sends a hit; the answer is a pixel.
async fn pixel(double: &Double, request: Request<Body>) -> HeaderMap {
    let what = request.uri().to_string();
    let response = double.router.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    assert_eq!((parts.status, body.len(), &body[..6]), (StatusCode::OK, 43, b"GIF89a".as_slice()), "{what}");
    assert_eq!(parts.headers["content-type"], "image/gif");
    assert_eq!(parts.headers["cache-control"], "no-store");
    parts.headers
}

async fn refused(double: &Double, request: Request<Body>, status: u16, code: &str) {
    let what = format!("{} {}", request.method(), request.uri());
    let answer = double.send(request).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (status, &json!(code)), "{what}: {}", answer.body);
}

#[tokio::test]
async fn a_purchase_counts_once() {
    let double = Double::new();
    pixel(&double, get(&format!("{PLACE}?{PURCHASE}"))).await;
    let report = double.report("by=eVar5").await;
    let metrics = &report["metrics"];
    assert_eq!((&metrics["orders"], &metrics["units"], &metrics["revenue"]), (&json!(1), &json!(5), &json!({ "USD": "206.68" })));
    assert_eq!((&metrics["pageViews"], &metrics["visitors"]), (&json!(1), &json!(1)));
    assert_eq!(report["breakdown"]["rows"][0]["value"], "gold");
    // The very same request, as its URL and as a form.
    pixel(&double, get(&format!("{PLACE}?{PURCHASE}"))).await;
    pixel(&double, form(PURCHASE)).await;
    let again = double.report("by=eVar5").await;
    assert_eq!(again["metrics"], *metrics);
    assert_eq!(
        (&again["accounting"]["received"], &again["accounting"]["counted"], &again["accounting"]["duplicates"]),
        (&json!(3), &json!(1), &json!(2))
    );
    assert!(!double.get("/report").await.body.contains("duplicates differ"), "the same request has the same contents");
    // The same order on another page: a hit, and no order.
    pixel(&double, get(&format!("{PLACE}1?{PURCHASE}"))).await;
    let reloaded = double.report("").await;
    assert_eq!((&reloaded["metrics"]["orders"], &reloaded["metrics"]["pageViews"]), (&json!(1), &json!(2)));
    assert_eq!((&reloaded["accounting"]["unexplained"], &reloaded["accounting"]["rejected"]), (&json!(0), &json!(0)));
}

/// The requests that AppMeasurement was recorded with: URL and body.
fn recorded() -> Vec<(String, String)> {
    let file: Value = serde_json::from_str(include_str!("../../../tests/native/vectors/adobe_analytics.json")).expect("JSON");
    let vectors =
        file["vectors"].as_array().expect("a list").iter().filter(|vector| vector["kind"] == "appmeasurement-settings-to-request");
    let requests = vectors.flat_map(|vector| vector["expected"]["requests"].as_array().expect("a list"));
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    requests.map(|request| (text(&request["url"]).replace("https://smetrics.shop.example", ""), text(&request["body"]))).collect()
}

#[tokio::test]
async fn recorded_requests_count_as_adobe_says() {
    let double = Double::new();
    let recorded = recorded();
    for (path, body) in &recorded {
        pixel(&double, if body.is_empty() { get(path) } else { form(body) }).await;
    }
    // The recordings' luck was always the same, so a request that says the same is the same.
    let different: BTreeSet<_> = recorded.iter().collect();
    let links = different.iter().filter(|(path, _)| path.contains("&pe=lnk_")).count();
    let report = double.report("").await;
    let (metrics, accounting) = (&report["metrics"], &report["accounting"]);
    assert_eq!((recorded.len(), links), (26, 3));
    assert_eq!(metrics["pageViews"], different.len() - links);
    for (figure, count) in [("productViews", 1), ("carts", 1), ("cartAdditions", 2), ("checkouts", 1), ("cartViews", 1), ("orders", 0)] {
        assert_eq!(metrics[figure], count, "{figure}");
    }
    assert_eq!((&accounting["received"], &accounting["counted"]), (&json!(recorded.len()), &json!(different.len())));
    assert_eq!((&accounting["rejected"], &accounting["unexplained"], &accounting["lossReported"]), (&json!(0), &json!(0), &json!({})));
}

#[tokio::test]
async fn hits_come_as_urls_forms_and_beacons() {
    let double = Double::new();
    pixel(&double, get(&format!("{PLACE}?pageName=a&events=scAdd"))).await;
    pixel(&double, form("pageName=b&events=scAdd")).await;
    let beacon = request(Method::POST, &format!("{PLACE}?pe=lnk_e&pev2=c&events=scAdd"));
    pixel(&double, beacon.header("content-type", "text/plain;charset=UTF-8").body(Body::empty()).expect("a request")).await;
    pixel(&double, request(Method::POST, &format!("{PLACE}?pageName=d&events=scAdd")).body(Body::empty()).expect("a request")).await;
    // Without a library or a number, for several suites, below another address.
    pixel(&double, get("/b/ss/one,two/0?pageName=e&events=scAdd")).await;
    let nested = Double { router: axum::Router::new().nest("/hits", double.router.clone()), clock: double.clock.clone() };
    pixel(&nested, get(&format!("/hits{PLACE}?pageName=f&events=scAdd"))).await;
    // The same hit wherever the collector is mounted.
    pixel(&double, get(&format!("{PLACE}?pageName=f&events=scAdd"))).await;
    let report = double.report("").await;
    assert_eq!((&report["metrics"]["cartAdditions"], &report["metrics"]["pageViews"]), (&json!(6), &json!(5)));
    assert_eq!(double.report("site=one").await["metrics"]["cartAdditions"], 1);
}

#[tokio::test]
async fn what_is_no_hit_is_refused_and_not_stored() {
    let double = Double::new();
    for place in ["/b/ss", "/b/ss/", "/b/ss//6", "/b/ss//1/JS-2.27.0/s1"] {
        refused(&double, get(&format!("{place}?pageName=a")), 404, "not_found").await;
    }
    refused(&double, get(PLACE), 400, "malformed").await;
    refused(&double, get(&format!("{PLACE}?v1=x")), 400, "malformed").await;
    refused(&double, form(""), 400, "malformed").await;
    let body =
        |kind: &str, bytes: Vec<u8>| request(Method::POST, PLACE).header("content-type", kind).body(Body::from(bytes)).expect("a request");
    refused(&double, body("application/xml", b"<request/>".to_vec()), 415, "unsupported_media_type").await;
    refused(&double, body("text/plain", vec![0xff]), 400, "malformed").await;
    refused(&double, body("text/plain", vec![b'a'; 65_537]), 413, "too_large").await;
    for method in [Method::PUT, Method::DELETE] {
        let answer = double.send(request(method, &format!("{PLACE}?pageName=a")).body(Body::empty()).expect("a request")).await;
        assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, POST, OPTIONS"));
    }
    let head = double.send(request(Method::HEAD, &format!("{PLACE}?pageName=a")).body(Body::empty()).expect("a request")).await;
    assert_eq!(head.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(double.report("").await["accounting"]["received"], 0);
}

#[tokio::test]
async fn only_known_origins_may_send_and_with_their_cookies() {
    let settings = Settings { allow_origins: vec!["https://other.example".into()], ..Settings::default() };
    let double = Double::with(settings, Sqlite::open(None).expect("a database"));
    let from = |origin: &str| {
        request(Method::GET, &format!("{PLACE}?pageName=a")).header("origin", origin).body(Body::empty()).expect("a request")
    };
    refused(&double, from("https://evil.example"), 403, "foreign_origin").await;
    for origin in [SHOP, "https://other.example"] {
        let headers = pixel(&double, from(origin)).await;
        assert_eq!(
            (&headers["access-control-allow-origin"], &headers["access-control-allow-credentials"]),
            (&origin.parse().expect("a header"), &"true".parse().expect("a header"))
        );
        assert_eq!(
            (&headers["vary"], &headers["cross-origin-resource-policy"]),
            (&"Origin".parse().expect("a header"), &"cross-origin".parse().expect("a header"))
        );
    }
    // An image has no origin; our own beacons have no cookies.
    assert!(!pixel(&double, get(&format!("{PLACE}?pageName=b"))).await.contains_key("access-control-allow-credentials"));
    let own =
        double.send(crate::double::post("/v1/batch").header("origin", SHOP).body(Body::from(beacon(json!([])))).expect("a request")).await;
    assert_eq!((own.status, own.header("access-control-allow-credentials")), (StatusCode::OK, ""));
}

/// The same calls by our own wire and by Adobe's make the same report.
#[tokio::test]
async fn caisse_counts_the_same_on_both_wires() {
    let (ours, adobes) = (Double::new(), Double::new());
    let line = "\u{1e}products.0.id\u{1f}sRV-0860-A2\u{1e}products.0.category\u{1f}sbolts\u{1e}products.0.quantity\u{1f}n2\u{1e}products.0.unitPrice\u{1f}s6.40";
    let more = "\u{1e}@currency\u{1f}sEUR\u{1e}@url\u{1f}shttps://shop.example/checkout\u{1e}eVar5\u{1f}sgold\u{1e}flow\u{1f}sb2c";
    let calls = [
        ("p", "", "\u{1e}pageName\u{1f}scart"),
        ("t", "scView", line),
        ("t", "scCheckout", "\u{1e}checkoutId\u{1f}sk19"),
        ("t", "checkoutStepView", "\u{1e}step\u{1f}sdelivery"),
        ("c", "note", "\u{1e}tier\u{1f}s1"),
        ("l", "", "\u{1e}linkUrl\u{1f}s/help"),
        ("t", "purchase", "\u{1e}orderId\u{1f}sR100234"),
    ];
    for (seq, (kind, name, fields)) in (0_u64..).zip(calls) {
        let at = NOW - 60_000 + seq * 1_000;
        let last = if name == "purchase" { line } else { "" };
        let visitor = "\u{1e}@visitor\u{1f}s0123456789abcdef0123456789abcdef";
        let snapshot = format!("c1\u{1f}{A}\u{1f}{seq}\u{1f}{at}\u{1f}{kind}\u{1f}{name}\u{1f}{fields}{more}{last}{visitor}");
        ours.post("/v1/raw", format!("r1\u{1f}rivet\u{1f}{A}\u{1f}1\u{1f}{NOW}\u{1d}{snapshot}")).await;
        let call = Call::read(&snapshot).expect("a snapshot");
        let hit = Hit::judge(&call, &mut Problems::default()).expect("a hit");
        let suite = Suite { suites: "rivet", timestamps: true, ..Suite::default() };
        let query = encode::hit(&hit, &Context::of(&call), &suite);
        let (url, body) = encode::request("http://shop.example", &suite, &query, A, seq);
        assert_eq!(body, "");
        pixel(&adobes, get(url.strip_prefix("http://shop.example").expect("the server"))).await;
    }
    for by in ["", "by=eVar5", "by=flow", "by=step", "by=product", "by=category", "by=page", "by=event"] {
        let (one, other) = (ours.report(by).await, adobes.report(by).await);
        assert_eq!(one["metrics"]["orders"], 1, "{one}");
        assert_eq!(one, other, "{by}");
    }
}
