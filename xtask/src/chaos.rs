//! `cargo xtask chaos`: the long simulation, the collector killed a thousand times, then runs of chaos in real browsers, each from a seed of
//! its own, and a table of what came of them, and last the end-to-end tests of what takes long. Before the runs, what the element looks like in
//! Firefox and WebKitGTK.

use anyhow::{Context, Result, bail};

use crate::command::{Run, say};
use crate::tests::in_real_browsers;

/// Runs in each engine.
const RUNS: u64 = 200;
/// Schedules of the simulation, and events of each.
const SCHEDULES: u64 = 10_000;
const EVENTS: u64 = 1_000;
/// Events in which a tenth have a secret of the visitor's.
const PLANTED: u64 = 1_000_000;
/// Times that the collector is killed.
const KILLS: u64 = 1_000;

const ENGINES: [&str; 3] = ["chromium", "firefox", "webkit"];

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    runs: u64,
    seed: u64,
    schedules: u64,
    kills: u64,
    long: bool,
    engines: Vec<String>,
}

/// Runs all; one that fails does not keep the others from running.
pub fn command(arguments: &[String]) -> Result<()> {
    let wanted = read(arguments)?;
    let simulated = simulate(&wanted);
    let killed = kill(&wanted);
    let looked = look(&wanted);
    let driven = drive(&wanted);
    let repeated = repeat(&wanted);
    simulated?;
    killed?;
    looked?;
    driven?;
    repeated
}

fn read(arguments: &[String]) -> Result<Wanted> {
    let mut wanted = Wanted { runs: RUNS, seed: 0, schedules: SCHEDULES, kills: KILLS, long: true, engines: Vec::new() };
    let mut words = arguments.iter();
    while let Some(name) = words.next() {
        let value = words.next().with_context(|| format!("{name} needs a value"))?;
        let number = || value.parse().with_context(|| format!("{name} {value}: a number is expected"));
        match name.as_str() {
            "--runs" => wanted.runs = number()?,
            "--seed" => wanted.seed = number()?,
            "--schedules" => wanted.schedules = number()?,
            "--kills" => wanted.kills = number()?,
            "--long" => wanted.long = number()? > 0,
            "--engine" if ENGINES.contains(&value.as_str()) => wanted.engines.push(value.clone()),
            "--engine" => bail!("there is no engine `{value}`; there are {}", ENGINES.join(", ")),
            unknown => bail!("there is no option `{unknown}`; there are --runs, --seed, --schedules, --kills, --long, --engine"),
        }
    }
    if wanted.engines.is_empty() {
        wanted.engines = ENGINES.map(str::to_owned).to_vec();
    }
    Ok(wanted)
}

/// The simulation, of which the tests run a short one.
fn simulate(wanted: &Wanted) -> Result<()> {
    if wanted.schedules == 0 {
        return Ok(());
    }
    say(&format!("{} schedules of {EVENTS} events, simulated", wanted.schedules));
    Run::cargo()
        // Mistakes are looked for in schedules of the ordinary length.
        .line("test --release --package caisse --test native sim -- --skip sim::defects --nocapture")
        .env("CAISSE_SCHEDULES", wanted.schedules.to_string())
        .env("CAISSE_CALLS", EVENTS.to_string())
        .env("CAISSE_FIRST_SEED", wanted.seed.to_string())
        .run()?;
    say(&format!("{PLANTED} events, a tenth of them with a secret"));
    Run::cargo()
        .line("test --release --package caisse --test native no_planted_secret -- --nocapture")
        .env("CAISSE_EVENTS", PLANTED.to_string())
        .run()
}

/// The collector, of which the tests kill a few.
fn kill(wanted: &Wanted) -> Result<()> {
    if wanted.kills == 0 {
        return Ok(());
    }
    say(&format!("the collector, killed {} times", wanted.kills));
    Run::cargo()
        .line("test --release --package caisse-collector --test collector killed_at_any_moment -- --nocapture")
        .env("CAISSE_KILLS", wanted.kills.to_string())
        .run()
}

/// Pictures in the engines whose pictures no other test compares.
fn look(wanted: &Wanted) -> Result<()> {
    let others: Vec<String> = wanted.engines.iter().filter(|engine| *engine != "chromium").cloned().collect();
    if wanted.runs == 0 || others.is_empty() {
        return Ok(());
    }
    say(&format!("what the element looks like in {}", others.join(" and ")));
    let run = Run::cargo().line("test --quiet --package caisse-e2e --test e2e the_lab_looks_as_it_did");
    in_real_browsers(run.env("CAISSE_PICTURES", others.join(",")))?.run()
}

fn drive(wanted: &Wanted) -> Result<()> {
    if wanted.runs == 0 {
        return Ok(());
    }
    say(&format!("{} runs in {}", wanted.runs, wanted.engines.join(", ")));
    let run = Run::cargo().line("run --quiet --package caisse-e2e --bin caisse-chaos --");
    in_real_browsers(run.args([wanted.runs.to_string(), wanted.seed.to_string()]).args(&wanted.engines))?.run()
}

/// What the end-to-end tests do once, and for a few seconds.
fn repeat(wanted: &Wanted) -> Result<()> {
    if !wanted.long {
        return Ok(());
    }
    say("pages left twenty times over, and a collector that is down for a minute");
    let run = Run::cargo().line("test --package caisse-e2e --test e2e --no-fail-fast -- leaving_and_closing when_the_collector_is_back");
    in_real_browsers(run.env("CAISSE_LONG", "1"))?.run()
}

#[cfg(test)]
mod unit {
    use super::*;

    fn check(line: &str) -> Result<Wanted> {
        read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn reads_what_is_asked_for() {
        let all = check("").expect("nothing to say");
        assert_eq!((all.runs, all.seed, all.schedules, all.engines.len()), (RUNS, 0, SCHEDULES, ENGINES.len()));
        let one = check("--engine firefox --seed 7 --runs 1 --schedules 0 --kills 9 --long 0").expect("options");
        assert_eq!(one, Wanted { runs: 1, seed: 7, schedules: 0, kills: 9, long: false, engines: vec!["firefox".into()] });
        for wrong in ["--runs", "--runs few", "--engine opera", "--loops 3"] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
