//! What simulated visitors do: mixed calls, and for each what must become of it, known without asking the core.

use super::dice::Dice;
use crate::call::{field, head};

/// In a body, makes the collector refuse it, as a hit would that it cannot read.
pub const POISON: &str = "p0ison";

/// In a hit, makes the collector refuse it by name among others that it takes.
pub const REFUSED: &str = "refu5ed";

/// A call that has no number yet.
#[derive(Clone, Debug)]
pub struct Draft {
    kind: &'static str,
    name: &'static str,
    lost: &'static str,
    fields: Vec<(String, String)>,
    /// Stands in the hit, and in no other.
    pub token: String,
    /// The order of a purchase; empty for everything else.
    pub order: String,
    /// What the path of its page begins with.
    pub place: String,
    pub expected: Expected,
}

/// What a call must yield.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A hit that the collector takes.
    Hit,
    /// A hit that the collector will never take.
    Poison,
    /// A hit that may be too large for this schedule's collector.
    Large,
    /// No hit, and a report of that.
    Nothing,
}

impl Draft {
    pub fn new(dice: &mut Dice, number: u64, long_paths: bool) -> Self {
        let token = format!("token{number}x");
        let place = format!("https://shop.example/p/{}/", number % 7);
        let (fields, order, expected) = (Vec::new(), String::new(), Expected::Hit);
        let mut draft = Self { kind: "t", name: "", lost: "", fields, token: token.clone(), order, place, expected };
        // Some shops have long paths, which every batch repeats.
        let path = if long_paths { "shoes/".repeat(dice.pick(&[0, 0, 150])) } else { String::new() };
        draft.add("@url", format!("s{}{path}", draft.place));
        draft.add("eVar1", format!("s{token}"));
        match dice.below(20) {
            0..=4 => draft.name = "scCheckout",
            5 | 6 => {
                draft.name = "purchase";
                // Some orders are told twice: the page was loaded again.
                draft.order = format!("R{}", number.saturating_sub(dice.pick(&[0, 0, 1, 3, 9])));
                draft.add("orderId", format!("s{}", draft.order));
                draft.product(dice);
            }
            7..=9 => draft.kind = "p",
            10 | 11 => {
                draft.name = dice.pick(&["scAdd", "prodView", "scView"]);
                draft.product(dice);
            }
            12 => {
                draft.kind = "l";
                draft.add("linkUrl", "shttps://other.example/".into());
            }
            15 if dice.chance(25) => draft.large(dice),
            15 if dice.chance(30) => draft.wide(),
            13 | 15 => draft.name = dice.pick(&["event7", "checkoutStepView", "promoClick", "paymentFail"]),
            14 => draft.name = "sccheckout",
            16 => draft.lose("t", "scAdd", "before_send"),
            17 => draft.lose("c", "", ""),
            18 => draft.lose("t", "scOpen", "overflow"),
            _ => draft.poison(dice),
        }
        draft
    }

    fn add(&mut self, path: &str, tagged: String) {
        self.fields.push((path.into(), tagged));
    }

    fn product(&mut self, dice: &mut Dice) {
        self.add("products.0.id", format!("sRV-{}", dice.below(9_999)));
        self.add("products.0.quantity", format!("n{}", dice.between(1, 9)));
        self.add("products.0.unitPrice", "s6.40".into());
    }

    fn large(&mut self, dice: &mut Dice) {
        (self.kind, self.name, self.expected) = ("c", "note", Expected::Large);
        // Most are larger than a small collector's bodies, some larger than any hit may be.
        for index in 0..dice.pick(&[5, 5, 14]) {
            self.add(&format!("word{index}"), format!("s{}", "lorem ".repeat(160)));
        }
    }

    /// Text of more bytes than letters.
    fn wide(&mut self) {
        (self.kind, self.name) = ("c", "note");
        for index in 0..2 {
            self.add(&format!("word{index}"), format!("s{}", "€".repeat(300)));
        }
    }

    fn lose(&mut self, kind: &'static str, name: &'static str, lost: &'static str) {
        (self.kind, self.name, self.lost, self.expected) = (kind, name, lost, Expected::Nothing);
    }

    fn poison(&mut self, dice: &mut Dice) {
        self.name = "scRemove";
        if dice.chance(40) {
            self.expected = Expected::Poison;
            self.add("eVar2", format!("s{}", dice.pick(&[POISON, REFUSED])));
        }
    }

    /// How much is lost with it: 0 is the most. Before others a hit is shed that has a higher number.
    pub fn importance(&self) -> u8 {
        match self.name {
            "purchase" | "scCheckout" => 0,
            name if ["sc", "checkout", "payment"].iter().any(|start| name.starts_with(start)) => 1,
            "prodView" => 2,
            _ if self.kind == "p" => 2,
            _ => 3,
        }
    }

    /// The snapshot, once the call has its number.
    pub fn snapshot(&self, stream: &str, seq: u64, at: u64) -> String {
        let mut text = head(stream, seq, at, self.kind, self.name, self.lost);
        for (path, tagged) in &self.fields {
            field(&mut text, path, tagged);
        }
        text
    }
}
