//! Takes out of the glue that wasm-bindgen writes what a page of ours never uses or must not have.
//! Every cut says how often its text is there, so that a new wasm-bindgen that writes otherwise is noticed, not guessed at.

use anyhow::{Result, ensure};

struct Cut {
    text: &'static str,
    instead: &'static str,
    times: usize,
}

const CUTS: &[Cut] = &[
    // `initSync` would answer the first instance forever; one that trapped must be replaceable by a fresh one.
    Cut { text: "    if (wasm !== undefined) return wasm;\n", instead: "", times: 2 },
    // The module is always passed, as `{ module }`: neither the older form nor its warning has a caller.
    Cut {
        text: "    if (module !== undefined) {
        if (Object.getPrototypeOf(module) === Object.prototype) {
            ({module} = module)
        } else {
            console.warn('using deprecated parameters for `initSync()`; pass a single object instead')
        }
    }
",
        instead: "    ({module} = module);\n",
        times: 1,
    },
    // It is always compiled: bytes would be compiled synchronously, which browsers refuse on the main thread.
    Cut {
        text: "    if (!(module instanceof WebAssembly.Module)) {
        module = new WebAssembly.Module(module);
    }
",
        instead: "",
        times: 1,
    },
];

/// What must not be left: each would fetch or find the wasm by itself, past the name and the integrity that the shim has.
const FORBIDDEN: &[&str] = &["import.meta", "caisse_bg.wasm"];

/// A browser that runs our wasm (reference types) has had `encodeInto` for years.
/// Only there if the crate passes strings in, so it is no [`Cut`].
const ENCODE_INTO: (&str, &str) = ("\nif (!('encodeInto' in cachedTextEncoder)) {", "\n}\n");

/// The glue as it is bundled.
pub fn trim(glue: &str) -> Result<String> {
    let mut glue = glue.to_owned();
    for cut in CUTS {
        let found = glue.matches(cut.text).count();
        ensure!(
            found == cut.times,
            "wasm-bindgen's glue changed: xtask/src/glue.rs expects this {} time(s), it is there {found} time(s):\n{}",
            cut.times,
            cut.text
        );
        glue = glue.replace(cut.text, cut.instead);
    }
    for text in FORBIDDEN {
        ensure!(!glue.contains(text), "wasm-bindgen's glue changed: `{text}` is still in it; xtask/src/glue.rs has to take it out");
    }
    Ok(without_polyfill(glue))
}

fn without_polyfill(mut glue: String) -> String {
    let (opening, closing) = ENCODE_INTO;
    if let Some(start) = glue.find(opening)
        && let Some(length) = glue[start..].find(closing)
    {
        glue.replace_range(start..start + length + closing.len(), "\n");
    }
    glue
}

#[cfg(test)]
mod unit {
    use super::*;

    fn written() -> String {
        let sync = format!("function initSync(module) {{\n{}\n{}{}}}\n", CUTS[0].text, CUTS[1].text, CUTS[2].text);
        format!("{sync}async function __wbg_init() {{\n{}}}\n", CUTS[0].text)
    }

    #[test]
    fn takes_out_what_is_expected() {
        let polyfill = "\nif (!('encodeInto' in cachedTextEncoder)) {\n    x = 1;\n}\nlet y;\n";
        let glue = trim(&(written() + polyfill)).unwrap();
        assert_eq!(glue, "function initSync(module) {\n\n    ({module} = module);\n}\nasync function __wbg_init() {\n}\n\nlet y;\n");
    }

    #[test]
    fn refuses_a_glue_it_does_not_know() {
        assert!(trim("function initSync() {}").is_err());
        assert!(trim(&(written() + "new URL('x', import.meta.url)")).is_err());
    }
}
