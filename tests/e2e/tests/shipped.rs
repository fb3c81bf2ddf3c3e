//! The modules as they are shipped say what the same code says natively: built for size and for a target of their own, they might not.

use std::io::Write as _;
use std::process::{Command, Stdio};

use caisse::advice::Advisor;
use caisse::call::{Call, GROUP, RECORD, UNIT};
use caisse::encode::{adobe_analytics, adobe_edge, collector};
use caisse::hit::{Context, Hit};
use caisse::problem::Problems;
use caisse_e2e::{NODE, package};
use serde_json::{Value, json};

const STREAM: &str = "0123456789abcdef0123456789abcdef";
const SEED: &str = "fedcba9876543210fedcba9876543210";

/// Heads of calls: kind and name.
const HEADS: [&str; 8] = ["t scCheckout", "t purchase", "t scView", "t checkoutStepView", "t begin_checkout", "t nobody", "c note", "p "];
/// Prices, in every form that a number may have.
const PRICES: [&str; 10] = ["s6.40", "n6.4", "s0.0125", "n0.30000000000000004", "s999999999999", "s-3", "n1e-7", "s1.005", "s6,40", "n125"];
const QUANTITIES: [&str; 4] = ["n1", "n3", "n999999", "n0"];
const CURRENCIES: [&str; 5] = ["sEUR", "sJPY", "sKWD", "sCLF", "seuro"];
/// Texts that are cut, redacted, or hard to write down.
const TEXTS: [&str; 10] = [
    "sgold",
    "sM8 × 60, verzinkt; 12 Stück | \"€\" \\",
    "s4242 4242 4242 4242",
    "sada@example.org wrote",
    "s٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢",
    "s𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞",
    "b1",
    "z",
    "xdepth",
    "s",
];

/// Calls of which each takes another mixture of all that.
fn calls() -> Vec<String> {
    (0..400).map(call).collect()
}

fn call(index: usize) -> String {
    let of = |list: &[&str], step: usize| list[index / step % list.len()].to_owned();
    let (kind, name) = HEADS[index % HEADS.len()].split_once(' ').expect("a kind and a name");
    let mut text = ["c1", STREAM, "0", "1700000000000", kind, name, ""].join(&UNIT.to_string());
    let mut add = |path: &str, value: String| text.extend([&RECORD.to_string(), path, &UNIT.to_string(), &value]);
    add("@url", "shttps://shop.example/checkout/1000234?utm_source=news&email=x#top".into());
    add("@referrer", "shttps://other.example/?q=x".into());
    add("@visitor", "s0a1b2c3d4e5f60718293a4b5c6d7e8f9".into());
    add("@viewport", "s1280x720".into());
    add("@screen", "s1920x1080".into());
    add("@offset", "n-60".into());
    add("currency", of(&CURRENCIES, 1));
    add("orderId", format!("sR{}", index / 3));
    add("checkoutId", "sabcdefghijklmnopqrstu".into());
    add("revenue", of(&PRICES, 3));
    add("tier>eVar5", of(&TEXTS, 1));
    add("prop3", of(&TEXTS, 2));
    add("searchTerm", of(&TEXTS, 3));
    add("contextData.a.b", of(&TEXTS, 5));
    add("list1.0", of(&TEXTS, 7));
    add("list1.1", "sb".into());
    add("event10.value", of(&PRICES, 2));
    add("event10.id", "sabcd".into());
    for line in 0..index % 4 {
        let mut add = |path: &str, value: String| add(&format!("products.{line}.{path}"), value);
        add("id", format!("sRV-{line}"));
        add("name", of(&TEXTS, 11));
        add("quantity", of(&QUANTITIES, 5));
        add("unitPrice", PRICES[(index + line) % PRICES.len()].to_owned());
        if index.is_multiple_of(3) {
            add("lineTotal", PRICES[(index / 7 + line) % PRICES.len()].to_owned());
        }
        add("eVar7", of(&TEXTS, 13));
        add("event3", of(&PRICES, 4));
    }
    text
}

/// Asks the modules; one answer for each question.
fn asked(questions: &[Value]) -> Vec<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/shipped.mjs");
    let mut node = Command::new(NODE.find().expect("Node.js"));
    let folder = package().expect("the package");
    let mut node = node.arg(script).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Node.js");
    let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
    let mut input = node.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = node.wait_with_output().expect("answers");
    writer.join().expect("a writer").expect("all was read");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What a fresh core is told, and a call that it gets.
fn question(module: &str, destinations: &str, call: &str) -> Value {
    let start = format!("{SEED}{UNIT}{STREAM}{UNIT}rivet{UNIT}{UNIT}{UNIT}{RECORD}{destinations}");
    json!([module, [[0, start], [1, format!("{GROUP}{call}")]]])
}

/// The same, as far as it is known natively: what must be among what the core asks for.
fn expected(call: &str) -> Option<(Hit, Context, Problems)> {
    let call = Call::read(call).expect("a call");
    let mut problems = Problems::default();
    let hit = Hit::judge(&call, &mut problems).ok()?;
    Some((hit, Context::of(&call), problems))
}

/// The problems of a call as they are told to the page.
fn told(problems: &Problems) -> String {
    problems.iter().map(|problem| format!("{RECORD}{}{UNIT}{}", problem.code, problem.place)).collect()
}

#[test]
fn the_core_says_what_it_says_natively() {
    let calls = calls();
    let destination = format!("collector{UNIT}/hits");
    let questions: Vec<Value> = calls.iter().map(|call| question("caisse", &destination, call)).collect();
    for (call, answer) in calls.iter().zip(asked(&questions)) {
        let (hit, context, problems) = expected(call).expect("a hit");
        let row = format!("{RECORD}{}{RECORD}{}", collector::context(&context), collector::hit(&hit));
        assert!(answer.contains(&row), "{call}\n{answer}\n{row}");
        assert!(answer.contains(&format!("nr{UNIT}0{UNIT}{}\u{1c}", told(&problems))), "{call}\n{answer}\n{problems:?}");
    }
}

#[test]
fn the_core_with_adobes_destinations_says_what_it_says_natively() {
    let calls = calls();
    let destinations = [
        ["collector", "/hits"].join(&UNIT.to_string()),
        ["adobe-analytics2", "https://smetrics.example", "rivet", "1", "", ""].join(&UNIT.to_string()),
        ["adobe-edge3", "https://edge.example/ee", "stream"].join(&UNIT.to_string()),
    ];
    let destinations = destinations.join(&RECORD.to_string());
    let questions: Vec<Value> = calls.iter().map(|call| question("adobe", &destinations, call)).collect();
    let settings = adobe_analytics::Settings { suites: "rivet", timestamps: true, ..Default::default() };
    for (call, answer) in calls.iter().zip(asked(&questions)) {
        let (hit, context, _) = expected(call).expect("a hit");
        for body in [collector::hit(&hit), adobe_analytics::hit(&hit, &context, &settings), adobe_edge::event(&hit, &context, STREAM)] {
            assert!(answer.contains(&format!("{RECORD}{body}\u{1c}")), "{call}\n{answer}\n{body}");
        }
    }
}

#[test]
fn the_advisor_says_what_it_says_natively() {
    let mut advisor = Advisor::default();
    let mut memory = String::new();
    let calls = calls();
    let mut questions = Vec::new();
    let mut expected = Vec::new();
    for call in &calls {
        questions.push(json!(["advisor", [[0, format!("{memory}{GROUP}{call}")]]]));
        let said = told(&advisor.look(call));
        memory = advisor.memory().to_owned();
        expected.push(format!("{memory}{GROUP}{said}"));
    }
    assert_eq!(asked(&questions), expected);
    assert!(expected.iter().any(|said| said.contains("total_mismatch")) && expected.iter().any(|said| said.contains("revenue_mismatch")));
}
