//! A hexagon head bolt from the side, lying, its head to the left.

use super::pen::{Pen, Surface};
use crate::shape::Bolt;

/// Width of a hexagon over its corners, from its width over its flats.
pub fn across_corners(flats: f64) -> f64 {
    flats / (std::f64::consts::PI / 6.).cos()
}

/// Draws the bolt.
pub fn draw(pen: &mut Pen, bolt: &Bolt) {
    let Bolt { thread, pitch, length, threaded, head, spanner } = *bolt;
    let corners = across_corners(spanner);
    let axis = corners / 2.;
    let (top, bottom) = (axis - thread / 2., axis + thread / 2.);
    let (end, start) = (head + length, head + length - threaded);
    let chamfer = thread * 0.14;

    pen.polygon(
        &[(head, top), (end - chamfer, top), (end, top + chamfer), (end, bottom - chamfer), (end - chamfer, bottom), (head, bottom)],
        Surface::Lying,
    );
    pen.edge((start, top), (start, bottom));
    pen.thread(start, end - chamfer, (top, bottom), pitch);
    pen.edge((end - chamfer, top), (end - chamfer, bottom));

    let cut = head * 0.22;
    let quarter = corners / 4.;
    pen.polygon(&[(cut, 0.), (head, 0.), (head, corners), (cut, corners), (0., corners - cut * 1.7), (0., cut * 1.7)], Surface::Lying);
    pen.edge((cut * 0.4, quarter), (head, quarter));
    pen.edge((cut * 0.4, corners - quarter), (head, corners - quarter));

    pen.centre((0., axis), (end, axis));
    let (over, under) = (0., corners);
    pen.across((head, over), (end, over), -1., &format!("L {length}"));
    pen.across((start, under), (end, under), 1., &format!("b {threaded}"));
    pen.across((0., under), (head, under), 1., &format!("k {head}"));
    pen.along((end, top), (end, bottom), 1.2, &format!("M{thread}"));
}
