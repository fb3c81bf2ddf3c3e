//! An accepted fact: a call that was parsed against the vocabulary. Past this point nobody asks again whether a field
//! may be there, and every text went through `privacy`.

use crate::call::{Call, Field, Kind, Value};
use crate::facts::{Facts, Metric, translated, unusable};
use crate::limits::{PRODUCTS_MAX, PROP_BYTES_MAX};
use crate::money::is_currency;
use crate::privacy::redact;
use crate::problem::{Code, Problems, note};
use crate::product::Product;
use crate::text::{Append, after, before, cut, listed, owned};
use crate::vocabulary::{Class, EXTENSION, Group, event_rule, is_adobe_event};

/// What happened, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which method reported it.
    pub kind: Kind,
    /// The name it was called by; empty for page views and links.
    pub name: String,
    /// The Adobe event that the name stands for: itself, or the one the shop declared for it; empty for none.
    pub main: String,
    /// Its values, by their key on the wire, and Adobe's events that it counts as beside the main one.
    pub facts: Facts,
    /// Lines of the basket.
    pub products: Vec<Product>,
}

impl Event {
    /// Accepts or refuses a call; `None` if it has no name. What is wrong with a part costs that part, not the
    /// event.
    pub fn parse(call: &Call<'_>, problems: &mut Problems) -> Option<Self> {
        let mut name = owned(call.name);
        cut(&mut name, PROP_BYTES_MAX, "name", problems);
        redact(&mut name, Class::Free, "", "name", problems);
        if name.is_empty() && matches!(call.kind, Kind::Track | Kind::Custom) {
            return None;
        }
        let mut event = Self { kind: call.kind, name, main: String::new(), facts: Facts::default(), products: Vec::new() };
        let mut product = Product::default();
        let mut last = "";
        let mut declared = "";
        let mut is_named = false;
        for field in call.fields() {
            if let Value::Text(text) = field.value {
                match field.path {
                    "@as" => declared = text,
                    // The tracker's; one that the call names itself comes later, and stands.
                    "@currency" if is_currency(text) => event.facts.add(Group::Own, "cc", text),
                    _ => {}
                }
            }
            if field.path.starts_with('@') {
                continue;
            }
            if !is_named {
                is_named = true;
                event.set_main(call, declared, problems);
            }
            let Some(rest) = field.path.strip_prefix("products.").or_else(|| field.path.strip_prefix("items.")) else {
                event.set(field.path, &field, problems);
                continue;
            };
            let index = before(rest, '.');
            if index != last {
                event.add(std::mem::take(&mut product), last, problems);
                last = index;
            }
            if index.len() < rest.len() {
                product.set(after(rest, index), &field, problems);
            } else {
                note(problems, if let Value::Unusable(why) = field.value { unusable(why) } else { Code::WrongType }, field.place);
            }
        }
        if !is_named {
            event.set_main(call, declared, problems);
        }
        event.add(product, last, problems);
        event.finish(problems);
        Some(event)
    }

    /// Finds out what the call's name stands for. `declared` is what the shop said, which counts if it is one of Adobe's.
    fn set_main(&mut self, call: &Call<'_>, declared: &str, problems: &mut Problems) {
        let name = if is_adobe_event(declared) { declared } else { call.name };
        if is_adobe_event(name) {
            self.main = owned(name);
        } else if call.kind == Kind::Track && !listed(name, EXTENSION) {
            let ours = translated(name, Code::UnknownEvent, name, problems);
            if !ours.is_empty() {
                self.name = owned(ours);
                if is_adobe_event(ours) {
                    self.main = owned(ours);
                }
            }
        }
    }

    /// Takes one field that is not a product's. Facts about the page are the hit's business.
    fn set(&mut self, path: &str, field: &Field<'_>, problems: &mut Problems) {
        if matches!(field.value, Value::Null) {
        } else if is_adobe_event(before(path, '.')) {
            self.facts.set_metric(path, field, problems);
        } else if let Some(rule) = event_rule(path, self.kind == Kind::Custom) {
            self.facts.set(rule, path, field, problems);
        } else if let Value::Unusable(why) = field.value {
            note(problems, unusable(why), field.place);
        } else {
            let ours = translated(path, Code::UnknownField, field.place, problems);
            if !ours.is_empty() {
                self.set(ours, field, problems);
            }
        }
    }

    /// Takes a product whose fields have all been set; `index` is where it stood, empty if there was none.
    fn add(&mut self, product: Product, index: &str, problems: &mut Problems) {
        if index.is_empty() {
            return;
        }
        let is_full = self.products.len() == PRODUCTS_MAX;
        if !is_full && !product.id().is_empty() {
            return self.products.push(product);
        }
        let mut place = owned("products.");
        place.add(index);
        note(problems, if is_full { Code::TooMany } else { Code::MissingProductId }, &place);
    }

    /// What can only be said once every field is known.
    fn finish(&mut self, problems: &mut Problems) {
        // The main event's serial, as given, or a checkout's own id. A purchase has its order id instead.
        if !self.main.is_empty() && self.main != "purchase" {
            let mut serial = self.facts.text(Group::Serial, "serial");
            if serial.is_empty() && self.main == "scCheckout" {
                serial = self.checkout_id();
            }
            if !serial.is_empty() {
                let serial = owned(serial);
                self.facts.add(Group::Serial, &self.main, &serial);
            }
        }
        if self.main == "purchase" && self.order_id().is_empty() {
            note(problems, Code::MissingOrderId, "orderId");
        }
    }

    /// Adobe's events that it counts as, the main one first.
    pub fn metrics(&self) -> impl Iterator<Item = Metric<'_>> {
        let main = (!self.main.is_empty()).then(|| self.facts.metric(&self.main));
        main.into_iter().chain(self.facts.metrics().filter(|metric| metric.name != self.main))
    }

    /// ISO 4217, three capital letters; empty if nobody said.
    pub fn currency(&self) -> &str {
        self.facts.text(Group::Own, "cc")
    }

    /// The shop's order number, or an empty one; makes a purchase count once.
    pub fn order_id(&self) -> &str {
        self.facts.text(Group::Own, "o")
    }

    /// One checkout attempt, or an empty one; makes a checkout count once.
    pub fn checkout_id(&self) -> &str {
        self.facts.text(Group::Own, "ck")
    }

    /// Whether the event counts as one of Adobe's.
    pub fn counts(&self, name: &str) -> bool {
        self.main == name || self.facts.get(Group::Metric, name).is_some()
    }

    /// The event's priority when a queue must flush or shed: lower is more important.
    pub fn priority(&self) -> u8 {
        let name = if self.main.is_empty() { &self.name } else { &self.main };
        if listed(name, "purchase scCheckout") {
            0
        } else if name.starts_with("sc") || name.starts_with("checkout") || name.starts_with("payment") {
            1
        } else if self.kind == Kind::Page || name == "prodView" {
            2
        } else {
            3
        }
    }
}
