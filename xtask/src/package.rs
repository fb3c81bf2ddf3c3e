//! Builds the npm package into js/dist/: the hashed wasm, the bundles, the declarations.
//! Never leaves a half-built package: the folder is made aside and put in place when all of it is there.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use caisse::{checkout, vocabulary};
use sha2::{Digest, Sha256};

use crate::command::{Run, say};
use crate::{declarations, fingerprint, order, report, sizes, tools, wasm, workspace};

/// All that the package is made from.
pub const INPUTS: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "js/package-lock.json",
    "js/package.json",
    "js/src",
    "js/tsconfig.json",
    "rust-toolchain.toml",
    "src",
    "xtask/Cargo.toml",
    "xtask/orders.json",
    "xtask/src",
];

/// What the TypeScript imports as the glue of the core.
const GLUE: &str = "caisse-glue";
/// What it imports as the glue of the advisor.
const ADVISOR_GLUE: &str = "caisse-advisor-glue";
/// What it imports as the glue of the funnel.
const CHECKOUT_GLUE: &str = "caisse-checkout-glue";
/// What it imports as the element's style sheet.
const STYLES: &str = "caisse-checkout-progress-styles";

/// The element's entry: what esbuild says of it is under this name.
pub const WIDGET: &str = "checkout-progress";

/// Entries that import nothing of the tracker: they feed it with consent.
const ADAPTERS: [&str; 2] = ["consent-tcf", "consent-google"];

/// Properties that only the shim and its engines share. They get one-letter names, the same ones in every file (0.07 kB).
/// Only names that neither the public API nor a browser's object has.
const INTERNAL: &str = "counted counters drop durable emit fields frozen head journal keep leave leaving listeners local post prefix randomId raw \
receipt rowKey run send options seq settings settle snapshot soft stop store stream traps untaken urgent write";

/// The same of the element.
const INTERNAL_OF_WIDGET: &str = "box edit hint item linked marker paint toggle word";

/// `cargo xtask build`.
pub fn command(arguments: &[String]) -> Result<()> {
    let (mut report, mut accept, mut search) = (false, false, false);
    for argument in arguments {
        match argument.as_str() {
            "--report" => report = true,
            "--accept-sizes" => accept = true,
            "--search-orders" => search = true,
            unknown => bail!("`build` knows --report, --accept-sizes and --search-orders, not `{unknown}`"),
        }
    }
    if search {
        say("searching for the orders of functions that compress best, some minutes each");
        let modules = [wasm::CORE, wasm::ADOBE].iter().map(|module| Ok(fs::read(wasm::build(module)?.unordered)?));
        order::search(&modules.collect::<Result<Vec<_>>>()?)?;
    }
    let core = build()?;
    let table = sizes::measure()?;
    println!("\n{}", sizes::markdown(&table));
    if accept {
        sizes::accept(&table)?;
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

/// What esbuild found out about the outputs of an entry.
pub fn metafile(entry: &str) -> PathBuf {
    aside().join(format!("{entry}.json"))
}

fn build() -> Result<wasm::Built> {
    tools::npm()?;
    let core = wasm::build(&wasm::CORE)?;
    let adobe = wasm::build(&wasm::ADOBE)?;
    let advisor = wasm::build(&wasm::ADVISOR)?;
    let checkout = wasm::build(&wasm::CHECKOUT)?;
    say("bundling");
    let folder = aside().join("dist");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for entry in ["index", "adobe"] {
        let module = if entry == "adobe" { &adobe } else { &core };
        let modules = [("WASM", module), ("ADVISOR", &advisor), ("CHECKOUT", &checkout)];
        let modules = modules.map(|(name, module)| Ok((name, Shipped::new(module, &folder)?)));
        let modules = modules.into_iter().collect::<Result<Vec<_>>>()?;
        bundle(entry, &[(GLUE, module), (ADVISOR_GLUE, &advisor), (CHECKOUT_GLUE, &checkout)], &folder, &modules)?;
    }
    for name in ADAPTERS {
        adapter(name, &folder)?;
    }
    widget(&checkout, &folder)?;
    scripts(&folder)?.iter().try_for_each(|script| squeeze(script))?;
    declare(&folder)?;
    put_in_place(&folder)?;
    fs::write(stamp(), fingerprints()?)?;
    Ok(core)
}

/// What the TypeScript is told about a module when it is compiled: it loads this one and no other.
struct Shipped {
    file: String,
    integrity: String,
}

impl Shipped {
    /// Copies the wasm into the package, named by its content.
    fn new(module: &wasm::Built, folder: &Path) -> Result<Self> {
        let bytes = fs::read(&module.wasm)?;
        let digest = Sha256::digest(&bytes);
        let file = format!("{}-{}.wasm", module.name, &fingerprint::hex(&digest)[..12]);
        fs::write(folder.join(&file), &bytes)?;
        // As strong as a longer digest for this, and no byte of it can be compressed.
        Ok(Self { file, integrity: format!("sha256-{}", BASE64_STANDARD.encode(digest)) })
    }
}

/// Definitions for the compiler: `NAME_FILE` and `NAME_INTEGRITY` of each module, and the vocabulary, which stands in one place; the package
/// suggests from it what was probably meant.
fn definitions(modules: &[(&str, Shipped)]) -> Vec<String> {
    let of_module = |(name, shipped): &(&str, Shipped)| {
        [(format!("{name}_FILE"), shipped.file.clone()), (format!("{name}_INTEGRITY"), shipped.integrity.clone())]
    };
    let words = [
        ("EVENTS", format!("{} {}", vocabulary::COMMERCE, vocabulary::EXTENSION)),
        ("FIELDS", vocabulary::fields()),
        ("PRODUCT_FIELDS", vocabulary::product_fields()),
        ("ALIASES", vocabulary::ALIASES.to_owned()),
        ("CHECKOUT_PRESETS", checkout::PRESETS.to_owned()),
    ];
    let all = modules.iter().flat_map(of_module).chain(words.map(|(name, value)| (name.to_owned(), value)));
    all.map(|(name, value)| format!("--define:{name}=\"{value}\"")).collect()
}

fn bundle(entry: &str, glues: &[(&str, &wasm::Built)], folder: &Path, modules: &[(&str, Shipped)]) -> Result<()> {
    let esbuild = |file: &str, target: &str| {
        Run::new(tools::npm_program("esbuild"))
            .args([workspace::js().join("src").join(file)])
            .line("--bundle --minify --charset=utf8 --legal-comments=none --log-level=warning")
            .args([format!("--mangle-props=^({})$", INTERNAL.replace(' ', "|"))])
            .args([format!("--target={target}")])
            .args(glues.iter().map(|(name, module)| format!("--alias:{name}={}", module.glue.display())))
            .args(definitions(modules))
            .args([format!("--define:ADOBE={}", entry == "adobe")])
    };
    esbuild(&format!("{entry}.ts"), "es2022")
        .line("--format=esm --splitting --chunk-names=[name]-[hash]")
        .args([format!("--outdir={}", folder.display()), format!("--metafile={}", metafile(entry).display())])
        .run()?;
    if entry == "index" {
        let outfile = format!("--outfile={}", folder.join("caisse.global.js").display());
        esbuild("global.ts", "es2018").line("--format=iife").args([outfile]).run()?;
    }
    Ok(())
}

/// Bundles an entry that has nothing in common with the others.
fn adapter(name: &str, folder: &Path) -> Result<()> {
    Run::new(tools::npm_program("esbuild"))
        .args([workspace::js().join("src").join(format!("{name}.ts"))])
        .line("--bundle --minify --charset=utf8 --legal-comments=none --log-level=warning --target=es2022 --format=esm")
        .args([format!("--outfile={}", folder.join(format!("{name}.js")).display())])
        .run()
}

/// Bundles the element: its class, what registers it, each further language, and the funnel, which is loaded when there is something to
/// report. A build of its own, so that no file of it is one that the other entries wait for.
fn widget(checkout: &wasm::Built, folder: &Path) -> Result<()> {
    let source = workspace::js().join("src");
    let minify = |file: &str, to: &Path| {
        let esbuild = Run::new(tools::npm_program("esbuild")).args([source.join(file)]);
        esbuild.line("--minify --target=es2022 --log-level=warning").args([format!("--outfile={}", to.display())]).run()
    };
    let styles = aside().join("styles.css");
    minify("checkout-progress/styles.css", &styles)?;
    minify("checkout-progress.css", &folder.join("checkout-progress.css"))?;
    let languages = fs::read_dir(source.join("messages"))?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    Run::new(tools::npm_program("esbuild"))
        .args([source.join("checkout-progress.ts"), source.join("checkout-progress-define.ts")])
        .args(languages)
        .line("--bundle --minify --charset=utf8 --legal-comments=none --log-level=warning --loader:.css=text --target=es2022")
        .args([format!("--mangle-props=^({})$", INTERNAL_OF_WIDGET.replace(' ', "|"))])
        // What stands beside it in the package.
        .line("--external:./checkout-progress.js --external:../checkout-progress.js")
        .args([format!("--alias:{CHECKOUT_GLUE}={}", checkout.glue.display()), format!("--alias:{STYLES}={}", styles.display())])
        .args(definitions(&[("CHECKOUT", Shipped::new(checkout, folder)?)]))
        .line("--format=esm --splitting --chunk-names=[name]-[hash]")
        .args([format!("--outbase={}", source.display()), format!("--outdir={}", folder.display())])
        .args([format!("--metafile={}", metafile(WIDGET).display())])
        .run()
}

/// Minifies what esbuild has minified once more: terser gives variables fewer different names, which compress better (0.2 kB).
fn squeeze(script: &Path) -> Result<()> {
    let kind = if script.ends_with("caisse.global.js") { "--ecma 2018" } else { "--ecma 2020 --module" };
    Run::new(tools::npm_program("terser"))
        .args([script])
        .line("--compress passes=3,hoist_funs,pure_getters,unsafe_arrows,unsafe_undefined,lhs_constants=false --mangle --comments false")
        .line(kind)
        .option("--output", script)
        .run()
}

fn scripts(folder: &Path) -> Result<Vec<PathBuf>> {
    let files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    Ok(files.into_iter().filter(|file| file.extension().is_some_and(|kind| kind == "js")).collect())
}

fn declare(folder: &Path) -> Result<()> {
    let all = aside().join("declarations");
    if all.exists() {
        fs::remove_dir_all(&all)?;
    }
    Run::new(tools::npm_program("tsc")).line("-p js --declaration --emitDeclarationOnly --outDir").args([&all]).run()?;
    declarations::ship("index.d.ts", &all, folder)?;
    declarations::ship("adobe.d.ts", &all, folder)?;
    ADAPTERS.iter().try_for_each(|name| declarations::ship(&format!("{name}.d.ts"), &all, folder))?;
    declarations::ship("checkout-progress.d.ts", &all, folder)?;
    declarations::ship("checkout-progress-define.d.ts", &all, folder)?;
    for entry in fs::read_dir(all.join("messages"))? {
        declarations::ship(&format!("messages/{}", entry?.file_name().to_string_lossy()), &all, folder)?;
    }
    Ok(())
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

#[cfg(test)]
mod unit {
    use super::*;

    /// A public name that became another one would be an API that is not there.
    #[test]
    fn internal_names_are_internal() {
        let read = |file: &str| fs::read_to_string(workspace::js().join("src").join(file)).unwrap();
        let shared = read("shim.ts") + &read("store.ts") + &read("tracker.ts");
        // Without what is said about them.
        let is_code = |line: &&str| !line.trim_start().starts_with(['/', '*']);
        let public: String = read("types.ts").lines().filter(is_code).collect();
        for name in INTERNAL.split(' ') {
            let declares = |text: &str| [":", "?:", "(", "<"].iter().any(|mark| text.contains(&format!(" {name}{mark}")));
            assert!(!declares(&public), "{name} is public");
            assert!(declares(&shared), "{name} is nobody's property any more");
        }
    }
}
