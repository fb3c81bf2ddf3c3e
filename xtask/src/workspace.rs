//! Where things are. Reads the workspace, never writes to it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// What these commands make for themselves: tools, the wasm build, the glue.
pub fn scratch() -> PathBuf {
    root().join("target")
}

/// Where cargo puts native builds.
pub fn native_target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(scratch, |dir| root().join(dir))
}

/// A program of a native debug build.
pub fn native_program(name: &str) -> PathBuf {
    native_target().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The npm package's folder.
pub fn js() -> PathBuf {
    root().join("js")
}

/// The built npm package.
pub fn dist() -> PathBuf {
    js().join("dist")
}

/// The version that Cargo.lock has of a dependency.
pub fn locked(dependency: &str) -> Result<String> {
    let path = root().join("Cargo.lock");
    let lock = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    version_in(&lock, dependency)
        .with_context(|| format!("Cargo.lock has no `{dependency}`; is it still a dependency of the crate `caisse`?"))
}

fn version_in(lock: &str, dependency: &str) -> Option<String> {
    let name = format!("name = \"{dependency}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn finds_a_locked_version() {
        let lock = "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in(lock, "a").as_deref(), Some("0.2.130"));
        assert_eq!(version_in(lock, "b"), None);
    }
}
