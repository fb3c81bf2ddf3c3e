//! Says where the bytes of the wasm are, function by function.

use std::collections::HashMap;
use std::fs;

use anyhow::Result;
use wasmparser::{BinaryReaderError, KnownCustom, Name, Parser, Payload, TypeRef};

use crate::{wasm, workspace};

/// How many functions are worth a line.
const ROWS: usize = 40;

/// The largest functions of the core, as shipped but for their names, as a Markdown table.
pub fn by_function(core: &wasm::Built) -> Result<String> {
    let named = workspace::scratch().join("named.wasm");
    wasm::optimize(&core.named, &named, wasm::CORE.passes, "--debuginfo --strip-producers")?;
    let module = Module::read(&fs::read(&named)?)?;
    let code: usize = module.functions.iter().map(|(_, size)| size).sum();
    let mut text =
        format!("Code: {code} bytes in {} functions; data: {} bytes (both uncompressed).\n\n", module.functions.len(), module.data);
    text += "| bytes | share | function |\n|---:|---:|---|";
    for (name, size) in module.functions.iter().take(ROWS) {
        let permille = size * 1000 / code.max(1);
        text += &format!("\n| {size} | {}.{} % | `{name}` |", permille / 10, permille % 10);
    }
    Ok(text)
}

struct Module {
    /// Names and bytes of code, the largest first.
    functions: Vec<(String, usize)>,
    /// Bytes of constant data.
    data: usize,
}

impl Module {
    #[expect(clippy::wildcard_enum_match_arm, reason = "a section without a size of interest")]
    fn read(bytes: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut names = HashMap::new();
        let mut sizes = Vec::new();
        let mut data = 0;
        // Imported functions are counted first.
        let mut index = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports {
                        index += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    sizes.push((index, body.range().len()));
                    index += 1;
                }
                Payload::DataSection(section) => data = section.range().len(),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(section) = section.as_known() {
                        read_names(section, &mut names)?;
                    }
                }
                _other => {}
            }
        }
        let name = |index| names.get(&index).cloned().unwrap_or_else(|| format!("function {index}"));
        let mut functions: Vec<(String, usize)> = sizes.into_iter().map(|(index, size)| (name(index), size)).collect();
        functions.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        Ok(Self { functions, data })
    }
}

fn read_names(section: wasmparser::NameSectionReader<'_>, names: &mut HashMap<u32, String>) -> Result<(), BinaryReaderError> {
    for subsection in section {
        if let Name::Function(map) = subsection? {
            for naming in map {
                let naming = naming?;
                names.insert(naming.index, format!("{:#}", rustc_demangle::demangle(naming.name)));
            }
        }
    }
    Ok(())
}
