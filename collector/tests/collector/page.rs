//! The report's page, its files and its live updates.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use caisse_collector::Settings;
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;

use crate::double::{A, ADA, Double, basket, group, hit};

#[tokio::test]
async fn says_everything_without_javascript() {
    let double = Double::new();
    assert!(double.get("/report").await.body.contains("No hits to show"));
    let order = json!({ "o": "R1", "cc": "EUR", "p": basket(), "d": { "flow": "<b>" } });
    double.beacon(json!([group(A, Some(ADA), vec![hit(0, 2, "prodView", json!({})), hit(1, 1, "purchase", order)])])).await;
    let answer = double.get("/report?by=flow").await;
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    for part in ["€26.80", "Checkouts", "\u{2212}1 left (100\u{a0}%)", "<svg", "&#60;b&#62;", "hits received"] {
        assert!(answer.body.contains(part), "{part}");
    }
    assert!(!answer.body.contains("<b>") && !answer.body.contains(" style="), "the policy allows no inline style");
    for allowed in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"] {
        assert!(answer.header("content-security-policy").contains(allowed));
    }
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn serves_its_two_files_to_anybody() {
    let settings = Settings { report_token: Some("s3cret".into()), ..Settings::default() };
    let double = Double::with(settings, caisse_collector::storage::Sqlite::open(None).expect("a database"));
    assert_eq!(double.get("/report/report.css").await.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(double.get("/report/report.js").await.header("content-type"), "text/javascript; charset=utf-8");
}

#[tokio::test]
async fn tells_open_pages_what_changed() {
    let double = Double::new();
    let request = Request::get("/report/events").body(Body::empty()).expect("a request");
    let response = double.router.clone().oneshot(request).await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let mut next = async || {
        let frame = tokio::time::timeout(Duration::from_secs(20), body.frame()).await.expect("in time");
        let bytes = frame.expect("a frame").expect("no error").into_data().expect("data");
        String::from_utf8(bytes.to_vec()).expect("UTF-8")
    };
    let first = next().await;
    assert!(first.starts_with("event: report\n") && first.contains("No hits to show"), "{first}");
    double.beacon(json!([group(A, Some(ADA), vec![hit(0, 2, "scCheckout", json!({}))])])).await;
    let second = next().await;
    assert!(!second.contains("No hits to show") && second.contains("<strong>1</strong> counted"), "{second}");
}

#[tokio::test]
async fn bounds_those_who_watch() {
    let double = Double::new();
    let watch = || double.router.clone().oneshot(Request::get("/report/events").body(Body::empty()).expect("a request"));
    let mut watching = Vec::new();
    for _ in 0..32 {
        watching.push(watch().await.expect("an answer"));
        assert_eq!(watching[watching.len() - 1].status(), 200);
    }
    assert_eq!(watch().await.expect("an answer").status(), 503);
    watching.pop();
    assert_eq!(watch().await.expect("an answer").status(), 200);
}
