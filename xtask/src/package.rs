//! Builds the npm package into js/dist/: the hashed wasm, the bundles, the declarations.
//! Never leaves a half-built package: the folder is made aside and put in place when all of it is there.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256, Sha384};

use crate::command::{Run, say};
use crate::{declarations, fingerprint, report, sizes, tools, wasm, workspace};

/// All that the package is made from.
const INPUTS: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "js/package-lock.json",
    "js/package.json",
    "js/src",
    "js/tsconfig.json",
    "rust-toolchain.toml",
    "src",
    "xtask/Cargo.toml",
    "xtask/src",
];

/// The module that the TypeScript imports as the glue.
const GLUE: &str = "caisse-glue";

/// `cargo xtask build`.
pub fn command(arguments: &[String]) -> Result<()> {
    let (mut report, mut accept) = (false, false);
    for argument in arguments {
        match argument.as_str() {
            "--report" => report = true,
            "--accept-sizes" => accept = true,
            unknown => bail!("`build` knows --report and --accept-sizes, not `{unknown}`"),
        }
    }
    let core = build()?;
    let table = sizes::measure()?;
    println!("\n{}", sizes::markdown(&table));
    if accept {
        sizes::accept(&table)?;
    }
    for shortfall in sizes::shortfalls(&table)? {
        println!("not there yet: {shortfall}");
    }
    for complaint in sizes::complaints(&table)? {
        println!("warning: {complaint}");
    }
    if report {
        println!("\n{}", report::by_function(&core)?);
    }
    Ok(())
}

/// Builds the package, unless nothing that it is made from has changed.
pub fn ensure_built() -> Result<()> {
    if fs::read_to_string(stamp()).is_ok_and(|stamp| fingerprints().is_ok_and(|now| stamp == now)) {
        say("js/dist is up to date");
        return Ok(());
    }
    build().map(|_| ())
}

/// What esbuild found out about its outputs.
pub fn metafile() -> PathBuf {
    aside().join("index.json")
}

fn build() -> Result<wasm::Core> {
    tools::npm()?;
    let core = wasm::build()?;
    say("bundling");
    let folder = aside().join("dist");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let constants = Constants::ship(&core, &folder)?;
    bundle(&core, &folder, &constants)?;
    declare(&folder)?;
    put_in_place(&folder)?;
    fs::write(stamp(), fingerprints()?)?;
    Ok(core)
}

/// What the shim is told about the wasm when it is compiled: it loads this one and no other.
struct Constants {
    file: String,
    integrity: String,
}

impl Constants {
    /// Copies the wasm into the package, named by its content.
    fn ship(core: &wasm::Core, folder: &Path) -> Result<Self> {
        let bytes = fs::read(&core.wasm)?;
        let digest = fingerprint::hex(&Sha256::digest(&bytes));
        let file = format!("caisse-{}.wasm", &digest[..12]);
        fs::write(folder.join(&file), &bytes)?;
        Ok(Self { file, integrity: format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(&bytes))) })
    }

    fn definitions(&self) -> [String; 3] {
        [
            format!("--define:WASM_FILE=\"{}\"", self.file),
            format!("--define:WASM_INTEGRITY=\"{}\"", self.integrity),
            format!("--define:VERSION=\"{}\"", workspace::VERSION),
        ]
    }
}

fn bundle(core: &wasm::Core, folder: &Path, constants: &Constants) -> Result<()> {
    let esbuild = |entry: &str, target: &str| {
        Run::new(tools::npm_program("esbuild"))
            .args([workspace::js().join("src").join(entry)])
            .line("--bundle --minify --charset=utf8 --legal-comments=none --log-level=warning")
            .args([format!("--target={target}"), format!("--alias:{GLUE}={}", core.glue.display())])
            .args(constants.definitions())
    };
    esbuild("index.ts", "es2022")
        .line("--format=esm --splitting --chunk-names=[name]-[hash]")
        .args([format!("--outdir={}", folder.display()), format!("--metafile={}", metafile().display())])
        .run()?;
    if workspace::js().join("src/global.ts").is_file() {
        let outfile = format!("--outfile={}", folder.join("caisse.global.js").display());
        esbuild("global.ts", "es2018").line("--format=iife").args([outfile]).run()?;
    }
    Ok(())
}

fn declare(folder: &Path) -> Result<()> {
    let all = aside().join("declarations");
    if all.exists() {
        fs::remove_dir_all(&all)?;
    }
    Run::new(tools::npm_program("tsc")).line("-p js --declaration --emitDeclarationOnly --outDir").args([&all]).run()?;
    declarations::ship("index.d.ts", &all, folder)
}

fn put_in_place(folder: &Path) -> Result<()> {
    let dist = workspace::dist();
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    fs::rename(folder, &dist).with_context(|| format!("{} cannot be put in place", dist.display()))
}

fn aside() -> PathBuf {
    workspace::scratch().join("package")
}

fn stamp() -> PathBuf {
    aside().join("fingerprint")
}

/// What the package is made from, and what was made: a package that was meddled with is built again.
fn fingerprints() -> Result<String> {
    let root = workspace::root();
    Ok(format!("{} {}", fingerprint::of(&root, INPUTS)?, fingerprint::of(&root, &["js/dist"])?))
}
