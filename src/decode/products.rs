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

impl Line {
    /// The fields of a call's product that it stands for: Adobe's name of a product is the shop's id, its price that of all pieces.
    fn fields(self) -> Vec<(String, String)> {
        let named = [("category", self.category), ("id", self.name), ("quantity", self.quantity), ("lineTotal", self.price)];
        let mut fields: Vec<_> = named.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?))).collect();
        for Entry { name, value, id } in self.events {
            fields.push((format!("{name}.value"), value.unwrap_or_else(|| "1".to_owned())));
            fields.extend(id.map(|id| (format!("{name}.id"), id)));
        }
        fields.extend(self.variables);
        fields
    }
}

/// The fields of a call for the products of a string, with their paths.
pub(super) fn fields(products: &str) -> Vec<(String, String)> {
    let lines = lines(products).into_iter().enumerate();
    lines.flat_map(|(index, line)| line.fields().into_iter().map(move |(path, text)| (format!("products.{index}.{path}"), text))).collect()
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
