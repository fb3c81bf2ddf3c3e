//! A cup hook from the side, lying: wood screw, collar, and the bow that holds the cup.

use super::pen::{Pen, Surface};
use crate::shape::Hook;

/// Draws the hook.
pub fn draw(pen: &mut Pen, hook: &Hook) {
    let Hook { length, threaded, wire, bow } = *hook;
    let axis = bow / 2. + wire;
    let (top, bottom) = (axis - wire / 2., axis + wire / 2.);
    let radius = (bow + wire) / 2.;
    let centre = length - wire - bow / 2.;
    bow_of(pen, threaded, (centre, axis), radius, wire);

    let collar = wire * 0.7;
    let tip = threaded * 0.3;
    pen.polygon(&[(0., axis), (tip, top), (threaded, top), (threaded, bottom), (tip, bottom)], Surface::Lying);
    pen.thread(tip, threaded, (top, bottom), wire * 0.42);
    pen.rectangle([threaded, axis - wire * 1.15, collar, wire * 2.3], wire * 0.25, Surface::Lying);

    pen.centre((0., axis), (length, axis));
    let under = 2. * axis;
    pen.across((0., 0.), (length, 0.), -1., &format!("L {length}"));
    pen.across((0., under), (threaded, under), 1., &format!("b {threaded}"));
    let inner = (centre - bow / 2., centre + bow / 2.);
    pen.across((inner.0, under), (inner.1, under), 1., &format!("D {bow}"));
    pen.along((0., top), (0., bottom), -1., &format!("d {wire}"));
}

/// The wire from `start`: along the axis, in a smooth bend into the circle, over the top and around to an
/// opening below the screw.
fn bow_of(pen: &mut Pen, start: f64, (x, y): (f64, f64), radius: f64, wire: f64) {
    /// Where the bend has become circle, and where the circle ends; from the side of the screw.
    const BEND_DEGREES: f64 = 25.;
    const END_DEGREES: f64 = 142.;
    let (sine, cosine) = BEND_DEGREES.to_radians().sin_cos();
    // The circle's tangent where the bend ends meets the axis here, as far from both of its ends.
    let control = x - radius / cosine;
    let leave = control - radius * sine / cosine;
    let join = (x - radius * cosine, y - radius * sine);
    let (sine, cosine) = END_DEGREES.to_radians().sin_cos();
    let end = (x + radius * cosine, y + radius * sine);
    let path = format!(
        "M{:.1} {axis:.1}H{:.1}Q{:.1} {axis:.1} {:.1} {:.1}A{r:.1} {r:.1} 0 1 1 {:.1} {:.1}",
        pen.x(start),
        pen.x(leave),
        pen.x(control),
        pen.x(join.0),
        pen.y(join.1),
        pen.x(end.0),
        pen.y(end.1),
        axis = pen.y(y),
        r = radius * pen.scale(),
    );
    pen.tube(&path, wire);
}
