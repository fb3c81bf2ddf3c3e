//! What of a hit must be the same on both sides of a wire.

use caisse::call::Kind;
use caisse::event::Event;
use caisse::facts::{Facts, Metric};
use caisse::hit::Hit;
use caisse::vocabulary::Group;

/// What an event says, without what the wire does not carry: the order of keys.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    kind: Kind,
    name: String,
    own: Values,
    products: Vec<Values>,
}

/// Adobe's events with value and id; group, key and value of other facts.
type Values = (Vec<[String; 3]>, Vec<(Group, String, String)>);

/// What this event says.
pub fn said(event: &Event) -> Said {
    let products = event.products.iter().map(|product| values(product.facts.metrics(), &product.facts)).collect();
    Said { kind: event.kind, name: event.name.clone(), own: values(event.metrics(), &event.facts), products }
}

fn values<'a>(metrics: impl Iterator<Item = Metric<'a>>, facts: &Facts) -> Values {
    let mut metrics: Vec<_> = metrics.map(|metric| [metric.name, metric.value, metric.id].map(String::from)).collect();
    metrics.sort();
    let others = facts.iter().filter(|fact| !matches!(fact.group, Group::Metric | Group::Serial));
    let mut others: Vec<_> = others.map(|fact| (fact.group, fact.key.to_owned(), fact.text.to_owned())).collect();
    others.sort_by(|one, other| (one.0 as u8, &one.1).cmp(&(other.0 as u8, &other.1)));
    (metrics, others)
}

/// Codes of what was wrong with its call, in alphabetical order.
pub fn codes(hit: &Hit) -> Vec<&str> {
    let mut codes: Vec<&str> = hit.problems.split_whitespace().collect();
    codes.sort_unstable();
    codes
}
