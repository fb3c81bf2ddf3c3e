//! Adobe's `events` string: what was read of it, written again, reads the same.

use caisse::decode::events::{Entry, entries};

/// The bytes are a list of events.
pub fn check(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let read = entries(&text);
    let again: Vec<String> = read.iter().map(written).collect();
    assert_eq!(again.join(","), text, "{read:?}");
    read.iter().any(|entry| entry.value.is_some() || entry.id.is_some())
}

/// An entry as it stood in the string: nothing of it is lost.
pub(super) fn written(entry: &Entry) -> String {
    let part = |before: &str, text: &Option<String>| text.as_ref().map_or(String::new(), |text| [before, text].concat());
    [entry.name.clone(), part("=", &entry.value), part(":", &entry.id)].concat()
}
