//! Product pictures: elevations computed from the same measurements the specification states. One
//! function per family says what the thing looks like in millimetres; `pen` puts it on paper.

mod bolt;
mod handle;
mod hinge;
mod hook;
mod pen;

use crate::catalogue::Product;
use crate::shape::Shape;
use pen::{Paper, Pen};

/// How a product is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Large, with dimension lines.
    Sheet,
    /// The same for a phone: smaller paper, so that its figures stay readable.
    Narrow,
    /// For a list: the whole family to one scale, without dimension lines.
    Card,
    /// For a line of the basket.
    Thumb,
}

impl View {
    /// The view of that word in an address.
    pub fn find(slug: &str) -> Option<Self> {
        match slug {
            "sheet" => Some(Self::Sheet),
            "narrow" => Some(Self::Narrow),
            "card" => Some(Self::Card),
            "thumb" => Some(Self::Thumb),
            _ => None,
        }
    }

    const fn paper(self) -> Paper {
        match self {
            Self::Sheet => Paper::dimensioned(600., 336., (80., 76.)),
            Self::Narrow => Paper::dimensioned(358., 236., (72., 54.)),
            Self::Card => Paper::plain(264., 132., (12., 12.)),
            Self::Thumb => Paper::plain(72., 48., (5., 5.)),
        }
    }

    /// The picture as an SVG file.
    pub fn draw(self, product: &Product) -> String {
        let paper = self.paper();
        let fit = |product: &Product| paper.scale(extent(&product.shape));
        let scale = match self {
            Self::Card => product.family.products().map(fit).fold(f64::INFINITY, f64::min),
            Self::Sheet | Self::Narrow | Self::Thumb => fit(product),
        };
        let mut pen = Pen::new(paper, scale, extent(&product.shape), product.finish);
        match &product.shape {
            Shape::Bolt(bolt) => bolt::draw(&mut pen, bolt),
            Shape::Hinge(hinge) => hinge::draw(&mut pen, hinge),
            Shape::Hook(hook) => hook::draw(&mut pen, hook),
            Shape::Handle(handle) => handle::draw(&mut pen, handle),
        }
        pen.finish()
    }
}

/// Width and height of a thing in millimetres, as its function draws it from the origin.
fn extent(shape: &Shape) -> (f64, f64) {
    match shape {
        Shape::Bolt(bolt) => (bolt.length + bolt.head, bolt::across_corners(bolt.spanner)),
        Shape::Hinge(hinge) => (hinge.width, hinge.height + 2. * hinge::PIN),
        Shape::Hook(hook) => (hook.length, hook.bow + 2. * hook.wire),
        Shape::Handle(handle) => (handle.length, handle.projection),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{PRODUCTS, find};

    #[test]
    fn draws_every_product_in_every_view() {
        for product in &PRODUCTS {
            for view in [View::Sheet, View::Narrow, View::Card, View::Thumb] {
                let svg = view.draw(product);
                assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"), "{} {view:?}", product.id);
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{} {view:?}", product.id);
                assert!(svg.len() < 12_000, "{} {view:?}: {} bytes", product.id, svg.len());
            }
        }
    }

    #[test]
    fn writes_the_dimensions_on_the_sheet_only() {
        let bolt = find("RV-0860-A2").unwrap();
        for text in ["L 60", "b 22", "k 5.3", "M8"] {
            assert!(View::Sheet.draw(bolt).contains(&format!(">{text}</text>")), "{text}");
        }
        assert!(!View::Card.draw(bolt).contains("<text"));
    }
}
