//! Bills of materials (CycloneDX 1.5, JSON): what the wasm, the collector and the npm package are made of. For crates from what cargo says of
//! the lock file, for npm by npm itself. The same sources give the same bill: no date, no random number.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::command::Run;
use crate::{tools, workspace};

/// What is listed: a file's name, a package and what it is built for.
const BILLS: [(&str, &str, &[&str]); 2] = [
    ("sbom-wasm", "caisse", &["--filter-platform", tools::WASM_TARGET, "--no-default-features", "--features", "caisse/adobe"]),
    ("sbom-collector", "caisse-collector", &[]),
];

/// All bills by the name of their file.
pub fn all() -> Result<BTreeMap<String, String>> {
    let mut bills = BTreeMap::new();
    for (file, package, options) in BILLS {
        let said = Run::cargo().line("metadata --locked --quiet --format-version 1").args(options).read()?;
        let lock = fs::read_to_string(workspace::root().join("Cargo.lock"))?;
        let mut bill = of_crates(&serde_json::from_str(&said)?, package, &digests(&lock))?;
        let compiler = Run::new("rustc").args(["--version"]).read()?;
        let version = compiler.split_whitespace().nth(1).unwrap_or_default().to_owned();
        if let Some(components) = bill["components"].as_array_mut() {
            let licenses = json!([{ "expression": "MIT OR Apache-2.0" }]);
            let reference = format!("rust-std@{version}");
            components
                .push(json!({ "type": "library", "bom-ref": reference, "name": "rust-std", "version": version, "licenses": licenses }));
        }
        bills.insert(format!("{file}.cdx.json"), serde_json::to_string_pretty(&bill)?);
    }
    let npm = Run::new("npm").within(workspace::js()).line("sbom --package-lock-only --sbom-format cyclonedx").read()?;
    let mut npm: Value = serde_json::from_str(&npm).context("npm wrote no bill of materials")?;
    if let Some(npm) = npm.as_object_mut() {
        npm.remove("serialNumber");
    }
    if let Some(metadata) = npm["metadata"].as_object_mut() {
        metadata.remove("timestamp");
    }
    bills.insert("sbom-npm.cdx.json".into(), serde_json::to_string_pretty(&npm)?);
    Ok(bills)
}

/// The crates that a package is built of: its dependencies and theirs, without those of tests.
fn of_crates(metadata: &Value, package: &str, digests: &BTreeMap<(String, String), String>) -> Result<Value> {
    let packages = metadata["packages"].as_array().context("cargo named no packages")?;
    let by_id: BTreeMap<&str, &Value> = packages.iter().filter_map(|package| Some((package["id"].as_str()?, package))).collect();
    let nodes = metadata["resolve"]["nodes"].as_array().context("cargo resolved nothing")?;
    let edges: BTreeMap<&str, Vec<&str>> = nodes.iter().filter_map(|node| Some((node["id"].as_str()?, needed(node)))).collect();
    let is_root = |id: &&str| by_id.get(*id).is_some_and(|known| known["name"] == package && known["source"].is_null());
    let root = by_id.keys().copied().find(|id| is_root(id)).with_context(|| format!("there is no package {package}"))?;
    let mut seen = BTreeSet::from([root]);
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        let next = edges.get(id).into_iter().flatten().copied();
        open.extend(next.filter(|id| seen.insert(id)).collect::<Vec<_>>());
    }
    let text = |id: &str, key: &str| by_id.get(id).and_then(|package| package[key].as_str()).unwrap_or_default().to_owned();
    let url = |id: &str| format!("pkg:cargo/{}@{}", text(id, "name"), text(id, "version"));
    let component = |id: &str| {
        let (name, version) = (text(id, "name"), text(id, "version"));
        let mut component = json!({
            "type": "library", "bom-ref": url(id), "name": name, "version": version, "purl": url(id),
            "licenses": [{ "expression": text(id, "license") }],
        });
        if let Some(digest) = digests.get(&(name, version)) {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": digest }]);
        }
        component
    };
    let others: Vec<Value> = seen.iter().filter(|id| **id != root).map(|id| component(id)).collect();
    let depends = |id: &&str| {
        let on: Vec<String> = edges.get(*id).into_iter().flatten().filter(|on| seen.contains(*on)).map(|on| url(on)).collect();
        json!({ "ref": url(id), "dependsOn": on })
    };
    Ok(json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": { "component": component(root) },
        "components": others,
        "dependencies": seen.iter().map(depends).collect::<Vec<_>>(),
    }))
}

/// What a package is built of and with; `dev` is for its tests.
fn needed(node: &Value) -> Vec<&str> {
    let of_build =
        |dependency: &&Value| dependency["dep_kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"] != "dev"));
    node["deps"].as_array().into_iter().flatten().filter(of_build).filter_map(|dependency| dependency["pkg"].as_str()).collect()
}

/// SHA-256 by name and version, as Cargo.lock has them.
fn digests(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |block: &str, key: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let blocks = lock.split("[[package]]");
    blocks.filter_map(|block| Some(((value(block, "name")?, value(block, "version")?), value(block, "checksum")?))).collect()
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn lists_what_is_built_in_and_nothing_else() {
        let dependency = |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let package =
            |name: &str, source: Value| json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT", "source": source });
        let metadata = json!({
            "packages": [package("own", Value::Null), package("used", "r".into()), package("below", "r".into()), package("tested", "r".into())],
            "resolve": { "nodes": [
                { "id": "own", "deps": [dependency("used", Value::Null), dependency("tested", "dev".into())] },
                { "id": "used", "deps": [dependency("below", "build".into())] },
                { "id": "below", "deps": [] },
                { "id": "tested", "deps": [] },
            ] },
        });
        let lock = "[[package]]\nname = \"used\"\nversion = \"1.0.0\"\nchecksum = \"abc\"\n";
        let bill = of_crates(&metadata, "own", &digests(lock)).expect("a bill");
        let names: Vec<&str> = bill["components"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(names, ["below", "used"]);
        assert_eq!(bill["components"][1]["hashes"][0]["content"], "abc");
        assert_eq!(bill["dependencies"][1], json!({ "ref": "pkg:cargo/own@1.0.0", "dependsOn": ["pkg:cargo/used@1.0.0"] }));
    }
}
