//! `cargo xtask verify`: what a merchant's security team needs to judge the package on a payment page, as one document and the files it
//! speaks of, in target/evidence. It is evidence for PCI DSS 4.0.1, requirements 6.4.3 and 11.6.1; whether a shop complies is decided elsewhere.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha384};

use crate::command::{Run, say};
use crate::{dictionary, fingerprint, package, sbom, tests, workspace};

/// A file of the package.
struct Shipped {
    name: String,
    bytes: usize,
    hex: String,
    integrity: String,
}

/// When a page loads which files, and why they are needed, by how their names begin.
const REASONS: [(&str, &str, &str); 19] = [
    (
        "index.js",
        "always (modules)",
        "The tracker's public functions. Copies what the shop passes, asks for consent, keeps hits until they are delivered.",
    ),
    ("adobe.js", "instead of index.js", "The same, with Adobe's two formats beside the collector's."),
    ("caisse.global.js", "instead of index.js (script tag)", "The same as one classic script, for pages and tag managers without modules."),
    ("core-", "before the first hit is sent", "Starts the wasm and passes text in and out."),
    (
        "caisse-",
        "before the first hit is sent",
        "The core: checks, redacts, queues and encodes hits. WebAssembly, which cannot reach the page by itself.",
    ),
    ("adobe-", "with adobe.js, in place of caisse-*.wasm", "The core with Adobe's two formats."),
    ("consent-tcf.js", "only if the shop imports it", "Passes the answer of a TCF consent platform on."),
    ("consent-google.js", "only if the shop imports it", "Passes on what the page tells Google Consent Mode."),
    ("consent-", "with adobe-edge, if the shop asks", "Tells Edge Network that the visitor consented."),
    ("raw-", "where the page's policy refuses WebAssembly", "Delivers calls bluntly redacted; the collector judges them."),
    ("gzip-", "with the first large batch", "Compresses the large batches that follow."),
    ("orphans-", "when an earlier page left hits behind", "Takes them over and delivers them."),
    (
        "later-",
        "on localhost, or if the shop asks",
        "Loads what few pages ask for, and tells the funnel of a checkout without the element.",
    ),
    ("debug-", "on localhost, or if the shop asks", "Says in words what is wrong with a call."),
    ("advisor-", "on localhost, or if the shop listens", "Looks for what is probably a mistake. WebAssembly."),
    ("checkout-progress", "only if the shop imports it", "An optional element that shows the steps of a checkout. Holds no card data."),
    ("messages/", "only if the shop imports it", "Words of that element in a further language."),
    ("report-", "with that element, where it tracks", "Passes on which step is shown, and which field was refused, by its name."),
    ("checkout-", "with that element or tracker.checkout", "What follows from that: the events of a checkout. WebAssembly."),
];

/// Writes the evidence and prints it.
pub fn command(arguments: &[String]) -> Result<()> {
    let with_browsers = match arguments {
        [] => true,
        [only] if only == "--without-browsers" => false,
        _ => bail!("`verify` knows --without-browsers"),
    };
    package::ensure_built()?;
    let files = shipped()?;
    let folder = workspace::scratch().join("evidence");
    fs::create_dir_all(&folder)?;
    let log = if with_browsers { values()? } else { "NOT RUN: --without-browsers was given.\n".to_owned() };
    let bills = sbom::all()?;
    let text = document(&files, &log, bills.keys())?;
    let sums: String = files.iter().map(|file| format!("{}  {}\n", file.hex, file.name)).collect();
    fs::write(folder.join("evidence.md"), &text)?;
    fs::write(folder.join("SHA384SUMS"), sums)?;
    fs::write(folder.join("values.log"), log)?;
    for (name, bill) in bills {
        fs::write(folder.join(name), bill)?;
    }
    println!("\n{text}");
    say(&format!("all of this is in {}", folder.display()));
    Ok(())
}

fn shipped() -> Result<Vec<Shipped>> {
    let file = |(name, path): (String, PathBuf)| -> Result<Shipped> {
        let bytes = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let digest = Sha384::digest(&bytes);
        let integrity = format!("sha384-{}", BASE64_STANDARD.encode(digest));
        Ok(Shipped { name, bytes: bytes.len(), hex: fingerprint::hex(&digest), integrity })
    };
    fingerprint::files(&workspace::dist())?.into_iter().map(file).collect()
}

/// What the test says that sees to it that no field is read.
fn values() -> Result<String> {
    say("the test that nothing typed is read, in real browsers");
    let run = Run::cargo().line("test --quiet --package caisse-e2e --test e2e -- values --nocapture --test-threads 1");
    let ended = tests::in_real_browsers(run)?.hear()?;
    let log: String = ended.lines.iter().filter(|line| !line.trim().is_empty()).map(|line| format!("{line}\n")).collect();
    ensure!(ended.success, "the test failed:\n{log}");
    ensure!(log.matches("reads by the package: 0").count() == 3, "the test did not run in three engines:\n{log}");
    Ok(log)
}

/// When a file is loaded and why; nothing is told of declarations, which no browser loads.
fn reason(name: &str) -> Result<Option<(&'static str, &'static str)>> {
    if name.ends_with(".d.ts") {
        return Ok(None);
    }
    let known = REASONS.iter().find(|(start, ..)| name.starts_with(start));
    known.map(|(_, when, why)| Some((*when, *why))).with_context(|| format!("xtask/src/verify.rs does not say why {name} is shipped"))
}

fn document<'a>(files: &[Shipped], log: &str, bills: impl Iterator<Item = &'a String>) -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!("# Caisse {version}: evidence for a payment page\n\n");
    text += "PCI DSS 4.0.1 asks a merchant to authorise every script of a payment page, to assure its integrity and to keep an inventory with a written \
             justification (6.4.3), and to notice changes of scripts and of HTTP headers as browsers receive them, at least weekly or as often as its risk \
             analysis says (11.6.1). Below is what this package contributes to that. It makes no shop compliant, and on a page where the payment provider's \
             own frame or page takes the card, the safest place for this package is outside of it.\n";
    text += "\n## Inventory and justification (6.4.3)\n\n| file | bytes | loaded | why | SHA-384 |\n|---|---:|---|---|---|\n";
    for file in files {
        if let Some((when, why)) = reason(&file.name)? {
            text += &format!("| `{}` | {} | {when} | {why} | `{}` |\n", file.name, file.bytes, file.integrity);
        }
    }
    text += "\nThe same sources give the same bytes, wherever they are built: `cargo xtask test again`. Files with a hash in their name never change.\n";
    text += "\n## Destinations\n\n";
    text += "| request | what goes there |\n|---|---|\n\
             | `POST {url}/v1/batch` | hits, to the collector that the shop names in `destination.url`; without cookies |\n\
             | `POST {url}/v1/raw` | calls of a page without WebAssembly, bluntly redacted; the same collector |\n\
             | `https://{trackingServer}/b/ss/…` | only with `adobe-analytics` among the destinations |\n\
             | `https://{edgeDomain}/ee/…` | only with `adobe-edge` among the destinations |\n\
             | `GET` of the files above | from the folder that the first of them came from |\n\n\
             There is no other address in the package: no update, no telemetry, nothing of its authors.\n";
    text += "\n## Data dictionary\n\n";
    text += &dictionary::markdown()?;
    text += "\nKept in the browser, with consent only: the hits that are not delivered (IndexedDB `caisse.{site}`, localStorage `caisse.{site}.…`, at most \
             seven days), the visitor id (13 months, not renewed by visits), hashes of the orders that were told (13 months).\n";
    text += "\n## Policy and integrity snippets\n\n";
    text += &snippets(files);
    text += "\n## Change and tamper detection (11.6.1)\n\n`SHA384SUMS` beside this document lists the files. On what a browser gets (`curl` of each, or a copy of \
             the folder): `sha384sum --check SHA384SUMS`. A wasm that is not the one its script was built with is not run: the digest stands in the script.\n";
    text += "\n## Nothing typed is read: the test's own words\n\nTraps stand on everything that holds or tells a typed value, before every script of the page; \
             secrets are typed into every field of the demo shop and searched everywhere (tests/e2e/tests/values.rs).\n\n```text\n";
    text += log;
    text += "```\n\n## What it is made of\n\n";
    text += &bills.map(|name| format!("- `{name}` (CycloneDX 1.5)\n")).collect::<String>();
    text += "\nLicences, sources and bans of all crates, lock files and the package's contents: `cargo xtask test supply`.\n";
    Ok(text)
}

fn snippets(files: &[Shipped]) -> String {
    let modules: Vec<&Shipped> = files.iter().filter(|file| file.name.ends_with(".js") && file.name != "caisse.global.js").collect();
    let map: Vec<String> = modules.iter().map(|file| format!("    \"/caisse/{}\": \"{}\"", file.name, file.integrity)).collect();
    let global = files.iter().find(|file| file.name == "caisse.global.js").map_or("", |file| &file.integrity);
    format!(
        "The header of a page on which the package is the only script, with files and collector on the page's own origin:\n\n```text\n\
         Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'\n```\n\n\
         Without `'wasm-unsafe-eval'` everything is delivered raw. As modules, with every file's digest, before the first of them is loaded (a map that stands in the page needs the policy's nonce):\n\n```html\n\
         <script type=\"importmap\" nonce=\"…\">\n{{ \"imports\": {{ \"caisse\": \"/caisse/index.js\" }},\n  \"integrity\": {{\n{}\n  }} }}\n</script>\n```\n\nAs a classic script:\n\n```html\n\
         <script async src=\"/caisse/caisse.global.js\" integrity=\"{global}\" crossorigin=\"anonymous\"></script>\n```\n",
        map.join(",\n")
    )
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn every_file_that_runs_has_its_reason() {
        for name in [
            "index.js",
            "caisse-0123456789ab.wasm",
            "checkout-0123456789ab.wasm",
            "messages/de.js",
            "consent-tcf.js",
            "consent-E7TJRBYK.js",
        ] {
            assert!(reason(name).is_ok_and(|reason| reason.is_some()), "{name}");
        }
        assert_eq!(reason("consent-tcf.js").expect("a reason").map(|(when, _)| when), Some("only if the shop imports it"));
        assert!(reason("index.d.ts").is_ok_and(|reason| reason.is_none()));
        assert!(reason("extra.js").is_err());
    }

    #[test]
    fn names_the_addresses_of_the_wire() {
        let wire = fs::read_to_string(workspace::root().join("docs/wire.md")).expect("docs/wire.md");
        let file = Shipped { name: "index.js".into(), bytes: 1, hex: "00".into(), integrity: "sha384-x".into() };
        let text = document(&[file], "log\n", std::iter::empty()).expect("a document");
        for address in ["`POST {url}/v1/batch`", "`POST {url}/v1/raw`"] {
            assert!(wire.contains(address) && text.contains(address), "{address}");
        }
        assert!(text.contains("\"/caisse/index.js\": \"sha384-x\""));
    }
}
