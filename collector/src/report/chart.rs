//! Lays the fallout out as bars: numbers and words for the template, no markup. Widths are thousandths of the drawing's
//! bars, so that it fits any screen while its text keeps its size.

use super::Step;
use super::page::number;

/// Pixels of a bar's height.
const BAR: u64 = 42;
/// Pixels between two bars, where the loss is told.
const GAP: u64 = 33;
/// Width of the drawing that the longest bar takes, in percent; the rest is for its number.
const BARS_PERCENT: u64 = 74;

/// The drawing.
pub(super) struct Chart {
    pub(super) height: u64,
    pub(super) bars_percent: u64,
    pub(super) bars: Vec<Bar>,
    pub(super) summary: String,
}

/// A step.
pub(super) struct Bar {
    pub(super) label: &'static str,
    pub(super) event: &'static str,
    pub(super) visits: String,
    /// Of the first step.
    pub(super) share: String,
    /// What of it does not reach the next step, in words; nothing for the last step.
    pub(super) loss: Option<String>,
    /// The shape between this bar and the next: points of a polygon.
    pub(super) slope: String,
    pub(super) y: u64,
    pub(super) width: u64,
    pub(super) height: u64,
    /// Where the bar ends, in percent of the drawing.
    pub(super) end_percent: String,
    pub(super) is_goal: bool,
}

impl Chart {
    /// Nothing if no visit reached the first step.
    pub(super) fn of(steps: &[Step]) -> Option<Self> {
        let first = steps.first().map(|step| step.visits).filter(|visits| *visits > 0)?;
        let mut bars = Vec::new();
        for (index, step) in (0_u64..).zip(steps) {
            let next = steps.get(bars.len() + 1).map(|step| step.visits);
            let width = thousandths(step.visits, first);
            let y = index * (BAR + GAP);
            let slope = next.map(|next| {
                let (top, bottom) = (y + BAR, y + BAR + GAP);
                format!("0,{top} {width},{top} {},{bottom} 0,{bottom}", thousandths(next, first))
            });
            bars.push(Bar {
                label: label(step.step),
                event: step.step,
                visits: number(step.visits),
                share: format!("{}\u{a0}%", percent(step.visits, first)),
                loss: next.map(|next| loss(step.visits, next)),
                slope: slope.unwrap_or_default(),
                y,
                width,
                height: BAR,
                end_percent: hundredths(width * BARS_PERCENT),
                is_goal: next.is_none(),
            });
        }
        let words: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.label, bar.visits)).collect();
        let height = bars.last().map_or(0, |bar| bar.y + BAR);
        Some(Self { height, bars_percent: BARS_PERCENT, summary: words.join(", "), bars })
    }
}

/// What a visit did.
fn label(event: &str) -> &'static str {
    match event {
        "prodView" => "Saw a product",
        "scAdd" => "Filled the cart",
        "scView" => "Saw the cart",
        "scCheckout" => "Began checkout",
        _ => "Ordered",
    }
}

fn loss(visits: u64, next: u64) -> String {
    match visits - next.min(visits) {
        0 if visits == 0 => "nobody came so far".into(),
        0 => "none left".into(),
        left => format!("\u{2212}{} left ({}\u{a0}%)", number(left), percent(left, visits)),
    }
}

fn percent(part: u64, whole: u64) -> u64 {
    (part * 200 + whole) / (whole * 2).max(1)
}

fn thousandths(part: u64, whole: u64) -> u64 {
    part * 1_000 / whole.max(1)
}

/// Thousandths of percents as percents with two digits.
fn hundredths(thousandths: u64) -> String {
    format!("{}.{:02}", thousandths / 1_000, thousandths % 1_000 / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_loss_in_words() {
        assert_eq!(loss(318, 187), "\u{2212}131 left (41\u{a0}%)");
        assert_eq!(loss(5, 5), "none left");
        assert_eq!(loss(0, 0), "nobody came so far");
    }

    #[test]
    fn draws_nothing_from_nothing() {
        assert!(Chart::of(&[]).is_none());
        assert!(Chart::of(&[Step { step: "prodView", visits: 0 }]).is_none());
    }

    #[test]
    fn bars_are_shares_of_the_first() {
        let chart = Chart::of(&[Step { step: "prodView", visits: 8 }, Step { step: "scAdd", visits: 2 }]).expect("a chart");
        let bars: Vec<_> = chart.bars.iter().map(|bar| (bar.width, bar.share.as_str(), bar.is_goal)).collect();
        assert_eq!(bars, [(1_000, "100\u{a0}%", false), (250, "25\u{a0}%", true)]);
        assert_eq!(chart.bars[0].slope, "0,42 1000,42 250,75 0,75");
        assert_eq!(chart.height, 117);
        assert_eq!(chart.bars[1].end_percent, "18.50");
    }
}
