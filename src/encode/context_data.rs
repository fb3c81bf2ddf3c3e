//! Context data on Adobe's wire: keys with points in them become groups, `&c.&a.&b=1&.a&.c`. Beside what the shop says as
//! `contextData` stands, under `caisse`, what Adobe has no variable for.

use super::products::is_plain;
use super::query::{Filter, Query};
use crate::call::Kind;
use crate::event::Event;
use crate::text::{Append, after, before, listed, number_or, owned};
use crate::vocabulary::Group;

/// What goes with every link, whatever its filter says: consent.
const ALWAYS: &str = "cm.ssf opt.dmp opt.sell";

/// Keys and texts, in the order given.
pub(super) struct Items<'a> {
    items: Vec<(String, String)>,
    filter: Filter<'a>,
    /// How many items of a list are in the last text.
    joined: u64,
}

impl<'a> Items<'a> {
    /// What is said of an event as context data.
    pub(super) fn of(event: &Event, filter: Filter<'a>) -> Self {
        let mut items = Self { items: Vec::new(), filter, joined: 0 };
        // Which call it was: for Adobe everything but a page view is a link.
        if matches!(event.kind, Kind::Track | Kind::Custom) {
            items.push(owned("caisse"), event.kind.letter());
        }
        // A purchase's number and a checkout's serial have places of their own.
        if !event.counts("purchase") {
            items.add("caisse", "orderId", event.order_id());
        }
        let checkout = event.checkout_id();
        if event.facts.text(Group::Serial, "scCheckout") != checkout || !is_plain(checkout) {
            items.add("caisse", "checkoutId", checkout);
        }
        for fact in event.facts.iter() {
            let said_of_link = event.kind == Kind::Link && listed(fact.key, "linkUrl linkName linkType");
            if fact.group == Group::Data && !said_of_link {
                match fact.key.strip_prefix("contextData.") {
                    Some(path) => items.add("", path, fact.text),
                    None => items.add("caisse", fact.key, fact.text),
                }
            }
        }
        items
    }

    /// Adds a text under a path. The items of a list, `sizes.0` and `sizes.1`, are one text with commas, as they are at Adobe.
    fn add(&mut self, prefix: &str, path: &str, text: &str) {
        let base = path.get(..path.bytes().rposition(|byte| byte == b'.').unwrap_or(0)).unwrap_or("");
        let index = if base.is_empty() { u64::MAX } else { number_or(after(path, base), u64::MAX) };
        let list = key(prefix, base);
        if index == self.joined
            && index > 0
            && let Some((known, items)) = self.items.last_mut()
            && *known == list
        {
            items.add_char(',');
            items.add(text);
            self.joined += 1;
            return;
        }
        self.joined = 0;
        if index == 0 {
            self.push(list, text);
            self.joined = 1;
        } else {
            self.push(key(prefix, path), text);
        }
    }

    /// Adds a text under a key, unless nobody asked for it. A key has one value.
    fn push(&mut self, key: String, text: &str) {
        let mut name = owned("contextData.");
        name.add(&key);
        let asked = self.filter.passes(&name) || listed(&key, ALWAYS);
        if asked && !key.is_empty() && !text.is_empty() && self.items.iter().all(|(known, _)| *known != key) {
            self.items.push((key, owned(text)));
        }
    }

    /// Writes all of them as one group.
    pub(super) fn write(&self, query: &mut Query<'_>) {
        if !self.items.is_empty() {
            query.bare("c", ".");
            self.nest(query, "");
            query.bare(".", "c");
        }
    }

    /// Writes what stands under a prefix. Keys that share their next word go together, where the first of them stands; the word
    /// itself may be a key as well.
    fn nest(&self, query: &mut Query<'_>, prefix: &str) {
        for (at, (key, text)) in self.items.iter().enumerate() {
            let Some(rest) = key.strip_prefix(prefix) else { continue };
            let word = before(rest, '.');
            if word.len() == rest.len() {
                query.add(word, text);
                continue;
            }
            let group = key.get(..=prefix.len() + word.len()).unwrap_or("");
            if !self.items.iter().take(at).any(|(known, _)| known.starts_with(group)) {
                query.bare(word, ".");
                self.nest(query, group);
                query.bare(".", word);
            }
        }
    }
}

/// A key: a clean path after a prefix. Empty if nothing is left of the path.
fn key(prefix: &str, path: &str) -> String {
    let path = clean(path);
    if prefix.is_empty() || path.is_empty() {
        return path;
    }
    let mut key = owned(prefix);
    key.add_char('.');
    key.add(&path);
    key
}

/// A path as Adobe takes keys: letters, digits, `_`, and points, but none beside another or at an end. Other characters go, as in
/// Adobe's mobile libraries.
pub fn clean(path: &str) -> String {
    let mut clean = String::new();
    let mut point = false;
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            if point && !clean.is_empty() {
                clean.add_char('.');
            }
            point = false;
            clean.add_char(char::from(byte));
        } else if byte == b'.' {
            point = true;
        }
    }
    clean
}
