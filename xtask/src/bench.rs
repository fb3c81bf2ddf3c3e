//! `cargo xtask bench`: `collector`, how honest pages fare while somebody attacks it, `queue`, how long a call takes to be durable and what waiting hits
//! cost a page, and `widget`, what the element costs a page until it is painted.
//! Prints a table for a reader; nothing passes or fails by it, as times are the machine's.

use anyhow::{Result, bail};

use crate::command::{Run, say};
use crate::tests::in_real_browsers;
use crate::workspace;

/// Runs what is named.
pub fn command(arguments: &[String]) -> Result<()> {
    match arguments {
        [what] if what == "collector" => collector(),
        [what] if what == "queue" => in_browser("queued"),
        [what] if what == "widget" => in_browser("paint"),
        _ => bail!("`bench` measures `collector`, `queue` or `widget`"),
    }
}

fn collector() -> Result<()> {
    say("building the collector and what attacks it");
    Run::cargo().line("build --quiet --release --package caisse-collector --package caisse-bench").run()?;
    let release = workspace::native_target().join("release");
    let program = |name: &str| release.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    Run::new(program("attack")).args([program("caisse-collector")]).run()
}

/// Runs a program that drives a browser.
fn in_browser(name: &str) -> Result<()> {
    say("building what drives the browser");
    in_real_browsers(Run::cargo().line("run --quiet --package caisse-e2e --bin").args([format!("caisse-{name}")]))?.run()
}
