//! Finds the tools a build needs and installs those that are missing: the wasm target, rust-src, wasm-bindgen, npm packages.
//! Never touches a tool that is there in the right version, so a second run needs no network.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha512};

use crate::command::{Run, find, say};
use crate::workspace;

/// The target of the core.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// Runs the tests of the core in a browser.
const WASM_PACK: &str = "0.15.1";
/// Knows licences, bans and sources.
const CARGO_DENY: &str = "0.20.2";
/// Drives Firefox.
const GECKODRIVER: &str = "0.37.1";
/// The oldest Node.js whose test runner and fetch the package's tests use.
const NODE_MAJOR_MIN: u32 = 20;

/// Adobe's Web SDK, to which the collector is to be as Adobe is; and what npm says that its package is.
const WEB_SDK: &str = "2.33.1";
const WEB_SDK_SHA512: &str = "yg+HD3Oslhrmt3stSwtKc22qbwjR4ehFzXfc8RCEwultr41y85S2dSsojvPt2Mife0IZ4Wp/1EexGp1f6TbWDg==";

const NETWORK: &str = "If this machine has no network now, run the same command again when it has";

/// The pinned toolchain can build the core: target wasm32 and the standard library's source are there.
pub fn toolchain() -> Result<()> {
    let sysroot = Run::new("rustc").line("--print sysroot").advice("Install Rust through rustup (https://rustup.rs)").read()?;
    let library = PathBuf::from(sysroot.trim()).join("lib/rustlib");
    if !library.join(WASM_TARGET).join("lib").is_dir() {
        rustup(&["target", "add", WASM_TARGET])?;
    }
    if !library.join("src/rust/library/std").is_dir() {
        rustup(&["component", "add", "rust-src"])?;
    }
    Ok(())
}

/// A component that comes with rustup's default profile, but not with its minimal one.
pub fn component(program: &str, name: &str) -> Result<()> {
    if Run::new(program).args(["--version"]).read().is_err() {
        rustup(&["component", "add", name])?;
    }
    Ok(())
}

fn rustup(arguments: &[&str]) -> Result<()> {
    let line = arguments.join(" ");
    if find("rustup").is_none() {
        bail!(
            "the Rust toolchain lacks something that `rustup {line}` would add, and there is no rustup. Install Rust through rustup (https://rustup.rs)"
        );
    }
    say(&format!("rustup {line}"));
    // The toolchain is the one that rust-toolchain.toml pins, because we run in its folder.
    Run::new("rustup").args(arguments).advice(NETWORK).run()
}

/// The command-line tool of exactly the wasm-bindgen that the crate is built with: their formats match by version only.
pub fn wasm_bindgen() -> Result<PathBuf> {
    let version = workspace::locked("wasm-bindgen")?;
    installed("wasm-bindgen", "wasm-bindgen-cli", &version)
}

/// `wasm-pack`.
pub fn wasm_pack() -> Result<PathBuf> {
    installed("wasm-pack", "wasm-pack", WASM_PACK)
}

/// `cargo-deny`.
pub fn cargo_deny() -> Result<PathBuf> {
    installed("cargo-deny", "cargo-deny", CARGO_DENY)
}

/// `geckodriver`: the system's if it has one.
pub fn geckodriver() -> Result<PathBuf> {
    match find("geckodriver") {
        Some(path) => Ok(path),
        None => installed("geckodriver", "geckodriver", GECKODRIVER),
    }
}

/// Where tools of ours are installed.
pub fn folder() -> PathBuf {
    workspace::scratch().join("tools")
}

/// A program in the right version: ours, the system's, or installed now.
fn installed(program: &str, package: &str, version: &str) -> Result<PathBuf> {
    let own = folder().join("bin").join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    if let Some(path) = [Some(own.clone()), find(program)].into_iter().flatten().find(|path| is_version(path, version)) {
        return Ok(path);
    }
    say(&format!("installing {package} {version} into target/tools (once, a minute or two)"));
    Run::cargo()
        .line(&format!("install --quiet {package} --version {version} --force --root"))
        .args([folder()])
        // A tool runs for a second: built quickly is better than built well.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
        .without("CARGO_TARGET_DIR")
        .without("RUSTFLAGS")
        .advice(NETWORK)
        .run()?;
    Ok(own)
}

fn is_version(program: &Path, version: &str) -> bool {
    let said = Run::new(program).args(["--version"]).read().unwrap_or_default();
    said.lines().next().is_some_and(|line| line.split_whitespace().any(|word| word == version))
}

/// Adobe's Web SDK, one file of its npm package. Not a development dependency: its own, which build it, are two hundred packages.
pub fn web_sdk() -> Result<PathBuf> {
    let file = folder().join("alloy/package/dist/alloy.min.js");
    if file.is_file() {
        return Ok(file);
    }
    node()?;
    let place = folder().join("alloy");
    fs::create_dir_all(&place)?;
    say(&format!("fetching @adobe/alloy {WEB_SDK}"));
    Run::new("npm").within(&place).args(["pack", &format!("@adobe/alloy@{WEB_SDK}"), "--silent"]).advice(NETWORK).run()?;
    let archive = place.join(format!("adobe-alloy-{WEB_SDK}.tgz"));
    let integrity = BASE64_STANDARD.encode(Sha512::digest(fs::read(&archive)?));
    ensure!(integrity == WEB_SDK_SHA512, "{} is not the package that was published", archive.display());
    Run::new("tar").within(&place).args(["-xzf"]).args([&archive]).run()?;
    Ok(file)
}

/// A program of the package's development dependencies.
pub fn npm_program(name: &str) -> PathBuf {
    workspace::js().join("node_modules/.bin").join(name)
}

/// Node.js is there and the npm packages are those of the lock file.
pub fn npm() -> Result<()> {
    node()?;
    if packages_match(&workspace::js()) {
        return Ok(());
    }
    say("npm ci");
    Run::new("npm")
        .within(workspace::js())
        // Nothing we use needs a script of its package to run.
        .line("ci --ignore-scripts --no-audit --no-fund")
        .advice(NETWORK)
        .run()
}

fn node() -> Result<()> {
    let advice = format!("Install Node.js {NODE_MAJOR_MIN} or newer (https://nodejs.org, or your system's packages `nodejs` and `npm`)");
    let said = Run::new("node").args(["--version"]).advice(&advice).read()?;
    let major = said.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_MAJOR_MIN => {}
        Some(_) | None => bail!("Node.js here is {}. {advice}", said.trim()),
    }
    find("npm").map(|_| ()).with_context(|| format!("Node.js is here, but npm is not. {advice}"))
}

/// npm keeps beside the packages a list of what it installed: it must say what the lock file says.
fn packages_match(js: &Path) -> bool {
    let read = |path: &str| -> Option<Value> { serde_json::from_slice(&fs::read(js.join(path)).ok()?).ok() };
    let (Some(locked), Some(installed)) = (read("package-lock.json"), read("node_modules/.package-lock.json")) else {
        return false;
    };
    let (Some(locked), Some(installed)) = (locked["packages"].as_object(), installed["packages"].as_object()) else {
        return false;
    };
    let same = |name: &String, package: &Value| locked.get(name).is_some_and(|known| known["version"] == package["version"]);
    let needed = |name: &String, package: &Value| {
        // Packages for other systems are locked, but not installed.
        name.is_empty() || package["optional"] == true || js.join(name).is_dir()
    };
    installed.iter().all(|(name, package)| same(name, package)) && locked.iter().all(|(name, package)| needed(name, package))
}
