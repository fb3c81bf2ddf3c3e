//! Adobe's `products` string: `category;name;quantity;total;events;eVars`, separated by commas. There is no escape in it: a comma in
//! a name begins another product, as it does at Adobe. Never judges a value.

use super::events::Entry;

/// One product of the string. What is empty there is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its category.
    pub category: Option<String>,
    /// What Adobe calls its name.
    pub name: Option<String>,
    /// Pieces.
    pub quantity: Option<String>,
    /// The price of all pieces.
    pub price: Option<String>,
    /// Events that count for this product.
    pub events: Vec<Entry>,
    /// Merchandising eVars, name and value.
    pub variables: Vec<(String, String)>,
}

/// The products of a string.
pub fn lines(products: &str) -> Vec<Line> {
    products.split(',').map(line).collect()
}

fn line(product: &str) -> Line {
    let mut fields = product.split(';');
    let mut field = || fields.next().filter(|field| !field.is_empty());
    let mut text = || field().map(String::from);
    let (category, name, quantity, price) = (text(), text(), text(), text());
    let events = field().into_iter().flat_map(|events| events.split('|')).map(Entry::read).collect();
    let variables = field().into_iter().flat_map(|variables| variables.split('|')).filter_map(|variable| variable.split_once('='));
    let variables = variables.map(|(name, value)| (name.into(), value.into())).collect();
    Line { category, name, quantity, price, events, variables }
}
