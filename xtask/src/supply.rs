//! What the project is made of, checked: licences, bans and sources of the crates, lock files that say all there is, and a package in which
//! nothing runs by being installed. Needs no network, but for advisories, which are looked up where their database can be reached.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::command::{Run, say};
use crate::counts::Counts;
use crate::{package, tools, workspace};

/// Workspaces with a lock file of their own.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "tests/fuzz/Cargo.toml"];

/// Scripts that npm runs by itself when a package is installed, packed or published.
const LIFECYCLE: [&str; 9] =
    ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare", "prepack", "postpack"];

/// Development dependencies that have such a script. It is not run (js/.npmrc), and what we use of them works without.
const WITH_SCRIPTS: [&str; 1] = ["node_modules/esbuild"];

/// Folders of the package.
const FOLDERS: [&str; 3] = ["dist", "dist/checkout-progress", "dist/messages"];

/// Endings of what the package ships, besides its description.
const SHIPPED: [&str; 5] = [".js", ".wasm", ".d.ts", ".css", ".json"];

/// The stage.
pub fn check() -> Result<Counts> {
    let mut counts = Counts::default();
    let deny = tools::cargo_deny()?;
    for manifest in MANIFESTS {
        // Not `cargo deny`: the tool is where we put it.
        let run = |what: &str| Run::new(&deny).line("--workspace --locked --log-level error --manifest-path").args([manifest]).line(what);
        counts.add(Counts::check(run("check licenses bans sources").watch()?.success));
        counts.add(Counts::check(
            Run::cargo().line("metadata --locked --quiet --format-version 1 --manifest-path").args([manifest]).read().is_ok(),
        ));
        advisories(run)?;
    }
    tools::npm()?;
    package::ensure_built()?;
    let lock: Value = json("package-lock.json")?;
    let description: Value = json("package.json")?;
    for (what, complaints) in [
        ("the package runs nothing by being installed, and needs nothing", quiet(&description)),
        ("js/package-lock.json says exactly what is installed", locked(&description, &lock)),
        ("the package ships what it should", shipped(&packed()?)),
    ] {
        complaints.iter().for_each(|complaint| println!("error: {complaint}"));
        say(what);
        counts.add(Counts::check(complaints.is_empty()));
    }
    Ok(counts)
}

/// Known flaws of what we use. Where the database cannot be reached nobody is told that there are none.
fn advisories(run: impl Fn(&str) -> Run) -> Result<()> {
    if run("fetch db").hear()?.success {
        ensure!(run("check advisories").watch()?.success, "there are advisories against what we use");
    } else {
        say("advisories: NOT checked, their database cannot be reached from here");
    }
    Ok(())
}

fn json(file: &str) -> Result<Value> {
    let path = workspace::js().join(file);
    serde_json::from_slice(&fs::read(&path)?).with_context(|| format!("{} cannot be read", path.display()))
}

fn quiet(description: &Value) -> Vec<String> {
    let scripts = LIFECYCLE.iter().filter(|name| description["scripts"].get(**name).is_some());
    let mut wrong: Vec<String> = scripts.map(|name| format!("js/package.json has a script `{name}`, which installing would run")).collect();
    for kind in ["dependencies", "peerDependencies", "optionalDependencies", "bundleDependencies"] {
        if description[kind].as_object().is_some_and(|some| !some.is_empty()) {
            wrong.push(format!("js/package.json has {kind}: a shop would run code that is not in this package"));
        }
    }
    wrong
}

fn locked(description: &Value, lock: &Value) -> Vec<String> {
    let empty = serde_json::Map::new();
    let packages = lock["packages"].as_object().unwrap_or(&empty);
    let mut wrong = Vec::new();
    for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
        if package["integrity"].as_str().is_none_or(|digest| !digest.starts_with("sha512-")) {
            wrong.push(format!("{name} is locked without its digest"));
        }
        if package["hasInstallScript"] == true && !WITH_SCRIPTS.contains(&name.as_str()) {
            wrong.push(format!("{name} wants to run a script when it is installed: see WITH_SCRIPTS in xtask/src/supply.rs"));
        }
    }
    for (name, version) in description["devDependencies"].as_object().into_iter().flatten() {
        let known = packages.get(&format!("node_modules/{name}")).map(|package| &package["version"]);
        if known != Some(version) {
            wrong.push(format!("js/package.json wants {name} {version}, and it is not locked so"));
        }
    }
    if packages.len() < 2 {
        wrong.push("js/package-lock.json locks nothing".into());
    }
    wrong
}

/// The files that `npm publish` would send.
fn packed() -> Result<Vec<String>> {
    let said = Run::new("npm").within(workspace::js()).line("pack --dry-run --json --ignore-scripts").read()?;
    let said: Value = serde_json::from_str(&said).context("npm pack did not say what it packs")?;
    let files = said[0]["files"].as_array().context("npm pack named no files")?;
    Ok(files.iter().filter_map(|file| file["path"].as_str().map(str::to_owned)).collect())
}

fn shipped(files: &[String]) -> Vec<String> {
    let allowed = |file: &str| match file.rsplit_once('/') {
        Some((folder, name)) => FOLDERS.contains(&folder) && SHIPPED.iter().any(|ending| name.ends_with(ending)),
        None => ["package.json", "custom-elements.json", "README.md", "LICENSE-MIT", "LICENSE-APACHE"].contains(&file),
    };
    let mut wrong: Vec<String> = files.iter().filter(|file| !allowed(file)).map(|file| format!("the package would ship {file}")).collect();
    if !files.iter().any(|file| Path::new(file) == Path::new("dist/index.js")) {
        wrong.push("the package would not ship dist/index.js".into());
    }
    wrong
}

#[cfg(test)]
mod unit {
    use super::*;
    use serde_json::json;

    #[test]
    fn sees_what_installing_would_run() {
        assert!(quiet(&json!({ "scripts": { "test": "x" }, "devDependencies": { "a": "1" } })).is_empty());
        assert_eq!(quiet(&json!({ "scripts": { "postinstall": "x" }, "dependencies": { "a": "1" } })).len(), 2);
    }

    #[test]
    fn sees_what_is_not_locked() {
        let description = json!({ "devDependencies": { "a": "1.0.0" } });
        let lock = |package: Value| json!({ "packages": { "": {}, "node_modules/a": package } });
        assert!(locked(&description, &lock(json!({ "version": "1.0.0", "integrity": "sha512-x" }))).is_empty());
        for package in [
            json!({ "version": "1.0.0" }),
            json!({ "version": "1.0.0", "integrity": "sha1-x" }),
            json!({ "version": "1.0.1", "integrity": "sha512-x" }),
            json!({ "version": "1.0.0", "integrity": "sha512-x", "hasInstallScript": true }),
        ] {
            assert_eq!(locked(&description, &lock(package.clone())).len(), 1, "{package}");
        }
        assert!(!locked(&description, &json!({})).is_empty());
    }

    #[test]
    fn sees_what_should_not_be_shipped() {
        let files = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert!(shipped(&files(&["dist/index.js", "dist/caisse-1.wasm", "dist/messages/de.js", "package.json"])).is_empty());
        for other in ["src/index.ts", ".npmrc", "dist/.env", "dist/a/b.js", "test/run.mjs"] {
            assert_eq!(shipped(&files(&["dist/index.js", other])).len(), 1, "{other}");
        }
    }
}
