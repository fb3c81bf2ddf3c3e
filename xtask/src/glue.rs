//! Writes the glue between the shim and the core: a function that makes one more instance. An instance is one tracker, and one
//! that trapped is replaced by a fresh one. wasm-bindgen's own glue has one instance for all, finds the wasm by itself,
//! copies short texts letter by letter and makes Safari a new decoder after 2 GiB: four times the bytes of what a page of ours
//! needs. It says how the wasm is called, and every line that is relied on here is looked for in it, so that a new
//! wasm-bindgen that calls otherwise is noticed, not guessed at.

use anyhow::{Context, Result, ensure};

/// What wasm-bindgen's glue has to do for ours to do the same.
const EXPECTED: &[&str] = &[
    "export function enter(verb, text, number, now) {",
    "passStringToWasm0(text, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc)",
    "wasm.enter(val2, ptr0, len0, val3, val4);",
    "const ptr = malloc(buf.length, 1) >>> 0;",
    "ask(getStringFromWasm0(arg0, arg1));",
    "\"./caisse_bg.js\": import0,",
];

/// The name under which the core imports `ask`; a hash follows.
const ASK: &str = "__wbg_ask_";

/// The glue as it is bundled, made from wasm-bindgen's: `instantiate(module, ask)` makes an instance and answers its `enter`; `ask`
/// is what the core calls with its requests.
pub fn write(bindgen: &str) -> Result<String> {
    for line in EXPECTED {
        let found = bindgen.matches(line).count();
        ensure!(found == 1, "wasm-bindgen's glue changed: xtask/src/glue.rs expects this once, it is there {found} time(s):\n{line}");
    }
    let imports: Vec<&str> = bindgen.lines().filter(|line| line.contains(": function(")).collect();
    let [import] = imports[..] else {
        anyhow::bail!("the core imports {} functions; xtask/src/glue.rs knows one, `ask`", imports.len());
    };
    let name = import.trim().strip_suffix(": function(arg0, arg1) {").filter(|name| name.starts_with(ASK));
    let name = name.with_context(|| format!("wasm-bindgen's glue changed: `{import}` is not `ask`"))?;
    Ok(format!(
        r#"export const instantiate = (module, ask) => {{
    const take = (at, length) => ask(new TextDecoder().decode(new Uint8Array(memory.buffer, at, length)));
    const {{ enter, memory, __wbindgen_malloc }} = new WebAssembly.Instance(module, {{ "./caisse_bg.js": {{ {name}: take }} }}).exports;
    return (verb, text, number, now) => {{
        const bytes = new TextEncoder().encode(text);
        const at = __wbindgen_malloc(bytes.length, 1);
        new Uint8Array(memory.buffer).set(bytes, at);
        enter(verb, at, bytes.length, number, now);
    }};
}};
"#
    ))
}

#[cfg(test)]
mod unit {
    use super::*;

    fn bindgen() -> String {
        format!("{}\n  __wbg_ask_1a5a: function(arg0, arg1) {{\n", EXPECTED.join("\n"))
    }

    #[test]
    fn names_the_import() {
        assert!(write(&bindgen()).unwrap().contains("{ __wbg_ask_1a5a: take }"));
    }

    #[test]
    fn refuses_a_glue_it_does_not_know() {
        assert!(write("").is_err());
        assert!(write(&bindgen().replace("wasm.enter(val2", "wasm.enter(val3")).is_err());
        assert!(write(&(bindgen() + "  __wbg_log_2b: function(arg0, arg1) {\n")).is_err());
        assert!(write(&bindgen().replace("__wbg_ask_", "__wbg_tell_")).is_err());
    }
}
