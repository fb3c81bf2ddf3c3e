//! The commands of this repository: `cargo xtask build`, `demo`, `test` and `chaos`.
//! Sets up what is missing, says what it does, and never needs more than Rust (through rustup) and Node.js.

mod browsers;
mod budget;
mod chaos;
mod command;
mod counts;
mod debian;
mod declarations;
mod demo;
mod fingerprint;
mod fuzz;
mod glue;
mod instructions;
mod order;
mod package;
mod report;
mod sizes;
mod tests;
mod tools;
mod wasm;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask build [--report] [--accept-sizes]
    js/dist/ and the size table; --report adds the wasm by function, --accept-sizes records the sizes as the new budget
cargo xtask demo [--port N] [--data DIR] [--allow-origin URL]...
    the shop, the collector and the report on 127.0.0.1 (port 8787, data in target/demo)
cargo xtask test [STAGE]...
    everything that continuous integration runs, or the stages named
cargo xtask test --accept-instructions
    counts the instructions of a call and records them as the new budget
cargo xtask chaos [--runs N] [--seed S] [--schedules N] [--engine chromium|firefox|webkit]...
    the long simulation (10000 schedules), then N runs (200) of faults in each real browser, from seed S (0) on; a run that
    fails says how to replay it";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let done = match command.as_str() {
        "build" => package::command(&rest),
        "chaos" => chaos::command(&rest),
        "demo" => demo::command(&rest),
        "test" => tests::command(&rest),
        "" | "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        unknown => Err(anyhow::anyhow!("there is no command `{unknown}`.\n{USAGE}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
