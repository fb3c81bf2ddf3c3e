//! Bars and records: what may be how large, and how large it was when somebody last said that it is worth it. Never measures.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::workspace;

/// A file of bars and records, and how its numbers are spoken of.
pub struct Kind {
    /// Where it is, from the repository's root.
    pub path: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// What exactly is counted, and how, as the file says it.
    pub described: &'static str,
    /// How much a number may grow over its record before someone has to say that it is worth it.
    pub growth_percent_max: u64,
    /// The command that says so.
    pub accept: &'static str,
}

/// What such a file says. Bars are decided, records are what was accepted last.
pub struct Budget {
    kind: &'static Kind,
    bars: BTreeMap<String, u64>,
    recorded: BTreeMap<String, u64>,
}

impl Budget {
    /// Reads the file.
    pub fn read(kind: &'static Kind) -> Result<Self> {
        let path = workspace::root().join(kind.path);
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let value: Value = serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
        let table = |name: &str| {
            value[name].as_object().into_iter().flatten().filter_map(|(name, number)| Some((name.clone(), number.as_u64()?))).collect()
        };
        Ok(Self { kind, bars: table("bars"), recorded: table("recorded") })
    }

    /// Makes these numbers the record, and writes the file.
    pub fn record(mut self, numbers: impl Iterator<Item = (String, u64)>) -> Result<()> {
        self.recorded = numbers.collect();
        let path: PathBuf = workspace::root().join(self.kind.path);
        let value = json!({ "unit": self.kind.described, "bars": self.bars, "recorded": self.recorded });
        Ok(fs::write(path, serde_json::to_string_pretty(&value)? + "\n")?)
    }

    /// What is wrong with a number: it is over its bar, grew over its record, or is not recorded.
    pub fn complaints(&self, name: &str, number: u64) -> impl Iterator<Item = String> {
        [self.over(name, number), self.growth(name, number)].into_iter().flatten()
    }

    /// What is wrong with a number that is over its bar.
    pub fn over(&self, name: &str, number: u64) -> Option<String> {
        let bar = self.bars.get(name).filter(|bar| number > **bar)?;
        let unit = self.kind.unit;
        Some(format!("{name}: {} {unit}, {} over the bar of {}", thousands(number), thousands(number - bar), thousands(*bar)))
    }

    fn growth(&self, name: &str, number: u64) -> Option<String> {
        let Kind { unit, growth_percent_max, accept, .. } = self.kind;
        let accept = format!("if that is worth it, record it with `{accept}`");
        let Some(recorded) = self.recorded.get(name) else {
            return Some(format!("{name}: {} {unit} are not recorded; {accept}", thousands(number)));
        };
        let (then, now) = (thousands(*recorded), thousands(number));
        (number * 100 > recorded * (100 + growth_percent_max))
            .then(|| format!("{name}: {now} {unit} are over {growth_percent_max} % more than the {then} recorded; {accept}"))
    }
}

/// A number as people read it.
pub fn thousands(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", thousands(number / 1000), number % 1000),
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    const KIND: Kind = Kind { path: "", unit: "bytes", described: "bytes", growth_percent_max: 2, accept: "accept" };

    fn budget() -> Budget {
        let table = |size| BTreeMap::from([("shim".to_owned(), size)]);
        Budget { kind: &KIND, bars: table(3500), recorded: table(1000) }
    }

    #[test]
    fn complains_over_two_percent_and_without_a_record() {
        let complains = |name: &str, size: u64| budget().growth(name, size).is_some();
        assert_eq!([complains("shim", 900), complains("shim", 1020), complains("shim", 1021)], [false, false, true]);
        assert!(complains("new", 1));
    }

    #[test]
    fn says_what_is_over_its_bar() {
        let over = |name: &str, size: u64| budget().over(name, size).is_some();
        assert_eq!([over("shim", 3500), over("shim", 3501), over("new", 9999)], [false, true, false]);
        assert_eq!(budget().complaints("shim", 3501).count(), 2);
    }

    #[test]
    fn writes_numbers_for_people() {
        assert_eq!([thousands(7), thousands(1007), thousands(1_234_567)], ["7", "1,007", "1,234,567"]);
    }
}
