//! Writes JSON, nothing else. (`serde_json` would cost some 20 kB of wasm.) Commas are its own business.

use crate::text::{Append, after, owned, push_digit, push_number};

/// A JSON text in the making.
pub(crate) struct Json(String);

impl Json {
    pub(crate) fn object() -> Self {
        Self(owned("{"))
    }

    pub(crate) fn end_object(mut self) -> String {
        self.0.add_char('}');
        self.0
    }

    /// Writes `,"key":` or `"key":`.
    pub(crate) fn key(&mut self, key: &str) -> &mut Self {
        self.comma();
        self.text(key);
        self.0.add_char(':');
        self
    }

    fn comma(&mut self) {
        if !matches!(self.0.as_bytes().last(), Some(b'{' | b'[')) {
            self.0.add_char(',');
        }
    }

    /// The next item of an array.
    pub(crate) fn item(&mut self) -> &mut Self {
        self.comma();
        self
    }

    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        push_number(&mut self.0, number);
        self
    }

    /// Text that is JSON already, and brackets.
    pub(crate) fn raw(&mut self, json: &str) -> &mut Self {
        self.0.add(json);
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.0.add_char('"');
        let mut rest = text;
        loop {
            let end = rest.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\').unwrap_or(rest.len());
            let plain = rest.get(..end).unwrap_or("");
            self.0.add(plain);
            let Some(byte) = rest.as_bytes().get(plain.len()) else { break };
            rest = after(rest, plain);
            if *byte < b' ' {
                self.0.add("\\u00");
                push_digit(&mut self.0, u64::from(byte >> 4));
                push_digit(&mut self.0, u64::from(byte & 15));
            } else {
                self.0.add_char('\\');
                self.0.add_char(char::from(*byte));
            }
        }
        self.0.add_char('"');
        self
    }
}
