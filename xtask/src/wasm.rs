//! Builds the core as WebAssembly, as small as it gets, and the glue beside it. Knows nothing of the npm package.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::command::{Run, say};
use crate::{glue, tools, workspace};

/// What an entry of the npm package takes of the crate.
pub const FEATURES: &str = "collector";

/// Most memory a page's core may take: 256 pages of 64 KiB. A runaway core then stops, and is replaced, before the page suffers.
const MEMORY_BYTES_MAX: u32 = 16 * 1024 * 1024;
/// The core's call depth is shallow; the default of 1 MiB would be a page's largest piece of memory.
const STACK_BYTES: u32 = 64 * 1024;

/// The name of the core's own target.
const TARGET: &str = "wasm32-caisse";

/// What rustc may assume of the browser: what every browser of 2022 and later has. Nothing newer, which `--all-features` would allow.
const WASM_FEATURES: &str = "--enable-bulk-memory --enable-mutable-globals --enable-nontrapping-float-to-int \
                             --enable-sign-ext --enable-multivalue";

/// Flat code that is structured anew, and few functions inlined into their only caller, compress best (measured).
/// Not with `--traps-never-happen`: a trap is how a core that went wrong is noticed and replaced.
const PASSES: &str = "--flatten --rereloop -Oz --converge --one-caller-inline-max-function-size=100 -Oz";

/// The core as built.
pub struct Core {
    /// As it is shipped.
    pub wasm: PathBuf,
    /// wasm-bindgen's output, with function names.
    pub named: PathBuf,
    /// The JavaScript that loads and calls it.
    pub glue: PathBuf,
}

/// Compiles, binds and shrinks the core.
pub fn build() -> Result<Core> {
    tools::toolchain()?;
    let wasm_bindgen = tools::wasm_bindgen()?;
    let compiled = compile()?;
    let folder = workspace::scratch().join("wasm-bindgen/caisse");
    Run::new(wasm_bindgen)
        .line("--target web --no-typescript --no-demangle --omit-default-module-path --out-name caisse --out-dir")
        .args([&folder, &compiled])
        .run()?;
    let core = Core { wasm: folder.join("caisse.wasm"), named: folder.join("caisse_bg.wasm"), glue: folder.join("caisse.js") };
    let written = fs::read_to_string(&core.glue).context("wasm-bindgen wrote no glue")?;
    fs::write(&core.glue, glue::write(&written)?)?;
    optimize(&core.named, &core.wasm, "--strip-debug --strip-producers --strip-target-features")?;
    Ok(core)
}

/// Shrinks a module.
pub fn optimize(from: &Path, to: &Path, also: &str) -> Result<()> {
    Run::new(tools::npm_program("wasm-opt")).line(PASSES).line(WASM_FEATURES).line(also).args([from, Path::new("-o"), to]).run()
}

fn compile() -> Result<PathBuf> {
    say("compiling the core");
    // Its own folder: the flags would make cargo build everything else again.
    let folder = workspace::scratch().join("wasm-release");
    Run::cargo()
        .line("build --lib --package caisse --profile release-wasm --no-default-features -Z json-target-spec --target")
        .args([&target()?])
        .args(["--features", FEATURES])
        // The standard library, built for size. Stable refuses these flags without RUSTC_BOOTSTRAP.
        .line("-Z build-std=std,panic_abort -Z build-std-features=optimize_for_size --target-dir")
        .args([&folder])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", rust_flags()?.join("\u{1f}"))
        // wasm-bindgen reads the sections that stripping removes; wasm-opt strips afterwards.
        .env("CARGO_PROFILE_RELEASE_WASM_STRIP", "false")
        .without("RUSTFLAGS")
        .run()?;
    Ok(folder.join(TARGET).join("release-wasm/caisse.wasm"))
}

/// Writes down the target: wasm32 as rustc knows it, but functions answer several values directly instead of through memory,
/// which every browser since 2021 can do. That is 5 % of the wasm.
fn target() -> Result<PathBuf> {
    let told = Run::new("rustc")
        .line("-Z unstable-options --print target-spec-json --target")
        .args([tools::WASM_TARGET])
        .env("RUSTC_BOOTSTRAP", "1")
        .read()?;
    let mut target: Map<String, Value> = serde_json::from_str(&told).context("rustc did not tell its target")?;
    target.insert("llvm-abiname".to_owned(), "experimental-mv".into());
    target.insert("features".to_owned(), "+multivalue".into());
    let path = workspace::scratch().join(format!("{TARGET}.json"));
    let text = serde_json::to_string_pretty(&target)?;
    // Written anew, it would make cargo build everything again.
    if fs::read_to_string(&path).is_ok_and(|known| known == text) {
        return Ok(path);
    }
    fs::create_dir_all(workspace::scratch())?;
    fs::write(&path, text)?;
    Ok(path)
}

fn rust_flags() -> Result<Vec<String>> {
    let mut flags = vec![
        // A panic is a trap at once: no message, no formatting, no unwinding.
        "-Cpanic=immediate-abort".to_owned(),
        "-Zunstable-options".to_owned(),
        "-Zlocation-detail=none".to_owned(),
        // The inliner of every optimised build, which `opt-level = "z"` leaves out: small functions are smaller inline (measured).
        "-Zinline-mir=yes".to_owned(),
        "-Cllvm-args=-inline-threshold=20".to_owned(),
        // Text goes in and out; a table for JavaScript objects would be module and glue for nothing.
        "-Ctarget-feature=-reference-types".to_owned(),
        format!("-Clink-arg=--max-memory={MEMORY_BYTES_MAX}"),
        format!("-Clink-arg=-zstack-size={STACK_BYTES}"),
    ];
    // What is left of file names must not tell whose machine it was.
    let sysroot = Run::new("rustc").line("--print sysroot").read()?;
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let places = [(Some(workspace::root()), "caisse"), (home, "cargo"), (Some(PathBuf::from(sysroot.trim())), "rust")];
    flags.extend(places.into_iter().filter_map(|(path, name)| Some(format!("--remap-path-prefix={}=/{name}", path?.display()))));
    Ok(flags)
}
