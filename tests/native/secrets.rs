//! Corpora for the rules of `src/privacy.rs`, made here: card numbers of every issuer and length in the ways in which people and programs write
//! them, numbers of trade that are none, and secrets planted in whole events. What the rules are known to miss is named and counted, so
//! that a rule that finds more asks for a line less here.

use std::collections::{BTreeMap, BTreeSet};

use caisse::call::Call;
use caisse::encode::collector as encode;
use caisse::hit::{Context, Hit};
use caisse::privacy::{free_text, identifier, url};
use caisse::problem::Problems;

use crate::call::{STREAM, field, head};
use crate::sim::dice::Dice;

/// Numbers of each issuer and length.
const NUMBERS: usize = 200;
/// Numbers of each kind of trade.
const TRADE: usize = 50_000;
/// Events in which a tenth have a secret, unless CAISSE_EVENTS says otherwise (`cargo xtask chaos`: ten times as many).
const EVENTS: u64 = 100_000;

/// First digits and length of the cards in scope (networks' published ranges, read in November 2026).
const CARDS: [(u64, u64, &[usize]); 24] = [
    (4000, 4999, &[16, 19]),
    (5100, 5599, &[16]),
    (2221, 2720, &[16]),
    (3400, 3499, &[15]),
    (3700, 3799, &[15]),
    (6011, 6011, &[16, 17, 18, 19]),
    (6440, 6499, &[16, 17, 18, 19]),
    (6500, 6599, &[16, 17, 18, 19]),
    (3000, 3059, &[14, 16, 17, 18, 19]),
    (3095, 3095, &[14, 16, 17, 18, 19]),
    (3600, 3699, &[14, 16, 17, 18, 19]),
    (3800, 3999, &[14, 16, 17, 18, 19]),
    (3528, 3589, &[16, 17, 18, 19]),
    (6200, 6299, &[16, 17, 18, 19]),
    (5018, 5018, &[12, 13, 14, 15, 16, 17, 18, 19]),
    (5020, 5020, &[12, 16, 19]),
    (5038, 5038, &[12, 16, 19]),
    (5893, 5893, &[12, 16, 19]),
    (6304, 6304, &[12, 16, 19]),
    (6759, 6763, &[12, 16, 19]),
    (2200, 2204, &[16]),
    (6000, 6099, &[16]),
    (8100, 8299, &[16]),
    (9792, 9792, &[16]),
];

/// A number with a checksum that is right (Luhn's).
fn card(dice: &mut Dice, from: u64, to: u64, length: usize) -> String {
    let mut digits = dice.between(from, to).to_string();
    // 6760 is nobody's.
    if digits == "6760" {
        digits = "6761".into();
    }
    while digits.len() < length - 1 {
        digits.push(char::from(b'0' + dice.below(10) as u8));
    }
    let sum: u32 = digits.bytes().rev().enumerate().map(|(index, byte)| luhn(u32::from(byte - b'0'), index % 2 == 0)).sum();
    digits.push(char::from(b'0' + ((10 - sum % 10) % 10) as u8));
    digits
}

fn luhn(digit: u32, doubled: bool) -> u32 {
    if doubled { digit * 2 % 10 + digit / 5 } else { digit }
}

/// The digits in groups of so many, with something between them.
fn grouped(digits: &str, groups: &[usize], between: &str) -> String {
    let mut rest = digits;
    let mut parts = Vec::new();
    for size in groups.iter().chain(std::iter::repeat(&4)) {
        if rest.is_empty() {
            break;
        }
        let (part, more) = rest.split_at((*size).min(rest.len()));
        parts.push(part);
        rest = more;
    }
    parts.join(between)
}

fn mapped(digits: &str, zero: char) -> String {
    digits.bytes().filter_map(|byte| char::from_u32(zero as u32 + u32::from(byte - b'0'))).collect()
}

/// Ways of writing a number.
type Writing = fn(&str) -> String;
const WRITINGS: [(&str, Writing); 17] = [
    ("plain", |n| n.into()),
    ("in fours", |n| grouped(n, &[4], " ")),
    ("4-6-5", |n| grouped(n, &[4, 6, 5], " ")),
    ("dashes", |n| grouped(n, &[4], "-")),
    ("slashes", |n| grouped(n, &[4], "/")),
    ("plus signs", |n| grouped(n, &[4], "+")),
    ("no-break spaces", |n| grouped(n, &[4], "\u{a0}")),
    ("thin spaces", |n| grouped(n, &[4], "\u{2009}")),
    ("en dashes", |n| grouped(n, &[4], "\u{2013}")),
    ("zero-width marks", |n| grouped(n, &[1], "\u{200b}")),
    ("soft hyphens", |n| grouped(n, &[4], "\u{ad}")),
    ("full-width digits", |n| mapped(n, '\u{ff10}')),
    ("Arabic digits", |n| mapped(n, '\u{660}')),
    ("in a sentence", |n| format!("card: {n}, thanks")),
    ("in JSON", |n| format!("{{\"number\":\"{n}\"}}")),
    ("in a query", |n| format!("?card={n}&x=1")),
    ("in a line of its own", |n| format!("a\n{n}\nb")),
];

/// Ways that the rules do not see, and why: each costs bytes that the core does not have, or has no end.
const MISSED: [(&str, Writing); 6] = [
    ("percent-encoded spaces", |n| grouped(n, &[4], "%20")),
    ("percent-encoded twice", |n| grouped(n, &[4], "%2520")),
    ("points", |n| grouped(n, &[4], ".")),
    ("two spaces", |n| grouped(n, &[4], "  ")),
    ("words about it without a space", |n| format!("card{n}")),
    ("reversed", |n| n.chars().rev().collect()),
];

/// Whether a number is still there, however it is written.
fn leaks(text: &str, number: &str) -> bool {
    let value = |ch: char| {
        ch.to_digit(10)
            .or_else(|| ['\u{ff10}', '\u{660}'].iter().find_map(|zero| (ch as u32).checked_sub(*zero as u32).filter(|v| *v < 10)))
    };
    let digits: String =
        text.replace("%2520", "").replace("%20", "").chars().filter_map(value).filter_map(|value| char::from_digit(value, 10)).collect();
    digits.contains(number) || digits.contains(&number.chars().rev().collect::<String>())
}

fn cards() -> impl Iterator<Item = String> {
    let mut dice = Dice::new(5);
    let kinds = CARDS.iter().flat_map(|(from, to, lengths)| lengths.iter().map(move |length| (*from, *to, *length)));
    kinds.flat_map(|kind| std::iter::repeat_n(kind, NUMBERS)).map(move |(from, to, length)| card(&mut dice, from, to, length))
}

#[test]
fn card_numbers_are_found_in_every_writing_in_scope() {
    let mut tried = 0_u64;
    let mut missed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for number in cards() {
        for (name, write) in WRITINGS {
            let text = write(&number);
            tried += 2;
            for clean in [identifier(&text), free_text(&text)] {
                if leaks(&clean, &number) {
                    missed.entry(name).or_default().push(text.clone());
                }
            }
        }
    }
    let missed: BTreeMap<_, _> = missed.iter().map(|(name, texts)| (name, (texts.len(), &texts[0]))).collect();
    assert!(missed.is_empty(), "{missed:?}");
    println!("{tried} texts with card numbers: all found");
}

#[test]
fn what_is_missed_is_known() {
    let numbers: Vec<String> = cards().step_by(37).collect();
    for (name, write) in MISSED {
        let found = numbers.iter().filter(|number| !leaks(&free_text(&write(number)), number)).count();
        // A number backwards is found where it happens to be long enough for free text.
        let expected = if name == "reversed" { numbers.len() } else { 0 };
        assert_eq!(found, expected, "{name}: the rules see more than this says");
        println!("{name}: {found} of {} found in free text", numbers.len());
    }
    // A URL keeps only campaign parameters, and what is in a path goes by its length.
    for number in &numbers {
        let address = format!("https://shop.example/pay/{number}?card={number}&utm_source=mail#{number}");
        assert!(!leaks(&url(&address), number), "{address}");
    }
}

/// Numbers of trade that are no cards.
type Trade = fn(&mut Dice) -> String;
const KINDS: [(&str, Trade); 11] = [
    ("order R100234", |d| format!("R{}", d.between(100_000, 999_999))),
    ("order 2026-000123", |d| format!("2026-{:06}", d.below(1_000_000))),
    ("order by date and number", |d| format!("202611{:02}{:06}", d.between(1, 30), d.below(1_000_000))),
    ("id of 13 digits", |d| d.between(1_000_000_000_000, 9_999_999_999_999).to_string()),
    ("GTIN-13", |d| format!("{:012}{}", d.between(200_000_000_000, 899_999_999_999), d.below(10))),
    ("milliseconds", |d| d.between(1_700_000_000_000, 1_900_000_000_000).to_string()),
    ("microseconds", |d| d.between(1_700_000_000_000_000, 1_900_000_000_000_000).to_string()),
    ("E.164", |d| format!("+33{}", d.between(600_000_000, 799_999_999))),
    ("UUID", |d| {
        let id = d.id();
        format!("{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..])
    }),
    ("part RV-0860-A2", |d| format!("RV-{:04}-{}{}", d.below(10_000), ['A', 'B', 'Z'][d.below(3) as usize], d.below(10))),
    ("parcel of 22 digits", |d| format!("94{:010}{:010}", d.below(10_000_000_000), d.below(10_000_000_000))),
];

/// Numbers that are as long as card numbers, and drawn from the whole range: no rule can tell all of them. One in so many thousand is taken for a
/// card; a shop whose orders look like this has to say so.
const LIKE_CARDS: [(&str, Trade, usize); 4] = [
    ("order 3-7-7, 17 digits", |d| format!("{:03}-{:07}-{:07}", d.between(100, 999), d.below(10_000_000), d.below(10_000_000)), 25),
    ("14 digits", |d| d.between(10_000_000_000_000, 99_999_999_999_999).to_string(), 10),
    ("16 digits", |d| d.between(1_000_000_000_000_000, 9_999_999_999_999_999).to_string(), 50),
    ("19 digits", |d| d.between(1_000_000_000_000_000_000, 9_999_999_999_999_999_999).to_string(), 30),
];

#[test]
fn numbers_like_cards_are_sometimes_taken_for_them() {
    let mut dice = Dice::new(13);
    for (name, make, thousandths_max) in LIKE_CARDS {
        let texts = std::iter::repeat_with(|| make(&mut dice)).take(TRADE);
        let taken = texts.filter(|text| identifier(text) != *text).count();
        println!("{name}: {taken} of {TRADE} taken for cards");
        assert!(taken > 0 && taken * 1_000 <= TRADE * thousandths_max, "{name}: {taken} of {TRADE}");
    }
}

#[test]
fn numbers_of_trade_stay() {
    let mut dice = Dice::new(9);
    let mut wrong = 0;
    for (name, make) in KINDS {
        let mut hit = 0;
        for _ in 0..TRADE {
            let text = make(&mut dice);
            hit += usize::from(identifier(&text) != text);
        }
        println!("{name}: {hit} of {TRADE} taken for cards");
        wrong += hit;
    }
    let all = TRADE * KINDS.len();
    println!("all: {wrong} of {all}");
    assert!(wrong * 1_000 <= all, "{wrong} of {all} is more than one in a thousand");
}

/// Places in an event that a shop's mistake can put a secret in.
const FIELDS: [&str; 12] = [
    "eVar1",
    "prop3",
    "list1.0",
    "searchTerm",
    "errorMessage",
    "coupon",
    "step",
    "contextData.note",
    "products.0.name",
    "products.0.category",
    "pageName",
    "orderId",
];

fn mail(dice: &mut Dice) -> String {
    format!("q{:x}@mail{}.example", dice.next(), dice.below(100))
}

#[test]
fn no_planted_secret_leaves() {
    let events = std::env::var("CAISSE_EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(EVENTS);
    let mut dice = Dice::new(11);
    let (mut planted, mut bytes) = (0_u64, 0_u64);
    let mut leaked = BTreeSet::new();
    for number in 0..events {
        let mut snapshot = head(STREAM, number, 1_700_000_000_000, "t", "scCheckout", "");
        let mut secrets = Vec::new();
        let mut plant = |dice: &mut Dice, path: &str, snapshot: &mut String| {
            let secret = if dice.chance(30) {
                mail(dice)
            } else {
                let (from, to, lengths) = dice.pick(&CARDS);
                let length = dice.pick(lengths);
                card(dice, from, to, length)
            };
            let (name, write) = WRITINGS[dice.below(14) as usize];
            let is_mail = secret.contains('@');
            let text = if path == "@url" {
                format!("https://shop.example/pay?card={secret}&utm_source={secret}#{secret}")
            } else if is_mail || path == "orderId" {
                secret.clone()
            } else {
                write(&secret)
            };
            field(snapshot, path, &format!("s{}", text.replace(char::is_control, " ")));
            secrets.push((secret, if is_mail { "mail" } else { name }, path.to_owned()));
        };
        // First, as a fact about the page is in no other place.
        if number % 10 == 0 {
            let path = if dice.chance(15) { "@url" } else { dice.pick(&FIELDS) };
            plant(&mut dice, path, &mut snapshot);
            planted += 1;
        } else {
            field(&mut snapshot, "eVar1", "sgold");
        }
        field(&mut snapshot, "checkoutId", &format!("sk{number}"));
        field(&mut snapshot, "products.0.id", "sRV-0860-A2");
        let call = Call::read(&snapshot).expect("a call");
        let Ok(hit) = Hit::judge(&call, &mut Problems::default()) else { continue };
        let out = encode::context(&Context::of(&call)) + &encode::hit(&hit);
        bytes += out.len() as u64;
        for (secret, writing, path) in secrets {
            // The stream, the time and the number are digits too: a card number is looked for in what is written as text.
            let texts = out.replace("1700000000000", "");
            if texts.contains(&secret) || (!secret.contains('@') && texts.split('"').any(|text| leaks(text, &secret))) {
                leaked.insert(format!("{writing} in {path}: {secret}"));
            }
        }
    }
    assert!(leaked.is_empty(), "{} of {planted}: {:#?}", leaked.len(), leaked.iter().take(12).collect::<Vec<_>>());
    println!("{planted} secrets in {events} events: 0 of their bytes in the {bytes} that would leave");
    assert!(planted >= events / 10);
}
