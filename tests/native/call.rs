//! Writes call snapshots as the shim does (format: `src/call.rs`). Never judges a value.

use caisse::call::{RECORD, UNIT};

/// A stream that looks like one.
pub const STREAM: &str = "0123456789abcdef0123456789abcdef";

/// The head of a snapshot; fields follow.
pub fn head(stream: &str, seq: u64, at: u64, kind: &str, name: &str, lost: &str) -> String {
    ["c1", stream, &seq.to_string(), &at.to_string(), kind, name, lost].join(&UNIT.to_string())
}

/// Appends a field; the value has its tag before it: `sgold`, `n6.40`, `b1`, `z`, `xdepth`.
pub fn field(snapshot: &mut String, path: &str, tagged: &str) {
    snapshot.push(RECORD);
    snapshot.push_str(path);
    snapshot.push(UNIT);
    snapshot.push_str(tagged);
}

/// A snapshot from its short writing, `kind name | path=value | …`, as number 0 of [`STREAM`].
pub fn short(text: &str) -> String {
    let mut parts = text.split(" | ");
    let (kind, name) = parts.next().and_then(|head| head.split_once(' ')).expect("a kind and a name");
    let mut snapshot = head(STREAM, 0, 1_700_000_000_000, kind, name.trim(), "");
    for part in parts {
        let (path, value) = part.split_once('=').expect("path=value");
        field(&mut snapshot, path, value);
    }
    snapshot
}
