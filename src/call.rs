//! What the page said, before anybody believed it. Reads the call snapshot: one flat, versioned text
//! that the shim writes once and that serves as the buffer between shim and core, as the journal's
//! record and as the body of `/v1/raw`. Never judges a value; `event` does that.
//!
//! ```text
//! snapshot = head *(RS field)
//! head     = "c1" US stream US seq US at US kind US name US lost
//! field    = path US tag value        ; a context path begins with "@"
//! tag      = "s" text | "n" number | "b" "1"/"0" | "z" null | "x" why it could not be copied
//! ```
//! `RS` is U+001E, `US` U+001F; the shim turns control characters inside texts into spaces. Several
//! snapshots are joined by `GS` (U+001D).

use crate::text::{after, before, number_or, split};

/// Milliseconds since 1970, as the page's clock has it.
pub type Millis = u64;

/// Separates snapshots or rows in one text.
pub const GROUP: char = '\u{1d}';
/// Separates fields of a snapshot.
pub const RECORD: char = '\u{1e}';
/// Separates the parts of a field.
pub const UNIT: char = '\u{1f}';

/// Which method of the tracker was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `track(name)`: an event of the vocabulary or one the shop declared.
    Track,
    /// `trackCustom(name)`: an event the types do not know, on purpose.
    Custom,
    /// `page()`: a page view.
    Page,
    /// `link()`: an exit, a download or another link.
    Link,
}

impl Kind {
    /// The letter that stands for the kind in snapshots and on the wire.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Track => "t",
            Self::Custom => "c",
            Self::Page => "p",
            Self::Link => "l",
        }
    }

    /// The kind a letter stands for.
    pub fn from_letter(letter: &str) -> Option<Self> {
        match letter {
            "t" => Some(Self::Track),
            "c" => Some(Self::Custom),
            "p" => Some(Self::Page),
            "l" => Some(Self::Link),
            _ => None,
        }
    }
}

/// A value as it was copied from the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A string.
    Text(&'a str),
    /// A number in JavaScript's own shortest decimal writing.
    Number(&'a str),
    /// A boolean.
    Flag(bool),
    /// `null` or `undefined`.
    Null,
    /// Something that could not be copied, with the shim's word for it: `depth`, `fields` or a type.
    Unusable(&'a str),
}

/// One value and where it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// The place as the page wrote it: `products.0.id`, `memberTier`.
    pub place: &'a str,
    /// The place in Caisse's vocabulary; differs from `place` where the shop declared a name (`eVar5`). Begins with `@`
    /// for facts about the page.
    pub path: &'a str,
    /// The value.
    pub value: Value<'a>,
}

/// One call of the public API, as it was when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// 32 hex digits: one page load and one grant of consent.
    pub stream: &'a str,
    /// The number of the call within its stream, from 0, never reused.
    pub seq: u64,
    /// When the call was made.
    pub at: Millis,
    /// Which method was called.
    pub kind: Kind,
    /// The event's name; empty for page views and links.
    pub name: &'a str,
    /// Why the shim already knows that this call yields no hit (`before_send`, `overflow`); empty for the others.
    pub lost: &'a str,
    /// What the caller passed and facts about the page, as they stand in the snapshot.
    fields: &'a str,
}

impl<'a> Call<'a> {
    /// Reads one snapshot; `None` if it is not one of this version.
    pub fn read(snapshot: &'a str) -> Option<Self> {
        let head = before(snapshot, RECORD);
        let fields = after(snapshot, head);
        let mut parts = split(head, UNIT);
        let version = parts.part();
        let stream = parts.part();
        let seq = number_or(parts.part(), u64::MAX);
        let at = number_or(parts.part(), u64::MAX);
        let kind = Kind::from_letter(parts.part())?;
        if version != "c1" || seq == u64::MAX || at == u64::MAX || !is_stream(stream) {
            return None;
        }
        Some(Self { stream, seq, at, kind, name: parts.part(), lost: parts.part(), fields })
    }

    /// Its fields, in the order given: facts about the page (`@url`) and what the caller passed.
    pub fn fields(&self) -> Fields<'a> {
        Fields(self.fields)
    }

    /// The text under a path such as `@url`, or an empty one.
    pub fn text(&self, path: &str) -> &'a str {
        for record in split(self.fields, RECORD) {
            // Nothing else of the others is read.
            if record.starts_with(path)
                && let Some(Field { path: found, value: Value::Text(text) | Value::Number(text), .. }) = Fields(record).next()
                && found == path
            {
                return text;
            }
        }
        ""
    }
}

/// The fields of a call; see [`Call::fields`].
#[derive(Debug)]
pub struct Fields<'a>(&'a str);

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    /// Reads one field of a snapshot. A value without a type it knows cannot be used.
    #[inline(never)]
    fn next(&mut self) -> Option<Field<'a>> {
        if self.0.is_empty() {
            return None;
        }
        let head = before(self.0, UNIT);
        let rest = after(self.0, head);
        let tagged = before(rest, RECORD);
        self.0 = after(rest, tagged);
        // A name the shop declared is written "memberTier>eVar5".
        let place = before(head, '>');
        let path = if place.len() == head.len() { head } else { after(head, place) };
        let text = tagged.get(1..).unwrap_or("");
        let value = match tagged.as_bytes().first() {
            Some(b's') => Value::Text(text),
            Some(b'n') => Value::Number(text),
            Some(b'b') => Value::Flag(text == "1"),
            Some(b'z') => Value::Null,
            _ => Value::Unusable(text),
        };
        Some(Field { place, path, value })
    }
}

/// Whether a text is a stream, batch or visitor id: 32 lower-case hex digits.
pub fn is_stream(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "0123456789abcdef0123456789abcdef";

    fn snapshot(rest: &str) -> String {
        let mut text = String::from("c1\u{1f}");
        text.push_str(STREAM);
        text.push_str(rest);
        text
    }

    #[test]
    fn reads_what_the_shim_writes() {
        let text = snapshot("\u{1f}7\u{1f}1700\u{1f}t\u{1f}scCheckout\u{1f}\u{1e}@url\u{1f}shttps://a.example/\u{1e}tier>eVar5\u{1f}sgold");
        let call = Call::read(&text).expect("a snapshot");
        assert_eq!((call.seq, call.at, call.kind, call.name), (7, 1700, Kind::Track, "scCheckout"));
        assert_eq!(call.text("@url"), "https://a.example/");
        assert_eq!(call.fields().nth(1), Some(Field { place: "tier", path: "eVar5", value: Value::Text("gold") }));
        assert_eq!((call.fields().count(), call.lost), (2, ""));
    }

    #[test]
    fn refuses_what_is_not_a_snapshot() {
        for bad in ["", "c2\u{1f}x", "c1\u{1f}short\u{1f}1\u{1f}1\u{1f}t\u{1f}a\u{1f}"] {
            assert_eq!(Call::read(bad), None, "{bad:?}");
        }
        assert_eq!(Call::read(&snapshot("\u{1f}-1\u{1f}1\u{1f}t\u{1f}a\u{1f}")), None);
        // A field without a value costs itself.
        let text = snapshot("\u{1f}1\u{1f}1\u{1f}t\u{1f}a\u{1f}\u{1e}path");
        let field = Call::read(&text).and_then(|call| call.fields().next());
        assert_eq!(field, Some(Field { place: "path", path: "path", value: Value::Unusable("") }));
    }
}
