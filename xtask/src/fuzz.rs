//! Runs every fuzz target of tests/fuzz for a bounded number of inputs from a fixed seed. (They are nearly the same in every run: what a
//! fuzzer tries next depends a little on where the system put the program.) What cargo-fuzz does beyond that, an address sanitizer for
//! code that is all safe, is not needed here; so neither is it, nor a nightly toolchain.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::command::{Run, find, say};
use crate::counts::Counts;
use crate::{debian, workspace};

/// Inputs for each target, drawn from this seed, of so many bytes at most: a few seconds.
const RUNS: u32 = 20_000;
const SEED: u32 = 1;
const INPUT_BYTES_MAX: u32 = 4_096;

/// What tells the fuzzer which branches an input took and what it was compared with, as cargo-fuzz has it.
const FLAGS: [&str; 8] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions",
    "-Ccodegen-units=1",
];

/// Checks the code of the targets, builds and runs them. Each counts as a test.
pub fn check() -> Result<Counts> {
    compiler()?;
    let host = host()?;
    say("building the fuzz targets");
    cargo("build --quiet --release", &host)?.run()?;
    let mut counts = Counts::check(cargo("clippy --quiet --release", &host)?.line("-- -D warnings").watch()?.success);
    let programs = target().join(&host).join("release");
    for name in targets()? {
        let program = programs.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        counts.add(Counts::check(fuzz(&name, program)?));
    }
    Ok(counts)
}

/// Runs one target. What it finds is kept, and not begun with the next time.
fn fuzz(name: &str, program: PathBuf) -> Result<bool> {
    let found = workspace::scratch().join("fuzz").join(name);
    if found.is_dir() {
        fs::remove_dir_all(&found)?;
    }
    let corpus = found.join("corpus");
    fs::create_dir_all(&corpus)?;
    let ended = Run::new(&program)
        .within(folder())
        .line("-reload=0 -print_final_stats=1 -verbosity=0 -dict=words.dict")
        .args([format!("-runs={RUNS}"), format!("-seed={SEED}"), format!("-max_len={INPUT_BYTES_MAX}")])
        // New inputs go to the first folder.
        .args([format!("-artifact_prefix={}/", found.display()), corpus.display().to_string(), format!("corpus/{name}")])
        .hear()?;
    let [runs, interesting] = ["number_of_executed_units", "new_units_added"].map(|what| statistic(&ended.lines, what));
    println!("    {name:<16} {runs:>7} inputs, {interesting} of them went new ways");
    if ended.success {
        // One that stopped early, or does not see which way our code goes, has tried nothing.
        ensure!(runs >= RUNS && interesting > 0, "the target `{name}` did not try what it should");
    } else {
        ended.lines.iter().for_each(|line| println!("{line}"));
        let input = ended.lines.iter().find_map(|line| line.split_once("Test unit written to ")).map_or("INPUT", |(_, path)| path);
        println!("error: the target `{name}` failed. Once more, with this input alone: {} {input}", program.display());
        println!("When that is mended, the input, put in words, becomes a seed in tests/native/fuzz.rs");
    }
    Ok(ended.success)
}

/// `stat::new_units_added:          12`
fn statistic(lines: &[String], what: &str) -> u32 {
    let number = |line: &String| line.strip_prefix("stat::")?.strip_prefix(what)?.strip_prefix(':')?.trim().parse().ok();
    lines.iter().find_map(number).unwrap_or(0)
}

/// cargo, for the crate of the fuzz targets and with their flags.
fn cargo(line: &str, host: &str) -> Result<Run> {
    let (command, options) = line.split_once(' ').context("cargo needs a command and its options")?;
    let run = Run::cargo().args([command, "--manifest-path", "tests/fuzz/Cargo.toml"]).line(options);
    // Beside the workspace's, as the same crates are built otherwise. With a target named, build scripts and macros go without the flags.
    let run = run.args(["--target", host, "--target-dir"]).args([target()]);
    Ok(run.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}")).without("RUSTFLAGS"))
}

fn folder() -> PathBuf {
    workspace::root().join("tests/fuzz")
}

fn target() -> PathBuf {
    workspace::native_target().join("fuzz")
}

/// The targets there are: one file each.
fn targets() -> Result<Vec<String>> {
    let files = fs::read_dir(folder().join("fuzz_targets")).context("tests/fuzz/fuzz_targets cannot be read")?;
    let names = files.flatten().map(|file| file.path().file_stem().unwrap_or_default().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    ensure!(!names.is_empty(), "tests/fuzz/fuzz_targets has no target");
    Ok(names)
}

/// The machine that rustc builds for when nothing else is said.
fn host() -> Result<String> {
    let told = Run::new("rustc").args(["-vV"]).read()?;
    Ok(told.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc did not tell its host")?.to_owned())
}

/// libFuzzer is C++, and comes as source.
fn compiler() -> Result<()> {
    let there = || std::env::var_os("CXX").is_some() || ["c++", "g++", "clang++"].iter().any(|name| find(name).is_some());
    if !there() {
        let lacking = "the fuzz targets need a C++ compiler, and there is no `c++`, `g++` or `clang++` in PATH, nor one named by CXX";
        debian::install(lacking, &["g++"], "Install a C++ compiler (GCC's or Clang's) with your system's means")?;
    }
    Ok(())
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn reads_what_the_fuzzer_says_at_the_end() {
        let lines =
            ["Done 7 runs in 0 second(s)", "stat::number_of_executed_units: 7", "stat::new_units_added:          12"].map(String::from);
        assert_eq!(["number_of_executed_units", "new_units_added", "peak_rss_mb"].map(|what| statistic(&lines, what)), [7, 12, 0]);
    }

    #[test]
    fn every_target_has_seeds() {
        for name in targets().expect("the targets") {
            assert!(fs::read_dir(folder().join("corpus").join(&name)).is_ok_and(|mut seeds| seeds.next().is_some()), "{name}");
        }
    }
}
