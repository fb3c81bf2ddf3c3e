//! Checked values under their keys: what events and products are made of. Takes one field a time; whether a fact makes
//! sense beside another is `event`'s and `product`'s business.

use crate::call::{Field, Value};
use crate::limits::ID_BYTES_MAX;
use crate::money::{Decimal, is_currency};
use crate::privacy::redact;
use crate::problem::{Code, Problems, note};
use crate::text::{Append, after, before, cut, find, has, next_char, owned, push_number};
use crate::vocabulary::{Class, Group, Rule};

/// A checked value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Where it goes.
    pub group: Group,
    /// Its key there: `o`, `v5`, `step`.
    pub key: String,
    /// What it is.
    pub class: Class,
    /// The value: text, an exact decimal as it was written, or `true` and `false`.
    pub text: String,
    /// Whether the value is a number or a flag, which JSON writes without quotes.
    pub bare: bool,
}

/// One entry of Adobe's `events` string: `name[=value][:id]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metric {
    /// A commerce event or `event1`…`event1000`.
    pub name: String,
    /// What it counts, as an exact decimal; empty means one.
    pub value: String,
    /// Serial id: Adobe and our collector count each id once; empty for none.
    pub id: String,
}

/// The facts of an event or a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Values, in the order given.
    pub list: Vec<Fact>,
    /// Adobe's events that it counts as, the main one first.
    pub metrics: Vec<Metric>,
}

impl Facts {
    /// The text under a key, or an empty one.
    pub fn text(&self, group: Group, key: &str) -> &str {
        self.list.iter().find(|fact| fact.group == group && fact.key == key).map_or("", |fact| &fact.text)
    }

    /// Takes a fact of the hit's own out; the answer is its text, or an empty one.
    pub(crate) fn take(&mut self, key: &str) -> String {
        match self.list.iter().position(|fact| fact.group == Group::Own && fact.key == key) {
            Some(at) => self.list.remove(at).text,
            None => String::new(),
        }
    }

    /// The number under a key of the hit's or the product's own.
    pub fn number(&self, key: &str) -> Option<Decimal> {
        Decimal::parse(self.text(Group::Own, key))
    }

    /// Takes a field, checked by its rule. The items of a list (`list1.0`, `list1.1`) are joined by commas.
    pub(crate) fn set(&mut self, rule: Rule, field: &Field<'_>, problems: &mut Problems) {
        let Some((mut text, bare)) = checked(rule.class, rule.bytes_max, field, problems) else {
            return;
        };
        let mut key = owned(if rule.key.is_empty() { field.path } else { rule.key });
        if rule.class == Class::AnyFree {
            redact(&mut key, Class::Free, "", field.place, problems);
        }
        if rule.number > 0 {
            push_number(&mut key, u64::from(rule.number));
        }
        let item = rule.key == "l" && rule.number > 0 && has(field.path, '.');
        if item {
            without(&mut text, ",", field.place, problems);
        }
        for fact in &mut self.list {
            if fact.key == key && fact.group == rule.group {
                if item {
                    fact.text.add_char(',');
                } else {
                    fact.text.clear();
                }
                fact.text.add(&text);
                fact.bare = bare;
                return;
            }
        }
        self.list.push(Fact { group: rule.group, key, class: rule.class, text, bare });
    }

    /// Takes `event10` (a value), `event10.value` or `event10.id`.
    pub(crate) fn set_metric(&mut self, path: &str, field: &Field<'_>, problems: &mut Problems) {
        let name = before(path, '.');
        let is_id = after(path, name) == "id";
        let known = self.metrics.iter().position(|metric| metric.name == name);
        let at = known.unwrap_or(self.metrics.len());
        if known.is_none() {
            self.metrics.push(Metric { name: owned(name), ..Metric::default() });
        }
        if matches!(field.value, Value::Flag(true)) {
            return;
        }
        let class = if is_id { Class::Id } else { Class::Number };
        let Some((text, _)) = checked(class, 100, field, problems) else { return };
        let Some(metric) = self.metrics.get_mut(at) else { return };
        if is_id {
            metric.id = text;
        } else if text != "1" {
            // One is what an event counts when nothing is said.
            metric.value = text;
        }
    }
}

/// The value of a field as redacted text, if it is one its class allows, and whether it is a number or a flag.
fn checked(class: Class, bytes_max: usize, field: &Field<'_>, problems: &mut Problems) -> Option<(String, bool)> {
    let any = matches!(class, Class::Any | Class::AnyFree);
    let mut numeric = matches!(class, Class::Number | Class::Count);
    let mut bare = false;
    let mut refused = None;
    let text = match field.value {
        Value::Null => return None,
        Value::Flag(flag) => {
            bare = true;
            refused = (!any).then_some(Code::WrongType);
            if flag { "true" } else { "false" }
        }
        Value::Unusable(why) => {
            refused = Some(unusable(why));
            ""
        }
        Value::Text(text) => text,
        Value::Number(text) => {
            numeric |= any;
            text
        }
    };
    let number = if numeric { Decimal::parse(text) } else { None };
    if refused.is_some() {
    } else if class == Class::Number && number.is_none() {
        refused = Some(Code::BadNumber);
    } else if class == Class::Count && number.is_none_or(|number| number.as_count() == 0) {
        refused = Some(Code::BadQuantity);
    } else if class == Class::Currency && !is_currency(text) {
        refused = Some(Code::BadCurrency);
    }
    if let Some(code) = refused {
        note(problems, code, field.place);
        return None;
    }
    let mut text = owned(text);
    if let Some(number) = number {
        bare = true;
        text = number.text();
    } else {
        if find(&text, "\u{fffd}").is_some() {
            note(problems, Code::BadText, field.place);
        }
        if class == Class::ProductText {
            without(&mut text, ";,|", field.place, problems);
        }
        cut(&mut text, bytes_max, field.place, problems);
        if class == Class::Id && (text.len() > ID_BYTES_MAX || !text.bytes().all(|b| b.is_ascii_alphanumeric())) {
            note(problems, Code::BadId, field.place);
        }
    }
    if redact(&mut text, class, field.path, field.place, problems) {
        bare = false;
    }
    Some((text, bare))
}

/// Replaces each of some ASCII characters by a space.
fn without(text: &mut String, unwanted: &str, place: &str, problems: &mut Problems) {
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((ch, after)) = next_char(rest) {
        out.add_char(if ch.is_ascii() && has(unwanted, ch) { ' ' } else { ch });
        rest = after;
    }
    if out != *text {
        *text = out;
        note(problems, Code::Delimiter, place);
    }
}

/// The problem behind a value that the shim could not copy.
pub(crate) fn unusable(why: &str) -> Code {
    match why {
        "depth" => Code::TooDeep,
        "fields" => Code::TooMany,
        _ => Code::Unusable,
    }
}
