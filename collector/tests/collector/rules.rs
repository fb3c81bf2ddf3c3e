//! The rules of this program's own text. Reads files, never runs them.

use std::fs;
use std::path::Path;

/// Ways to make a text of a statement. `storage/sql.rs` is the one place that joins, and takes fixed pieces only.
const MAKING: [&str; 8] = ["format!(", "format_args!(", "write!(", "push_str(", ".join(", ".concat(", "concat!(", " + &"];

/// The lines of a file, its tests aside, that make texts.
fn making(text: &str) -> Vec<usize> {
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    let lines = code.lines().zip(1..).filter(|(line, _)| !line.trim_start().starts_with("//"));
    lines.filter(|(line, _)| MAKING.iter().any(|way| line.contains(way))).map(|(_, number)| number).collect()
}

#[test]
fn statements_are_made_of_fixed_pieces() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/storage");
    let mut seen = 0;
    for file in fs::read_dir(folder).expect("the storage").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let text = fs::read_to_string(file.path()).expect("a file");
        // Trouble is words for the log.
        let text = if name == "mod.rs" { text.replace("write!(f", "") } else { text };
        let expected: &[usize] = if name == "sql.rs" { &making(&text) } else { &[] };
        assert_eq!(making(&text), expected, "{name} makes a text of its own: what goes into a statement stands in `sql`, or is bound");
        seen += usize::from(name.ends_with(".rs"));
    }
    assert!(seen > 6, "{seen} files");
}

/// Nowhere else does the program speak to the database.
#[test]
fn only_the_storage_knows_sql() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for file in fs::read_dir(folder).expect("a folder").flatten() {
            let path = file.path();
            if path.is_dir() && !path.ends_with("storage") {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("settings.rs") {
                let text = fs::read_to_string(&path).expect("a file");
                assert!(!text.contains("rusqlite"), "{} knows SQLite", path.display());
            }
        }
    }
}

#[test]
fn the_rule_can_fail() {
    assert_eq!(making("let a = format!(\"SELECT {x}\");\nlet b = 1;\n// format!(\nlet c = d + &e;"), [1, 4]);
}
