//! A butt hinge from the front, opened flat: two leaves, five knuckles, the pin.

use super::pen::{Pen, Surface};
use crate::shape::Hinge;

/// Millimetres the pin's head reaches beyond the knuckles.
pub const PIN: f64 = 1.5;
const KNUCKLES: u32 = 5;

/// Draws the hinge.
pub fn draw(pen: &mut Pen, hinge: &Hinge) {
    let Hinge { height, width, knuckle, holes, hole, .. } = *hinge;
    let (top, bottom, middle) = (PIN, PIN + height, width / 2.);
    let (left, right) = (middle - knuckle / 2., middle + knuckle / 2.);
    pen.rectangle([0., top, left, height], 1.2, Surface::Flat);
    pen.rectangle([right, top, width - right, height], 1.2, Surface::Flat);

    pen.rectangle([middle - knuckle * 0.3, 0., knuckle * 0.6, height + 2. * PIN], 1., Surface::Standing);
    let part = height / f64::from(KNUCKLES);
    for number in 0..KNUCKLES {
        let y = top + f64::from(number) * part;
        pen.rectangle([left, y, knuckle, part], 0.4, Surface::Standing);
    }

    // Screws stand in two rows, so that they do not split the wood along one fibre.
    let pitch = height / f64::from(holes);
    for number in 0..holes {
        let y = top + (f64::from(number) + 0.5) * pitch;
        let out = if number % 2 == 0 { 0.36 } else { 0.62 };
        pen.hole((left * out, y), hole);
        pen.hole((width - left * out, y), hole);
    }

    pen.centre((middle, 0.), (middle, height + 2. * PIN));
    pen.across((0., bottom), (width, bottom), 1., &format!("W {width}"));
    pen.along((width, top), (width, bottom), 1., &format!("H {height}"));
    pen.across((left, top), (right, top), -1., &format!("q {knuckle}"));
}
