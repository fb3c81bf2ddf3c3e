//! Checked values under their keys: what events and products are made of. Takes one field a time; whether a fact makes
//! sense beside another is `event`'s and `product`'s business.

use crate::call::{Field, RECORD, UNIT, Value};
use crate::limits::FACTS_BYTES_MAX;
use crate::money::{Decimal, is_currency};
use crate::privacy::{is_plain, redact};
use crate::problem::{Code, Problems, note};
use crate::text::{Append, Split, after, before, cut, find, has, owned, prefix, push_number, split};
use crate::vocabulary::{Class, Group, Rule, alias};

/// One checked value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact<'a> {
    /// Where it goes.
    pub group: Group,
    /// Its key there: `o`, `v5`, `step`.
    pub key: &'a str,
    /// The value: text, a decimal number as it was written, or `true` and `false`.
    pub text: &'a str,
}

/// One entry of Adobe's `events` string: `name[=value][:id]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric<'a> {
    /// A commerce event or `event1`…`event1000`.
    pub name: &'a str,
    /// What it counts, as an exact decimal; empty means one.
    pub value: &'a str,
    /// Serial id: Adobe and our collector count each id once; empty for none.
    pub id: &'a str,
}

/// The facts of an event or a product, in the order given, as one text: `*(RS group key US text)`. What is said
/// later of the same key stands. (A list of structs of texts would be a fifth of the wasm.)
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(String);

impl Facts {
    /// The facts that stand.
    pub fn iter(&self) -> Iter<'_> {
        Iter(split(&self.0, RECORD))
    }

    /// The text under a key, or an empty one.
    pub fn text(&self, group: Group, key: &str) -> &str {
        self.get(group, key).unwrap_or("")
    }

    /// The text under a key, if there is a fact.
    pub fn get(&self, group: Group, key: &str) -> Option<&str> {
        last(self.iter().0, group, key)
    }

    /// The number under a key of the hit's or the product's own.
    pub fn number(&self, key: &str) -> Option<Decimal> {
        Decimal::parse(self.text(Group::Own, key))
    }

    /// What it counts as beside its main event.
    pub fn metrics(&self) -> impl Iterator<Item = Metric<'_>> {
        self.iter().filter(|fact| fact.group == Group::Metric).map(|fact| self.metric(fact.key))
    }

    /// What is said about one of Adobe's events.
    pub fn metric<'a>(&'a self, name: &'a str) -> Metric<'a> {
        Metric { name, value: self.text(Group::Metric, name), id: self.text(Group::Serial, name) }
    }

    /// Facts as they were [written](Self::written).
    pub(crate) fn read(text: &str) -> Self {
        Self(owned(text))
    }

    /// The facts as one text.
    pub(crate) fn written(&self) -> &str {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a fact.
    pub(crate) fn add(&mut self, group: Group, key: &str, text: &str) {
        self.open(group, key, 0);
        self.0.add(text);
    }

    /// Begins a fact; its text follows. `number` stands behind the key, unless it is 0.
    fn open(&mut self, group: Group, key: &str, number: u32) {
        if self.0.is_empty() {
            // One growth instead of five.
            self.0.reserve(256);
        }
        self.0.add_char(RECORD);
        self.0.add_char(group as u8 as char);
        self.0.add(key);
        if number > 0 {
            push_number(&mut self.0, u64::from(number));
        }
        self.0.add_char(UNIT);
    }

    /// Takes a field, checked by its rule. The items of a list (`list1.0`, `list1.1`) are joined by commas.
    pub(crate) fn set(&mut self, rule: Rule, path: &str, field: &Field<'_>, problems: &mut Problems) {
        if self.0.len() > FACTS_BYTES_MAX {
            return note(problems, Code::TooMany, field.place);
        }
        let Some(text) = checked(rule.class, field, problems) else {
            return;
        };
        let is_item = rule.key == "l" && rule.number > 0 && has(path, '.');
        let mut own_key = String::new();
        let mut key = if rule.key.is_empty() { path } else { rule.key };
        if rule.class == Class::AnyFree {
            own_key.add(key);
            redact(&mut own_key, Class::Free, "", field.place, problems);
            key = &own_key;
        }
        let mut own = String::new();
        let text = clean(rule.class, rule.bytes_max, is_item, text, &mut own, field, problems);
        let end = self.0.len();
        self.open(rule.group, key, rule.number);
        if is_item {
            // Items come one after the other: behind the last one of the same list its text goes on.
            let last = self.0.get(..end).and_then(|facts| facts.bytes().rposition(|byte| byte == RECORD as u8)).unwrap_or(end);
            if let (Some(last), Some(head)) = (self.0.get(last..end), self.0.get(end..))
                && last.starts_with(head)
            {
                self.0.truncate(end);
                self.0.add_char(',');
            }
        }
        self.0.add(text);
    }

    /// Takes `event10` (a value), `event10.value` or `event10.id`.
    pub(crate) fn set_metric(&mut self, path: &str, field: &Field<'_>, problems: &mut Problems) {
        let name = before(path, '.');
        let is_id = after(path, name) == "id";
        let (class, group) = if is_id { (Class::Id, Group::Serial) } else { (Class::Number, Group::Metric) };
        let mut own = String::new();
        let mut text = "";
        if !matches!(field.value, Value::Flag(true))
            && let Some(checked) = checked(class, field, problems)
            // One is what an event counts when nothing is said.
            && (is_id || checked != "1")
        {
            text = clean(class, 100, false, checked, &mut own, field, problems);
        }
        self.add(group, name, text);
        if is_id && self.get(Group::Metric, name).is_none() {
            self.add(Group::Metric, name, "");
        }
    }
}

/// The facts that stand; see [`Facts::iter`].
pub struct Iter<'a>(Split<'a>);

impl<'a> Iterator for Iter<'a> {
    type Item = Fact<'a>;

    fn next(&mut self) -> Option<Fact<'a>> {
        loop {
            let record = self.0.next()?;
            if let Some(fact) = read(record)
                && last(split(self.0.rest(), RECORD), fact.group, fact.key).is_none()
            {
                return Some(fact);
            }
        }
    }
}

fn read(record: &str) -> Option<Fact<'_>> {
    let named = before(record, UNIT);
    let group = Group::ALL.get(named.bytes().next()?.wrapping_sub(b'0') as usize)?;
    Some(Fact { group: *group, key: named.get(1..)?, text: after(record, named) })
}

/// The text under a key in the last of `records` that has it.
fn last<'a>(records: Split<'a>, group: Group, key: &str) -> Option<&'a str> {
    let mut found = None;
    for record in records {
        // Read only if its key is the one: there are many.
        if record.as_bytes().first() == Some(&(group as u8))
            && let Some(text) = record.get(1..).and_then(|rest| rest.strip_prefix(key))
            && text.as_bytes().first() == Some(&(UNIT as u8))
        {
            found = text.get(1..);
        }
    }
    found
}

/// The value of a field as text, if it is one its class allows. Numbers stay as they were written.
fn checked<'a>(class: Class, field: &Field<'a>, problems: &mut Problems) -> Option<&'a str> {
    let any = matches!(class, Class::Any | Class::AnyFree);
    let mut refused = None;
    let text = match field.value {
        Value::Null => return None,
        Value::Flag(flag) => {
            refused = (!any).then_some(Code::WrongType);
            if flag { "true" } else { "false" }
        }
        Value::Unusable(why) => {
            refused = Some(unusable(why));
            ""
        }
        Value::Text(text) | Value::Number(text) => text,
    };
    if refused.is_some() {
    } else if matches!(class, Class::Number | Class::Count) {
        let number = Decimal::parse(text);
        if class == Class::Count {
            refused = number.is_none_or(|number| number.as_count() == 0).then_some(Code::BadQuantity);
        } else {
            refused = number.is_none().then_some(Code::BadNumber);
        }
    } else if class == Class::Currency && !is_currency(text) {
        refused = Some(Code::BadCurrency);
    }
    if let Some(code) = refused {
        note(problems, code, field.place);
        return None;
    }
    Some(text)
}

/// A text as it may be kept: whole characters, without what separates fields, within its bytes, redacted. Most texts are so; `own` is for the
/// others.
fn clean<'a>(
    class: Class,
    bytes_max: usize,
    is_item: bool,
    text: &'a str,
    own: &'a mut String,
    field: &Field<'_>,
    problems: &mut Problems,
) -> &'a str {
    if text.len() <= bytes_max && !matches!(class, Class::AnyFree | Class::Url) && is_plain(text) {
        return text;
    }
    own.add(text);
    if find(text, "\u{fffd}").is_some() {
        note(problems, Code::BadText, field.place);
    }
    if class == Class::ProductText {
        without(own, ";,|", field.place, problems);
    } else if class == Class::Id || is_item {
        // A comma in an id would begin another event on Adobe's wire.
        without(own, ",", field.place, problems);
    }
    cut(own, bytes_max, field.place, problems);
    redact(own, class, field.path, field.place, problems);
    own
}

/// Replaces each of some ASCII characters by a space.
fn without(text: &mut String, unwanted: &str, place: &str, problems: &mut Problems) {
    if prefix(text, unwanted).len() == text.len() {
        return;
    }
    let mut out = String::new();
    let mut rest = text.as_str();
    loop {
        let clean = prefix(rest, unwanted);
        out.add(clean);
        if clean.len() == rest.len() {
            break;
        }
        out.add_char(' ');
        rest = after(rest, clean);
    }
    *text = out;
    note(problems, Code::Delimiter, place);
}

/// Our name for what others call it, and the note that says so; an empty one if nobody calls anything so, which is noted as `unknown`.
pub(crate) fn translated(name: &str, unknown: Code, place: &str, problems: &mut Problems) -> &'static str {
    let ours = alias(name);
    note(problems, if ours.is_empty() { unknown } else { Code::Alias }, place);
    ours
}

/// The problem behind a value that the shim could not copy.
pub(crate) fn unusable(why: &str) -> Code {
    match why {
        "depth" => Code::TooDeep,
        "fields" => Code::TooMany,
        _ => Code::Unusable,
    }
}
