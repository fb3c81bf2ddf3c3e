//! Counts the instructions of what every call costs a page's core, natively, and holds them against xtask/instructions.json. Counts
//! are the same on a busy machine as on an idle one; time is not. Never looks at a clock.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::budget::{Budget, Kind, thousands};
use crate::command::{Run, find, say};
use crate::counts::Counts;
use crate::{debian, workspace};

/// The budget of instructions.
const BUDGET: Kind = Kind {
    path: "xtask/instructions.json",
    unit: "instructions",
    described: "instructions for a checkout with three products, x86_64 Linux, release profile, counted by callgrind",
    growth_percent_max: 5,
    accept: "cargo xtask test --accept-instructions",
};

/// What is counted: its name in the budget, and what tests/bench/src/instructions.rs calls it.
const WORK: [(&str, &str); 3] = [("validate", "judge"), ("encode", "encode"), ("track, send and acknowledge", "track")];

/// How often a thing is done in the shorter run, and in the longer one. A thousand times make the difference: what happens at the
/// start of a program is in both.
const TIMES: [u64; 2] = [100, 1_100];

/// Counts are comparable between machines of one kind. Elsewhere only the bars hold.
const COMPARABLE: bool = cfg!(all(target_arch = "x86_64", target_os = "linux"));

/// Counts, and says what is over its bar or grew over its record.
pub fn check() -> Result<Counts> {
    let budget = Budget::read(&BUDGET)?;
    let mut counts = Counts::default();
    for (name, instructions) in measure()? {
        println!("    {name:<28} {:>10} instructions", thousands(instructions));
        let complaints: Vec<String> = match COMPARABLE {
            true => budget.complaints(&name, instructions).collect(),
            false => budget.over(&name, instructions).into_iter().collect(),
        };
        for complaint in &complaints {
            println!("error: {complaint}");
        }
        counts.add(Counts::check(complaints.is_empty()));
    }
    println!("    by function: callgrind_annotate target/instructions/judge.{}", TIMES[1]);
    Ok(counts)
}

/// Makes the counts of now the record.
pub fn accept() -> Result<()> {
    ensure!(COMPARABLE, "the record is of x86_64 Linux; counts of another machine would say nothing about it");
    let numbers = measure()?;
    for (name, instructions) in &numbers {
        println!("    {name:<28} {:>10} instructions", thousands(*instructions));
    }
    Budget::read(&BUDGET)?.record(numbers.into_iter())
}

fn measure() -> Result<Vec<(String, u64)>> {
    let valgrind = valgrind()?;
    say("counting instructions");
    // A CPU chosen by the environment would have other instructions to count.
    Run::cargo().line("build --quiet --release --package caisse-bench --bin instructions").without("RUSTFLAGS").run()?;
    let program = workspace::native_target().join("release").join(format!("instructions{}", std::env::consts::EXE_SUFFIX));
    fs::create_dir_all(folder())?;
    let cost = |(name, what): (&str, &str)| {
        let [fewer, more] = TIMES.map(|times| count(&valgrind, &program, what, times));
        Ok((name.to_owned(), (more? - fewer?) / (TIMES[1] - TIMES[0])))
    };
    WORK.into_iter().map(cost).collect()
}

/// Instructions of a whole run.
fn count(valgrind: &Path, program: &Path, what: &str, times: u64) -> Result<u64> {
    let profile = folder().join(format!("{what}.{times}"));
    Run::new(valgrind)
        .line("-q --tool=callgrind")
        .args([format!("--callgrind-out-file={}", profile.display())])
        .args([program])
        .args([what, &times.to_string()])
        .read()?;
    let profile = fs::read_to_string(&profile).with_context(|| format!("{} cannot be read", profile.display()))?;
    total(&profile).context("callgrind wrote no total")
}

/// `summary: 52812371`
fn total(profile: &str) -> Option<u64> {
    profile.lines().find_map(|line| line.strip_prefix("summary:"))?.trim().parse().ok()
}

fn valgrind() -> Result<PathBuf> {
    let lacking = "counting instructions needs Valgrind, and there is no `valgrind` in PATH";
    if let Some(path) = find("valgrind") {
        return Ok(path);
    }
    debian::install(lacking, &["valgrind"], "Install Valgrind with your system's means")?;
    find("valgrind").context("Valgrind was installed, but there is no `valgrind` in PATH")
}

/// Where the profiles are.
fn folder() -> PathBuf {
    workspace::scratch().join("instructions")
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn reads_the_total() {
        assert_eq!(total("events: Ir\nsummary: 52812371\nfn=(0)\n1 2\ntotals: 7\n"), Some(52_812_371));
        assert_eq!(total("events: Ir\n"), None);
    }

    #[test]
    fn every_bar_is_for_something_counted() {
        let budget = fs::read_to_string(workspace::root().join(BUDGET.path)).expect("the budget");
        let budget: serde_json::Value = serde_json::from_str(&budget).expect("JSON");
        for table in ["bars", "recorded"] {
            for name in budget[table].as_object().expect("a table").keys() {
                assert!(WORK.iter().any(|(known, _)| known == name), "{name}");
            }
        }
    }
}
