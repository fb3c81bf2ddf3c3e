//! Adobe's `products` string: what was read of it, written again, reads the same.

use super::events::written;
use caisse::decode::products::{Line, lines};

/// The bytes are a list of products.
pub fn check(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let read = lines(&text);
    assert_eq!(read.len(), text.split(',').count(), "a comma begins another product");
    let again: Vec<String> = read.iter().map(line).collect();
    assert_eq!(lines(&again.join(",")), read, "{again:?}");
    read.iter().any(|line| line.name.is_some() && line.quantity.is_some())
}

/// A product as the grammar has it.
fn line(line: &Line) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let events: Vec<String> = line.events.iter().map(written).collect();
    let variables: Vec<String> = line.variables.iter().map(|(name, value)| [name.as_str(), "=", value].concat()).collect();
    [text(&line.category), text(&line.name), text(&line.quantity), text(&line.price), events.join("|"), variables.join("|")].join(";")
}
