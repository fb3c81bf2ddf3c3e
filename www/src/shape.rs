//! What a product measures, and the words for it. Never draws; `drawing` does that from the same numbers.

/// The form of a product.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Hexagon head bolt.
    Bolt(Bolt),
    /// Butt hinge.
    Hinge(Hinge),
    /// Cup hook with a wood screw.
    Hook(Hook),
    /// Furniture handle.
    Handle(Handle),
}

/// A hexagon head bolt, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bolt {
    /// Nominal diameter of the thread: 8 for M8.
    pub thread: f64,
    /// Distance from one turn of the thread to the next.
    pub pitch: f64,
    /// Length under the head.
    pub length: f64,
    /// Length of the thread.
    pub threaded: f64,
    /// Height of the head.
    pub head: f64,
    /// Width of the head across flats: the size of the spanner.
    pub spanner: f64,
}

/// A butt hinge, opened flat, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hinge {
    /// Height.
    pub height: f64,
    /// Width of both leaves together.
    pub width: f64,
    /// Thickness of a leaf.
    pub thickness: f64,
    /// Diameter of the knuckle.
    pub knuckle: f64,
    /// Holes in each leaf.
    pub holes: u32,
    /// Diameter of a hole.
    pub hole: f64,
}

/// A cup hook with a wood screw, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hook {
    /// Length over all.
    pub length: f64,
    /// Length of the screw.
    pub threaded: f64,
    /// Diameter of the wire.
    pub wire: f64,
    /// Inner diameter of the bow.
    pub bow: f64,
}

/// A furniture handle, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Handle {
    /// Straight bar on two posts, or one bow.
    pub style: Style,
    /// Length over all.
    pub length: f64,
    /// Distance between the centres of the holes.
    pub centres: f64,
    /// Distance from the door to the far side of the handle.
    pub projection: f64,
    /// Diameter of the bar.
    pub bar: f64,
}

/// How a handle is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A straight bar on two posts.
    Bar,
    /// A bow from hole to hole.
    Bow,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The letter that stands for it in the drawing; empty if the drawing does not carry it.
    pub symbol: &'static str,
    /// What is measured: `Length under the head`.
    pub label: &'static str,
    /// With its unit: `60 mm`.
    pub value: String,
}

impl Shape {
    /// Every measurement, the most telling first.
    pub fn measures(&self) -> Vec<Measure> {
        match self {
            Self::Bolt(bolt) => vec![
                measure("M", "Thread", format!("M{}", bolt.thread)),
                measure("L", "Length under the head", millimetres(bolt.length)),
                measure("b", "Length of thread", millimetres(bolt.threaded)),
                measure("k", "Height of head", millimetres(bolt.head)),
                measure("", "Spanner size", millimetres(bolt.spanner)),
                measure("", "Pitch", millimetres(bolt.pitch)),
            ],
            Self::Hinge(hinge) => vec![
                measure("H", "Height", millimetres(hinge.height)),
                measure("W", "Width, open", millimetres(hinge.width)),
                measure("q", "Knuckle", millimetres(hinge.knuckle)),
                measure("", "Thickness of leaf", millimetres(hinge.thickness)),
                measure("", "Holes", format!("2 × {}, ⌀ {} mm", hinge.holes, hinge.hole)),
            ],
            Self::Hook(hook) => vec![
                measure("L", "Length", millimetres(hook.length)),
                measure("D", "Inner width of bow", millimetres(hook.bow)),
                measure("d", "Wire", millimetres(hook.wire)),
                measure("b", "Length of screw", millimetres(hook.threaded)),
            ],
            Self::Handle(handle) => vec![
                measure("c", "Hole centres", millimetres(handle.centres)),
                measure("L", "Length", millimetres(handle.length)),
                measure("p", "Projection", millimetres(handle.projection)),
                measure("d", "Bar", millimetres(handle.bar)),
            ],
        }
    }

    /// What the drawing shows, for those who cannot see it.
    pub fn alternative(&self) -> String {
        let view = match self {
            Self::Bolt(_) => "Side elevation of a hexagon head bolt",
            Self::Hinge(_) => "Front elevation of a butt hinge, opened flat",
            Self::Hook(_) => "Side elevation of a cup hook",
            Self::Handle(Handle { style: Style::Bar, .. }) => "Side elevation of a bar handle on two posts",
            Self::Handle(Handle { style: Style::Bow, .. }) => "Side elevation of a bow handle",
        };
        let measures = self.measures();
        let words = measures.iter().map(|m| format!("{} {}", m.label.to_lowercase(), m.value));
        format!("{view}: {}", words.collect::<Vec<_>>().join(", "))
    }
}

const fn measure(symbol: &'static str, label: &'static str, value: String) -> Measure {
    Measure { symbol, label, value }
}

fn millimetres(number: f64) -> String {
    format!("{number} mm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_the_dimensions_in_words() {
        let bolt = Bolt { thread: 8., pitch: 1.25, length: 60., threaded: 22., head: 5.3, spanner: 13. };
        assert_eq!(
            Shape::Bolt(bolt).alternative(),
            "Side elevation of a hexagon head bolt: thread M8, length under the head 60 mm, length of \
             thread 22 mm, height of head 5.3 mm, spanner size 13 mm, pitch 1.25 mm"
        );
    }
}
