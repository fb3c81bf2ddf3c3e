//! Writes JSON, nothing else. (`serde_json` would cost some 20 kB of wasm.) Commas are its own business.

use crate::text::{Append, next_char, owned, push_digit, push_number};

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
        self.quote(key);
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

    pub(crate) fn open(&mut self, bracket: char) -> &mut Self {
        self.0.add_char(bracket);
        self
    }

    pub(crate) fn close(&mut self, bracket: char) -> &mut Self {
        self.0.add_char(bracket);
        self
    }

    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        push_number(&mut self.0, number);
        self
    }

    /// Text that is JSON already.
    pub(crate) fn raw(&mut self, json: &str) -> &mut Self {
        self.0.add(json);
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.quote(text);
        self
    }

    fn quote(&mut self, text: &str) {
        self.0.add_char('"');
        let mut rest = text;
        while let Some((ch, after)) = next_char(rest) {
            if ch < ' ' {
                self.0.add(if ch < '\u{10}' { "\\u000" } else { "\\u001" });
                push_digit(&mut self.0, u64::from(ch) & 15);
            } else {
                if matches!(ch, '"' | '\\') {
                    self.0.add_char('\\');
                }
                self.0.add_char(ch);
            }
            rest = after;
        }
        self.0.add_char('"');
    }
}
