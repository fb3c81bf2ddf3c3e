//! What is taken away is gone: out of every figure, out of the files, and it does not come back when a page sends it again.

use std::path::Path;
use std::sync::atomic::Ordering;

use caisse_collector::storage::{Erased, Sqlite, Subject};
use caisse_collector::{RETAIN_MONTHS, months_before};
use serde_json::{Value, json};

use crate::double::{A, ADA, B, BOB, Double, NOW, basket, group, hit, page};
use crate::program::{PROGRAM, Running, end};

const C: &str = "000000000000000000000000000000cc";
const CUSTOMER: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b";

/// Ada on two page loads, Bob on one; each with an order.
fn everybody() -> Value {
    let order = |number: &str| json!({ "o": number, "cc": "EUR", "p": basket(), "v": { "v5": format!("tier-of-{number}") } });
    let mut ada = group(A, Some(ADA), vec![page(0, 9, json!({})), hit(1, 8, "scCheckout", json!({ "ck": "k-ada" })), lost(2)]);
    ada["context"]["customer"] = CUSTOMER.into();
    json!([
        ada,
        group(B, Some(ADA), vec![hit(0, 7, "purchase", order("R-ADA"))]),
        group(C, Some(BOB), vec![page(0, 9, json!({})), hit(1, 6, "purchase", order("R-BOB"))]),
    ])
}

fn lost(seq: u64) -> Value {
    json!({ "q": seq, "lost": "before_send" })
}

fn files(folder: &Path) -> Vec<u8> {
    let all = std::fs::read_dir(folder).expect("a folder").flatten();
    all.flat_map(|file| std::fs::read(file.path()).expect("a file")).collect()
}

#[track_caller]
fn holds(bytes: &[u8], text: &str, expected: bool) {
    let found = bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert_eq!(found, expected, "{text}");
}

#[tokio::test]
async fn a_visitor_is_gone_for_good() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("collector.sqlite");
    let double = Double::on(&file);
    double.beacon(everybody()).await;
    holds(&files(folder.path()), ADA, true);
    let before = double.report("").await;
    assert_eq!((&before["metrics"]["orders"], &before["metrics"]["visitors"]), (&json!(2), &json!(2)));

    let database = Sqlite::open(Some(&file)).expect("a database");
    assert_eq!(database.erase(Subject::Visitor(ADA), NOW), Ok(Erased { streams: 2, hits: 3 }));
    assert_eq!(database.settle(), Ok(true));
    for trace in [ADA, CUSTOMER, "R-ADA", "k-ada", "tier-of-R-ADA"] {
        holds(&files(folder.path()), trace, false);
    }
    let after = double.report("").await;
    assert_eq!((&after["metrics"]["orders"], &after["metrics"]["visitors"]), (&json!(1), &json!(1)));
    assert_eq!(
        after["accounting"],
        json!({ "received": 2, "counted": 2, "duplicates": 0, "rejected": 0, "lossReported": {}, "unexplained": 0 })
    );

    // Her browser may still hold what it was not told of: it is told that all is well, and nothing of it is kept.
    let again = double.beacon(everybody()).await;
    assert_eq!(again["duplicate"], format!("{A}:0-2;{B}:0;{C}:0-1"));
    assert_eq!(double.report("").await["metrics"]["visitors"], 1);
    holds(&files(folder.path()), ADA, false);
    // Ten days later no page has it any more, and the note of its number goes as well.
    assert_eq!(database.retain(0, NOW + 10 * 86_400_000), Ok(Erased::default()));
    holds(&files(folder.path()), C, true);
    assert_eq!(database.settle(), Ok(true));
    holds(&files(folder.path()), A, false);
}

#[tokio::test]
async fn a_customer_or_an_order_names_page_loads_too() {
    for (subject, streams, orders, checkouts) in
        [(Subject::Customer(CUSTOMER), 1, 2, 0), (Subject::Order("R-BOB"), 1, 1, 1), (Subject::Order("R-NOBODY"), 0, 2, 1)]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("collector.sqlite");
        let double = Double::on(&file);
        double.beacon(everybody()).await;
        let erased = Sqlite::open(Some(&file)).expect("a database").erase(subject, NOW).expect("erased");
        assert_eq!(erased.streams, streams, "{subject:?}");
        let report = double.report("").await;
        assert_eq!((&report["metrics"]["orders"], &report["metrics"]["checkouts"]), (&json!(orders), &json!(checkouts)), "{subject:?}");
        assert_eq!(report["accounting"]["unexplained"], 0);
    }
}

/// Ids are compared, and become no part of a statement.
#[tokio::test]
async fn an_id_is_only_an_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("collector.sqlite");
    let double = Double::on(&file);
    double.beacon(everybody()).await;
    let database = Sqlite::open(Some(&file)).expect("a database");
    for id in ["' OR 1 --", "%", "*", "x'; DROP TABLE hits; --", ""] {
        for subject in [Subject::Visitor(id), Subject::Customer(id), Subject::Order(id)] {
            assert_eq!(database.erase(subject, NOW), Ok(Erased::default()));
        }
    }
    assert_eq!(double.report("").await["metrics"]["orders"], 2);
}

#[tokio::test]
async fn hits_are_kept_for_twenty_five_months() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("collector.sqlite");
    let double = Double::on(&file);
    let database = Sqlite::open(Some(&file)).expect("a database");
    double.beacon(json!([group(A, Some(ADA), vec![hit(0, 1, "scView", json!({})), lost(1)])])).await;
    // A page load that reports only what it lost, and one a day later.
    double.beacon(json!([group(C, Some(ADA), vec![lost(0)])])).await;
    double.clock.fetch_add(86_400_000, Ordering::Relaxed);
    double.beacon(json!([group(B, Some(BOB), vec![hit(0, 1, "scView", json!({}))])])).await;
    // By a clock that is set on: the day before they are old enough, that day, and the day after.
    let months = |days: u64| {
        let now = NOW + (25 * 30 + 10 + days) * 86_400_000;
        (months_before(now, RETAIN_MONTHS), now)
    };
    let first_gone = (0..20).find(|days| months(*days).0 > NOW).expect("a day");
    let at = |days| months(days);
    let (before, now) = at(first_gone - 1);
    assert_eq!(database.retain(before, now), Ok(Erased::default()));
    let (before, now) = at(first_gone);
    assert_eq!(database.retain(before, now), Ok(Erased { streams: 2, hits: 1 }));
    let report = double.report("").await;
    assert_eq!((&report["metrics"]["cartViews"], &report["accounting"]["lossReported"]), (&json!(1), &json!({})));
    assert_eq!(report["accounting"]["unexplained"], 0);
    let (before, now) = at(first_gone + 1);
    assert_eq!(database.retain(before, now), Ok(Erased { streams: 1, hits: 1 }));
    assert_eq!(double.report("").await["accounting"]["received"], 0);
}

#[tokio::test]
async fn the_program_does_both_beside_the_one_that_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a path");
    let file = folder.path().join("collector.sqlite");
    // Years too old, by the clock of the machine.
    let old = Double::on(&file);
    old.clock.store(1_600_000_000_000, Ordering::Relaxed);
    old.beacon(json!([group(&"d".repeat(32), Some(BOB), vec![json!({ "q": 0, "t": 1_600_000_000_000_u64, "n": "scView" })])])).await;
    drop(old);
    let running = Running::on(folder.path());
    let body = crate::double::beacon(everybody());
    assert_eq!(running.ask("POST", "/v1/batch", &body).map(|(status, _)| status), Some(200), "{PROGRAM}");
    let said = |arguments: &[&str]| String::from_utf8_lossy(&end(arguments).stdout).into_owned();
    assert_eq!(said(&["retain", "--data", data]), "1 hits of 1 page loads are gone\n");
    assert_eq!(said(&["erase", "--data", data, "--visitor", ADA]), "3 hits of 2 page loads are gone\n");
    assert_eq!(running.report()["metrics"]["orders"], 1);
}
