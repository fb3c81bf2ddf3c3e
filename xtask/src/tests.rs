//! `cargo xtask test`: everything that continuous integration runs, stage by stage, and one line that counts it all.
//! A stage that fails does not keep the next from running: a reader wants to know all that is wrong.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::command::{Run, say};
use crate::counts::Counts;
use crate::{again, browsers, fuzz, instructions, package, sizes, supply, tools, workspace};

/// A stage: its name, and what it runs. An error is a stage that could not be run, and counts as one failure.
struct Stage {
    name: &'static str,
    run: fn() -> Result<Counts>,
}

const STAGES: &[Stage] = &[
    Stage { name: "fmt", run: fmt },
    Stage { name: "clippy", run: clippy },
    Stage { name: "features", run: features },
    Stage { name: "native", run: native },
    Stage { name: "fuzz", run: fuzz::check },
    Stage { name: "instructions", run: instructions::check },
    Stage { name: "types", run: types },
    Stage { name: "js", run: js },
    Stage { name: "chrome", run: chrome },
    Stage { name: "firefox", run: firefox },
    Stage { name: "sizes", run: budgets },
    Stage { name: "supply", run: supply::check },
    Stage { name: "again", run: again::check },
    Stage { name: "e2e", run: e2e },
];

/// The features of the crate, of which every combination must build.
const FEATURES: [&str; 4] = ["collector", "adobe", "widget", "direct"];

/// Runs the stages named, or all; with `--accept-instructions`, only counts and records what a call costs.
pub fn command(arguments: &[String]) -> Result<()> {
    if arguments == ["--accept-instructions"] {
        return instructions::accept();
    }
    let stages = chosen(arguments)?;
    let mut results = Vec::new();
    for stage in stages {
        say(&format!("stage {}", stage.name));
        let start = Instant::now();
        let counts = (stage.run)().unwrap_or_else(|error| {
            println!("error: {error:#}");
            Counts::check(false)
        });
        results.push((stage.name, counts, start.elapsed()));
        println!("{}", line(stage.name, counts, start.elapsed()));
    }
    let total = summary(&results);
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed > 0 {
        bail!("not everything passed: {}", failed(&results));
    }
    Ok(())
}

fn chosen(names: &[String]) -> Result<Vec<&'static Stage>> {
    if names.is_empty() {
        return Ok(STAGES.iter().collect());
    }
    let known = || STAGES.iter().map(|stage| stage.name).collect::<Vec<_>>().join(", ");
    let find = |name: &String| {
        STAGES.iter().find(|stage| stage.name == name).with_context(|| format!("there is no stage `{name}`; there are {}", known()))
    };
    names.iter().map(find).collect()
}

fn line(name: &str, counts: Counts, time: Duration) -> String {
    format!("    {name:<12} {:>5} passed {:>5} failed {:>5} s", counts.passed, counts.failed, time.as_secs())
}

fn summary(results: &[(&str, Counts, Duration)]) -> Counts {
    let mut total = Counts::default();
    say("all stages");
    for (name, counts, time) in results {
        total.add(*counts);
        println!("{}", line(name, *counts, *time));
    }
    total
}

fn failed(results: &[(&str, Counts, Duration)]) -> String {
    results.iter().filter(|(_, counts, _)| counts.failed > 0).map(|(name, ..)| *name).collect::<Vec<_>>().join(", ")
}

/// A command that passes or fails as a whole.
fn check(run: Run) -> Result<Counts> {
    Ok(Counts::check(run.watch()?.success))
}

/// A command that counts its tests.
fn count(run: Run) -> Result<Counts> {
    Ok(Counts::of_tests(&run.watch()?))
}

fn fmt() -> Result<Counts> {
    tools::component("rustfmt", "rustfmt")?;
    let mut counts = check(Run::cargo().line("fmt --all -- --check -l"))?;
    // A workspace of its own.
    counts.add(check(Run::cargo().line("fmt --manifest-path tests/fuzz/Cargo.toml -- --check -l"))?);
    Ok(counts)
}

fn clippy() -> Result<Counts> {
    tools::toolchain()?;
    tools::component("cargo-clippy", "clippy")?;
    let mut counts = check(Run::cargo().line("clippy --workspace --all-targets -- -D warnings"))?;
    // Without `direct` the core is what the shim enters.
    for parts in ["--lib --tests", "--lib --no-default-features --features collector,widget"] {
        let wasm = format!("clippy --package caisse --target {} {parts} -- -D warnings", tools::WASM_TARGET);
        counts.add(check(Run::cargo().line(&wasm))?);
    }
    Ok(counts)
}

fn features() -> Result<Counts> {
    tools::toolchain()?;
    let mut counts = Counts::default();
    for bits in 0..1 << FEATURES.len() {
        let chosen: Vec<&str> = FEATURES.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0).map(|(_, name)| *name).collect();
        let line = format!("check --quiet --package caisse --lib --no-default-features --features={}", chosen.join(","));
        counts.add(check(Run::cargo().line(&line))?);
        counts.add(check(Run::cargo().line(&line).args(["--target", tools::WASM_TARGET]))?);
    }
    Ok(counts)
}

fn native() -> Result<Counts> {
    count(Run::cargo().line("test --workspace --exclude caisse-e2e --no-fail-fast"))
}

fn types() -> Result<Counts> {
    tools::npm()?;
    // The package, and right and wrong uses of its types.
    check(Run::new(tools::npm_program("tsc")).line("-p js/test --noEmit"))
}

fn js() -> Result<Counts> {
    tools::npm()?;
    // Some tests need what is built, wasm and bundles.
    package::ensure_built()?;
    count(Run::new("npm").within(workspace::js()).line("test --silent"))
}

fn chrome() -> Result<Counts> {
    let chromium = browsers::chromium()?;
    count(in_browser("--chrome")?.option("--chromedriver", &chromium.driver))
}

fn firefox() -> Result<Counts> {
    let firefox = browsers::firefox()?;
    count(in_browser("--firefox")?.option("--geckodriver", &firefox.driver))
}

/// `wasm-pack test` in a browser without a window; webdriver.json at the root says how the browsers are started.
fn in_browser(browser: &str) -> Result<Run> {
    tools::toolchain()?;
    let wasm_bindgen = tools::wasm_bindgen()?;
    let bin = wasm_bindgen.parent().context("wasm-bindgen is nowhere")?.to_path_buf();
    // With the tool in the search path, wasm-pack has nothing to download.
    Ok(Run::new(tools::wasm_pack()?).line("test --headless --mode no-install").args([browser]).path_first(&bin))
}

fn budgets() -> Result<Counts> {
    package::ensure_built()?;
    let table = sizes::measure()?;
    println!("{}", sizes::markdown(&table));
    let complaints = sizes::complaints(&table)?;
    for complaint in &complaints {
        println!("error: {complaint}");
    }
    Ok(Counts { passed: usize::from(complaints.is_empty()), failed: complaints.len() })
}

fn e2e() -> Result<Counts> {
    count(in_real_browsers(Run::cargo().line("test --package caisse-e2e --no-fail-fast"))?)
}

/// A program that drives browsers against the shop: everything it needs is there, and it is told where.
pub fn in_real_browsers(mut run: Run) -> Result<Run> {
    package::ensure_built()?;
    let web_sdk = tools::web_sdk()?;
    for (variable, program) in browsers::all()? {
        run = run.env(variable, program);
    }
    Run::cargo().line("build --quiet --package rivet").run()?;
    Ok(run.env("CAISSE_RIVET", workspace::native_program("rivet")).env("CAISSE_ALLOY", web_sdk).env("CAISSE_DIST", workspace::dist()))
}
