//! What the store and the journal keep of one queued hit: one flat, versioned text. Never looks inside the body.
//!
//! ```text
//! hit  = "r1" US destination US stream US seq US at US priority US form RS context RS body
//! raw  = "w" snapshot        ; a call that was once sent raw stays raw, byte for byte
//! call = snapshot            ; a call the core has not seen yet (see `call`)
//! ```

use crate::call::{Millis, RECORD, UNIT, is_stream};
use crate::text::{Append, after, before, listed, number_or, push_all, push_number, split};

/// How an entry of the queue travels. Frozen at its first send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Encoded for its destination.
    Hit,
    /// As a call snapshot, because it was sent so before the core was there.
    Raw,
    /// A sequence number that yielded no hit; reported in a hit's place.
    Lost,
}

/// A row, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The destination's name; [`UNROUTED`] for calls.
    pub destination: &'a str,
    /// 32 hex digits.
    pub stream: &'a str,
    /// Number within the stream.
    pub seq: u64,
    /// When the call was made.
    pub at: Millis,
    /// As `Event::priority`.
    pub priority: u8,
    /// How it travels; `None` for a call that the core has not seen yet.
    pub form: Option<Form>,
    /// The context's JSON.
    pub context: &'a str,
    /// The hit's JSON, or the call's snapshot.
    pub body: &'a str,
}

impl<'a> Row<'a> {
    /// Reads a row; `None` for garbage and for versions this core does not know.
    pub fn read(text: &'a str) -> Option<Self> {
        let (form, body) = match text.strip_prefix('w') {
            Some(snapshot) => (Some(Form::Raw), snapshot),
            None => (None, text),
        };
        let head = before(body, RECORD);
        let rest = after(body, head);
        let mut parts = split(head, UNIT);
        let version = parts.part();
        let unseen = version == "c1";
        if !unseen && (version != "r1" || form.is_some() || rest.is_empty()) {
            return None;
        }
        let destination = if unseen { UNROUTED } else { parts.part() };
        let stream = parts.part();
        let seq = number_or(parts.part(), u64::MAX);
        let at = number_or(parts.part(), u64::MAX);
        if seq == u64::MAX || at == u64::MAX || !is_stream(stream) {
            return None;
        }
        let mut row = Self { destination, stream, seq, at, priority: 0, form, context: "", body };
        if unseen {
            // The kind, and then the name.
            parts.part();
            row.priority = u8::from(!listed(parts.part(), "purchase scCheckout"));
        } else {
            row.priority = number_or(parts.part(), 0) as u8;
            row.form = Some(if parts.part() == "l" { Form::Lost } else { Form::Hit });
            row.context = before(rest, RECORD);
            row.body = after(rest, row.context);
        }
        Some(row)
    }

    /// Writes the row.
    pub fn write(&self, out: &mut String) {
        let form = match self.form {
            None => return out.add(self.body),
            Some(Form::Raw) => {
                out.add_char('w');
                return out.add(self.body);
            }
            Some(Form::Lost) => "l",
            Some(Form::Hit) => "h",
        };
        push_all(out, &["r1", self.destination, self.stream], UNIT);
        for number in [self.seq, self.at, u64::from(self.priority)] {
            out.add_char(UNIT);
            push_number(out, number);
        }
        out.add_char(UNIT);
        push_all(out, &[form, self.context, self.body], RECORD);
    }
}

/// The destination in the keys of calls that the core has not seen yet, and of raw ones.
pub const UNROUTED: &str = "*";

/// Appends the key under which a row is kept: `destination|stream|seq`, so that writing twice is writing once.
pub fn push_key(out: &mut String, destination: &str, stream: &str, seq: u64) {
    push_all(out, &[destination, stream, ""], '|');
    push_number(out, seq);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let row = Row {
            destination: "collector",
            stream: "0123456789abcdef0123456789abcdef",
            seq: 12,
            at: 1_700_000_000_000,
            priority: 1,
            form: Some(Form::Lost),
            context: "{}",
            body: "{\"q\":12,\"lost\":\"invalid\"}",
        };
        let mut text = String::new();
        row.write(&mut text);
        assert_eq!(Row::read(&text), Some(row));
        for garbage in ["", "r2\u{1f}x", "w", "c1", "r1\u{1f}a\u{1e}b"] {
            assert_eq!(Row::read(garbage), None, "{garbage:?}");
        }
    }
}
