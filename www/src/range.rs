//! What the shop sells: twenty products in four families. Prices are for one unit, VAT included; bolts
//! measure what ISO 4014 says, the rest what such things usually measure. Never changes while running.

use crate::catalogue::{Family, Finish, Product, Unit};
use crate::price::Cents;
use crate::shape::{Bolt, Handle, Hinge, Hook, Shape, Style};

/// Everything the shop sells. A table: one row for each product, the measurements in the order of its shape.
#[rustfmt::skip]
pub static PRODUCTS: [Product; 20] = [
    bolt("RV-0660-A2", "Hex bolt M6 × 60", Finish::Stainless, 480, M6, 60.),
    bolt("RV-0840-A2", "Hex bolt M8 × 40", Finish::Stainless, 520, M8, 40.),
    bolt("RV-0860-A2", "Hex bolt M8 × 60", Finish::Stainless, 640, M8, 60.),
    bolt("RV-0880-A2", "Hex bolt M8 × 80", Finish::Stainless, 790, M8, 80.),
    bolt("RV-1060-A2", "Hex bolt M10 × 60", Finish::Stainless, 910, M10, 60.),
    bolt("RV-12100-ZP", "Hex bolt M12 × 100", Finish::Zinc, 1_260, M12, 100.),
    hinge("RV-H050-ZP", "Butt hinge 50 × 40", Finish::Zinc, 390, [50., 40., 1.2, 5.], 2, 3.5),
    hinge("RV-H076-ZP", "Butt hinge 76 × 50", Finish::Zinc, 560, [76., 50., 1.5, 6.5], 3, 4.2),
    hinge("RV-H076-BR", "Butt hinge 76 × 50", Finish::Brass, 1_380, [76., 50., 2., 7.], 3, 4.2),
    hinge("RV-H100-A2", "Butt hinge 100 × 75", Finish::Stainless, 1_640, [100., 75., 2.5, 9.5], 4, 5.),
    hinge("RV-H125-BK", "Butt hinge 125 × 90", Finish::Black, 2_150, [125., 90., 3., 12.], 4, 5.5),
    hook("RV-K025-BR", "Cup hook 25", Finish::Brass, Unit::Pack(10), 420, [33., 12., 2.4, 10.]),
    hook("RV-K040-ZP", "Cup hook 40", Finish::Zinc, Unit::Pack(10), 510, [50., 18., 3.4, 16.]),
    hook("RV-K060-A2", "Cup hook 60", Finish::Stainless, Unit::Pack(5), 745, [74., 26., 4.8, 25.]),
    hook("RV-K090-BK", "Cup hook 90", Finish::Black, Unit::Piece, 360, [106., 36., 7., 38.]),
    handle("RV-G096-A2", "Bar handle 96", Finish::Stainless, 540, Style::Bar, [136., 96., 32., 10.]),
    handle("RV-G128-A2", "Bar handle 128", Finish::Stainless, 620, Style::Bar, [188., 128., 35., 12.]),
    handle("RV-G160-BK", "Bar handle 160", Finish::Black, 890, Style::Bar, [220., 160., 35., 12.]),
    handle("RV-B096-BR", "Bow handle 96", Finish::Brass, 780, Style::Bow, [104., 96., 27., 8.]),
    handle("RV-B128-ZP", "Bow handle 128", Finish::Zinc, 460, Style::Bow, [138., 128., 30., 10.]),
];

/// Thread, pitch, length of thread, height of head, spanner size after ISO 4014.
type Size = [f64; 5];
const M6: Size = [6., 1., 18., 4., 10.];
const M8: Size = [8., 1.25, 22., 5.3, 13.];
const M10: Size = [10., 1.5, 26., 6.4, 16.];
const M12: Size = [12., 1.75, 30., 7.5, 18.];

const fn bolt(
    id: &'static str,
    name: &'static str,
    finish: Finish,
    cents: i64,
    [thread, pitch, threaded, head, spanner]: Size,
    length: f64,
) -> Product {
    let shape = Shape::Bolt(Bolt { thread, pitch, length, threaded, head, spanner });
    let (family, unit, price) = (Family::Bolts, Unit::Pack(10), Cents(cents));
    Product { id, family, name, finish, unit, price, standard: "ISO 4014", shape }
}

const fn hinge(
    id: &'static str,
    name: &'static str,
    finish: Finish,
    cents: i64,
    [height, width, thickness, knuckle]: [f64; 4],
    holes: u32,
    hole: f64,
) -> Product {
    let shape = Shape::Hinge(Hinge { height, width, thickness, knuckle, holes, hole });
    let (family, unit, price) = (Family::Hinges, Unit::Pair, Cents(cents));
    Product { id, family, name, finish, unit, price, standard: "Fixed pin", shape }
}

const fn hook(
    id: &'static str,
    name: &'static str,
    finish: Finish,
    unit: Unit,
    cents: i64,
    [length, threaded, wire, bow]: [f64; 4],
) -> Product {
    let shape = Shape::Hook(Hook { length, threaded, wire, bow });
    let (family, price) = (Family::Hooks, Cents(cents));
    Product { id, family, name, finish, unit, price, standard: "Wood screw", shape }
}

const fn handle(
    id: &'static str,
    name: &'static str,
    finish: Finish,
    cents: i64,
    style: Style,
    [length, centres, projection, bar]: [f64; 4],
) -> Product {
    let shape = Shape::Handle(Handle { style, length, centres, projection, bar });
    let (family, unit, price) = (Family::Handles, Unit::Piece, Cents(cents));
    Product { id, family, name, finish, unit, price, standard: "2 × M4", shape }
}
