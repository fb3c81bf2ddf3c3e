//! Adobe's `events` string: `name[=value][:id]`, separated by commas. Never judges a name.

use crate::vocabulary::is_adobe_event;

/// One event of the string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// What counts.
    pub name: String,
    /// How much.
    pub value: Option<String>,
    /// What makes it count once.
    pub id: Option<String>,
}

impl Entry {
    /// Reads one entry.
    pub(super) fn read(text: &str) -> Self {
        let (head, id) = text.split_once(':').map_or((text, None), |(head, id)| (head, Some(id.to_owned())));
        let (name, value) = head.split_once('=').map_or((head, None), |(name, value)| (name, Some(value.to_owned())));
        Self { name: name.to_owned(), value, id }
    }
}

/// The entries of a string. On our own wire an id may hold a comma, though it should not: what does not begin with an event belongs to the
/// id before it.
pub fn entries(events: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for part in events.split(',') {
        match entries.last_mut().and_then(|last| last.id.as_mut()) {
            Some(id) if !is_adobe_event(part.split([':', '=']).next().unwrap_or(part)) => id.extend([",", part]),
            _ => entries.push(Entry::read(part)),
        }
    }
    entries
}
