//! An accepted fact: a call that was parsed against the vocabulary. Past this point nobody asks again whether a field
//! may be there, and every text went through `privacy`.

use crate::call::{Call, Field, Kind, Value};
use crate::facts::{Fact, Facts, Metric, unusable};
use crate::limits::{PRODUCTS_MAX, PROP_BYTES_MAX};
use crate::money::is_currency;
use crate::privacy::redact;
use crate::problem::{Code, Problems, note, note_meant, suggest};
use crate::product::Product;
use crate::text::{before, cut, listed, owned, push_number, split_once};
use crate::vocabulary::{COMMERCE, Class, EXTENSION, Group, event_rule, is_adobe_event, suggest_field};

/// What happened, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which method reported it.
    pub kind: Kind,
    /// The name it was called by; empty for page views and links.
    pub name: String,
    /// Its values, by their key on the wire, and Adobe's events that it counts as.
    pub facts: Facts,
    /// Lines of the basket.
    pub products: Vec<Product>,
}

/// An event, unless nothing of the call could be kept, and what was wrong with it.
pub type Parsed = (Option<Event>, Problems);

impl Event {
    /// Accepts or refuses a call. What is wrong with a part costs that part, not the event.
    pub fn parse(call: &Call<'_>) -> Parsed {
        let mut problems = Problems::new();
        let mut name = owned(call.name);
        cut(&mut name, PROP_BYTES_MAX, "name", &mut problems);
        let mut event = Self { kind: call.kind, name, facts: Facts::default(), products: Vec::new() };
        redact(&mut event.name, Class::Free, "", "name", &mut problems);
        event.set_main_metric(call, &mut problems);
        let mut last = "";
        for field in &call.data {
            match field.path.strip_prefix("products.") {
                Some(rest) => event.set_product(&mut last, rest, field, &mut problems),
                None => event.set(field, &mut problems),
            }
        }
        event.finish(call, &mut problems);
        let named = !event.name.is_empty() || matches!(call.kind, Kind::Page | Kind::Link);
        (named.then_some(event), problems)
    }

    /// The Adobe event that the call's name stands for: itself, or the one the shop declared for it.
    fn set_main_metric(&mut self, call: &Call<'_>, problems: &mut Problems) {
        let declared = call.context_text("as");
        let name = if declared.is_empty() { call.name } else { declared };
        if is_adobe_event(name) {
            self.facts.metrics.push(Metric { name: owned(name), ..Metric::default() });
        } else if call.kind == Kind::Track && !listed(name, EXTENSION) {
            let suggestion = suggest(name, COMMERCE).or_else(|| suggest(name, EXTENSION));
            note_meant(problems, Code::UnknownEvent, name, suggestion);
        }
    }

    /// Takes one field that is not a product's.
    fn set(&mut self, field: &Field<'_>, problems: &mut Problems) {
        let path = field.path;
        if matches!(field.value, Value::Null) {
        } else if is_adobe_event(before(path, '.')) {
            self.facts.set_metric(path, field, problems);
        } else if let Some(rule) = event_rule(path, self.kind == Kind::Custom) {
            self.facts.set(rule, field, problems);
        } else {
            let code = if let Value::Unusable(why) = field.value { unusable(why) } else { Code::UnknownField };
            note_meant(problems, code, field.place, suggest_field(path));
        }
    }

    /// Hands a field `N.name` to the product `N`; `last` is the one before. Products come one after the other.
    fn set_product<'a>(&mut self, last: &mut &'a str, rest: &'a str, field: &Field<'_>, problems: &mut Problems) {
        let Some((index, path)) = split_once(rest, '.') else {
            let code = if let Value::Unusable(why) = field.value { unusable(why) } else { Code::WrongType };
            return note(problems, code, field.place);
        };
        if *last != index {
            *last = index;
            self.products.push(Product::default());
        }
        if let Some(product) = self.products.last_mut() {
            product.set(path, field, problems);
        }
    }

    /// What can only be said once every field is known.
    fn finish(&mut self, call: &Call<'_>, problems: &mut Problems) {
        let currency = call.context_text("currency");
        if self.currency().is_empty() && is_currency(currency) {
            let (key, text) = (owned("cc"), owned(currency));
            self.facts.list.push(Fact { group: Group::Own, key, class: Class::Currency, text, bare: false });
        }
        if self.products.len() > PRODUCTS_MAX {
            self.products.truncate(PRODUCTS_MAX);
            note(problems, Code::TooMany, "products");
        }
        let currency = owned(self.currency());
        let mut kept = 0;
        let mut number = 0;
        while let Some(product) = self.products.get_mut(kept) {
            let mut place = owned("products.");
            push_number(&mut place, number);
            number += 1;
            if product.finish(&place, &currency, problems) {
                kept += 1;
            } else {
                self.products.remove(kept);
            }
        }
        self.set_serial();
        if self.counts("purchase") && self.order_id().is_empty() {
            note(problems, Code::MissingOrderId, "orderId");
        }
        if self.kind == Kind::Link
            && self.facts.text(Group::Data, "linkUrl").is_empty()
            && self.facts.text(Group::Data, "linkName").is_empty()
        {
            note(problems, Code::MissingLink, "");
        }
    }

    /// Gives the main event its serial: as given, or a checkout's own id. A purchase has its order id instead.
    fn set_serial(&mut self) {
        let mut serial = self.facts.take("serial");
        if serial.is_empty() && self.counts("scCheckout") {
            serial = owned(self.checkout_id());
        }
        if let Some(main) = self.facts.metrics.first_mut()
            && main.name != "purchase"
            && !serial.is_empty()
        {
            main.id = serial;
        }
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
        self.facts.metrics.iter().any(|metric| metric.name == name)
    }

    /// The event's priority when a queue must flush or shed: lower is more important.
    pub fn priority(&self) -> u8 {
        if self.counts("purchase") || self.counts("scCheckout") {
            0
        } else if self.name.starts_with("checkout") || self.name.starts_with("payment") || self.name.starts_with("sc") {
            1
        } else if self.kind == Kind::Page || self.counts("prodView") {
            2
        } else {
            3
        }
    }
}
