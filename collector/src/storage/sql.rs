//! Puts statements together. Only what stands in this program's text fits in: what somebody sent can be bound to a statement, and never
//! become a part of one. tests/collector/rules.rs sees to it that no other file here makes a text of a statement.

/// A statement of fixed pieces.
pub(super) fn sql(pieces: &[&'static str]) -> String {
    pieces.join(" ")
}
