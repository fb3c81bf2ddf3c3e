//! Writes the glue between the shim and the core: a function that makes one more instance. An instance is one tracker, and one
//! that trapped is replaced by a fresh one. wasm-bindgen's own glue has one instance for all, finds the wasm by itself,
//! copies short texts letter by letter and makes Safari a new decoder after 2 GiB: four times the bytes of what a page of ours
//! needs. It says how the wasm is called, and every line that is relied on here is looked for in it, so that a new
//! wasm-bindgen that calls otherwise is noticed, not guessed at.

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

/// What wasm-bindgen's glue has to do for ours to do the same.
const EXPECTED: &[&str] = &[
    "export function enter(verb, text, number, now) {",
    "passStringToWasm0(text, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc)",
    "wasm.enter(val2, ptr0, len0, val3, val4);",
    "const ptr = malloc(buf.length, 1) >>> 0;",
    "ask(getStringFromWasm0(arg0, arg1));",
];

/// What our glue uses of a module.
pub const EXPORTS: [&str; 3] = ["memory", "enter", "__wbindgen_malloc"];

/// The name under which the core imports `ask`; a hash follows.
const ASK: &str = "__wbg_ask_";

/// The glue as it is bundled, made from wasm-bindgen's: `instantiate(module)` makes an instance and answers its `enter`, which answers what
/// the module told `ask` meanwhile.
/// `name` is the module's, `shipped` are the names of its imports and exports as it is shipped, by those that
/// wasm-bindgen knows. The imports' module is `a`.
pub fn write(name: &str, bindgen: &str, shipped: &Map<String, Value>) -> Result<String> {
    for line in EXPECTED.iter().copied().chain([&*format!("\"./{name}_bg.js\": import0,")]) {
        let found = bindgen.matches(line).count();
        ensure!(found == 1, "wasm-bindgen's glue changed: xtask/src/glue.rs expects this once, it is there {found} time(s):\n{line}");
    }
    let imports: Vec<&str> = bindgen.lines().filter(|line| line.contains(": function(")).collect();
    let [import] = imports[..] else {
        anyhow::bail!("the core imports {} functions; xtask/src/glue.rs knows one, `ask`", imports.len());
    };
    let ask = import.trim().strip_suffix(": function(arg0, arg1) {").filter(|name| name.starts_with(ASK));
    let ask = ask.with_context(|| format!("wasm-bindgen's glue changed: `{import}` is not `ask`"))?;
    let now = |name: &str| shipped.get(name).and_then(Value::as_str).with_context(|| format!("`{name}` is not in the module"));
    let (ask, [memory, enter, malloc]) = (now(ask)?, EXPORTS.map(now));
    let (memory, enter, malloc) = (memory?, enter?, malloc?);
    Ok(format!(
        r#"export const instantiate = (module) => {{
    let asked;
    const take = (at, length) => {{
        asked = new TextDecoder().decode(new Uint8Array(memory.buffer, at, length));
    }};
    const {{ {enter}: enter, {memory}: memory, {malloc}: malloc }} = new WebAssembly.Instance(module, {{ a: {{ {ask}: take }} }}).exports;
    return (verb, text, number, now) => {{
        const bytes = new TextEncoder().encode(text);
        const at = malloc(bytes.length, 1);
        new Uint8Array(memory.buffer).set(bytes, at);
        enter(verb, at, bytes.length, number, now);
        return asked;
    }};
}};
"#
    ))
}

#[cfg(test)]
mod unit {
    use super::*;

    fn bindgen() -> String {
        format!("{}\n\"./x_bg.js\": import0,\n  __wbg_ask_1a5a: function(arg0, arg1) {{\n", EXPECTED.join("\n"))
    }

    fn written(bindgen: &str) -> Result<String> {
        let short = [("memory", "b"), ("enter", "c"), ("__wbindgen_malloc", "d"), ("__wbg_ask_1a5a", "a"), ("__wbg_tell_1a5a", "a")];
        write("x", bindgen, &short.map(|(old, new)| (old.to_owned(), Value::from(new))).into_iter().collect())
    }

    #[test]
    fn calls_everything_as_it_is_shipped() {
        let glue = written(&bindgen()).unwrap();
        assert!(glue.contains("{ c: enter, b: memory, d: malloc }") && glue.contains("{ a: { a: take } }"), "{glue}");
        assert!(write("x", &bindgen(), &Map::new()).is_err());
    }

    #[test]
    fn refuses_a_glue_it_does_not_know() {
        assert!(written("").is_err());
        assert!(written(&bindgen().replace("wasm.enter(val2", "wasm.enter(val3")).is_err());
        assert!(written(&(bindgen() + "  __wbg_log_2b: function(arg0, arg1) {\n")).is_err());
        assert!(written(&bindgen().replace("__wbg_ask_", "__wbg_tell_")).is_err());
    }
}
