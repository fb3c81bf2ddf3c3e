//! The report's exact shape and numbers, its parameters, and who may read it.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use caisse_collector::Settings;
use caisse_collector::storage::Sqlite;
use serde_json::{Value, json};

use crate::double::{A, ADA, B, BOB, Double, MINUTE, NOW, basket, group, hit, page};

/// Ada looks, fills her cart, checks out and orders; Bob looks and fills his.
async fn story() -> Double {
    let double = Double::new();
    let flow = |flow: &str| json!({ "d": { "flow": flow } });
    double
        .beacon(json!([
            group(
                A,
                Some(ADA),
                vec![
                    page(0, 20, json!({ "v": { "c3": "search", "v5": "gold" } })),
                    hit(1, 19, "prodView", json!({ "p": [{ "i": "RV-0860-A2", "c": "bolts" }] })),
                    hit(2, 18, "scOpen", json!({ "p": [{ "i": "RV-0860-A2", "c": "bolts", "q": 2 }] })),
                    hit(3, 18, "scAdd", json!({ "p": [{ "i": "RV-0860-A2", "c": "bolts", "q": 2 }] })),
                    hit(4, 17, "scView", flow("b2c")),
                    hit(5, 16, "scCheckout", json!({ "ck": "k1", "e": "scCheckout:k1", "d": { "flow": "b2c" } })),
                    hit(6, 15, "checkoutStepView", json!({ "d": { "flow": "b2c", "step": "delivery" } })),
                    hit(7, 12, "purchase", json!({ "o": "R1", "cc": "EUR", "p": basket(), "d": { "flow": "b2c" } })),
                ]
            ),
            group(
                B,
                Some(BOB),
                vec![
                    page(0, 10, json!({ "p": [{ "i": "RV-1012-Z", "c": "hooks" }], "v": { "v5": "silver" } })),
                    hit(1, 9, "scAdd", flow("b2b")),
                    hit(2, 9, "scRemove", flow("b2b")),
                ]
            ),
        ]))
        .await;
    double
}

#[tokio::test]
async fn has_exactly_this_shape() {
    let report = story().await.report("").await;
    assert_eq!(
        report,
        json!({
            "metrics": {
                "pageViews": 2, "productViews": 2, "carts": 1, "cartAdditions": 2, "cartRemovals": 1, "cartViews": 1,
                "checkouts": 1, "orders": 1, "units": 5, "revenue": { "EUR": "26.80" }, "visits": 2, "visitors": 2
            },
            "fallout": [
                { "step": "prodView", "visits": 2 }, { "step": "scAdd", "visits": 2 }, { "step": "scView", "visits": 1 },
                { "step": "scCheckout", "visits": 1 }, { "step": "purchase", "visits": 1 }
            ],
            "attempts": { "started": 1, "completed": 1, "abandoned": 0, "open": 0, "abandonedAt": [] },
            "accounting": { "received": 11, "counted": 11, "duplicates": 0, "rejected": 0, "lossReported": {}, "unexplained": 0 }
        })
    );
}

/// A checkout that begins twenty minutes ago and gets as far as payment.
fn left_at_payment() -> Value {
    let at = |step: &str| json!({ "ck": "k9", "d": { "step": step } });
    json!([group(
        A,
        Some(ADA),
        vec![
            hit(0, 20, "scCheckout", json!({ "ck": "k9", "e": "scCheckout:k9" })),
            hit(1, 20, "checkoutStepView", at("delivery")),
            hit(2, 12, "checkoutStepComplete", at("delivery")),
            hit(3, 12, "checkoutStepView", at("payment")),
            hit(4, 10, "checkoutLeave", at("payment")),
        ]
    )])
}

/// What became of attempts, so many minutes from now.
async fn attempts(double: &Double, minutes: u64, query: &str) -> Value {
    double.clock.store(NOW + minutes * MINUTE, Ordering::Relaxed);
    double.report(query).await["attempts"].clone()
}

#[tokio::test]
async fn silence_abandons_an_attempt_and_a_later_order_completes_it() {
    let double = Double::new();
    double.beacon(left_at_payment()).await;
    let under_way = json!({ "started": 1, "completed": 0, "abandoned": 0, "open": 1, "abandonedAt": [] });
    let at = json!([{ "step": "payment", "attempts": 1 }]);
    let abandoned = json!({ "started": 1, "completed": 0, "abandoned": 1, "open": 0, "abandonedAt": at });
    let completed = json!({ "started": 1, "completed": 1, "abandoned": 0, "open": 0, "abandonedAt": [] });
    // Leaving is provisional; half an hour after it nothing is.
    assert_eq!(attempts(&double, 20, "").await, under_way);
    assert_eq!(attempts(&double, 21, "").await, abandoned);
    let page = double.get("/report").await.body;
    assert!(page.contains("Abandoned at the step that was shown last") && page.contains("<bdi>payment</bdi>"), "{page}");
    // The order in the end, told by another page load, without a visitor.
    double.clock.store(NOW, Ordering::Relaxed);
    double.beacon(json!([group(B, None, vec![hit(0, 0, "purchase", json!({ "o": "R9", "ck": "k9", "cc": "EUR" }))])])).await;
    assert_eq!(attempts(&double, 300, "").await, completed);
    // Of the day on which it began.
    assert_eq!(attempts(&double, 300, "to=2026-11-21T11:45:00Z").await, completed);
    assert_eq!(attempts(&double, 300, "from=2026-11-21T11:45:00Z").await["started"], 0);
}

#[tokio::test]
async fn an_empty_report_has_the_same_shape() {
    let report = Double::new().report("").await;
    assert_eq!(report["metrics"]["checkouts"], 0);
    assert_eq!(report["metrics"]["revenue"], json!({}));
    assert_eq!(report["fallout"][4], json!({ "step": "purchase", "visits": 0 }));
    assert!(report.get("breakdown").is_none());
}

/// The breakdown's allocation and, for each value, some of its figures.
async fn rows(double: &Double, by: &str, figures: &[&str]) -> (String, Vec<(String, Vec<Value>)>) {
    let breakdown = double.report(&format!("by={by}")).await["breakdown"].clone();
    assert_eq!(breakdown["dimension"], by);
    let rows = breakdown["rows"].as_array().expect("rows").iter();
    let rows = rows.map(|row| {
        let cells = figures.iter().map(|figure| row["metrics"].get(*figure).cloned().unwrap_or(Value::Null));
        (row["value"].as_str().expect("a value").to_owned(), cells.collect())
    });
    (breakdown["allocation"].as_str().expect("an allocation").to_owned(), rows.collect())
}

#[track_caller]
fn same(actual: (String, Vec<(String, Vec<Value>)>), allocation: &str, expected: &[(&str, &[u64])]) {
    let expected: Vec<(String, Vec<Value>)> =
        expected.iter().map(|(value, cells)| ((*value).to_owned(), cells.iter().map(|cell| json!(cell)).collect())).collect();
    assert_eq!(actual, (allocation.to_owned(), expected));
}

#[tokio::test]
async fn breaks_down_by_the_hits_own_value() {
    let double = story().await;
    let figures = ["occurrences", "checkouts", "orders", "visits"];
    same(rows(&double, "flow", &figures).await, "hit", &[("b2c", &[4, 1, 1, 1]), ("b2b", &[2, 0, 0, 1])]);
    same(rows(&double, "step", &figures).await, "hit", &[("delivery", &[1, 0, 0, 1])]);
    let products = rows(&double, "product", &["productViews", "cartAdditions", "orders", "units"]).await;
    same(products, "hit", &[("RV-0860-A2", &[1, 1, 1, 2]), ("RV-1012-Z", &[1, 0, 1, 3])]);
    let report = double.report("by=category").await;
    assert_eq!(report["breakdown"]["rows"][0]["value"], "bolts");
    assert_eq!(report["breakdown"]["rows"][0]["metrics"]["revenue"], json!({ "EUR": "12.80" }));
    let events = rows(&double, "event", &["occurrences"]).await.1;
    assert!(
        events.contains(&("scAdd".into(), vec![json!(2)])) && events.contains(&("checkoutStepView".into(), vec![json!(1)])),
        "{events:?}"
    );
    // Named once as the call's name and once as Adobe's event: one hit.
    assert!(events.contains(&("scOpen".into(), vec![json!(1)])), "{events:?}");
}

#[tokio::test]
async fn an_evar_stays_for_the_rest_of_the_visit() {
    let double = story().await;
    let figures = ["occurrences", "checkouts", "orders", "pageViews", "visitors"];
    same(rows(&double, "eVar5", &figures).await, "visit", &[("gold", &[8, 1, 1, 1, 1]), ("silver", &[3, 0, 0, 1, 1])]);
    // The value was set before the time asked for, in the same visit.
    let later = double.report("by=eVar5&from=2026-11-21T11:45:00Z").await;
    assert_eq!(later["breakdown"]["rows"][1]["value"], "gold");
    assert_eq!(later["breakdown"]["rows"][1]["metrics"]["orders"], 1);
    assert_eq!(later["breakdown"]["rows"][1]["metrics"]["occurrences"], 2);
    assert_eq!(later["metrics"]["visits"], 2);
}

#[tokio::test]
async fn traffic_has_no_conversions() {
    let double = story().await;
    let none: [Value; 3] = [Value::Null, Value::Null, Value::Null];
    for (by, expected) in [("page", "/p/RV-0860-A2"), ("prop3", "search")] {
        let (allocation, rows) = rows(&double, by, &["checkouts", "orders", "revenue"]).await;
        assert_eq!(allocation, "hit");
        assert_eq!(rows, [(expected.to_owned(), none.to_vec())]);
    }
    same(rows(&double, "prop3", &["occurrences", "pageViews", "visits", "visitors"]).await, "hit", &[("search", &[1, 1, 1, 1])]);
}

#[tokio::test]
async fn days_are_whole_days() {
    let double = story().await;
    assert_eq!(double.report("from=2026-11-21&to=2026-11-21").await["metrics"]["orders"], 1);
    assert_eq!(double.report("to=2026-11-20").await["metrics"]["orders"], 0);
    assert_eq!(double.report("from=2026-11-22").await["accounting"]["received"], 0);
    // A form sends its empty fields.
    assert_eq!(double.report("from=&to=&by=&site=&token=").await["metrics"]["orders"], 1);
}

#[tokio::test]
async fn refuses_what_it_does_not_understand() {
    let double = story().await;
    let long = format!("site={}", "x".repeat(101));
    for query in ["form=2026-11-21", "from=yesterday", "from=2026-11-22&to=2026-11-21", "by=orderId", "by=event12", "by=a&by=b", &long] {
        for path in ["/report.json", "/report", "/report/events"] {
            let answer = double.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path} {query}");
            assert_eq!(answer.json()["code"], "bad_parameter");
        }
    }
}

#[tokio::test]
async fn the_report_is_for_those_who_have_the_token() {
    let settings = Settings { report_token: Some("s3cret".into()), ..Settings::default() };
    let double = Double::with(settings, Sqlite::open(None).expect("a database"));
    let bearer = |token: &str| Request::get("/report.json").header("authorization", format!("Bearer {token}"));
    for path in
        ["/report", "/report.json", "/report/events", "/report.json?token=wrong", "/report.json?token=s3cret2", "/report.json?token="]
    {
        let answer = double.get(path).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.json()["code"], "unauthorized");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    assert_eq!(double.send(bearer("wrong").body(Body::empty()).expect("a request")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(double.send(bearer("s3cret").body(Body::empty()).expect("a request")).await.status, StatusCode::OK);
    assert_eq!(double.get("/report.json?token=s3cret").await.status, StatusCode::OK);
    assert!(double.get("/report?token=s3cret").await.body.contains(r#"name="token" value="s3cret""#));
    // Hits and the sign of life need none.
    assert_eq!(double.get("/healthz").await.body, "ok");
    double.beacon(json!([group(A, None, vec![page(0, 1, json!({}))])])).await;
}
