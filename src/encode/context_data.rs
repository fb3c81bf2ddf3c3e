//! Context data on Adobe's wire: keys with points in them become groups, `&c.&a.&b=1&.a&.c`. Beside what the shop says as
//! `contextData` stands, under `caisse`, what Adobe has no variable for.

use super::products::is_plain;
use super::query::{Filter, Query};
use crate::call::{Kind, RECORD, UNIT};
use crate::event::Event;
use crate::facts::Fact;
use crate::text::{Append, after, before, listed, number_or, owned, split};
use crate::vocabulary::Group;

/// What goes with every link, whatever its filter says: consent.
const ALWAYS: &str = "cm.ssf opt.dmp opt.sell";

/// Writes what is said of an event as context data.
pub(super) fn context_data(query: &mut Query<'_>, event: &Event) {
    let mut items = Items { items: String::new(), filter: query.filter, last: 0, joined: 0 };
    // Which call it was: for Adobe everything but a page view is a link.
    if matches!(event.kind, Kind::Track | Kind::Custom) {
        items.push("caisse", event.kind.letter());
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
        if is_data(event, &fact) {
            let (mut prefix, mut path) = ("caisse", fact.key);
            if let Some(shops) = fact.key.strip_prefix("contextData.") {
                (prefix, path) = ("", shops);
            }
            items.add(prefix, path, fact.text);
        }
    }
    if !items.items.is_empty() {
        query.bare("c", ".");
        items.nest(query, "");
        query.bare(".", "c");
    }
}

/// Keys and texts, in the order given.
struct Items<'a> {
    /// `*(RS key US text)`.
    items: String,
    filter: Filter<'a>,
    /// Where the last of them begins.
    last: usize,
    /// How many items of a list are in its text.
    joined: u64,
}

impl Items<'_> {
    /// Adds a text under a path. The items of a list, `sizes.0` and `sizes.1`, are one text with commas, as they are at Adobe.
    fn add(&mut self, prefix: &str, path: &str, text: &str) {
        let base = path.get(..path.bytes().rposition(|byte| byte == b'.').unwrap_or(0)).unwrap_or("");
        let index = if base.is_empty() { u64::MAX } else { number_or(after(path, base), u64::MAX) };
        let list = key(prefix, base);
        if index > 0 && index == self.joined && !list.is_empty() && before(self.items.get(self.last..).unwrap_or(""), UNIT) == list {
            self.items.add_char(',');
            self.items.add(text);
            self.joined += 1;
            return;
        }
        self.joined = 0;
        if index == 0 {
            self.push(&list, text);
            self.joined = 1;
        } else {
            self.push(&key(prefix, path), text);
        }
    }

    /// Adds a text under a key, unless nobody asked for it. A key has one value.
    fn push(&mut self, key: &str, text: &str) {
        let mut name = owned("contextData.");
        name.add(key);
        let asked = self.filter.passes(&name) || listed(key, ALWAYS);
        if !asked || key.is_empty() || text.is_empty() {
            return;
        }
        for item in split(&self.items, RECORD) {
            if before(item, UNIT) == key {
                return;
            }
        }
        self.items.add_char(RECORD);
        self.last = self.items.len();
        self.items.add(key);
        self.items.add_char(UNIT);
        self.items.add(text);
    }

    /// Writes what stands under a prefix. Keys that share their next word go together, where the first of them stands; the word
    /// itself may be a key as well.
    fn nest(&self, query: &mut Query<'_>, prefix: &str) {
        for item in split(&self.items, RECORD) {
            let key = before(item, UNIT);
            let Some(rest) = key.strip_prefix(prefix) else { continue };
            let word = before(rest, '.');
            if word.len() == rest.len() {
                query.add(word, after(item, key));
                continue;
            }
            let group = key.get(..=prefix.len() + word.len()).unwrap_or("");
            if self.first(group) == key {
                query.bare(word, ".");
                self.nest(query, group);
                query.bare(".", word);
            }
        }
    }

    /// The first key that begins so.
    fn first(&self, start: &str) -> &str {
        for item in split(&self.items, RECORD) {
            if item.starts_with(start) {
                return before(item, UNIT);
            }
        }
        ""
    }
}

/// Whether a fact has no place but context data. What a link is has one.
#[inline(never)]
pub(super) fn is_data(event: &Event, fact: &Fact<'_>) -> bool {
    fact.group == Group::Data && !(event.kind == Kind::Link && listed(fact.key, "linkUrl linkName linkType"))
}

/// A key: a clean path after a prefix. Empty if nothing is left of the path.
fn key(prefix: &str, path: &str) -> String {
    let mut key = owned(prefix);
    let mut point = true;
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            if point && !key.is_empty() {
                key.add_char('.');
            }
            point = false;
            key.add_char(char::from(byte));
        } else if byte == b'.' {
            point = true;
        }
    }
    if key == prefix {
        key.clear();
    }
    key
}

/// A path as Adobe takes keys: letters, digits, `_`, and points, but none beside another or at an end. Other characters go, as in
/// Adobe's mobile libraries.
pub fn clean(path: &str) -> String {
    key("", path)
}
