//! Writes objects of objects from paths, as XDM is one, and the times in it. Never knows a path.

use super::Json;
use crate::call::Millis;
use crate::date::push_time;
use crate::facts::Facts;
use crate::hit::Context;
use crate::text::{Append, after, before, number, owned, push_digit, split};
use crate::vocabulary::Group;

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

    /// Writes what a table says, a path, a key and a source each: `=` is a text itself, `.` a fact of the event's own, `$` one of its
    /// variables, `@` a text of the page's; `#` is a whole number of the page's, `<` and `>` those before and after its `x`.
    pub(super) fn fill(&mut self, table: &str, facts: &Facts, context: &Context) {
        let mut words = split(table, ' ');
        while let Some(path) = words.next() {
            let (key, source) = (words.part(), words.part());
            let name = after(source, "");
            let text = match source.as_bytes().first() {
                Some(b'=') => name,
                Some(b'.') => facts.text(Group::Own, name),
                Some(b'$') => facts.text(Group::Variables, name),
                _ => context.text(name),
            };
            match source.as_bytes().first() {
                Some(b'#') => self.whole(path, key, text),
                Some(b'<') => self.whole(path, key, before(text, 'x')),
                Some(b'>') => self.whole(path, key, after(text, before(text, 'x'))),
                _ => self.text(path, key, text),
            }
        }
    }

    #[inline(never)]
    fn go(&mut self, path: &str) {
        let (mut old, mut new) = (self.open.as_str(), path);
        while !old.is_empty() {
            let name = before(old, '.');
            if name != before(new, '.') {
                break;
            }
            old = after(old, name);
            new = after(new, name);
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
    let mut out = String::new();
    push_time(&mut out, at / 1_000, "Y-m-dTH:M:S.", 10);
    for digit in [at % 1_000 / 100, at % 100 / 10, at % 10] {
        push_digit(&mut out, digit);
    }
    out.add_char('Z');
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
