//! The commands of this repository: `cargo xtask build`, `demo`, `test`, `chaos`, `bench` and `verify`.
//! Sets up what is missing, says what it does, and never needs more than Rust (through rustup) and Node.js.

mod again;
mod bench;
mod browsers;
mod budget;
mod chaos;
mod command;
mod counts;
mod debian;
mod declarations;
mod demo;
mod dictionary;
mod fingerprint;
mod fuzz;
mod glue;
mod instructions;
mod order;
mod package;
mod report;
mod sbom;
mod sizes;
mod supply;
mod tests;
mod tools;
mod verify;
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
cargo xtask bench collector
    how honest pages fare while the collector is attacked
cargo xtask bench queue
    how long a call takes until it is durable, and what ten thousand waiting hits cost a page
cargo xtask bench widget
    what the element costs a page's main thread until it is painted, in Chromium with the CPU throttled four times
cargo xtask chaos [--runs N] [--seed S] [--schedules N] [--kills N] [--long 0] [--engine chromium|firefox|webkit]...
    the long simulation (10000 schedules), the collector killed (1000 times), then N runs (200) of faults in each real browser, from seed S (0) on, and, unless
    `--long 0`, what the tests do once twenty times over; a run that fails says how to replay it
cargo xtask verify [--without-browsers]
    evidence for a payment page: files, digests, destinations, data, policies, materials (also in target/evidence)";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let done = match command.as_str() {
        "bench" => bench::command(&rest),
        "build" => package::command(&rest),
        "chaos" => chaos::command(&rest),
        "demo" => demo::command(&rest),
        "test" => tests::command(&rest),
        "verify" => verify::command(&rest),
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
