//! Builds the npm package a second time, from a copy of its sources in another folder and with nothing built before, and compares the two byte
//! by byte: what is shipped is what these sources make, wherever they stand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::command::{Run, say};
use crate::counts::Counts;
use crate::{fingerprint, package, workspace};

/// What a build reads besides the sources of the package: the workspace must be whole for cargo.
const ALSO: [&str; 10] = [".cargo", "README.md", "clippy.toml", "collector", "docs", "rustfmt.toml", "tests", "www", "xtask", "js/.npmrc"];

/// The stage: one check.
pub fn check() -> Result<Counts> {
    package::ensure_built()?;
    let copy = workspace::scratch().join("again");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    let root = workspace::root();
    for name in package::INPUTS.iter().chain(&ALSO) {
        copy_all(&root.join(name), &copy.join(name)).with_context(|| format!("{name} cannot be copied"))?;
    }
    // Tools are tools: they are pinned, and not what is compared.
    fs::create_dir_all(copy.join("target"))?;
    link(&workspace::scratch().join("tools"), &copy.join("target/tools"))?;
    link(&workspace::js().join("node_modules"), &copy.join("js/node_modules"))?;
    say("building the package again, elsewhere and from nothing");
    Run::cargo().within(&copy).line("run --quiet --package xtask -- build").without("CARGO_TARGET_DIR").run()?;
    let (first, second) = (contents(&workspace::dist())?, contents(&copy.join("js/dist"))?);
    let differ = different(&first, &second);
    differ.iter().for_each(|name| println!("error: {name} is not the same when it is built again"));
    println!("    {} files, {} bytes, {} of them different", first.len(), first.values().map(Vec::len).sum::<usize>(), differ.len());
    ensure!(!first.is_empty(), "js/dist is empty");
    if differ.is_empty() {
        fs::remove_dir_all(&copy)?;
    }
    Ok(Counts::check(differ.is_empty()))
}

/// Files that only one of the two has, or that are not the same in both.
fn different<'a>(first: &'a BTreeMap<String, Vec<u8>>, second: &'a BTreeMap<String, Vec<u8>>) -> BTreeSet<&'a str> {
    first.keys().chain(second.keys()).filter(|name| first.get(*name) != second.get(*name)).map(String::as_str).collect()
}

fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    fingerprint::files(folder)?.into_iter().map(|(name, path)| Ok((name, fs::read(path)?))).collect()
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            // What other builds left is not the source.
            if !["target", "node_modules", "dist", "corpus"].iter().any(|built| entry.file_name() == *built) {
                copy_all(&entry.path(), &to.join(entry.file_name()))?;
            }
        }
    } else {
        fs::create_dir_all(to.parent().map_or_else(PathBuf::new, Path::to_path_buf))?;
        fs::copy(from, to)?;
    }
    Ok(())
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> Result<()> {
    Ok(std::os::unix::fs::symlink(from, to)?)
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> Result<()> {
    copy_all(from, to)
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn sees_every_difference() {
        let folder = |files: &[(&str, u8)]| files.iter().map(|(name, byte)| ((*name).to_owned(), vec![*byte])).collect::<BTreeMap<_, _>>();
        let first = folder(&[("a", 1), ("b", 2), ("c", 3)]);
        assert!(different(&first, &first.clone()).is_empty());
        assert_eq!(different(&first, &folder(&[("a", 1), ("b", 9), ("d", 3)])), BTreeSet::from(["b", "c", "d"]));
    }

    #[test]
    fn every_input_is_there() {
        for name in package::INPUTS.iter().chain(&ALSO) {
            assert!(workspace::root().join(name).exists(), "{name}");
        }
    }
}
