//! Puts lines and surfaces, given in millimetres, on a sheet of pixels. Never knows what it draws.

use std::fmt::Write as _;

use crate::catalogue::Finish;

const INK: &str = "#12181c";
const BLUE: &str = "#0b57a4";
const RED: &str = "#b3231a";
/// Pixels between the squares of the sheet.
const GRID: f64 = 24.;
/// Pixels between the thing and its first dimension line.
const GAP: f64 = 26.;

/// A sheet in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Paper {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Free space at its sides, and above and below it.
    pub margin: (f64, f64),
    /// Whether the sheet has a grid and dimension lines.
    pub dimensions: bool,
}

impl Paper {
    /// A sheet with a grid and dimension lines.
    pub const fn dimensioned(width: f64, height: f64, margin: (f64, f64)) -> Self {
        Self { width, height, margin, dimensions: true }
    }

    /// A sheet with nothing but the thing.
    pub const fn plain(width: f64, height: f64, margin: (f64, f64)) -> Self {
        Self { width, height, margin, dimensions: false }
    }

    /// The largest scale, in pixels per millimetre, at which a thing fits.
    pub fn scale(&self, (width, height): (f64, f64)) -> f64 {
        let free = (self.width - 2. * self.margin.0, self.height - 2. * self.margin.1);
        (free.0 / width).min(free.1 / height)
    }
}

/// How light falls on a surface.
#[derive(Clone, Copy, Debug)]
pub enum Surface {
    /// A round bar that lies: light from above.
    Lying,
    /// A round bar that stands: light from the left.
    Standing,
    /// A plate.
    Flat,
}

/// Draws on one sheet.
#[derive(Debug)]
pub struct Pen {
    paper: Paper,
    scale: f64,
    origin: (f64, f64),
    tones: [&'static str; 3],
    svg: String,
}

impl Pen {
    /// A pen over an empty sheet; a thing of `extent` millimetres will stand in its middle.
    pub fn new(paper: Paper, scale: f64, extent: (f64, f64), finish: Finish) -> Self {
        let middle = |side: f64, length: f64| (side - length * scale) / 2.;
        let origin = (middle(paper.width, extent.0), middle(paper.height, extent.1));
        let tones = match finish {
            Finish::Stainless => ["#a3aeb5", "#eef2f4", "#78868e"],
            Finish::Zinc => ["#b3b9b6", "#f4f5f0", "#8c948f"],
            Finish::Brass => ["#c2a05a", "#f3e2b3", "#94732f"],
            Finish::Black => ["#454d52", "#7d888e", "#2a3034"],
        };
        let mut pen = Self { paper, scale, origin, tones, svg: String::new() };
        pen.prepare();
        pen
    }

    /// Pixels of one millimetre.
    pub const fn scale(&self) -> f64 {
        self.scale
    }

    /// Horizontal place in pixels.
    pub fn x(&self, millimetres: f64) -> f64 {
        self.origin.0 + millimetres * self.scale
    }

    /// Vertical place in pixels.
    pub fn y(&self, millimetres: f64) -> f64 {
        self.origin.1 + millimetres * self.scale
    }

    /// A rectangle with round corners.
    pub fn rectangle(&mut self, [x, y, width, height]: [f64; 4], radius: f64, surface: Surface) {
        let (x, y, s) = (self.x(x), self.y(y), self.scale);
        let (width, height, radius) = (width * s, height * s, radius * s);
        let (fill, line) = (fill(surface), self.line());
        self.write(format_args!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="{radius:.1}" fill="{fill}" stroke="{INK}" stroke-width="{line}"/>"#
        ));
    }

    /// A surface inside straight edges.
    pub fn polygon(&mut self, corners: &[(f64, f64)], surface: Surface) {
        let points: Vec<String> = corners.iter().map(|(x, y)| format!("{:.1},{:.1}", self.x(*x), self.y(*y))).collect();
        let (points, fill, line) = (points.join(" "), fill(surface), self.line());
        self.write(format_args!(
            r#"<polygon points="{points}" fill="{fill}" stroke="{INK}" stroke-width="{line}" stroke-linejoin="round"/>"#
        ));
    }

    /// A round hole with its countersink.
    pub fn hole(&mut self, (x, y): (f64, f64), diameter: f64) {
        let (x, y, outer, inner) = (self.x(x), self.y(y), diameter * 0.85 * self.scale, diameter * 0.5 * self.scale);
        let (line, thin) = (self.line(), self.thin());
        let (shade, paper) = (self.tones[2], if self.paper.dimensions { "#f6f8f9" } else { "#ffffff" });
        self.write(format_args!(
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="{outer:.1}" fill="{shade}" fill-opacity=".35" stroke="{INK}" stroke-width="{thin}"/><circle cx="{x:.1}" cy="{y:.1}" r="{inner:.1}" fill="{paper}" stroke="{INK}" stroke-width="{line}"/>"#
        ));
    }

    /// A bent round bar along an SVG path whose numbers are already pixels.
    pub fn tube(&mut self, path: &str, diameter: f64) {
        let (width, line) = (diameter * self.scale, self.line());
        let core = width - 2. * line;
        let shine = (core * 0.34).max(0.6);
        let [middle, light, dark] = self.tones;
        let lift = core * 0.12;
        self.write(format_args!(
            r#"<g fill="none" stroke-linecap="round"><path d="{path}" stroke="{INK}" stroke-width="{width:.1}"/><path d="{path}" stroke="{dark}" stroke-width="{core:.1}"/><path d="{path}" stroke="{middle}" stroke-width="{:.1}" transform="translate(0 -{lift:.1})"/><path d="{path}" stroke="{light}" stroke-width="{shine:.1}" transform="translate(0 -{lift:.1})"/></g>"#,
            core * 0.7,
        ));
    }

    /// A visible edge.
    pub fn edge(&mut self, from: (f64, f64), to: (f64, f64)) {
        let line = self.thin();
        self.stroke(self.at(from), self.at(to), INK, line, "");
    }

    /// A centre line; reaches a little beyond its ends.
    pub fn centre(&mut self, from: (f64, f64), to: (f64, f64)) {
        let beyond = if self.paper.dimensions { 18. } else { self.paper.margin.0 / 2. };
        let ((x1, y1), (x2, y2)) = (self.at(from), self.at(to));
        let (dx, dy) = if (x2 - x1).abs() > (y2 - y1).abs() { (beyond, 0.) } else { (0., beyond) };
        let dashes = if self.paper.dimensions { " stroke-dasharray=\"14 4 3 4\"" } else { " stroke-dasharray=\"8 3 2 3\"" };
        self.stroke((x1 - dx, y1 - dy), (x2 + dx, y2 + dy), RED, 0.8, dashes);
    }

    /// The thread of a screw that lies: slanted lines at its pitch, or wider where they would run together.
    pub fn thread(&mut self, from: f64, to: f64, (top, bottom): (f64, f64), pitch: f64) {
        let closest = 3.2 / self.scale;
        let step = pitch * (closest / pitch).ceil().max(1.);
        let mut x = from + step / 2.;
        while x + step / 2. <= to {
            self.edge((x, top), (x + step / 2., bottom));
            x += step;
        }
    }

    /// A dimension above (negative level) or below the thing: level 1 is next to it, 2 further out.
    pub fn across(&mut self, from: (f64, f64), to: (f64, f64), level: f64, text: &str) {
        if !self.paper.dimensions {
            return;
        }
        let (a, b) = (self.at(from), self.at(to));
        let edge = if level < 0. { a.1.min(b.1) } else { a.1.max(b.1) };
        let y = edge + level * GAP;
        let tick = 6.;
        self.stroke((a.0, y), (b.0, y), BLUE, 1.2, "");
        for x in [a.0, b.0] {
            let start = edge + 5. * level.signum();
            self.stroke((x, start), (x, y - tick * level.signum()), BLUE, 0.6, "");
            self.stroke((x, y - tick), (x, y + tick), BLUE, 1.2, "");
        }
        let below = if level > 0. { 19. } else { -8. };
        self.text(((a.0 + b.0) / 2., y + below), "middle", text);
    }

    /// A dimension to the right of the thing (positive level) or to its left.
    pub fn along(&mut self, from: (f64, f64), to: (f64, f64), level: f64, text: &str) {
        if !self.paper.dimensions {
            return;
        }
        let (a, b) = (self.at(from), self.at(to));
        let edge = if level < 0. { a.0.min(b.0) } else { a.0.max(b.0) };
        let x = edge + level * GAP;
        let tick = 6.;
        self.stroke((x, a.1), (x, b.1), BLUE, 1.2, "");
        for y in [a.1, b.1] {
            let start = edge + 5. * level.signum();
            self.stroke((start, y), (x - tick * level.signum(), y), BLUE, 0.6, "");
            self.stroke((x - tick, y), (x + tick, y), BLUE, 1.2, "");
        }
        let anchor = if level < 0. { "end" } else { "start" };
        self.text((x + 11. * level.signum(), (a.1 + b.1) / 2. + 4.5), anchor, text);
    }

    /// The sheet with everything on it.
    pub fn finish(mut self) -> String {
        self.svg.push_str("</svg>");
        self.svg
    }

    /// Opens the file: tones of the material, and the grid if the sheet has one.
    fn prepare(&mut self) {
        let Paper { width, height, dimensions, .. } = self.paper;
        let [middle, light, dark] = self.tones;
        self.write(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"><defs>"#
        ));
        for (id, direction) in [("lying", r#"x2="0" y2="1""#), ("standing", r#"x2="1" y2="0""#)] {
            self.write(format_args!(
                r#"<linearGradient id="{id}" {direction}><stop stop-color="{middle}"/><stop offset=".32" stop-color="{light}"/><stop offset="1" stop-color="{dark}"/></linearGradient>"#
            ));
        }
        self.write(format_args!(
            r#"<linearGradient id="flat" x2="1" y2="1"><stop stop-color="{light}"/><stop offset="1" stop-color="{middle}"/></linearGradient></defs>"#
        ));
        if dimensions {
            self.write(format_args!(r##"<rect width="{width}" height="{height}" fill="#f6f8f9"/><path d=""##));
            let lines = |side: f64| (1..).map(|n| f64::from(n) * GRID).take_while(move |at| *at < side);
            for x in lines(width) {
                self.write(format_args!("M{x} 0V{height}"));
            }
            for y in lines(height) {
                self.write(format_args!("M0 {y}H{width}"));
            }
            self.svg.push_str(r##"" stroke="#dfe6e9"/>"##);
        }
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.x(x), self.y(y))
    }

    /// Width of an outline.
    const fn line(&self) -> f64 {
        if self.paper.dimensions {
            1.5
        } else if self.paper.width < 100. {
            0.8
        } else {
            1.3
        }
    }

    /// Width of an edge inside.
    const fn thin(&self) -> f64 {
        if self.paper.dimensions {
            0.9
        } else if self.paper.width < 100. {
            0.4
        } else {
            0.7
        }
    }

    fn stroke(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, width: f64, more: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.write(format_args!(r#"<path d="M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}" stroke="{colour}" stroke-width="{width}"{more}/>"#));
    }

    fn text(&mut self, (x, y): (f64, f64), anchor: &str, text: &str) {
        self.write(format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" font-family="ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13" fill="{BLUE}">{text}</text>"#
        ));
    }

    /// Writing into a `String` cannot fail.
    fn write(&mut self, piece: std::fmt::Arguments<'_>) {
        let _ = self.svg.write_fmt(piece);
    }
}

const fn fill(surface: Surface) -> &'static str {
    match surface {
        Surface::Lying => "url(#lying)",
        Surface::Standing => "url(#standing)",
        Surface::Flat => "url(#flat)",
    }
}
