//! Writes objects of objects from paths, as XDM is one, and the times in it. Never knows a path.

use super::Json;
use crate::call::Millis;
use crate::text::{Append, after, before, number, owned, push_number};

/// An object of objects in the making: from one path to the next only what differs is closed and opened.
pub(super) struct Tree {
    json: Json,
    /// The path of the object that is open.
    open: String,
}

impl Tree {
    pub(super) fn new() -> Self {
        Self { json: Json::object(), open: String::new() }
    }

    pub(super) fn end(mut self) -> String {
        self.go("");
        self.json.end_object()
    }

    /// Begins a value: its key in the object at a path.
    pub(super) fn key(&mut self, path: &str, key: &str) -> &mut Json {
        self.go(path);
        self.json.key(key)
    }

    /// Writes a text; Adobe sends none that is empty.
    pub(super) fn text(&mut self, path: &str, key: &str, text: &str) {
        if !text.is_empty() {
            self.key(path, key).text(text);
        }
    }

    /// Writes a whole number, if the text is one.
    pub(super) fn whole(&mut self, path: &str, key: &str, text: &str) {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if let Some(number) = number(digits) {
            self.key(path, key).raw(if digits.len() < text.len() { "-" } else { "" }).number(number);
        }
    }

    #[inline(never)]
    fn go(&mut self, path: &str) {
        let (mut old, mut new) = (self.open.as_str(), path);
        while !old.is_empty() && before(old, '.') == before(new, '.') {
            let name = before(old, '.');
            (old, new) = (after(old, name), after(new, name));
        }
        while !old.is_empty() {
            self.json.raw("}");
            old = after(old, before(old, '.'));
        }
        while !new.is_empty() {
            let name = before(new, '.');
            self.json.key(name).raw("{");
            new = after(new, name);
        }
        self.open = owned(path);
    }
}

/// A time as ISO 8601 writes it, in UTC with milliseconds; at the latest the last of the year 9999.
pub(super) fn time(at: Millis) -> String {
    let at = at.min(253_402_300_799_999);
    // Days since 1 March of the year 0, and eras of 400 years: the leap day is the last of a year that begins in March.
    let days = at / 86_400_000 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    // All of it as one number, whose digits then fill a form.
    let clock = at / 3_600_000 % 24 * 10_000 + at / 60_000 % 60 * 100 + at / 1_000 % 60;
    let mut digits = String::new();
    push_number(&mut digits, ((year * 100 + month) * 100 + day) * 1_000_000_000 + clock * 1_000 + at % 1_000);
    let mut digits = digits.bytes();
    let mut out = String::new();
    for byte in "0000-00-00T00:00:00.000Z".bytes() {
        let digit = if byte == b'0' { digits.next() } else { None };
        out.add_char(char::from(digit.unwrap_or(byte)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_time() {
        for (at, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_658_489_007, "2024-03-05T17:08:09.007Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (Millis::MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(time(at), expected);
        }
    }

    #[test]
    fn opens_only_what_differs() {
        let mut tree = Tree::new();
        tree.text("", "a", "1");
        tree.text("b.c", "d", "2");
        tree.text("b.c", "e", "");
        tree.text("b", "f", "3");
        tree.whole("b.g.h", "i", "-60");
        tree.whole("b.g.h", "i", "x");
        tree.text("", "j", "4");
        assert_eq!(tree.end(), r#"{"a":"1","b":{"c":{"d":"2"},"f":"3","g":{"h":{"i":-60}}},"j":"4"}"#);
    }
}
