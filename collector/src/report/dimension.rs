//! What a report can be broken down by: whatever a call can set, under the name by which it is set, as the crate's
//! vocabulary has it. Never reads a hit.

use caisse::call::{Call, Kind};
use caisse::event::Event;
use caisse::problem::Problems;
use caisse::vocabulary::Group;

use crate::limits::NAME_BYTES_MAX;

/// A dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// The page's path.
    Page,
    /// Product ids.
    Product,
    /// Product categories.
    Category,
    /// Names of events: Adobe's, and ours or the shop's own.
    Event,
    /// A page variable.
    Variable {
        /// Its name on Adobe's wire: `v5`.
        key: String,
        /// How it behaves.
        nature: Nature,
    },
    /// Anything else a hit carries: `flow`, `step`, `locale`, `contextData.x`.
    Data {
        /// Its path.
        path: String,
    },
}

/// How Adobe treats a page variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// eVars and campaign: the last value stays for the rest of the visit.
    Kept,
    /// Props and their like describe the traffic; conversions do not belong to them.
    Traffic,
    /// Lists: each of the values, separated by commas, on its own.
    List,
    /// The hit's own.
    Plain,
}

impl Dimension {
    /// The dimension of a name: `page`, `product`, `category`, `event`, `eVar5`, `prop3`, `campaign`, or any field of an
    /// event. `None` for what is no dimension: an id, an event, a field of products.
    pub fn read(name: &str) -> Option<Self> {
        match name {
            "page" => return Some(Self::Page),
            "product" => return Some(Self::Product),
            "category" => return Some(Self::Category),
            "event" => return Some(Self::Event),
            _ if name.len() > NAME_BYTES_MAX => return None,
            _ => {}
        }
        // Whatever is no field of the vocabulary may be one of a custom event.
        let (group, key) = parsed(name, Kind::Track).or_else(|| parsed(name, Kind::Custom))?;
        match group {
            Group::Own | Group::Metric | Group::Serial => return None,
            Group::Data => return Some(Self::Data { path: key }),
            Group::Variables => {}
        }
        let nature = match name {
            "campaign" => Nature::Kept,
            "channel" | "pageName" | "pageType" | "server" => Nature::Traffic,
            _ if name.contains('.') => return None,
            _ if name.starts_with("eVar") => Nature::Kept,
            _ if name.starts_with("prop") || name.starts_with("hier") => Nature::Traffic,
            _ if name.starts_with("list") => Nature::List,
            _ => Nature::Plain,
        };
        Some(Self::Variable { key, nature })
    }

    /// Whether conversions do not belong to it.
    pub fn is_traffic(&self) -> bool {
        matches!(self, Self::Page | Self::Variable { nature: Nature::Traffic, .. })
    }

    /// Whether a value stays for the rest of the visit.
    pub fn is_kept(&self) -> bool {
        matches!(self, Self::Variable { nature: Nature::Kept, .. })
    }

    /// Whether a value stands for a line of the basket, and so for that line's pieces and money only.
    pub fn is_of_lines(&self) -> bool {
        matches!(self, Self::Product | Self::Category)
    }

    /// A stored value as the report shows it; several for a list.
    pub(crate) fn values<'a>(&self, stored: &'a str) -> Vec<&'a str> {
        match self {
            Self::Page => vec![path(stored)],
            Self::Variable { nature: Nature::List, .. } => stored.split(',').filter(|value| !value.is_empty()).collect(),
            Self::Product | Self::Category | Self::Event | Self::Variable { .. } | Self::Data { .. } => vec![stored],
        }
    }
}

/// What the crate makes of a field of this name: where its value goes, and under which key.
fn parsed(name: &str, kind: Kind) -> Option<(Group, String)> {
    // What structures a snapshot is in no name: the shim sees to that.
    if name.contains(|ch| ch < ' ' || ch == '>') {
        return None;
    }
    let snapshot = format!("c1\u{1f}{:032}\u{1f}0\u{1f}0\u{1f}{}\u{1f}listView\u{1f}\u{1e}{name}\u{1f}s1", 0, kind.letter());
    let event = Event::parse(&Call::read(&snapshot)?, &mut Problems::default())?;
    event.facts.iter().next().map(|fact| (fact.group, fact.key.into()))
}

/// The path of a stored URL, which has no fragment.
fn path(url: &str) -> &str {
    let place = url.split('?').next().unwrap_or(url);
    let path = place.split_once("://").map_or(place, |(_, rest)| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"));
    if path.is_empty() { "/" } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_as_calls_do() {
        let variable = |key: &str, nature| Some(Dimension::Variable { key: key.into(), nature });
        let data = |path: &str| Some(Dimension::Data { path: path.into() });
        for (name, expected) in [
            ("page", Some(Dimension::Page)),
            ("eVar5", variable("v5", Nature::Kept)),
            ("campaign", variable("v0", Nature::Kept)),
            ("prop3", variable("c3", Nature::Traffic)),
            ("channel", variable("ch", Nature::Traffic)),
            ("list1", variable("l1", Nature::List)),
            ("zip", variable("zip", Nature::Plain)),
            ("flow", data("flow")),
            ("durationMs", data("durationMs")),
            ("ourOwn", data("ourOwn")),
            ("contextData.tier", data("contextData.tier")),
            ("orderId", None),
            ("event12", None),
            ("products.0.id", None),
            ("eVar5.x", None),
            ("@url", None),
            ("a\u{1f}b", None),
            ("a>eVar5", None),
            ("", None),
        ] {
            let read = Dimension::read(name);
            assert!(read == expected || (name.is_empty() && read == data("")), "{name}: {read:?}");
        }
        assert_eq!(Dimension::read(&"x".repeat(101)), None);
    }

    #[test]
    fn takes_the_path_of_a_page() {
        for (url, expected) in [
            ("https://shop.example/p/A?utm_source=x", "/p/A"),
            ("https://shop.example", "/"),
            ("https://shop.example?utm_id=1", "/"),
            ("/checkout/delivery", "/checkout/delivery"),
            ("", "/"),
        ] {
            assert_eq!(path(url), expected, "{url}");
        }
    }
}
