//! Builds the crate's modules of WebAssembly, as small as they get, and the glue beside each. Knows nothing of the npm package.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::command::{Run, say};
use crate::{glue, order, tools, workspace};

/// A module: what it is called, and what it takes of the crate.
pub struct Module {
    pub name: &'static str,
    features: &'static str,
    /// What wasm-opt does to it.
    pub passes: &'static str,
}

/// The core with the collector as destination.
pub const CORE: Module = Module { name: "caisse", features: "collector", passes: PASSES };
/// The core with Adobe's destinations beside the collector's.
pub const ADOBE: Module = Module { name: "adobe", features: "adobe", passes: PASSES_ADOBE };
/// The advisor alone: the crate without a destination.
pub const ADVISOR: Module = Module { name: "advisor", features: "", passes: PASSES };
/// The funnel of a checkout alone.
pub const CHECKOUT: Module = Module { name: "checkout", features: "widget", passes: PASSES };

/// Most memory a page's core may take: 256 pages of 64 KiB. A runaway core then stops, and is replaced, before the page suffers.
const MEMORY_BYTES_MAX: u32 = 16 * 1024 * 1024;
/// The core's call depth is shallow; the default of 1 MiB would be a page's largest piece of memory.
const STACK_BYTES: u32 = 64 * 1024;

/// The name of the core's own target.
const TARGET: &str = "wasm32-caisse";

/// What rustc may assume of the browser: what every browser of 2022 and later has. Nothing newer, which `--all-features` would allow.
const WASM_FEATURES: &str = "--enable-bulk-memory --enable-mutable-globals --enable-nontrapping-float-to-int \
                             --enable-sign-ext --enable-multivalue";

/// Flat code that is structured anew, and few functions inlined into their only caller, compress best. Which passes come when was searched
/// for, each module by itself (0.1 kB): nobody could say why. Not with `--traps-never-happen`: a trap is how a core that went wrong is
/// noticed and replaced.
const PASSES: &str = "--simplify-globals --merge-similar-functions --directize -O2 --duplicate-function-elimination --signature-refining \
    --flatten --reorder-functions --dae-optimizing --precompute-propagate --one-caller-inline-max-function-size=100 \
    --rereloop --precompute --flexible-inline-max-function-size=10 --always-inline-max-function-size=1 --converge -O2 \
    --dae-optimizing --simplify-locals --optimize-instructions --simplify-locals -Oz --heap2local --merge-similar-functions \
    --reorder-functions --avoid-reinterprets";
/// The same for the larger module.
const PASSES_ADOBE: &str = "-O2 --flatten --simplify-globals --remove-unused-names --const-hoisting --signature-refining --rereloop \
    --simplify-locals-nostructure -Oz --licm --vacuum --remove-unused-brs --converge --simplify-locals-notee \
    --one-caller-inline-max-function-size=100 --rse --inline-main -Oz --simplify-locals-nostructure --vacuum";

/// What a page does without. Imports and exports get names of one letter (0.07 kB).
const STRIP: &str = "--strip-debug --strip-producers --strip-target-features --minify-imports-and-exports-and-modules";

/// A module as built.
pub struct Built {
    pub name: &'static str,
    /// As it is shipped.
    pub wasm: PathBuf,
    /// The same with its functions as wasm-opt put them.
    pub unordered: PathBuf,
    /// wasm-bindgen's output, with function names.
    pub named: PathBuf,
    /// The JavaScript that makes instances of it and calls them.
    pub glue: PathBuf,
}

/// Compiles, binds and shrinks a module.
pub fn build(module: &Module) -> Result<Built> {
    tools::toolchain()?;
    let wasm_bindgen = tools::wasm_bindgen()?;
    let compiled = compile(module)?;
    let name = module.name;
    let folder = workspace::scratch().join("wasm-bindgen").join(name);
    Run::new(wasm_bindgen)
        .line("--target web --no-typescript --no-demangle --omit-default-module-path --out-name")
        .args([name, "--out-dir"])
        .args([&folder, &compiled])
        .run()?;
    let file = |suffix: &str| folder.join(format!("{name}{suffix}"));
    let built = Built { name, wasm: file(".wasm"), unordered: file("_unordered.wasm"), named: file("_bg.wasm"), glue: file(".js") };
    refuse_mismatches(&built.named)?;
    let used = file("_used.wasm");
    keep_used(&built.named, &used)?;
    let names = renamed(&optimize(&used, &built.unordered, module.passes, STRIP)?)?;
    fs::write(&built.wasm, order::functions(&fs::read(&built.unordered)?)?)?;
    let written = fs::read_to_string(&built.glue).context("wasm-bindgen wrote no glue")?;
    fs::write(&built.glue, glue::write(name, &written, &names)?)?;
    Ok(built)
}

/// Refuses a module that calls functions of the compiler's own otherwise than they are: it would trap there. They answer through memory,
/// ours do not (see [`target`]). Arithmetic in 128 bits is such a call, and so is a saturating product of 64.
fn refuse_mismatches(named: &Path) -> Result<()> {
    let bytes = fs::read(named)?;
    let mark = b"signature_mismatch:";
    if let Some(at) = bytes.windows(mark.len()).position(|window| window == mark) {
        let name = bytes[at + mark.len()..].iter().take_while(|byte| byte.is_ascii_graphic()).map(|byte| char::from(*byte));
        bail!("{} calls `{}`, which traps on this target", named.display(), name.collect::<String>());
    }
    Ok(())
}

/// Leaves out what only wasm-bindgen's own glue would call (0.08 kB).
fn keep_used(from: &Path, to: &Path) -> Result<()> {
    let mut graph = vec![json!({ "name": "page", "root": true, "reaches": glue::EXPORTS })];
    graph.extend(glue::EXPORTS.map(|export| json!({ "name": export, "export": export })));
    let file = to.with_extension("json");
    fs::write(&file, Value::from(graph).to_string())?;
    let program = tools::npm_program("wasm-metadce");
    Run::new(program).args([from]).option("--graph-file", &file).line(WASM_FEATURES).line("-o").args([to]).read().map(|_| ())
}

/// The names of imports and exports by the ones they had, from what wasm-opt says of renaming them.
fn renamed(said: &str) -> Result<Map<String, Value>> {
    // It says it once for each round; the first knows the old names.
    let said = serde_json::Deserializer::from_str(said).into_iter::<Value>().next();
    let said = said.context("wasm-opt did not tell how it renamed what")??;
    let lists = ["imports", "exports"].iter().filter_map(|kind| said[*kind].as_array());
    // The last two are the old name and the new one; an import's module stands before them.
    let pair = |names: &Value| match names.as_array()?.as_slice() {
        [.., old, new] => Some((old.as_str()?.to_owned(), new.clone())),
        _ => None,
    };
    Ok(lists.flatten().filter_map(pair).collect())
}

/// Shrinks a module's file. The answer is what wasm-opt says.
pub fn optimize(from: &Path, to: &Path, passes: &str, also: &str) -> Result<String> {
    Run::new(tools::npm_program("wasm-opt")).line(passes).line(WASM_FEATURES).line(also).args([from, Path::new("-o"), to]).read()
}

fn compile(module: &Module) -> Result<PathBuf> {
    say(&format!("compiling {}.wasm", module.name));
    // Its own folder: the flags would make cargo build everything else again.
    let folder = workspace::scratch().join("wasm-release");
    Run::cargo()
        .line("build --lib --package caisse --profile release-wasm --no-default-features -Z json-target-spec --target")
        .args([&target()?])
        .args(["--features", module.features])
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
        // What differs only in where it stands is hoisted (0.04 kB), by a value numbering that sees more of it.
        "-Cllvm-args=-hoist-common-insts -enable-newgvn".to_owned(),
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
