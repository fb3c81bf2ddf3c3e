//! Lists that live both in Rust and in TypeScript, or in the documentation, agree.

use caisse::hit::Reason;
use caisse::vocabulary::{ALIASES, COMMERCE, EXTENSION};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

fn read(path: &str) -> Option<String> {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

fn source(path: &str) -> String {
    read(path).unwrap_or_else(|| panic!("{path} is missing"))
}

/// The text between two others.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from:?}")).1;
    rest.split_once(to).unwrap_or_else(|| panic!("no {to:?} after {from:?}")).0
}

/// Every text in double quotes.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

/// The codes of problems: the variants of an enumeration, as the page spells them.
fn codes(source: &str, name: &str) -> BTreeSet<String> {
    let variants = between(source, &format!("pub enum {name} {{"), "\n}\n")
        .lines()
        .map(str::trim)
        .filter(|line| line.ends_with(',') && !line.starts_with("//"));
    variants.map(|variant| snake(variant.trim_end_matches(','))).collect()
}

/// `TooLong` as `too_long`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[test]
fn the_types_know_the_events() {
    let types = source("js/src/types.ts");
    let typed = quoted(between(&types, "export type EventName =", ";"));
    let known: BTreeSet<&str> = words(COMMERCE).union(&words(EXTENSION)).copied().collect();
    assert_eq!(typed, known);
}

#[test]
fn the_types_know_what_others_call_events() {
    let types = source("js/src/types.ts");
    let typed = quoted(between(&types, "export type AliasName =", ";"));
    let ours = words(COMMERCE).union(&words(EXTENSION)).copied().collect::<BTreeSet<_>>();
    let pairs: Vec<&str> = ALIASES.split('|').collect();
    let known: BTreeSet<&str> = pairs.chunks(2).filter(|pair| ours.contains(pair[1])).map(|pair| pair[0]).collect();
    assert_eq!(typed, known);
}

#[test]
fn every_problem_has_its_words() {
    let mut known = codes(&source("src/problem.rs"), "Code");
    known.extend(codes(&source("src/advice.rs"), "Advice"));
    let table = problems();
    assert_eq!(table.keys().cloned().collect::<BTreeSet<_>>(), known);
    for (code, told) in &table {
        let said = |key: &str| told[key].as_str().is_some_and(|text| !text.is_empty());
        assert!(["error", "warning", "info"].iter().any(|severity| told["severity"] == *severity), "{code}");
        assert!(said("meaning") && said("fix"), "{code}");
    }
}

/// `docs/problems.md`, from the table that the page loads.
fn problems_page() -> String {
    let table = problems();
    let mut page = String::from(PROBLEMS_INTRODUCTION);
    for (code, told) in &table {
        let text = |key: &str| {
            told[key].as_str().unwrap_or("").replace("`%`", if code == "alias" { "The name" } else { "The option" }).replace("`@`", "ours")
        };
        page += &format!("| `{code}` | {} | {} | {} | {} |\n", text("severity"), text("meaning"), text("adobe"), text("fix"));
    }
    page
}

fn problems() -> BTreeMap<String, serde_json::Value> {
    serde_json::from_str(&source("js/src/problems.json")).expect("a table")
}

const PROBLEMS_INTRODUCTION: &str = "\
# Problems

What can be wrong with a call, or with the options of `createTracker`. A call that has problems is not thrown away: what can be sent is
sent, with the codes of its problems. The receipt's `settled` and the listeners of `\"invalid\"` get each with its code, which never changes
its meaning, its place (`products.1.id`), its severity and these words, and, where a name is not known, the one that was probably meant. In
development (on loopback, or with `debug: true`) the console says it too.

What is only likely to be wrong (ids, sums, currencies, what Adobe would take for something else) is looked for where somebody listens: in
development, or with a listener of `\"invalid\"`. Those pages load a module more; what it compares calls with (hashes, prices, the last
currency) it keeps for half an hour in localStorage. The collector keeps the codes of it with every hit, as far as one call shows it.

Severities: `error`, something was lost or counts as nothing; `warning`, something was changed, or will surprise; `info`, good to know.

| code | severity | meaning | what Adobe would do | what to do |
|---|---|---|---|---|
";

#[test]
fn the_documentation_explains_every_problem() {
    if std::env::var_os("CAISSE_WRITE_DOCS").is_some() {
        fs::write(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/problems.md"), problems_page()).expect("docs/problems.md");
    }
    let page = source("docs/problems.md");
    assert!(
        page == problems_page(),
        "docs/problems.md is not what js/src/problems.json says: CAISSE_WRITE_DOCS=1 cargo test --test native contract"
    );
}

#[test]
fn the_documentation_explains_every_loss() {
    for path in ["docs/delivery.md", "docs/wire.md"] {
        let Some(page) = read(path) else { continue };
        let missing: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).filter(|reason| !page.contains(reason)).collect();
        assert!(missing.is_empty(), "{path} does not name {missing:?}");
    }
}

#[test]
fn words_of_losses_are_read_back() {
    for reason in Reason::ALL {
        assert_eq!(Reason::from_word(reason.as_str()), Some(reason));
    }
}

/// The separators and the version of a snapshot, which both sides spell.
#[test]
fn snapshots_are_written_as_they_are_read() {
    let shim = source("js/src/snapshot.ts");
    for (name, separator) in [("GROUP", caisse::call::GROUP), ("RECORD", caisse::call::RECORD), ("UNIT", caisse::call::UNIT)] {
        let line = format!("export const {name} = \"\\x{:02x}\";", u32::from(separator));
        assert!(shim.contains(&line), "js/src/snapshot.ts lacks {line}");
    }
    for (name, limit) in [("DEPTH_MAX", caisse::limits::DEPTH_MAX), ("FIELDS_MAX", caisse::limits::FIELDS_MAX)] {
        assert!(shim.contains(&format!("const {name} = {limit};")), "js/src/snapshot.ts has another {name}");
    }
}
