//! Adobe's `products` string, and the entries of its `events`: `name[=value][:id]`. There is no escape in them, so nothing goes in
//! that has a meaning there.

use crate::facts::Facts;
use crate::money::Decimal;
use crate::product::Product;
use crate::text::{Append, after, listed, prefix, push_number, split};
use crate::vocabulary::Group;

/// Adobe's `products` string, `category;id;quantity;total;events;eVars` each, without what is empty at the end.
pub(super) fn products(products: &[Product]) -> String {
    let mut out = String::new();
    for product in products {
        if !out.is_empty() {
            out.add_char(',');
        }
        out.add(product.category());
        out.add_char(';');
        out.add(product.id());
        out.add_char(';');
        let quantity = product.quantity();
        if quantity > 0 {
            push_number(&mut out, u64::from(quantity));
        }
        out.add_char(';');
        if let Some(total) = product.total() {
            total.write(&mut out);
        }
        out.add_char(';');
        let mut names = String::new();
        push_names(&mut names, &product.facts);
        for name in split(&names, ' ') {
            push_event(&mut out, &product.facts, name, '|');
        }
        out.add_char(';');
        for fact in product.facts.iter() {
            if fact.group == Group::Variables && !fact.text.is_empty() {
                separate(&mut out, '|');
                out.add("eVar");
                out.add(after(fact.key, ""));
                out.add_char('=');
                out.add(fact.text);
            }
        }
        while out.ends_with(';') {
            out.truncate(out.len() - 1);
        }
    }
    out
}

/// Adds the names of the events that facts count to names separated by spaces, each once.
#[inline(never)]
pub(super) fn push_names(names: &mut String, facts: &Facts) {
    for fact in facts.iter() {
        if fact.group == Group::Metric && !listed(fact.key, names) {
            names.add_char(' ');
            names.add(fact.key);
        }
    }
}

/// Adds a separator, unless this is where a field begins.
fn separate(out: &mut String, separator: char) {
    if !out.is_empty() && !out.ends_with(';') {
        out.add_char(separator);
    }
}

/// Adds an event, if it has a name, with what its facts say of it. An id with a character that has a meaning here would make other events of this one, and
/// goes; so does that of a purchase, which has its order's number instead.
pub(super) fn push_event(out: &mut String, facts: &Facts, name: &str, separator: char) {
    if name.is_empty() {
        return;
    }
    let metric = facts.metric(name);
    separate(out, separator);
    out.add(name);
    if let Some(value) = Decimal::parse(metric.value) {
        out.add_char('=');
        value.write(out);
    }
    if !metric.id.is_empty() && name != "purchase" && is_plain(metric.id) {
        out.add_char(':');
        out.add(metric.id);
    }
}

/// Whether a text has none of the characters that structure Adobe's strings.
pub(super) fn is_plain(text: &str) -> bool {
    prefix(text, ",;|:=").len() == text.len()
}
