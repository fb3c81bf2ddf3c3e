//! The rules of the code itself: where things are, how long they may be, how files open. Reads files, never runs them.

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a source file; of an adapter; of a function.
const FILE_LINES_MAX: usize = 400;
const ADAPTER_LINES_MAX: usize = 100;
const FUNCTION_LINES_MAX: usize = 60;

const TOP_LEVEL: &str = ".cargo .ci .config .editorconfig .git .gitattributes .github .gitignore ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md \
Cargo.lock Cargo.toml LICENSE-APACHE LICENSE-MIT README.md SECURITY.md clippy.toml collector deny.toml docs js rust-toolchain.toml \
rustfmt.toml src target tests webdriver.json www xtask";

const BROWSER_CRATES: [&str; 8] =
    ["wasm_bindgen", "web_sys", "js_sys", "gloo_net", "gloo_storage", "gloo_timers", "serde_wasm_bindgen", "wasm_bindgen_futures"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file with this ending under a folder of the repository, as path from its root and text.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if !["node_modules", "target", "dist", "pkg"].iter().any(|skipped| name == *skipped) {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|known| known == ending) {
                let text = fs::read_to_string(&path).expect("a readable file");
                found.push((short(&path), text));
            }
        }
    }
    found.sort();
    found
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn rust_files() -> Vec<(String, String)> {
    ["src", "collector/src", "collector/tests", "www/src", "www/tests", "xtask/src", "tests"]
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .collect()
}

#[track_caller]
fn none(wrong: &[String], rule: &str) {
    assert!(wrong.is_empty(), "{rule}:\n  {}", wrong.join("\n  "));
}

/// Puts together what would otherwise stand here and be found.
fn word(parts: [&str; 2]) -> String {
    parts.concat()
}

#[test]
fn the_top_level_holds_what_the_design_names() {
    let names = fs::read_dir(root()).expect("the repository").flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let wrong: Vec<String> = names.filter(|name| !TOP_LEVEL.split(' ').any(|known| known == name)).collect();
    none(&wrong, "the design does not name this at the top level");
}

#[test]
fn only_the_browser_folder_knows_the_browser() {
    let mut wrong = Vec::new();
    for (path, text) in files("src", "rs") {
        if !path.starts_with("src/browser/") {
            let named = BROWSER_CRATES.iter().filter(|name| code(&text).contains(*name));
            wrong.extend(named.map(|name| format!("{path} names {name}")));
        }
    }
    none(&wrong, "everything directly in src/ is pure");
}

#[test]
fn the_core_knows_no_float() {
    let mut wrong = Vec::new();
    for (path, text) in files("src", "rs") {
        // At the boundary a number is what JavaScript has for one.
        if !path.starts_with("src/browser/") {
            wrong.extend(floats(&text).into_iter().map(|line| format!("{path}:{line}")));
        }
    }
    none(&wrong, "money and time are whole numbers");
}

/// The lines of code in which a type or a literal is a float.
fn floats(text: &str) -> Vec<usize> {
    let lines: Vec<String> = code(text).lines().map(|line| line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")).collect();
    lines.iter().enumerate().filter(|(_, line)| is_float(line)).map(|(index, _)| index + 1).collect()
}

fn is_float(line: &str) -> bool {
    let in_word = |ch: char| ch.is_ascii_alphanumeric() || ch == '_';
    let typed = |(at, _): (usize, &str)| !line[..at].ends_with(|ch: char| ch.is_ascii_alphabetic()) && !line[at + 3..].starts_with(in_word);
    // A point between digits, unless they number the fields of a tuple.
    let literal = |(at, _): (usize, &str)| {
        let whole = line[..at].trim_end_matches(|ch: char| ch.is_ascii_digit() || ch == '_');
        whole.len() < at && !whole.ends_with(|ch| in_word(ch) || ch == '.') && line[at + 1..].starts_with(|ch: char| ch.is_ascii_digit())
    };
    line.match_indices("f32").chain(line.match_indices("f64")).any(typed) || line.match_indices('.').any(literal)
}

/// What may trap is denied by the compiler's lints in all of `src/`, and nothing there is excused.
#[test]
fn nothing_in_the_core_may_trap() {
    let lints = ["unwrap_used", "expect_used", "panic", "indexing_slicing", "unreachable", "todo", "unimplemented", "string_slice"];
    let library = fs::read_to_string(root().join("src/lib.rs")).expect("the library");
    for lint in lints {
        assert!(library.contains(&format!("clippy::{lint}")), "{lint} is not denied");
    }
    let excuses = |text: &str| {
        let openings = ["allow(", "expect(", "warn("];
        let attribute = |line: &str| line.contains("#[") || line.contains("#![");
        text.lines()
            .filter(|line| attribute(line) && openings.iter().any(|open| line.contains(open)))
            .any(|line| lints.iter().any(|lint| line.contains(lint)))
    };
    assert!(excuses(&format!("#[{}(clippy::panic)]", "allow")));
    let wrong: Vec<String> = files("src", "rs").into_iter().filter(|(_, text)| excuses(text)).map(|(path, _)| path).collect();
    none(&wrong, "what may trap is not excused in the core");
}

#[test]
fn exports_stand_in_one_place() {
    let mut wrong = Vec::new();
    for (path, text) in files("src/browser", "rs") {
        let allowed = ["src/browser/advisor.rs", "src/browser/checkout.rs", "src/browser/entry.rs", "src/browser/direct/mod.rs"]
            .contains(&path.as_str());
        let lines: Vec<&str> = text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            // An import (`extern "C"`) is no export.
            let import =
                lines[index..].iter().find(|line| !line.trim_start().starts_with("#[")).is_some_and(|line| line.contains("extern \"C\""));
            if line.trim_start().starts_with("#[wasm_bindgen") && !line.starts_with("    ") && !import && !allowed {
                wrong.push(format!("{path}:{} exports", index + 1));
            }
        }
    }
    none(&wrong, "#[wasm_bindgen] exports stand in src/browser/entry.rs, its like for the advisor and the checkout, or the feature direct");
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut wrong: Vec<String> = rust_files().into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(path, _)| path).collect();
    wrong.extend(files("js/src", "ts").into_iter().filter(|(_, text)| !text.starts_with("// ")).map(|(path, _)| path));
    none(&wrong, "a file opens with what it is for");
}

#[test]
fn files_fit_in_the_head() {
    let mut wrong = Vec::new();
    for (path, text) in rust_files().into_iter().chain(files("js/src", "ts")) {
        let adapter = path.starts_with("src/browser/")
            && ["store", "transport", "timer", "listener"].iter().any(|port| path.ends_with(&format!("/{port}.rs")));
        let (lines, lines_max) = (text.lines().count(), if adapter { ADAPTER_LINES_MAX } else { FILE_LINES_MAX });
        if lines > lines_max {
            wrong.push(format!("{path} has {lines} lines of {lines_max}"));
        }
    }
    none(&wrong, "a file that no longer fits in the head becomes two");
}

#[test]
fn functions_fit_on_a_screen() {
    let mut wrong = Vec::new();
    for (path, text) in rust_files() {
        wrong.extend(
            long_functions(&text).into_iter().map(|(name, lines)| format!("{path}: {name} has {lines} lines of {FUNCTION_LINES_MAX}")),
        );
    }
    none(&wrong, "a function that needs more becomes two");
}

/// Functions over the limit, by the lines from their head to the bracket that closes them.
fn long_functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut long = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(at) = line.find("fn ").filter(|at| line[..*at].split_whitespace().all(|word| HEAD.contains(&word))) else { continue };
        let indent = line.len() - line.trim_start().len();
        let close = format!("{}}}", " ".repeat(indent));
        let one_line = line.trim_end().ends_with(['}', ';']);
        let end =
            if one_line { Some(0) } else { lines[start..].iter().position(|line| *line == close || *line == format!("{}) -> ;", close)) };
        let length = end.unwrap_or(0) + 1;
        if length > FUNCTION_LINES_MAX {
            let name = line[at + 3..].split(['(', '<']).next().unwrap_or("");
            long.push((name.to_owned(), length));
        }
    }
    long
}

/// What may stand before `fn`.
const HEAD: [&str; 6] = ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe"];

#[test]
fn every_source_file_is_on_the_map() {
    let Ok(map) = fs::read_to_string(root().join("ARCHITECTURE.md")) else { return };
    let mut wrong = Vec::new();
    for (path, _) in files("src", "rs") {
        // A folder's `mod.rs` is named by its folder as well.
        let name = path.trim_start_matches("src/");
        let named =
            map.contains(&format!("`{name}`")) || name.strip_suffix("mod.rs").is_some_and(|folder| map.contains(&format!("{folder}`")));
        let adapter = name.starts_with("browser/direct/");
        let named = named || adapter && map.contains("`browser/direct/`");
        if !named {
            wrong.push(path);
        }
    }
    none(&wrong, "ARCHITECTURE.md does not name this");
}

#[test]
fn nothing_is_left_open() {
    let open = [word(["TO", "DO"]), word(["FIX", "ME"]), word(["todo", "!("]), word(["unimplemented", "!("]), word(["#[", "ignore"])];
    let mut wrong = Vec::new();
    for (path, text) in rust_files().into_iter().chain(files("js/src", "ts")) {
        for (index, line) in text.lines().enumerate() {
            if open.iter().any(|open| line.contains(open.as_str())) {
                wrong.push(format!("{path}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    none(&wrong, "left open");
}

#[test]
fn ports_adapters_and_doubles_share_their_names() {
    let ports = fs::read_to_string(root().join("src/ports.rs")).expect("the ports");
    for port in ["Store", "Transport", "Timer", "Listener"] {
        assert!(ports.contains(&format!("pub trait {port} ")), "src/ports.rs has no {port}");
        let file = format!("{}.rs", port.to_lowercase());
        for folder in ["src/browser", "tests/native/sim"] {
            let path = root().join(folder).join(&file);
            let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{folder}/{file} is missing"));
            assert!(text.contains(&format!("impl {port} for")), "{folder}/{file} has no {port}");
        }
    }
}

/// Whether the rules can fail: on code made for it.
#[test]
fn the_counter_counts() {
    let body = "    let x = 1;\n".repeat(FUNCTION_LINES_MAX);
    assert_eq!(long_functions(&format!("pub fn long() {{\n{body}}}\n")), [("long".to_owned(), FUNCTION_LINES_MAX + 2)]);
    assert!(long_functions("fn short() {\n}\n").is_empty());
}

#[test]
fn the_float_finder_finds() {
    for float in ["let x: f64 = y;", "x as f32", "f64::from(x)", "Vec<f64>", "1.5", "2_f64.max(y)", "0.1_f32", "(0.0..1.0)"] {
        assert_eq!(floats(float), [1], "{float}");
    }
    for other in ["pair.0.1", "0..=9", "\"0.30000000000000004\"", "// an f64", "buf32", "x.f64_of()", "0xf64", "1..limit", "pair.1"] {
        assert!(floats(other).is_empty(), "{other}");
    }
}

/// A text without its comments.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}
