//! Puts the functions of a module into an order in which they compress better (0.1 kB of brotli). Changes nothing else.
//!
//! Which order is best nobody can say, so some thousand are tried when somebody asks for it, and the best is written down in
//! xtask/orders.json. A module that is not in there gets a plain order: those that are called most, and then by size (0.05 kB).

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use anyhow::{Context, Result, anyhow};
use brotlic::{BrotliEncoderOptions, CompressorWriter, Quality};
use sha2::{Digest, Sha256};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, FunctionBody, FunctionSectionReader, Parser, Payload, TypeRef};

use crate::command::say;
use crate::{fingerprint, workspace};

/// How many functions come first as wasm-opt put them: it sorts by how often they are called.
const MOST_CALLED: usize = 10;
/// Moves that a search tries.
const MOVES: u32 = 5_000;
/// Orders that were found, by the digest of the module.
const FOUND: &str = "xtask/orders.json";

/// Orders that were found, as numbers separated by spaces.
type Orders = BTreeMap<String, String>;

/// The module with its functions in order.
pub fn functions(wasm: &[u8]) -> Result<Vec<u8>> {
    ordered(wasm, &known(wasm)?)
}

/// The order that was found for a module, or the plain one.
fn known(wasm: &[u8]) -> Result<Vec<usize>> {
    let found = orders()?.remove(&digest(wasm));
    let order = found.and_then(|text| text.split(' ').map(|index| index.parse().ok()).collect());
    order.map_or_else(|| plain(wasm), Ok)
}

/// Searches for a better order of each of these modules, beginning with what is known, and writes down what it found in its place.
pub fn search(modules: &[Vec<u8>]) -> Result<()> {
    let found = std::thread::scope(|scope| {
        let searches: Vec<_> = modules.iter().map(|wasm| scope.spawn(|| Ok((digest(wasm), best(wasm)?)))).collect();
        searches.into_iter().map(|search| search.join().map_err(|_| anyhow!("a search panicked"))?).collect::<Result<Orders>>()
    })?;
    Ok(fs::write(workspace::root().join(FOUND), serde_json::to_string_pretty(&found)? + "\n")?)
}

/// The best order that a search finds.
fn best(wasm: &[u8]) -> Result<String> {
    let mut order = known(wasm)?;
    let first = compressed(&ordered(wasm, &order)?)?;
    let mut least = first;
    // Another search than the one that found this order.
    let mut luck = Luck(0x9e37_79b9_7f4a_7c15 ^ (first as u64) << 32);
    for _ in 0..MOVES {
        let mut moved = order.clone();
        let length = 1 + luck.below(3.min(moved.len()));
        let from = luck.below(moved.len() + 1 - length);
        let taken: Vec<usize> = moved.drain(from..from + length).collect();
        let to = luck.below(moved.len() + 1);
        moved.splice(to..to, taken);
        let size = compressed(&ordered(wasm, &moved)?)?;
        if size <= least {
            (order, least) = (moved, size);
        }
    }
    say(&format!("an order of {least} bytes was found, {} fewer", first - least));
    Ok(order.iter().map(usize::to_string).collect::<Vec<_>>().join(" "))
}

fn orders() -> Result<Orders> {
    let path = workspace::root().join(FOUND);
    let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
}

fn digest(wasm: &[u8]) -> String {
    fingerprint::hex(&Sha256::digest(wasm))
}

/// Those that are called most, and then by size.
fn plain(wasm: &[u8]) -> Result<Vec<usize>> {
    let mut sizes: Vec<usize> = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CodeSectionEntry(body) = payload? {
            sizes.push(body.as_bytes().len());
        }
    }
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    if let Some(others) = order.get_mut(MOST_CALLED..) {
        others.sort_by_key(|index| sizes.get(*index));
    }
    Ok(order)
}

/// Bytes as a server sends them.
fn compressed(module: &[u8]) -> Result<usize> {
    let encoder = BrotliEncoderOptions::new().quality(Quality::best()).build()?;
    let mut out = CompressorWriter::with_encoder(encoder, Vec::new());
    out.write_all(module)?;
    Ok(out.into_inner().map_err(|error| anyhow!("{error}"))?.len())
}

/// Numbers that look drawn and are the same for the same beginning: xorshift.
struct Luck(u64);

impl Luck {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// The module with its functions in this order.
fn ordered(wasm: &[u8], order: &[usize]) -> Result<Vec<u8>> {
    let mut imported = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ImportSection(imports) = payload? {
            for import in imports {
                imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
            }
        }
    }
    let mut places = vec![0; order.len()];
    for (place, index) in order.iter().enumerate() {
        if let Some(known) = places.get_mut(*index) {
            *known = place as u32;
        }
    }
    let mut module = Module::new();
    let mut writer = Ordered { imported, order: order.to_vec(), places };
    writer.parse_core_module(&mut module, Parser::new(0), wasm).map_err(|error| anyhow!("a module cannot be put in order: {error}"))?;
    Ok(module.finish())
}

struct Ordered {
    imported: u32,
    /// Which function comes when, imports aside.
    order: Vec<usize>,
    /// The place of each function.
    places: Vec<u32>,
}

impl Ordered {
    /// Things of a section, one for each function, in order.
    fn sorted<T>(&self, mut things: Vec<Option<T>>) -> Vec<T> {
        self.order.iter().filter_map(|index| things.get_mut(*index)?.take()).collect()
    }
}

impl Reencode for Ordered {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Self::Error>> {
        let place = index.checked_sub(self.imported).and_then(|own| self.places.get(own as usize));
        Ok(place.map_or(index, |place| self.imported + place))
    }

    fn parse_function_section(&mut self, functions: &mut FunctionSection, section: FunctionSectionReader<'_>) -> Result<(), Error> {
        let types = section.into_iter().map(|kind| kind.map(Some)).collect::<Result<Vec<_>, _>>()?;
        for kind in self.sorted(types) {
            functions.function(self.type_index(kind)?);
        }
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, section: CodeSectionReader<'_>) -> Result<(), Error> {
        let bodies = section.into_iter().map(|body| body.map(Some)).collect::<Result<Vec<Option<FunctionBody<'_>>>, _>>()?;
        for body in self.sorted(bodies) {
            utils::parse_function_body(self, code, body)?;
        }
        Ok(())
    }
}
