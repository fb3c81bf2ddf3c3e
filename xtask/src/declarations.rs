//! Leaves of the declarations that tsc writes those that the package's entry leads to, in the form every TypeScript setting reads.
//! What is private stays out of the package, so nobody can come to depend on it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

const SUFFIX: &str = ".d.ts";

/// Copies `entry` and what it leads to from one folder to the other.
pub fn ship(entry: &str, from: &Path, to: &Path) -> Result<()> {
    let mut done = BTreeSet::new();
    let mut open = vec![PathBuf::from(entry)];
    while let Some(file) = open.pop() {
        if !done.insert(file.clone()) {
            continue;
        }
        let text = fs::read_to_string(from.join(&file)).with_context(|| format!("tsc wrote no {}", file.display()))?;
        let (text, specifiers) = with_extensions(&text);
        let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
        open.extend(specifiers.iter().map(|specifier| plain(&folder.join(format!("{specifier}{SUFFIX}")))));
        let target = to.join(&file);
        fs::create_dir_all(target.parent().unwrap_or(to))?;
        fs::write(target, text)?;
    }
    Ok(())
}

/// The text with `.js` after every relative name, which Node's way of resolving asks for, and the names without it.
fn with_extensions(text: &str) -> (String, Vec<String>) {
    let mut specifiers = Vec::new();
    let mut pieces = text.split('"').map(str::to_owned).collect::<Vec<_>>();
    for index in (1..pieces.len()).step_by(2) {
        let imported =
            pieces[index - 1].ends_with("from ") || pieces[index - 1].ends_with("import(") || pieces[index - 1].ends_with("import ");
        if imported && pieces[index].starts_with('.') {
            let bare = pieces[index].trim_end_matches(".js").to_owned();
            pieces[index] = format!("{bare}.js");
            specifiers.push(bare);
        }
    }
    (pieces.join("\""), specifiers)
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    use std::path::Component;
    path.components().fold(PathBuf::new(), |mut plain, component| {
        match component {
            Component::ParentDir => drop(plain.pop()),
            Component::Normal(name) => plain.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
        plain
    })
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn writes_extensions() {
        let (text, found) = with_extensions("import type { A } from \"./types\";\nexport type B = import(\"./b.js\").B | \"./c\";\n");
        assert_eq!(text, "import type { A } from \"./types.js\";\nexport type B = import(\"./b.js\").B | \"./c\";\n");
        assert_eq!(found, ["./types", "./b"]);
        assert_eq!(plain(Path::new("a/./../b.d.ts")), PathBuf::from("b.d.ts"));
    }
}
