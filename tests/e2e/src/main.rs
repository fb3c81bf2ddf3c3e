//! `cargo xtask chaos` calls this: runs of chaos in real browsers, two at a time, and a table of what came of them.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use caisse_e2e::{Engine, Outcome, Run};
use tokio::task::JoinSet;

/// Runs at once: more would only wait for each other.
const TOGETHER: usize = 2;

const USAGE: &str = "usage: caisse-chaos RUNS FIRST_SEED ENGINE...";

/// What came of the runs in one engine.
#[derive(Debug, Default)]
struct Sums {
    runs: usize,
    failed: usize,
    events: usize,
    soft: usize,
    lost: usize,
    twice: usize,
    disordered: usize,
    errors: usize,
    back: (usize, usize),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some((runs, first, engines)) = arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    let mut faults = Faults::new();
    let mut sums: BTreeMap<&'static str, Sums> = BTreeMap::new();
    let mut playing = JoinSet::new();
    let all = (first..first + runs).flat_map(|seed| engines.iter().map(move |engine| (seed, *engine)));
    let mut failed = false;
    for (seed, engine) in all {
        while playing.len() >= TOGETHER {
            failed |= !next(&mut playing, &mut faults, &mut sums).await;
        }
        let run = Run::of(seed, engine);
        playing.spawn(async move {
            let names = run.names();
            // A run of its own, so that one that cannot go on says so and the others do.
            let outcome = tokio::spawn(run.play()).await;
            (seed, engine, names, outcome.map_err(|error| error.to_string()))
        });
    }
    while !playing.is_empty() {
        failed |= !next(&mut playing, &mut faults, &mut sums).await;
    }
    tell(&faults, &sums, &engines);
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn arguments() -> Option<(u64, u64, Vec<Engine>)> {
    let mut words = std::env::args().skip(1);
    let (runs, first) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let engines: Vec<Engine> = words.map(|word| word.parse()).collect::<Result<_, _>>().ok()?;
    (!engines.is_empty()).then_some((runs, first, engines))
}

type Played = (u64, Engine, BTreeSet<&'static str>, Result<Outcome, String>);

/// Runs in which something happened, by its name and the engine's.
type Faults = BTreeMap<&'static str, BTreeMap<&'static str, usize>>;

/// Waits for a run, adds it up and says what came of it. The answer is whether all is right.
async fn next(playing: &mut JoinSet<Played>, faults: &mut Faults, sums: &mut BTreeMap<&'static str, Sums>) -> bool {
    let Some(Ok((seed, engine, mut names, outcome))) = playing.join_next().await else { return true };
    let sum = sums.entry(engine.name()).or_default();
    sum.runs += 1;
    let mut right = false;
    let said = match &outcome {
        Ok(outcome) => {
            let judgement = &outcome.judgement;
            right = outcome.is_right();
            names.extend(&outcome.faults);
            sum.events += judgement.events;
            sum.soft += judgement.soft;
            sum.lost += judgement.lost.len();
            sum.twice += judgement.twice.len();
            sum.disordered += judgement.disordered.len();
            sum.errors += outcome.errors.len();
            sum.back = (sum.back.0 + outcome.back.0, sum.back.1 + outcome.back.1);
            if right {
                format!("{} events, {} lost that were not kept: right", judgement.events, judgement.soft)
            } else {
                format!("WRONG: {judgement}; {outcome:?}")
            }
        }
        Err(words) => format!("WRONG: {words}"),
    };
    for name in &names {
        *faults.entry(*name).or_default().entry(engine.name()).or_default() += 1;
    }
    let names = names.into_iter().collect::<Vec<_>>().join("; ");
    println!("seed {seed:>4} {:<8} {said} ({names})", engine.name());
    if !right {
        sum.failed += 1;
        println!("    replay: cargo xtask chaos --engine {} --seed {seed} --runs 1 --schedules 0 --kills 0", engine.name());
    }
    right
}

fn tell(faults: &Faults, sums: &BTreeMap<&str, Sums>, engines: &[Engine]) {
    let names: Vec<&str> = engines.iter().map(|engine| engine.name()).collect();
    let row = |head: &str, of: &dyn Fn(&str) -> String| {
        let cells: Vec<String> = names.iter().map(|name| of(name)).collect();
        println!("| {head} | {} |", cells.join(" | "));
    };
    println!();
    row("runs with", &|name| name.into());
    println!("|---|{}", "---:|".repeat(names.len()));
    for (fault, counts) in faults {
        row(fault, &|name| counts.get(name).copied().unwrap_or_default().to_string());
    }
    let fallback = Sums::default();
    let sum = |name: &str| sums.get(name).unwrap_or(&fallback);
    println!();
    row("sum", &|name| name.into());
    println!("|---|{}", "---:|".repeat(names.len()));
    row("runs", &|name| sum(name).runs.to_string());
    row("events", &|name| sum(name).events.to_string());
    row("lost unexplained", &|name| sum(name).lost.to_string());
    row("counted twice", &|name| sum(name).twice.to_string());
    row("out of order", &|name| sum(name).disordered.to_string());
    row("errors visible to the page", &|name| sum(name).errors.to_string());
    row("not kept before a crash, and lost", &|name| sum(name).soft.to_string());
    row("bfcache kept", &|name| format!("{} of {}", sum(name).back.1, sum(name).back.0));
    row("runs that are not right", &|name| sum(name).failed.to_string());
    row("95 % bound on such runs", &|name| match sum(name) {
        // The rule of three: what has not been seen in n trials happens in fewer than 3 of n.
        Sums { failed: 0, runs, .. } if *runs > 0 => format!("< 3 in {runs}"),
        _ => "none".into(),
    });
}
