//! Adobe's `products` string, and the entries of its `events`: `name[=value][:id]`. There is no escape in them, so nothing goes in
//! that has a meaning there.

use crate::facts::Metric;
use crate::money::Decimal;
use crate::product::Product;
use crate::text::{Append, prefix, push_number};
use crate::vocabulary::Group;

/// Adobe's `products` string, `category;id;quantity;total;events;eVars` each, without what is empty at the end.
pub(super) fn products(products: &[Product]) -> String {
    let mut out = String::new();
    for (index, product) in products.iter().enumerate() {
        if index > 0 {
            out.add_char(',');
        }
        out.add(product.category());
        out.add_char(';');
        out.add(product.id());
        let mut quantity = String::new();
        if product.quantity() > 0 {
            push_number(&mut quantity, u64::from(product.quantity()));
        }
        let mut events = String::new();
        for metric in product.facts.metrics() {
            push_metric(&mut events, metric, '|');
        }
        let mut gap = 0;
        for field in [quantity, total(product), events, variables(product)] {
            gap += 1;
            if !field.is_empty() {
                while gap > 0 {
                    out.add_char(';');
                    gap -= 1;
                }
                out.add(&field);
            }
        }
    }
    out
}

/// The price of all pieces, exactly; empty if nobody said.
fn total(product: &Product) -> String {
    let quantity = product.quantity();
    let worked_out = || product.unit_price().filter(|_| quantity > 0)?.times(quantity);
    product.line_total().or_else(worked_out).map_or(String::new(), Decimal::text)
}

/// A product's merchandising eVars.
fn variables(product: &Product) -> String {
    let mut out = String::new();
    for fact in product.facts.iter() {
        if fact.group == Group::Variables && !fact.text.is_empty() {
            if !out.is_empty() {
                out.add_char('|');
            }
            out.add("eVar");
            out.add(fact.key.get(1..).unwrap_or(""));
            out.add_char('=');
            out.add(fact.text);
        }
    }
    out
}

/// Adds `name[=value][:id]`. An id with a character that has a meaning here would make other events of this one, and goes; so does
/// that of a purchase, which has its order's number instead.
pub(super) fn push_metric(events: &mut String, metric: Metric<'_>, separator: char) {
    if !events.is_empty() {
        events.add_char(separator);
    }
    events.add(metric.name);
    if let Some(value) = Decimal::parse(metric.value) {
        events.add_char('=');
        value.write(events);
    }
    if !metric.id.is_empty() && metric.name != "purchase" && is_plain(metric.id) {
        events.add_char(':');
        events.add(metric.id);
    }
}

/// Whether a text has none of the characters that structure Adobe's strings.
pub(super) fn is_plain(text: &str) -> bool {
    prefix(text, ",;|:=").len() == text.len()
}
