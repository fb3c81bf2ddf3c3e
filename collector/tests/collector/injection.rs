//! What looks like a statement, markup, a formula or a line of a log is a text like any other: stored as it came, and shown so that it does
//! nothing.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::double::{A, ADA, Double, group, hit};

const CORPUS: [&str; 22] = [
    "' OR '1'='1",
    "'; DROP TABLE hits; --",
    "\") UNION SELECT sql FROM sqlite_schema --",
    "1; ATTACH DATABASE 'x' AS y; --",
    "%' ESCAPE '\\' --",
    ":key ?1 @site $x",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'-alert(1)-'",
    "javascript:alert(1)",
    "</td></table><iframe src=//evil.example>",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "=HYPERLINK(\"//evil.example\")",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "  =1+1",
    "a\u{202e}gpj.exe",
    "\u{2066}a\u{2069}\u{200f}",
    "../../etc/passwd",
    "\u{1f600}\u{301}\u{e000}",
    "&lt;b&gt;&amp;&#60;",
];

/// In every field that has a text.
async fn planted() -> Double {
    let double = Double::new();
    for (seq, text) in (0..).zip(CORPUS) {
        let more = json!({
            "v": { "v5": text, "c3": text, "l1": text, "v0": text, "pageName": text }, "ck": text, "o": format!("{seq}{text}"), "cc": "EUR",
            "p": [{ "i": format!("{seq}"), "n": text, "c": text, "q": "1", "l": "1.00" }],
            "d": { "step": text, "flow": text, "contextData.note": text },
        });
        double.beacon(json!([group(A, Some(ADA), vec![hit(seq, 1, "scCheckout", more)])])).await;
    }
    double
}

#[tokio::test]
async fn is_stored_as_it_came() {
    let double = planted().await;
    for by in ["flow", "prop3", "contextData.note"] {
        let report = double.report(&format!("by={by}")).await;
        let rows = report["breakdown"]["rows"].as_array().expect("rows");
        let values: Vec<&str> = rows.iter().filter_map(|row| row["value"].as_str()).collect();
        for text in CORPUS {
            assert!(values.contains(&text.trim()) || values.contains(&text), "{by}: {text:?} of {values:?}");
        }
    }
    assert_eq!(double.report("").await["accounting"]["counted"], CORPUS.len());
}

#[tokio::test]
async fn is_shown_so_that_it_does_nothing() {
    let double = planted().await;
    for by in ["flow", "prop3", "step", "eVar5", "list1", "campaign", "pageName", "product", "category", "contextData.note"] {
        let page = double.get(&format!("/report?by={by}")).await;
        assert_eq!(page.status, StatusCode::OK);
        inert(&page.body);
        let live = double.get(&format!("/report.csv?by={by}")).await;
        assert_eq!(live.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(live.header("content-disposition"), "attachment; filename=\"report.csv\"");
        assert_eq!(live.header("x-content-type-options"), "nosniff");
        no_formula(&live.body);
    }
    // What is asked for is shown as well.
    for text in CORPUS {
        let asked: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for parameter in ["site", "by", "from", "token"] {
            let page = double.get(&format!("/report?{parameter}={asked}")).await;
            inert(&page.body);
            assert!(["text/html; charset=utf-8", "application/problem+json"].contains(&page.header("content-type")));
        }
    }
    assert_eq!(double.report("").await["accounting"]["counted"], CORPUS.len());
}

/// The page's own elements and no other, and no text that turns what stands around it.
#[track_caller]
fn inert(html: &str) {
    for start in ["<script>", "<img", "<iframe", "<b>", " onerror=alert(1)>", "</table><"] {
        assert!(!html.contains(start), "{start}");
    }
    for (at, _) in html.match_indices(['\u{202e}', '\u{2066}', '\u{200f}']) {
        let around: String = html[..at].chars().rev().take(80).collect::<Vec<_>>().into_iter().rev().collect();
        let before = html.get(..at).and_then(|text| text.rfind("<bdi>").map(|start| !text[start..].contains("</bdi>")));
        let in_attribute = html.get(..at).and_then(|text| text.rfind("=\"").map(|start| !text[start + 2..].contains('"')));
        assert!(before == Some(true) || in_attribute == Some(true), "{around}");
    }
}

/// No cell begins like a formula, and each line has as many cells as the first.
#[track_caller]
fn no_formula(csv: &str) {
    let mut cells = vec![vec![String::new()]];
    let mut quoted = false;
    let mut letters = csv.trim_end().chars().peekable();
    while let Some(letter) = letters.next() {
        let row = cells.last_mut().expect("a row");
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => row.last_mut().expect("a cell").extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => cells.push(vec![String::new()]),
            other => row.last_mut().expect("a cell").push(other),
        }
    }
    assert!(!quoted && cells.len() > 1, "{csv}");
    for row in &cells {
        assert_eq!(row.len(), cells[0].len(), "{row:?} of {csv}");
        for cell in row {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '|', '%']), "{cell:?}");
            assert!(!cell.contains(|ch: char| ch.is_control() || "\u{202e}\u{2066}\u{2069}\u{200f}".contains(ch)), "{cell:?}");
        }
    }
}

#[tokio::test]
async fn the_csv_says_what_the_report_says() {
    let double = planted().await;
    let json: Value = double.report("by=flow").await;
    let csv = double.get("/report.csv?by=flow").await.body;
    assert!(csv.starts_with("flow,hits,pageViews,productViews,"), "{csv}");
    assert_eq!(csv.lines().count(), 1 + json["breakdown"]["rows"].as_array().expect("rows").len());
    assert_eq!(csv.lines().filter(|line| line.contains("1.00 EUR")).count(), 0, "a checkout is no order");
    let whole = double.get("/report.csv").await.body;
    assert_eq!(whole.lines().count(), 2, "{whole}");
    assert!(whole.lines().nth(1).is_some_and(|line| line.starts_with("0,0,0,0,0,0,22,0,0,,1,1")), "{whole}");
    let traffic = double.get("/report.csv?by=page").await.body;
    assert!(traffic.starts_with("page,hits,pageViews,visits,visitors\r\n/p/RV-0860-A2,22,0,1,1"), "{traffic}");
}

#[tokio::test]
async fn the_csv_needs_the_token_too() {
    let settings = caisse_collector::Settings { report_token: Some("s3cret".into()), ..Default::default() };
    let double = Double::with(settings, caisse_collector::storage::Sqlite::open(None).expect("a database"));
    assert_eq!(double.get("/report.csv").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(double.get("/report.csv?token=s3cret").await.status, StatusCode::OK);
}
