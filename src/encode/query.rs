//! A query string as AppMeasurement writes it. Knows no parameter.

use crate::facts::Facts;
use crate::text::{Append, push_number, split};
use crate::vocabulary::Group;

/// What a link may carry; see `adobe_analytics::Settings`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filter<'a> {
    /// Names of variables, separated by commas.
    pub(super) vars: &'a str,
    /// Names of events.
    pub(super) events: &'a str,
}

impl Filter<'_> {
    /// Whether a variable goes, by AppMeasurement's name for it.
    pub(super) fn passes(&self, name: &str) -> bool {
        is_in(name, self.vars)
    }
}

/// Whether a word stands in a list separated by commas; in an empty one stands everything.
pub(super) fn is_in(word: &str, list: &str) -> bool {
    for known in split(list, ',') {
        if known == word {
            return true;
        }
    }
    list.is_empty()
}

/// A query string in the making.
pub(super) struct Query<'a> {
    pub(super) text: String,
    pub(super) filter: Filter<'a>,
}

impl Query<'_> {
    /// Adds a parameter, unless its value is empty. Names need no encoding.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.bare(name, "");
            self.text.add_char('=');
            push_encoded(&mut self.text, value);
        }
    }

    /// Adds facts of a group as a table says: a parameter and a key each.
    #[inline(never)]
    pub(super) fn facts(&mut self, table: &str, facts: &Facts, group: Group) {
        let mut words = split(table, ' ');
        while let Some(parameter) = words.next() {
            self.add(parameter, facts.text(group, words.part()));
        }
    }

    /// Adds a name without a value: what opens or closes a group.
    pub(super) fn bare(&mut self, name: &str, end: &str) {
        self.text.add_char('&');
        self.text.add(name);
        self.text.add(end);
    }

    /// Adds a number, zero as well.
    pub(super) fn number(&mut self, name: &str, number: u64) {
        self.bare(name, "=");
        push_number(&mut self.text, number);
    }
}

/// Appends a text as UTF-8 with everything but letters, digits, `-`, `_` and `.` escaped, which is what AppMeasurement leaves.
fn push_encoded(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            out.add_char(char::from(byte));
        } else {
            out.add_char('%');
            push_hex(out, byte >> 4);
            push_hex(out, byte & 15);
        }
    }
}

/// Appends a hex digit, in upper case.
pub(super) fn push_hex(out: &mut String, digit: u8) {
    out.add_char(char::from(if digit < 10 { b'0' + digit } else { b'A' + digit - 10 }));
}
