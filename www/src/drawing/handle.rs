//! A furniture handle from the side, on its door: a bar on two posts, or a bow.

use super::pen::{Pen, Surface};
use crate::shape::{Handle, Style};

/// Draws the handle.
pub fn draw(pen: &mut Pen, handle: &Handle) {
    let Handle { style, length, centres, projection, bar } = *handle;
    let holes = ((length - centres) / 2., (length + centres) / 2.);
    match style {
        Style::Bar => on_posts(pen, holes, [length, projection, bar]),
        Style::Bow => bowed(pen, holes, [projection, bar]),
    }
    pen.edge((0., projection), (length, projection));
    for x in [holes.0, holes.1] {
        pen.centre((x, 0.), (x, projection));
    }
    pen.across((0., 0.), (length, 0.), -1., &format!("L {length}"));
    pen.across((holes.0, projection), (holes.1, projection), 1., &format!("c {centres}"));
    pen.along((length, 0.), (length, projection), 1., &format!("p {projection}"));
    if style == Style::Bar {
        pen.along((0., 0.), (0., bar), -1., &format!("d {bar}"));
    }
}

fn on_posts(pen: &mut Pen, holes: (f64, f64), [length, projection, bar]: [f64; 3]) {
    let post = bar * 0.8;
    for x in [holes.0, holes.1] {
        pen.rectangle([x - post / 2., bar * 0.8, post, projection - bar * 0.8], 0., Surface::Standing);
    }
    pen.rectangle([0., 0., length, bar], bar * 0.12, Surface::Lying);
}

fn bowed(pen: &mut Pen, holes: (f64, f64), [projection, bar]: [f64; 2]) {
    let (foot, top) = (projection - bar * 0.2, bar / 2.);
    // A cubic curve reaches three quarters of the way to its control points.
    let control = top - (foot - top) / 3.;
    let lean = (holes.1 - holes.0) * 0.1;
    let path = format!(
        "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
        pen.x(holes.0),
        pen.y(foot - bar * 0.3),
        pen.x(holes.0 + lean),
        pen.y(control),
        pen.x(holes.1 - lean),
        pen.y(control),
        pen.x(holes.1),
        pen.y(foot - bar * 0.3),
    );
    pen.tube(&path, bar);
    for x in [holes.0, holes.1] {
        pen.rectangle([x - bar * 0.7, projection - bar * 0.3, bar * 1.4, bar * 0.3], bar * 0.1, Surface::Lying);
    }
}
