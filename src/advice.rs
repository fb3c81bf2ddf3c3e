//! What is probably a mistake, though nothing of the call had to be changed for it: how Adobe would take it, sums that do not add
//! up, what does not fit what came before. Never changes anything. The collector gives it on every hit that arrives; a page loads it,
//! as a module of its own, only when somebody listens.

use crate::call::{Call, Kind, Value};
use crate::currency::{Standing, standing};
use crate::event::Event;
use crate::facts::Facts;
use crate::hit::Hit;
use crate::limits::{CONTEXT_DATA_BYTES_MAX, ID_BYTES_MAX, MEMORY_BYTES_MAX, SCALE_MAX};
use crate::luck::hash;
use crate::money::{Decimal, minor_digits, power};
use crate::problem::{Problems, push};
use crate::product::Product;
use crate::text::{after, before, listed, nth, owned, push_number};
use crate::vocabulary::{Group, alias, is_adobe_event};

/// A code that never changes its meaning. `docs/problems.md` explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// A serial or order id that is not alphanumeric or over 20 bytes; Adobe would cut or ignore it.
    BadId,
    /// Two ids of more than 20 bytes that are equal once Adobe cut them.
    SameWhenCut,
    /// Text begins with `D=`, which Adobe's servers take for an expression.
    DynamicValue,
    /// A link with neither URL nor name; Adobe would count a page view.
    MissingLink,
    /// Products on a page view or a link that counts as no event; Adobe would count a product view.
    ProductsOnly,
    /// More context data than Adobe takes.
    ContextDataTooLarge,
    /// `unitPrice` times `quantity` is not `lineTotal`; the total stands.
    TotalMismatch,
    /// A unit price that looks like the price of the whole line.
    UnitPriceTotal,
    /// A line's total that looks like the price of one piece.
    LineTotalUnit,
    /// `revenue` is not the sum of the lines, with or without shipping, tax and discount.
    RevenueMismatch,
    /// Another currency than that of the hit before.
    MixedCurrency,
    /// Three capital letters that are no currency.
    UnknownCurrency,
    /// A currency that Adobe's documentation does not list.
    UnlistedCurrency,
    /// A purchase without `scCheckout` before it.
    NoCheckout,
}

impl Advice {
    /// The code as the page, the wire and the documentation spell it.
    pub fn as_str(self) -> &'static str {
        nth(CODES, self as usize)
    }
}

/// The codes' words, in the order of the codes.
const CODES: &str = "bad_id same_when_cut dynamic_value missing_link products_only context_data_too_large total_mismatch \
unit_price_total line_total_unit revenue_mismatch mixed_currency unknown_currency unlisted_currency no_checkout";

/// Gives advice on one call after the other, and remembers what the next ones are compared with: hashes, prices and the last
/// currency.
#[derive(Clone, Debug, Default)]
pub struct Advisor {
    memory: Facts,
}

impl Advisor {
    /// An advisor who remembers what another one [wrote](Self::memory).
    pub fn recall(memory: &str) -> Self {
        Self { memory: Facts::read(memory) }
    }

    /// What it remembers, for the next page of the visit.
    pub fn memory(&self) -> &str {
        self.memory.written()
    }

    /// Advice on a call snapshot; none on one that yields no hit.
    pub fn look(&mut self, snapshot: &str) -> Problems {
        let mut problems = Problems::default();
        if let Some(call) = Call::read(snapshot)
            && let Ok(hit) = Hit::judge(&call, &mut Problems::default())
        {
            self.advise(&call, &hit.event, &mut problems);
        }
        problems
    }

    /// Looks at a call and what it was judged to be: by itself (see [`advise`]), and beside those before it.
    pub fn advise(&mut self, call: &Call<'_>, event: &Event, problems: &mut Problems) {
        advise(call, event, problems);
        if self.memory().len() > MEMORY_BYTES_MAX {
            self.memory = Facts::default();
        }
        ids(call, |of, id, place| {
            if id.len() > ID_BYTES_MAX {
                self.id(of, id, place, problems);
            }
        });
        if !event.currency().is_empty() {
            let before = self.recalled("currency");
            if !before.is_empty() && before != event.currency() {
                note(problems, Advice::MixedCurrency, "currency");
            }
            self.remember("currency", event.currency());
        }
        each(&event.products, |product, place| self.line(product, place, problems));
        if event.counts("scCheckout") {
            self.remember("checkout", "1");
        }
        if event.counts("purchase") && self.recalled("checkout").is_empty() {
            note(problems, Advice::NoCheckout, "");
        }
    }

    /// A long id by which something is counted once; `of` says what.
    fn id(&mut self, of: &str, id: &str, place: &str, problems: &mut Problems) {
        let mut end = ID_BYTES_MAX;
        while !id.is_char_boundary(end) {
            end -= 1;
        }
        let key = numbered(of, hash(id.get(..end).unwrap_or("")));
        let whole = numbered("", hash(id));
        let known = self.recalled(&key);
        if !known.is_empty() && known != whole {
            note(problems, Advice::SameWhenCut, place);
        }
        self.remember(&key, &whole);
    }

    /// A line of a basket, beside the price that its product had before.
    fn line(&mut self, product: &Product, place: &str, problems: &mut Problems) {
        let (quantity, unit) = (product.quantity(), product.unit_price());
        let key = numbered("price ", hash(product.id()));
        let before = Decimal::parse(self.recalled(&key)).filter(|_| quantity > 1);
        // What is free is so by the piece and by the line.
        if let Some(before) = before.filter(|before| before.micros() != 0) {
            if unit.is_some() && unit.map(Decimal::micros) == before.times(quantity).map(Decimal::micros) {
                return note(problems, Advice::UnitPriceTotal, place);
            }
            if unit.is_none() && product.line_total().map(Decimal::micros) == Some(before.micros()) {
                return note(problems, Advice::LineTotalUnit, place);
            }
        }
        if let Some(unit) = unit {
            self.remember(&key, &unit.text());
        }
    }

    fn recalled(&self, key: &str) -> &str {
        self.memory.text(Group::Own, key)
    }

    fn remember(&mut self, key: &str, value: &str) {
        if self.recalled(key) != value {
            self.memory.add(Group::Own, key, value);
        }
    }
}

/// Looks at a call and what it was judged to be, by themselves.
pub fn advise(call: &Call<'_>, event: &Event, problems: &mut Problems) {
    let mut context_data = 0;
    for field in call.fields() {
        if field.path.starts_with('@') {
            continue;
        }
        let (Value::Text(text) | Value::Number(text)) = field.value else { continue };
        if text.starts_with("D=") {
            note(problems, Advice::DynamicValue, field.place);
        }
        if let Some(key) = field.path.strip_prefix("contextData.") {
            context_data += key.len() + text.len();
        }
    }
    if context_data > CONTEXT_DATA_BYTES_MAX {
        note(problems, Advice::ContextDataTooLarge, "contextData");
    }
    ids(call, |_, id, place| {
        if id.len() > ID_BYTES_MAX || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            note(problems, Advice::BadId, place);
        }
    });
    kind(event, problems);
    match standing(event.currency()) {
        Standing::Unlisted => note(problems, Advice::UnlistedCurrency, "currency"),
        Standing::Unknown if !event.currency().is_empty() => note(problems, Advice::UnknownCurrency, "currency"),
        Standing::Unknown | Standing::Listed => {}
    }
    each(&event.products, |product, place| {
        if let (Some(unit), Some(total)) = (product.unit_price(), product.line_total())
            && product.quantity() > 0
            && !unit.times(product.quantity()).is_some_and(|expected| expected.rounds_to(total))
        {
            note(problems, Advice::TotalMismatch, place);
        }
    });
    revenue(event, problems);
}

/// Every id of a call, with what it counts once and its place.
fn ids(call: &Call<'_>, mut look: impl FnMut(&str, &str, &str)) {
    for field in call.fields() {
        let of = counted_by(field.path);
        if let (false, Value::Text(text) | Value::Number(text)) = (of.is_empty(), field.value) {
            look(of, text, field.place);
        }
    }
}

/// Every product with its place.
fn each(products: &[Product], mut look: impl FnMut(&Product, &str)) {
    for (index, product) in products.iter().enumerate() {
        look(product, &numbered("products.", index as u64));
    }
}

fn numbered(word: &str, number: u64) -> String {
    let mut text = owned(word);
    push_number(&mut text, number);
    text
}

/// What a call says about the kind of hit that Adobe would make of it.
fn kind(event: &Event, problems: &mut Problems) {
    if event.name.is_empty() && !event.products.is_empty() && event.facts.metrics().next().is_none() {
        note(problems, Advice::ProductsOnly, "products");
    }
    let said = |key| !event.facts.text(Group::Data, key).is_empty();
    if event.kind == Kind::Link && !said("linkUrl") && !said("linkName") {
        note(problems, Advice::MissingLink, "");
    }
}

/// Whether the lines add up to the revenue: as they are, or if prices were taken for what they are not.
fn revenue(event: &Event, problems: &mut Problems) {
    let amount = |key| Decimal::parse(event.facts.text(Group::Data, key)).map(Decimal::micros);
    let Some(revenue) = amount("revenue") else { return };
    let (mut lines, mut units, mut totals) = (0_i64, 0_i64, 0_i64);
    for product in &event.products {
        // A line without a price could be worth anything.
        let (Some(line), unit) = (product.total(), product.unit_price()) else { return };
        lines = lines.saturating_add(line.micros());
        units = units.saturating_add(unit.unwrap_or(line).micros());
        let every = if unit.is_none() { line.times(product.quantity().max(1)) } else { None };
        totals = totals.saturating_add(every.unwrap_or(line).micros());
    }
    let [shipping, tax, discount] = ["shipping", "tax", "discount"].map(|key| amount(key).unwrap_or(0));
    // Each line may have been rounded to a minor unit.
    let tolerance = event.products.len() as i64 * power(SCALE_MAX - minor_digits(event.currency())) / 2;
    let adds_up = |sum: i64| {
        (0..8).any(|flags| {
            let sum = if flags & 1 > 0 { sum.saturating_add(shipping) } else { sum };
            let sum = if flags & 2 > 0 { sum.saturating_add(tax) } else { sum };
            let sum = if flags & 4 > 0 { sum.saturating_sub(discount) } else { sum };
            sum.saturating_sub(revenue).saturating_abs() <= tolerance
        })
    };
    if event.products.is_empty() || adds_up(lines) {
    } else if adds_up(units) {
        note(problems, Advice::UnitPriceTotal, "products");
    } else if adds_up(totals) {
        note(problems, Advice::LineTotalUnit, "products");
    } else {
        note(problems, Advice::RevenueMismatch, "revenue");
    }
}

/// What an id at this path counts once: the order, or an event; nothing for what is no id.
fn counted_by(path: &str) -> &str {
    // `products.0.event1.id` is an event's as well.
    let mut path = path;
    if let Some(rest) = path.strip_prefix("products.") {
        path = after(rest, before(rest, '.'));
        path = path.strip_prefix("events.").unwrap_or(path);
    }
    let ours = alias(path);
    if !ours.is_empty() {
        path = ours;
    }
    let root = before(path, '.');
    if listed(path, "orderId checkoutId serial") || (is_adobe_event(root) && after(path, root) == "id") { root } else { "" }
}

fn note(problems: &mut Problems, advice: Advice, place: &str) {
    push(problems, advice.as_str(), place);
}
