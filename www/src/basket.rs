//! What a visitor means to buy, and what it costs. Never believes a price that came from the page.

use serde::{Deserialize, Serialize};

use crate::catalogue::{self, Product};
use crate::price::Cents;
use crate::shipping::Method;
use crate::token;

/// Most units of one product in a basket; whoever needs more is not a demo.
pub const QUANTITY_MAX: u32 = 999;

/// Products and how many of each.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Basket {
    /// Names the basket in calls; made anew when the first product enters an empty basket.
    pub id: String,
    lines: Vec<(String, u32)>,
}

/// One line of a basket.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The product.
    pub product: &'static Product,
    /// How many units of it.
    pub quantity: u32,
}

impl Line {
    /// Price of the whole line.
    pub const fn total(&self) -> Cents {
        self.product.price.times(self.quantity)
    }

    /// How many units, in words.
    pub fn words(&self) -> String {
        self.product.unit.words(self.quantity)
    }
}

/// What happened to one line.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The product concerned.
    pub product: &'static Product,
    /// Units before.
    pub from: u32,
    /// Units after.
    pub to: u32,
    /// Whether the basket was empty before.
    pub opened: bool,
}

/// What an order costs, VAT included in every part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// The goods.
    pub goods: Cents,
    /// Their way.
    pub delivery: Cents,
}

impl Totals {
    /// What is paid.
    pub fn total(&self) -> Cents {
        self.goods + self.delivery
    }

    /// The VAT contained in it.
    pub fn vat(&self) -> Cents {
        self.total().vat()
    }
}

impl Basket {
    /// The lines in the order they were added. A product that is no longer sold has no line.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        let line = |(id, quantity): &(String, u32)| Some(Line { product: catalogue::find(id)?, quantity: *quantity });
        self.lines.iter().filter_map(line)
    }

    /// Whether there is nothing to buy.
    pub fn is_empty(&self) -> bool {
        self.lines().next().is_none()
    }

    /// Units of all products together.
    pub fn count(&self) -> u32 {
        self.lines().map(|line| line.quantity).sum()
    }

    /// Units of one product.
    pub fn quantity(&self, product: &Product) -> u32 {
        self.lines().find(|line| line.product.id == product.id).map_or(0, |line| line.quantity)
    }

    /// What the basket costs when it travels this way.
    pub fn totals(&self, method: Method) -> Totals {
        let goods = self.lines().map(|line| line.total()).sum();
        Totals { goods, delivery: method.cost(goods) }
    }

    /// Adds units of a product, up to [`QUANTITY_MAX`].
    ///
    /// # Errors
    /// If a new basket cannot be named because there are no random numbers.
    pub fn add(&mut self, product: &'static Product, quantity: u32) -> Result<Change, getrandom::Error> {
        let wanted = self.quantity(product).saturating_add(quantity);
        self.set(product, wanted)
    }

    /// Sets the units of a product, up to [`QUANTITY_MAX`]; none removes the line.
    ///
    /// # Errors
    /// If a new basket cannot be named because there are no random numbers.
    pub fn set(&mut self, product: &'static Product, quantity: u32) -> Result<Change, getrandom::Error> {
        let from = self.quantity(product);
        let to = quantity.min(QUANTITY_MAX);
        let opened = to > 0 && self.is_empty();
        if opened {
            self.id = token::short('b')?;
        }
        match self.lines.iter_mut().find(|(id, _)| id == product.id) {
            Some(line) => line.1 = to,
            None => self.lines.push((product.id.into(), to)),
        }
        self.lines.retain(|(_, quantity)| *quantity > 0);
        Ok(Change { product, from, to, opened })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(id: &str) -> &'static Product {
        catalogue::find(id).unwrap()
    }

    #[test]
    fn computes_what_the_mock_shows() {
        let mut basket = Basket::default();
        basket.add(product("RV-0860-A2"), 2).unwrap();
        basket.add(product("RV-1060-A2"), 1).unwrap();
        let totals = basket.totals(Method::Standard);
        assert_eq!(totals.goods, Cents(2_190));
        assert_eq!(totals.total(), Cents(2_680));
        assert_eq!(totals.vat(), Cents(447));
        assert_eq!(basket.totals(Method::Express).total(), Cents(3_180));
        assert_eq!(basket.count(), 3);
    }

    #[test]
    fn names_itself_when_the_first_product_enters() {
        let mut basket = Basket::default();
        assert!(basket.add(product("RV-0860-A2"), 1).unwrap().opened);
        let first = basket.id.clone();
        let change = basket.add(product("RV-0860-A2"), 2).unwrap();
        assert_eq!((change.opened, change.from, change.to), (false, 1, 3));
        assert_eq!(basket.id, first);
        basket.set(product("RV-0860-A2"), 0).unwrap();
        assert!(basket.is_empty());
        assert!(basket.add(product("RV-0860-A2"), 1).unwrap().opened);
        assert_ne!(basket.id, first);
    }

    #[test]
    fn is_bounded() {
        let mut basket = Basket::default();
        basket.add(product("RV-0860-A2"), 900).unwrap();
        assert_eq!(basket.add(product("RV-0860-A2"), u32::MAX).unwrap().to, QUANTITY_MAX);
        let removed = basket.set(product("RV-0840-A2"), 0).unwrap();
        assert_eq!((removed.from, removed.to, basket.lines().count()), (0, 0, 1));
    }
}
