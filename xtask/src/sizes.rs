//! Measures what a page fetches, prints it and holds it against the budget in xtask/sizes.json.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::budget::{Budget, Kind, thousands};
use crate::command::Run;
use crate::{package, wasm, workspace};

/// The budget of bytes.
const BUDGET: Kind = Kind {
    path: "xtask/sizes.json",
    unit: "bytes",
    described: "bytes, brotli -11; of the element and its languages gzip -9",
    growth_percent_max: 2,
    accept: "cargo xtask build --accept-sizes",
};

/// The element, and the language with the most bytes.
const ELEMENT: &str = "checkout-progress: class, styles, en, fr";
const LANGUAGE: &str = "checkout-progress, a further language at most";
/// Lines whose bars are of gzip.
const GZIP: [&str; 2] = [ELEMENT, LANGUAGE];

/// One line of the table.
pub struct Row {
    name: &'static str,
    files: Vec<String>,
    size: Size,
}

impl Row {
    /// The bytes that its bar is about: the element's is gzip, as those of its peers were measured.
    fn counted(&self) -> u64 {
        if GZIP.contains(&self.name) { self.size.gzip } else { self.size.brotli }
    }
}

/// Bytes; of several files, compressed each for itself as a server would.
#[derive(Clone, Copy, Default)]
struct Size {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// Sizes of the package as it is built now.
pub fn measure() -> Result<Vec<Row>> {
    let outputs = Outputs::read("index")?;
    let [shim, glue, wasm] = outputs.first("index.js", wasm::CORE.name)?;
    let first = [shim.clone(), glue.clone(), wasm.clone()].concat();
    let mut later: Vec<String> = outputs.names().filter(|name| !first.contains(name)).collect();
    later.push(wasm_file(wasm::ADVISOR.name)?);
    let mut rows = vec![("shim, eager", shim), ("glue of the core", glue), ("core, wasm", wasm), ("all for the first event", first)];
    rows.push(("only when needed", later));
    let adobe = Outputs::read("adobe")?;
    let first = adobe.first("adobe.js", wasm::ADOBE.name)?;
    rows.push(("caisse/adobe, all for the first hit", first.concat()));
    rows.extend(widget()?);
    if workspace::dist().join("caisse.global.js").is_file() {
        rows.push(("script tag, instead of shim and glue", vec!["caisse.global.js".to_owned()]));
    }
    let sizes = compress(&rows.iter().flat_map(|(_, files)| files.clone()).collect())?;
    Ok(rows.into_iter().map(|(name, files)| Row { name, size: files.iter().map(|file| sizes[file]).sum(), files }).collect())
}

/// The element, what it loads when there is something to report, and the language with the most bytes.
fn widget() -> Result<[(&'static str, Vec<String>); 3]> {
    let outputs = Outputs::read(package::WIDGET)?;
    let class = outputs.with_static_imports("checkout-progress.js");
    let mut funnel = vec![outputs.chunk_of("checkout.js").context("no chunk of the package has the glue of the funnel")?];
    funnel.push(wasm_file(wasm::CHECKOUT.name)?);
    let folder = workspace::dist().join("messages");
    let languages = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let scripts = languages.iter().filter(|path| path.extension().is_some_and(|kind| kind == "js"));
    let largest = scripts.max_by_key(|path| fs::metadata(path).map_or(0, |file| file.len())).context("there is no further language")?;
    let largest = format!("messages/{}", file_name(&largest.to_string_lossy()));
    Ok([(ELEMENT, class), ("checkout-progress, where it tracks", funnel), (LANGUAGE, vec![largest])])
}

/// The table as the README has it.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::from("| what | raw | gzip -9 | brotli -11 | files |\n|---|---:|---:|---:|---|");
    for Row { name, files, size } in rows {
        let files: Vec<String> = files.iter().map(|file| format!("`{}`", without_hash(file))).collect();
        let [raw, gzip, brotli] = [size.raw, size.gzip, size.brotli].map(thousands);
        text += &format!("\n| {name} | {raw} | {gzip} | {brotli} | {} |", files.join(", "));
    }
    text
}

/// What is over its bar, grew over its record, or is not recorded: a failure.
pub fn complaints(rows: &[Row]) -> Result<Vec<String>> {
    let budget = Budget::read(&BUDGET)?;
    Ok(rows.iter().flat_map(|row| budget.complaints(row.name, row.counted())).collect())
}

/// Makes the sizes of now the record.
pub fn accept(rows: &[Row]) -> Result<()> {
    Budget::read(&BUDGET)?.record(rows.iter().map(|row| (row.name.to_owned(), row.counted())))?;
    write_readme(&markdown(rows))
}

/// Puts the table into the README, between its marks.
fn write_readme(table: &str) -> Result<()> {
    const MARKS: [&str; 2] = ["<!-- sizes: written by `cargo xtask build --accept-sizes` -->\n", "\n<!-- /sizes -->"];
    let path = workspace::root().join("README.md");
    let text = fs::read_to_string(&path).context("README.md cannot be read")?;
    let (before, rest) = text.split_once(MARKS[0]).context("README.md has lost the mark before its table of sizes")?;
    let (_, after) = rest.split_once(MARKS[1].trim_start()).context("README.md has lost the mark behind its table of sizes")?;
    Ok(fs::write(&path, [before, MARKS[0], table, MARKS[1], after].concat())?)
}

/// esbuild's account of the ES modules it wrote.
struct Outputs(serde_json::Map<String, Value>);

impl Outputs {
    /// Of an entry.
    fn read(entry: &str) -> Result<Self> {
        let path = package::metafile(entry);
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read; run `cargo xtask build`", path.display()))?;
        let mut meta: Value = serde_json::from_str(&text)?;
        let outputs = meta["outputs"].as_object_mut().context("esbuild wrote another metafile than it used to")?;
        Ok(Self(outputs.iter_mut().map(|(path, output)| (file_name(path), output.take())).collect()))
    }

    /// What a page fetches until its first event is sent: shim, glue and core.
    fn first(&self, entry: &str, module: &str) -> Result<[Vec<String>; 3]> {
        let shim = self.with_static_imports(entry);
        let core = self.chunk_of(&format!("{module}.js"));
        let core = core.context("no chunk of the package has the glue of the core: is it imported dynamically?")?;
        let glue = self.with_static_imports(&core).into_iter().filter(|file| !shim.contains(file)).collect();
        Ok([shim, glue, vec![wasm_file(module)?]])
    }

    fn names(&self) -> impl Iterator<Item = String> {
        self.0.keys().cloned()
    }

    /// The output into which an input of that file name went.
    fn chunk_of(&self, input: &str) -> Option<String> {
        let has = |output: &Value| output["inputs"].as_object().is_some_and(|inputs| inputs.keys().any(|path| file_name(path) == input));
        self.0.iter().find(|(_, output)| has(output)).map(|(name, _)| name.clone())
    }

    /// A file and all that the browser fetches with it.
    fn with_static_imports(&self, name: &str) -> Vec<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![name.to_owned()];
        while let Some(name) = open.pop() {
            let imports = self.0.get(&name).and_then(|output| output["imports"].as_array()).into_iter().flatten();
            let fixed = imports.filter(|import| import["kind"] == "import-statement");
            open.extend(fixed.filter_map(|import| import["path"].as_str()).map(file_name).filter(|import| !found.contains(import)));
            found.insert(name);
        }
        // The entry first, then what it brings.
        let entry = name.to_owned();
        std::iter::once(entry.clone()).chain(found.into_iter().filter(|name| *name != entry)).collect()
    }
}

fn file_name(path: &str) -> String {
    Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The file of a module.
fn wasm_file(module: &str) -> Result<String> {
    let entries = fs::read_dir(workspace::dist()).context("js/dist is not there; run `cargo xtask build`")?;
    let names: Vec<String> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let of_module = |name: &String| name.ends_with(".wasm") && name.rsplit_once('-').is_some_and(|(stem, _)| stem == module);
    let mut files = names.into_iter().filter(of_module);
    files.next().with_context(|| format!("js/dist has no {module}-*.wasm; run `cargo xtask build`"))
}

/// Sizes by file name. Node.js has the very zlib and brotli that servers and the peers' published sizes use.
fn compress(files: &BTreeSet<String>) -> Result<BTreeMap<String, Size>> {
    const SCRIPT: &str = "
        const { brotliCompressSync, gzipSync } = require('node:zlib');
        for (const file of process.argv.slice(1)) {
            const bytes = require('node:fs').readFileSync(file);
            console.log(bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length);
        }";
    let said = Run::new("node").within(workspace::dist()).args(["-e", SCRIPT, "--"]).args(files).read()?;
    let sizes = said.lines().map(|line| line.split(' ').filter_map(|number| number.parse().ok()).collect::<Vec<u64>>());
    let sizes = sizes.map(|numbers| match numbers[..] {
        [raw, gzip, brotli] => Ok(Size { raw, gzip, brotli }),
        _ => Err(anyhow::anyhow!("Node.js did not say three sizes")),
    });
    files.iter().cloned().zip(sizes).map(|(file, size)| Ok((file, size?))).collect()
}

impl std::iter::Sum for Size {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::default(), |sum, size| Self {
            raw: sum.raw + size.raw,
            gzip: sum.gzip + size.gzip,
            brotli: sum.brotli + size.brotli,
        })
    }
}

/// `core-IG4YW2JZ.js` without what changes with every build.
fn without_hash(file: &str) -> String {
    let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
    match stem.rsplit_once('-') {
        Some((name, hash)) if hash.len() >= 8 && !hash.bytes().all(|byte| byte.is_ascii_lowercase()) => format!("{name}-*.{extension}"),
        Some(_) | None => file.to_owned(),
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn writes_names_for_people() {
        assert_eq!(without_hash("core-IG4YW2JZ.js"), "core-*.js");
        assert_eq!(without_hash("index.js"), "index.js");
        assert_eq!(without_hash("checkout-progress.js"), "checkout-progress.js");
    }
}
