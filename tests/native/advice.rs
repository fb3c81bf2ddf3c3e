//! What the advisor says: of one call, and of calls one after the other. Calls in their short writing (see `call::short`), advice as
//! `code place`.

use crate::call::short;
use caisse::advice::Advisor;

/// A visit's calls, each with what is said of it. The advisor is on another page for each.
#[track_caller]
fn visit(calls: &[(&str, &str)]) {
    let mut memory = String::new();
    for (call, expected) in calls {
        let mut advisor = Advisor::recall(&memory);
        let advice = advisor.look(&short(call));
        let said: Vec<String> = advice.iter().map(|advice| format!("{} {}", advice.code, advice.place).trim_end().to_owned()).collect();
        assert_eq!(said.join(", "), *expected, "{call}");
        memory = advisor.memory().to_owned();
    }
}

#[track_caller]
fn says(call: &str, expected: &str) {
    visit(&[(call, expected)]);
}

#[test]
fn of_values() {
    says("t scView | orderId=sR-1", "bad_id orderId");
    says("t scView | transaction_id=sR-1", "bad_id transaction_id");
    says("t scView | checkoutId=sabcdefghijklmnopqrstu", "bad_id checkoutId");
    says("t scView | serial=sabcdefghijklmnopqrst", "");
    says("t scView | event1.id=s#1", "bad_id event1.id");
    says("t scView | products.0.id=sA-B | products.0.events.event1.id=s#1", "bad_id products.0.events.event1.id");
    says("t scView | tier>eVar5=sD=v1", "dynamic_value tier");
    says("t scView | eVar5=sd=v1", "");
    let data: String = (0..8).map(|index| format!(" | contextData.key{index}=s{}", "x".repeat(4_092))).collect();
    says(&format!("t scView{data}"), "");
    says(&format!("t scView{data} | contextData.k=sy"), "context_data_too_large contextData");
}

#[test]
fn of_what_adobe_would_make_of_it() {
    says("l ", "missing_link");
    says("l  | linkName=sMenu", "");
    says("p  | products.0.id=sA", "products_only products");
    says("p  | products.0.id=sA | event7=n2", "");
    says("t listView | products.0.id=sA", "");
}

#[test]
fn of_currencies() {
    says("t scView | currency=sEUR", "");
    says("t scView | currency=sTRY", "unlisted_currency currency");
    says("t scView | currency=sRON", "unlisted_currency currency");
    says("t scView | currency=sEUX", "unknown_currency currency");
    visit(&[
        ("t scView | currency=sEUR", ""),
        ("t scView", ""),
        ("t scView | currency=sUSD", "mixed_currency currency"),
        ("t scView | currency=sUSD", ""),
    ]);
}

/// A purchase of two lines: pieces and prices of each, and the revenue.
#[track_caller]
fn adds_up(lines: [&str; 2], rest: &str, expected: &str) {
    let [first, second] = lines.map(|line| line.replace(' ', " | products.N."));
    let call = format!(
        "t scView | products.0.id=sA | products.0.{} | products.1.id=sB | products.1.{} | {rest}",
        first.replace('N', "0"),
        second.replace('N', "1")
    );
    says(&call, expected);
}

#[test]
fn of_revenue() {
    let lines = ["quantity=n2 unitPrice=s6.40", "quantity=n1 unitPrice=s14.00"];
    adds_up(lines, "revenue=s26.80", "");
    adds_up(lines, "revenue=n26.8", "");
    adds_up(lines, "revenue=s31.70 | shipping=s4.90", "");
    adds_up(lines, "revenue=s26.80 | shipping=s4.90 | tax=s4.47", "");
    adds_up(lines, "revenue=s29.17 | shipping=s4.90 | tax=s4.47 | discount=s7", "");
    adds_up(lines, "revenue=s27.80", "revenue_mismatch revenue");
    adds_up(lines, "revenue=s20.40", "unit_price_total products");
    adds_up(["quantity=n2 lineTotal=s6.40", "quantity=n1 lineTotal=s14.00"], "revenue=s26.80", "line_total_unit products");
    adds_up(["quantity=n2 lineTotal=s12.80", "quantity=n1 lineTotal=s14.00"], "revenue=s26.80", "");
    // A line without a price could be worth anything.
    adds_up(["quantity=n2 unitPrice=s6.40", "quantity=n1"], "revenue=s99", "");
    // Half a cent for each line.
    adds_up(["quantity=n3 unitPrice=s0.335", "quantity=n3 unitPrice=s0.335"], "revenue=s2.02", "");
    adds_up(["quantity=n3 unitPrice=s0.335", "quantity=n3 unitPrice=s0.335"], "revenue=s2.03", "revenue_mismatch revenue");
}

#[test]
fn of_lines() {
    says(
        "t scView | products.0.id=sA | products.0.quantity=n2 | products.0.unitPrice=n1 | products.0.lineTotal=n3",
        "total_mismatch products.0",
    );
    let seen = ("t prodView | products.0.id=sA | products.0.unitPrice=s6.40", "");
    let line = "t scAdd | products.0.id=sA | products.0.quantity=n2 | products.0";
    visit(&[seen, (&format!("{line}.unitPrice=s12.80"), "unit_price_total products.0")]);
    visit(&[seen, (&format!("{line}.lineTotal=s6.4"), "line_total_unit products.0")]);
    visit(&[seen, (&format!("{line}.unitPrice=s6.40"), "")]);
    visit(&[seen, (&format!("{line}.lineTotal=s12.80"), "")]);
    visit(&[seen, (&format!("{line}.unitPrice=s9.99"), "")]);
    // What is free is so by the piece and by the line.
    visit(&[("t prodView | products.0.id=sA | products.0.unitPrice=n0", ""), (&format!("{line}.lineTotal=n0"), "")]);
}

#[test]
fn of_what_came_before() {
    visit(&[("t scCheckout", ""), ("p ", ""), ("t purchase | orderId=sR1", "")]);
    visit(&[("t scView", ""), ("t purchase | orderId=sR1", "no_checkout")]);
    visit(&[("t begin_checkout", ""), ("t purchase | orderId=sR1", "")]);
    let long = "abcdefghijklmnopqrst";
    visit(&[
        (&format!("t scView | orderId=s{long}1"), "bad_id orderId"),
        (&format!("t scView | orderId=s{long}1"), "bad_id orderId"),
        // Another kind of id counts something else.
        (&format!("t scView | checkoutId=s{long}2"), "bad_id checkoutId"),
        (&format!("t scView | orderId=s{long}2"), "bad_id orderId, same_when_cut orderId"),
        // A character that would be cut in half is not.
        ("t scView | orderId=sabcdefghijklmnopqrs\u{e9}1", "bad_id orderId"),
        ("t scView | orderId=sabcdefghijklmnopqrs\u{e8}1", "bad_id orderId, same_when_cut orderId"),
    ]);
}

#[test]
fn remembers_no_more_than_it_may_and_survives_garbage() {
    let mut memory = String::new();
    for number in 0..2_000 {
        let mut advisor = Advisor::recall(&memory);
        advisor.look(&short(&format!("t prodView | products.0.id=sP{number} | products.0.unitPrice=n1")));
        memory = advisor.memory().to_owned();
        assert!(memory.len() < caisse::limits::MEMORY_BYTES_MAX + 100, "{}", memory.len());
    }
    for garbage in ["x", "\u{1e}", "\u{1e}9a\u{1f}b", "\u{1e}0currency"] {
        assert_eq!(Advisor::recall(garbage).look(&short("t scView | currency=sEUR")).iter().count(), 0, "{garbage:?}");
    }
    assert_eq!(Advisor::default().look("no snapshot").iter().count(), 0);
}
