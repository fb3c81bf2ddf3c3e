//! What a product is, and how to find one. The products themselves stand in `range`.

use crate::price::Cents;
pub use crate::range::PRODUCTS;
use crate::shape::Shape;

/// A family of products, which has a page of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Hexagon head bolts.
    Bolts,
    /// Butt hinges.
    Hinges,
    /// Cup hooks.
    Hooks,
    /// Furniture handles.
    Handles,
}

impl Family {
    /// All, in the order of the navigation.
    pub const ALL: [Self; 4] = [Self::Bolts, Self::Hinges, Self::Hooks, Self::Handles];

    /// The word in addresses and in calls.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Bolts => "bolts",
            Self::Hinges => "hinges",
            Self::Hooks => "hooks",
            Self::Handles => "handles",
        }
    }

    /// The word for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Bolts => "Bolts",
            Self::Hinges => "Hinges",
            Self::Hooks => "Hooks",
            Self::Handles => "Handles",
        }
    }

    /// One sentence about the family.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Bolts => "Hexagon head bolts, partly threaded, M6 to M12. Sold in packs of ten.",
            Self::Hinges => "Butt hinges with a fixed pin, for doors, chests and cupboards. Sold in pairs.",
            Self::Hooks => "Cup hooks with a wood screw, from the key rack to the bicycle.",
            Self::Handles => "Bar and bow handles for drawers and doors, with M4 screws.",
        }
    }

    /// The family with this word in its address.
    pub fn find(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.slug() == slug)
    }

    /// Its products, smallest first.
    pub fn products(self) -> impl Iterator<Item = &'static Product> {
        PRODUCTS.iter().filter(move |product| product.family == self)
    }
}

/// What a product is made of; decides the colour of its drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// Stainless steel, A2.
    Stainless,
    /// Steel, zinc plated.
    Zinc,
    /// Solid brass.
    Brass,
    /// Steel, black.
    Black,
}

impl Finish {
    /// The word that follows the name: `stainless A2`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Stainless => "stainless A2",
            Self::Zinc => "zinc plated",
            Self::Brass => "solid brass",
            Self::Black => "black steel",
        }
    }
}

/// How many pieces a price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// One piece.
    Piece,
    /// Two that belong together.
    Pair,
    /// A pack of so many.
    Pack(u32),
}

impl Unit {
    /// Pieces in one unit.
    pub const fn pieces(self) -> u32 {
        match self {
            Self::Piece => 1,
            Self::Pair => 2,
            Self::Pack(pieces) => pieces,
        }
    }

    /// One of it, in words: `pack of 10`.
    pub fn name(self) -> String {
        match self {
            Self::Piece => "piece".into(),
            Self::Pair => "pair".into(),
            Self::Pack(pieces) => format!("pack of {pieces}"),
        }
    }

    /// So many of it in words: `2 packs of 10`.
    pub fn words(self, quantity: u32) -> String {
        let s = if quantity == 1 { "" } else { "s" };
        match self {
            Self::Piece => format!("{quantity} piece{s}"),
            Self::Pair => format!("{quantity} pair{s}"),
            Self::Pack(pieces) => format!("{quantity} pack{s} of {pieces}"),
        }
    }
}

/// Something to buy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Product {
    /// The part number: what pages, orders and calls know it by.
    pub id: &'static str,
    /// The family it belongs to.
    pub family: Family,
    /// Name without the finish. Free of `;` `,` `|`, which separate fields in Adobe's product string.
    pub name: &'static str,
    /// Material and surface.
    pub finish: Finish,
    /// What the price is for.
    pub unit: Unit,
    /// Price of one unit.
    pub price: Cents,
    /// The standard it follows, or where its drawing belongs.
    pub standard: &'static str,
    /// Form and measurements.
    pub shape: Shape,
}

impl Product {
    /// The name for people: a line never breaks inside `M8 × 60`.
    pub fn label(&self) -> String {
        self.name.replace(" × ", "\u{a0}×\u{a0}")
    }

    /// Name and finish.
    pub fn title(&self) -> String {
        format!("{}, {}", self.label(), self.finish.words())
    }

    /// What the price is for, in words: `Pack of 10, VAT included. €0.64 each.`
    pub fn price_words(&self) -> String {
        match self.unit {
            Unit::Piece => "VAT included.".into(),
            Unit::Pair => format!("A pair, VAT included. {} each.", self.price.each(2)),
            Unit::Pack(pieces) => {
                format!("Pack of {pieces}, VAT included. {} each.", self.price.each(pieces))
            }
        }
    }
}

/// The product with this part number.
pub fn find(id: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_one_product_for_each_part_number() {
        for product in &PRODUCTS {
            assert_eq!(PRODUCTS.iter().filter(|other| other.id == product.id).count(), 1, "{}", product.id);
            assert!(product.price > Cents(0), "{}", product.id);
            assert!(!product.name.contains([';', ',', '|']), "{}", product.name);
        }
        assert!(Family::ALL.iter().all(|family| family.products().count() >= 4));
    }

    #[test]
    fn says_what_the_price_is_for() {
        assert_eq!(find("RV-0860-A2").unwrap().price_words(), "Pack of 10, VAT included. €0.64 each.");
        assert_eq!(Unit::Pack(10).words(2), "2 packs of 10");
        assert_eq!(Unit::Pair.words(1), "1 pair");
    }
}
