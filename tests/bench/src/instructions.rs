//! Work to be counted: `instructions WHAT TIMES` does one thing so many times. `cargo xtask test instructions` runs it twice under a
//! counter of instructions; the difference, divided by the difference in times, is what the thing costs, without the start of the program
//! and without knowing any function by name. Never looks at a clock.

#[path = "../../native/call.rs"]
#[allow(dead_code)] // it has more than is needed here
mod call;

use caisse::call::{Call, Millis};
use caisse::consent::State;
use caisse::destination::Destination;
use caisse::driver::Driver;
use caisse::encode::collector as encode;
use caisse::hit::{Context, Hit, Reason};
use caisse::luck::Luck;
use caisse::options::Options;
use caisse::ports::{Listener, Store, Timer, Transport};
use caisse::problem::Problems;
use caisse::retry::Answer;
use caisse::row::Row;
use call::{STREAM, field, head};
use std::hint::black_box;
use std::process::ExitCode;

/// The most times that a thing can be done: everything it needs is prepared for as many, so that this costs the same in every run.
const TIMES_MAX: usize = 2_000;
/// Numbers of calls and of beacons have as many digits from the first to the last.
const SEQ_MIN: u64 = 1_000;
const AT: Millis = 1_763_690_000_000;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (what, times) = (arguments.next().unwrap_or_default(), arguments.next().and_then(|times| times.parse().ok()));
    let Some(times) = times.filter(|times| *times <= TIMES_MAX) else {
        eprintln!("instructions judge|encode|track TIMES, at most {TIMES_MAX}");
        return ExitCode::FAILURE;
    };
    let calls: Vec<String> = (SEQ_MIN..).take(TIMES_MAX).map(checkout).collect();
    let done = match what.as_str() {
        "judge" => calls.iter().take(times).filter(|call| judged(call).is_some()).count(),
        "encode" => encoded(&calls[0], times),
        "track" => tracked(&calls, times),
        _ => usize::MAX,
    };
    if done != times {
        eprintln!("{what} was done {done} times, not {times}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// A checkout as a shop reports it: three products, five eVars and three props, with what the shim says about the page.
fn checkout(seq: u64) -> String {
    let mut snapshot = head(STREAM, seq, AT, "t", "scCheckout", "");
    for (path, value) in [
        ("@url", "shttps://shop.example/checkout/delivery?utm_source=newsletter&utm_campaign=autumn"),
        ("@referrer", "shttps://shop.example/cart"),
        ("@visitor", "s0a1b2c3d4e5f60718293a4b5c6d7e8f9"),
        ("@language", "sfr-CH"),
        ("@viewport", "s1280x720"),
        ("@screen", "s2560x1440"),
        ("@offset", "n-60"),
        ("@currency", "sEUR"),
        ("checkoutId", "sk19x0042"),
        ("currency", "sEUR"),
        ("memberTier>eVar5", "sgold"),
        ("eVar12", "sreturning customer"),
        ("eVar17", "sexpress delivery"),
        ("eVar40", "sautumn-sale-2026"),
        ("eVar101", "sB2C"),
        ("searchTerm>prop3", "shex bolt M8 x 60"),
        ("prop7", "scheckout:delivery"),
        ("prop21", "sfr-CH"),
    ] {
        field(&mut snapshot, path, value);
    }
    let products = [
        ("RV-0860-A2", "Hex bolt M8 × 60 stainless A2", "bolts/hex", "200", "s0.0125"),
        ("RV-2210-ZN", "Corner bracket 90 × 90 zinc plated", "brackets/corner", "12", "s6.40"),
        ("RV-7745-XL", "Cordless impact driver 18 V with two batteries", "tools/power", "1", "n249.9"),
    ];
    for (index, (id, name, category, quantity, price)) in products.iter().enumerate() {
        let texts = [("id", id), ("name", name), ("category", category)].map(|(name, text)| (name, format!("s{text}")));
        for (name, value) in texts.into_iter().chain([("quantity", format!("n{quantity}")), ("unitPrice", (*price).to_owned())]) {
            field(&mut snapshot, &format!("products.{index}.{name}"), &value);
        }
    }
    snapshot
}

/// Validation: reads, checks and redacts a call. A call that had a problem would be another one than is to be counted.
fn judged(snapshot: &str) -> Option<Hit> {
    let mut problems = Problems::default();
    let hit = Hit::judge(&Call::read(black_box(snapshot))?, &mut problems).ok()?;
    (problems.iter().next().is_none() && hit.event.products.len() == 3).then(|| black_box(hit))
}

/// Turns a hit and its page into their bytes.
fn encoded(snapshot: &str, times: usize) -> usize {
    let Some((hit, context)) = judged(snapshot).zip(Call::read(snapshot).map(|call| Context::of(&call))) else { return 0 };
    (0..times).filter(|_| !black_box(encode::hit(&hit)).is_empty() && !black_box(encode::context(&context)).is_empty()).count()
}

/// All that the core does for a call: judges, encodes, stores and sends it, and takes the acknowledgement. The answer is how many
/// were acknowledged.
fn tracked(snapshots: &[String], times: usize) -> usize {
    let destinations = vec![Destination::new("collector", "/hits")];
    let options = Options { site: "rivet".into(), destinations, consent: State::Granted, ..Options::default() };
    let luck = Luck::new("00112233445566778899aabbccddeeff");
    let answers: Vec<String> = (1_u32..).zip(SEQ_MIN..).take(TIMES_MAX).map(|(flight, seq)| answer(&luck.batch(flight), seq)).collect();
    let mut driver = Driver::new(options, STREAM, luck, World::default());
    for (snapshot, body) in snapshots.iter().zip(&answers).take(times) {
        driver.track(black_box(snapshot), AT);
        let flight = driver.world.flight;
        driver.answered(&Answer { flight, status: 200, retry_after: None, body: black_box(body) }, AT);
    }
    driver.world.acknowledged
}

fn answer(batch: &str, seq: u64) -> String {
    format!(r#"{{"batch":"{batch}","accepted":"{STREAM}:{seq}","duplicate":"","rejected":""}}"#)
}

/// A world that costs nothing.
#[derive(Default)]
struct World {
    flight: u32,
    acknowledged: usize,
}

impl Store for World {
    fn put(&mut self, row: &Row<'_>) {
        black_box(row.body);
    }

    fn delete(&mut self, _: &str, _: &str, seq: u64) {
        black_box(seq);
    }

    fn bought(&mut self, _: &str, _: &str, seq: u64) {
        black_box(seq);
    }
}

impl Transport for World {
    fn send(&mut self, flight: u32, _: &str, body: &str) {
        self.flight = flight;
        black_box(body);
    }
}

impl Timer for World {
    fn wake_at(&mut self, at: Option<Millis>) {
        black_box(at);
    }
}

impl Listener for World {
    fn judged(&mut self, _: u64, dropped: Option<Reason>, _: &Problems) {
        black_box(dropped);
    }

    fn acknowledged(&mut self, _: &str, _: &str, own: u32, _: u32) {
        self.acknowledged += own as usize;
    }

    fn dropped(&mut self, _: &str, _: &str, _: u64, reason: Reason) {
        black_box(reason);
    }
}
