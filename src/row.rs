//! What the store keeps of one queued hit: one flat, versioned text. Never looks inside the body.
//!
//! ```text
//! row    = "r1" US destination US stream US seq US at US priority US lost RS context RS body
//! frozen = "w" snapshot       ; a call that was sent raw before the core was there: it stays raw
//! call   = snapshot           ; a call that the core has not seen yet (see `call`)
//! ```

use crate::call::{Millis, RECORD, UNIT, is_stream};
use crate::defect::is;
use crate::text::{Append, after, before, number_or, push_all, push_number, split};

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The destination's name; [`UNROUTED`] for all of them.
    pub destination: &'a str,
    /// 32 hex digits.
    pub stream: &'a str,
    /// Number within the stream.
    pub seq: u64,
    /// When the call was made.
    pub at: Millis,
    /// As `Event::priority`.
    pub priority: u8,
    /// Whether it is a sequence number that yielded no hit, to be reported in a hit's place.
    pub lost: bool,
    /// The context's JSON.
    pub context: &'a str,
    /// The hit's JSON.
    pub body: &'a str,
}

impl<'a> Row<'a> {
    /// Reads a row; `None` for what is none, and for versions this core does not know.
    pub fn read(text: &'a str) -> Option<Self> {
        let head = before(text, RECORD);
        let rest = after(text, head);
        let context = before(rest, RECORD);
        let mut parts = split(head, UNIT);
        let version = parts.part();
        let destination = parts.part();
        let stream = parts.part();
        let seq = number_or(parts.part(), u64::MAX);
        let at = number_or(parts.part(), u64::MAX);
        let priority = number_or(parts.part(), 0) as u8;
        let lost = parts.part() == "l";
        if version != "r1" || rest.is_empty() || seq == u64::MAX || at == u64::MAX || !is_stream(stream) {
            return None;
        }
        Some(Self { destination, stream, seq, at, priority, lost, context, body: after(rest, context) })
    }

    /// Writes the row.
    pub fn write(&self, out: &mut String) {
        push_all(out, &["r1", self.destination, self.stream], UNIT);
        for number in [self.seq, self.at, u64::from(self.priority)] {
            out.add_char(UNIT);
            push_number(out, number);
        }
        out.add_char(UNIT);
        push_all(out, &[if self.lost && !is!(RowForgetsLoss) { "l" } else { "h" }, self.context, self.body], RECORD);
    }
}

/// The destination in the keys of calls that the core has not seen yet.
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
            lost: true,
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
