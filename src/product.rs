//! One line of a basket, checked. What Adobe calls a product's price is the price of the whole line.

use crate::call::{Field, Value};
use crate::facts::{Fact, Facts};
use crate::money::Decimal;
use crate::problem::{Code, Problems, note, note_meant};
use crate::text::{before, owned};
use crate::vocabulary::{Class, Group, is_custom_metric, product_rule, suggest_product_field};

/// A product in a hit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// Its values, by their key on the wire, and its product events.
    pub facts: Facts,
}

impl Product {
    /// The shop's own id; what Adobe calls the product's name when `name` is absent.
    pub fn id(&self) -> &str {
        self.facts.text(Group::Own, "i")
    }

    /// Words for people, at most 100 bytes; empty if not given.
    pub fn name(&self) -> &str {
        self.facts.text(Group::Own, "n")
    }

    /// At most 100 bytes; empty if not given.
    pub fn category(&self) -> &str {
        self.facts.text(Group::Own, "c")
    }

    /// Pieces; 0 if not given.
    pub fn quantity(&self) -> u32 {
        self.facts.number("q").map_or(0, Decimal::as_count)
    }

    /// The price of one piece.
    pub fn unit_price(&self) -> Option<Decimal> {
        self.facts.number("u")
    }

    /// The price of all pieces, as given or worked out from the unit price.
    pub fn line_total(&self) -> Option<Decimal> {
        self.facts.number("l")
    }

    /// Takes one field of this product. `path` is what follows `products.N.`.
    pub(crate) fn set(&mut self, path: &str, field: &Field<'_>, problems: &mut Problems) {
        let path = path.strip_prefix("eVars.").or_else(|| path.strip_prefix("events.")).unwrap_or(path);
        if matches!(field.value, Value::Null) {
        } else if is_custom_metric(before(path, '.')) {
            self.facts.set_metric(path, field, problems);
        } else if let Some(rule) = product_rule(path) {
            self.facts.set(rule, field, problems);
        } else {
            note_meant(problems, Code::UnknownField, field.place, suggest_product_field(path));
        }
    }

    /// Finishes a product whose fields have all been set; `false` (with a problem) if it has no id.
    pub(crate) fn finish(&mut self, place: &str, currency: &str, problems: &mut Problems) -> bool {
        if self.id().is_empty() {
            note(problems, Code::MissingProductId, place);
            return false;
        }
        // A price that was looked at is not a line; a quantity makes it one.
        let quantity = self.quantity();
        if quantity > 0
            && let Some(expected) = self.unit_price().and_then(|unit| unit.line_total(quantity, currency))
        {
            match self.line_total() {
                Some(total) if total.same_amount(expected) => {}
                Some(_) => note(problems, Code::TotalMismatch, place),
                None => {
                    let total = Fact { group: Group::Own, key: owned("l"), class: Class::Number, text: expected.text(), bare: true };
                    self.facts.list.push(total);
                }
            }
        }
        true
    }
}
