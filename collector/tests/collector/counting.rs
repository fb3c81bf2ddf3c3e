//! What counts, and how often: orders, checkouts, visits, times.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::double::{A, ADA, B, BATCH, BOB, Double, MINUTE, NOW, basket, group, hit, page};

fn purchase(seq: u64, minutes_ago: u64, order: &str) -> Value {
    hit(seq, minutes_ago, "purchase", json!({ "o": order, "cc": "EUR", "p": basket() }))
}

#[tokio::test]
async fn an_order_counts_once_for_a_site() {
    let double = Double::new();
    double.beacon(json!([group(A, Some(ADA), vec![purchase(0, 9, "R1"), purchase(1, 8, "R2")])])).await;
    // The confirmation page again, in another tab, in another browser.
    double.beacon(json!([group(B, Some(BOB), vec![purchase(0, 5, "R1")])])).await;
    let report = double.report("").await;
    assert_eq!(report["metrics"]["orders"], 2);
    assert_eq!(report["metrics"]["units"], 10);
    assert_eq!(report["metrics"]["revenue"], json!({ "EUR": "53.60" }));
    assert_eq!(report["metrics"]["visitors"], 2);
    let accounting = json!({ "received": 3, "counted": 2, "duplicates": 1, "rejected": 0, "lossReported": {}, "unexplained": 0 });
    assert_eq!(report["accounting"], accounting);
    // Another site has orders of its own.
    let other = json!({ "v": 1, "site": "other", "batch": BATCH, "sent": NOW, "groups": [group(A, None, vec![purchase(0, 5, "R1")])] });
    double.post("/v1/batch", other.to_string()).await;
    assert_eq!(double.report("").await["metrics"]["orders"], 3);
    assert_eq!(double.report("site=other").await["metrics"]["orders"], 1);
    assert_eq!(double.report("site=rivet").await["metrics"]["orders"], 2);
    assert_eq!(double.report("site=none").await["metrics"]["orders"], 0);
}

#[tokio::test]
async fn the_earliest_hit_of_an_order_counts_whichever_came_first() {
    let double = Double::new();
    double.beacon(json!([group(B, Some(BOB), vec![hit(0, 1, "purchase", json!({ "o": "R1", "d": { "flow": "late" } }))])])).await;
    double.beacon(json!([group(A, Some(ADA), vec![hit(0, 9, "purchase", json!({ "o": "R1", "d": { "flow": "early" } }))])])).await;
    let rows = double.report("by=flow").await["breakdown"]["rows"].clone();
    assert_eq!(rows[0]["value"], "early");
    assert_eq!(rows[0]["metrics"]["orders"], 1);
    assert_eq!(rows[1]["metrics"]["orders"], 0);
}

#[tokio::test]
async fn purchases_without_a_number_count_each() {
    let double = Double::new();
    let nameless = |seq| hit(seq, 1, "purchase", json!({ "cc": "JPY", "p": [{ "i": "A", "q": 1, "l": "375" }] }));
    double.beacon(json!([group(A, None, vec![nameless(0), nameless(1)])])).await;
    let report = double.report("").await;
    assert_eq!(report["metrics"]["orders"], 2);
    assert_eq!(report["metrics"]["revenue"], json!({ "JPY": "750" }));
}

#[tokio::test]
async fn a_checkout_counts_once_and_its_repetition_is_still_a_hit() {
    let double = Double::new();
    let checkout = |seq, id: &str| hit(seq, 3, "scCheckout", json!({ "ck": id }));
    double
        .beacon(json!([group(A, None, vec![checkout(0, "k1"), checkout(1, "k1"), checkout(2, "k2"), hit(3, 2, "scCheckout", json!({}))])]))
        .await;
    let report = double.report("").await;
    assert_eq!(report["metrics"]["checkouts"], 3);
    assert_eq!(report["metrics"]["orders"], 0);
    assert_eq!(report["accounting"]["counted"], 4);
    assert_eq!(report["accounting"]["duplicates"], 0);
}

#[tokio::test]
async fn money_stays_in_its_currency_and_is_exact() {
    let double = Double::new();
    let buy = |seq: u64, currency: Option<&str>, total: &str| {
        let mut more = json!({ "p": [{ "i": "A", "q": 1, "l": total }] });
        if let Some(currency) = currency {
            more["cc"] = currency.into();
        }
        hit(seq, 1, "purchase", more)
    };
    let hits = vec![buy(0, Some("EUR"), "0.10"), buy(1, Some("EUR"), "0.20"), buy(2, Some("BHD"), "1.005"), buy(3, None, "2")];
    double.beacon(json!([group(A, None, hits)])).await;
    assert_eq!(double.report("").await["metrics"]["revenue"], json!({ "EUR": "0.30", "BHD": "1.005", "XXX": "2.00" }));
}

#[tokio::test]
async fn late_hits_form_the_visits_anew() {
    let double = Double::new();
    double.beacon(json!([group(A, Some(ADA), vec![page(0, 100, json!({})), page(2, 50, json!({}))])])).await;
    assert_eq!(double.report("").await["metrics"]["visits"], 2);
    // Half way between the two, an hour later: one visit after all.
    double.beacon(json!([group(A, Some(ADA), vec![page(1, 75, json!({}))])])).await;
    let report = double.report("").await;
    assert_eq!(report["metrics"]["visits"], 1);
    assert_eq!(report["metrics"]["visitors"], 1);
    assert_eq!(report["metrics"]["pageViews"], 3);
}

#[tokio::test]
async fn page_loads_without_a_visitor_are_visitors() {
    let double = Double::new();
    double.beacon(json!([group(A, None, vec![page(0, 2, json!({}))]), group(B, None, vec![page(0, 1, json!({}))])])).await;
    let report = double.report("").await;
    assert_eq!(report["metrics"]["visitors"], 2);
    assert_eq!(report["metrics"]["visits"], 2);
}

#[tokio::test]
async fn wrong_clocks_are_corrected() {
    let double = Double::new();
    // This page's clock is a day fast; what it did happened 10 minutes before it sent.
    let day = 24 * 60 * MINUTE;
    let fast = json!({ "v": 1, "site": "rivet", "batch": BATCH, "sent": NOW + day, "groups": [group(A, Some(ADA), vec![
        json!({ "q": 0, "t": NOW + day - 10 * MINUTE, "n": "scView" }),
    ])] });
    double.post("/v1/batch", fast.to_string()).await;
    let between = |from: &str, to: &str| format!("from=2026-11-21T{from}:00Z&to=2026-11-21T{to}:00Z");
    assert_eq!(double.report(&between("11:49", "11:51")).await["metrics"]["cartViews"], 1);
    assert_eq!(double.report(&between("11:51", "12:01")).await["metrics"]["cartViews"], 0);
}

#[tokio::test]
async fn a_duplicate_much_later_is_still_one() {
    let double = Double::new();
    let groups = json!([group(A, Some(ADA), vec![purchase(0, 1, "R1")])]);
    double.beacon(groups.clone()).await;
    double.clock.fetch_add(30 * 24 * 60 * MINUTE, Ordering::Relaxed);
    double.beacon(groups).await;
    let report = double.report("").await;
    assert_eq!(report["metrics"]["orders"], 1);
    assert_eq!(report["accounting"]["received"], 2);
    assert_eq!(report["accounting"]["duplicates"], 1);
}

#[tokio::test]
async fn the_accounting_balances_and_explains_gaps() {
    let double = Double::new();
    double
        .beacon(json!([
            group(
                A,
                None,
                vec![
                    hit(0, 5, "prodView", json!({})),
                    json!({ "q": 1, "lost": "invalid" }),
                    json!({ "q": 2, "to": 4, "lost": "overflow" }),
                    json!({ "q": 4, "lost": "invalid" }),
                    hit(7, 4, "scView", json!({})),
                    json!({ "q": 6, "n": "scView" }),
                ]
            ),
            group(B, None, vec![hit(3, 3, "scView", json!({}))]),
        ]))
        .await;
    let accounting = double.report("").await["accounting"].clone();
    assert_eq!(accounting["rejected"], 1);
    assert_eq!(accounting["lossReported"], json!({ "invalid": 1, "overflow": 3 }));
    // 5 of A; 0, 1 and 2 of B.
    assert_eq!(accounting["unexplained"], 4);
    // What was given up comes after all, and what was missing is reported.
    double.beacon(json!([group(A, None, vec![hit(1, 5, "scAdd", json!({})), json!({ "q": 5, "lost": "expired" })])])).await;
    double.beacon(json!([group(B, None, vec![hit(0, 3, "scView", json!({})), hit(3, 3, "scView", json!({}))])])).await;
    let accounting = double.report("").await["accounting"].clone();
    assert_eq!(accounting["lossReported"], json!({ "expired": 1, "overflow": 3 }));
    assert_eq!(accounting["unexplained"], 2);
    let number = |name: &str| accounting[name].as_u64().expect("a number");
    assert_eq!(number("received"), 7);
    assert_eq!(number("received"), number("counted") + number("duplicates") + number("rejected"));
}
