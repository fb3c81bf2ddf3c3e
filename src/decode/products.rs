//! Reads Adobe's `products` string into fields of a call. Never judges a value.

use crate::vocabulary::is_adobe_event;
use serde_json::Value as Json;

/// The lines of Adobe's `products` string: `category;name;quantity;total;events;eVars`, the last two separated by `|`.
pub(super) fn products(text: &str) -> Vec<(String, Json)> {
    let mut fields = Vec::new();
    for (line, product) in text.split(',').filter(|product| !product.is_empty()).enumerate() {
        let mut parts = product.split(';');
        let mut add = |path: &str, value: &str| {
            if !value.is_empty() {
                fields.push((format!("products.{line}.{path}"), Json::from(value)));
            }
        };
        for path in ["category", "id", "quantity", "lineTotal"] {
            add(path, parts.next().unwrap_or(""));
        }
        for event in parts.next().unwrap_or("").split('|') {
            let (head, id) = event.split_once(':').unwrap_or((event, ""));
            let (name, value) = head.split_once('=').unwrap_or((head, "1"));
            if is_adobe_event(name) {
                add(&format!("{name}.value"), value);
                add(&format!("{name}.id"), id);
            }
        }
        for variable in parts.next().unwrap_or("").split('|') {
            let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
            add(name, value);
        }
    }
    fields
}
