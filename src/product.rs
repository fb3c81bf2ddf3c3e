//! One line of a basket, checked. What Adobe calls a product's price is the price of the whole line.

use crate::call::{Field, Value};
use crate::facts::{Facts, translated};
use crate::money::Decimal;
use crate::problem::{Code, Problems};
use crate::text::before;
use crate::vocabulary::{Group, is_custom_metric, product_rule};

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

    /// The price of all pieces, as given.
    pub fn line_total(&self) -> Option<Decimal> {
        self.facts.number("l")
    }

    /// The price of all pieces: as given, or worked out from the unit price. A price that was looked at is not a line; a quantity
    /// makes it one.
    #[inline(never)]
    pub fn total(&self) -> Option<Decimal> {
        let quantity = self.quantity();
        let given = self.line_total();
        if given.is_some() || quantity == 0 {
            return given;
        }
        self.unit_price()?.times(quantity)
    }

    /// The price of all pieces in minor units of `currency`.
    pub fn amount(&self, currency: &str) -> Option<i64> {
        Some(self.total()?.minor_units(currency))
    }

    /// Takes one field of this product. `path` is what follows `products.N.`.
    pub(crate) fn set(&mut self, path: &str, field: &Field<'_>, problems: &mut Problems) {
        let path = path.strip_prefix("eVars.").or_else(|| path.strip_prefix("events.")).unwrap_or(path);
        if matches!(field.value, Value::Null) {
        } else if let Some(rule) = product_rule(path) {
            self.facts.set(rule, path, field, problems);
        } else if is_custom_metric(before(path, '.')) {
            self.facts.set_metric(path, field, problems);
        } else {
            let ours = translated(path, Code::UnknownField, field.place, problems);
            if !ours.is_empty() {
                self.set(ours, field, problems);
            }
        }
    }
}
