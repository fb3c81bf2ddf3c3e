//! The names that events and their fields may have, and what each field is. Facts only: Adobe's variable pages for the
//! limits, `docs/wire.md` for the keys.

use crate::limits::{EVAR_BYTES_MAX, EVAR_MAX, EVENT_MAX, HIER_MAX, LIST_MAX, PROP_BYTES_MAX, PROP_MAX, TEXT_BYTES_MAX};
use crate::text::{before, listed, numbered, split};

/// Adobe's seven commerce events, in the order in which a visitor meets them.
pub const COMMERCE: &str = "prodView scOpen scAdd scRemove scView scCheckout purchase";

/// The events Caisse adds to Adobe's: lists, coupons, checkout steps, delivery, payment and accounts.
pub const EXTENSION: &str = "listView listClick cartUpdate couponApply couponReject couponRemove checkoutOption \
checkoutStepView checkoutStepComplete checkoutStepBack checkoutStepSkip checkoutFieldError checkoutLeave checkoutResume \
shippingMethod storeSelect paymentMethod paymentInfo paymentFail orderReview promoView promoClick signUp login emailSent \
orderTrackView reorder leadRequest chatOpen trustClick exitClick";

/// Amounts, counts and durations.
const NUMBERS: &str = "revenue shipping tax discount value cost index count position durationMs activeMs clicks errorCount \
etaDays awayMs stock reviewCount rating items lines";

/// Words, and what is a word for one event and a number for another.
const SCALARS: &str = "step flow customerType locale variant cartId page visit listId source from to couponId reason option via \
revisit field rule method storeId inStock saveOptIn code paymentMethod paymentState promoId origin template sourceOrderId \
changed kind target linkType";

/// Words that people write as they like.
const FREE_TEXT: &str = "searchTerm errorMessage label linkName";

/// Names with a key of their own: ours, the key on the wire.
const NAMED: &str = "orderId|o|checkoutId|ck|currency|cc|campaign|v0|channel|ch|pageName|pageName|server|server|pageType|pageType|zip|zip|state|state|transactionId|xact|linkUrl|linkUrl";

/// A product's: ours, the key on the wire.
const PRODUCT: [(&str, &str); 6] =
    [("id", "i"), ("name", "n"), ("category", "c"), ("quantity", "q"), ("unitPrice", "u"), ("lineTotal", "l")];

/// What Google Analytics 4 and Segment call events, fields of events and fields of products: theirs, ours.
pub const ALIASES: &str = "view_item|prodView|Product Viewed|prodView|add_to_cart|scAdd|Product Added|scAdd|remove_from_cart|scRemove|\
Product Removed|scRemove|view_cart|scView|Cart Viewed|scView|begin_checkout|scCheckout|Checkout Started|scCheckout|\
Order Completed|purchase|add_shipping_info|shippingMethod|add_payment_info|paymentInfo|Payment Info Entered|paymentInfo|\
Checkout Step Viewed|checkoutStepView|Checkout Step Completed|checkoutStepComplete|transaction_id|orderId|order_id|orderId|\
checkout_id|checkoutId|item_id|id|product_id|id|item_name|name|item_category|category|price|unitPrice";

/// What a field's value is: how it is checked, and which redaction it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// An order id, checkout id or serial.
    Id,
    /// Text with a type: the exact redaction.
    Text,
    /// Text of a product: without the characters that separate fields on Adobe's wire.
    ProductText,
    /// Text that people write: the blunt redaction.
    Free,
    /// A URL.
    Url,
    /// An exact decimal.
    Number,
    /// A positive whole number.
    Count,
    /// Three capital letters.
    Currency,
    /// Any scalar.
    Any,
    /// Any scalar of an event nobody knows: the blunt redaction.
    AnyFree,
}

/// Where a fact stands in a hit's JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Beside the hit's own keys.
    Own = b'0' as isize,
    /// Under `v`: Adobe's variables.
    Variables,
    /// Under `d`: everything else.
    Data,
    /// In `e`: one of Adobe's events and what it counts.
    Metric,
    /// In `e`: the serial of one of Adobe's events; under `serial`, of whatever the main one is.
    Serial,
}

impl Group {
    /// Every group, in order.
    pub(crate) const ALL: [Self; 5] = [Self::Own, Self::Variables, Self::Data, Self::Metric, Self::Serial];
}

/// What is known about a field: where it goes, its key there (`""`: its own path), a number for the key, what it is and the
/// bytes it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where it goes.
    pub group: Group,
    /// Its key there, or the letter before a number.
    pub key: &'static str,
    /// The number behind the letter; 0 for none.
    pub number: u32,
    /// What it is.
    pub class: Class,
    /// Bytes it may have.
    pub bytes_max: usize,
}

/// Whether a name is one of Adobe's events.
pub fn is_adobe_event(name: &str) -> bool {
    // The seven begin with these letters, and most names do not.
    is_custom_metric(name) || (matches!(name.as_bytes().first(), Some(b'p' | b's')) && listed(name, COMMERCE))
}

/// Whether a name is `event1`…`event1000`.
pub fn is_custom_metric(name: &str) -> bool {
    numbered(name, "event", EVENT_MAX).is_some()
}

/// The rule for a field of an event; `custom` if the event's fields are its own business.
pub fn event_rule(path: &str, custom: bool) -> Option<Rule> {
    let root = before(path, '.');
    // First, as most fields are variables and the lists are long.
    let variable = variable(root);
    if variable.is_some() {
        return variable;
    }
    let mut rule = Rule { group: Group::Data, key: "", number: 0, class: Class::Any, bytes_max: TEXT_BYTES_MAX };
    let key = paired(path, NAMED);
    if path == "serial" {
        rule = own("", Class::Id);
        rule.group = Group::Serial;
    } else if path == "linkUrl" {
        rule.class = Class::Url;
    } else if !key.is_empty() {
        rule = own(key, Class::Id);
        if path == "currency" {
            rule.class = Class::Currency;
        } else if !listed(path, "orderId checkoutId") {
            rule.group = Group::Variables;
            rule.class = Class::Text;
            if path == "campaign" {
                rule.bytes_max = EVAR_BYTES_MAX;
            }
        }
    } else if listed(path, NUMBERS) {
        rule.class = Class::Number;
    } else if listed(path, FREE_TEXT) {
        rule.class = Class::Free;
    } else if custom || root == "contextData" {
        rule.class = Class::AnyFree;
    } else if !listed(path, SCALARS) {
        return None;
    }
    Some(rule)
}

/// The rule for a field of a product.
pub fn product_rule(path: &str) -> Option<Rule> {
    for (name, key) in PRODUCT {
        if path == name {
            let class = match key {
                "q" => Class::Count,
                "u" | "l" => Class::Number,
                _ => Class::ProductText,
            };
            return Some(own(key, class));
        }
    }
    let mut rule = variable(path).filter(|rule| rule.key == "v")?;
    rule.class = Class::ProductText;
    Some(rule)
}

fn own(key: &'static str, class: Class) -> Rule {
    Rule { group: Group::Own, key, number: 0, class, bytes_max: PROP_BYTES_MAX }
}

/// The rule for a numbered variable.
fn variable(name: &str) -> Option<Rule> {
    const KINDS: [(&str, &str, u32, usize); 4] = [
        ("eVar", "v", EVAR_MAX, EVAR_BYTES_MAX),
        ("prop", "c", PROP_MAX, PROP_BYTES_MAX),
        ("list", "l", LIST_MAX, EVAR_BYTES_MAX),
        ("hier", "h", HIER_MAX, EVAR_BYTES_MAX),
    ];
    for (prefix, key, max, bytes_max) in KINDS {
        if let Some(number) = numbered(name, prefix, max) {
            return Some(Rule { group: Group::Variables, key, number, class: Class::Text, bytes_max });
        }
    }
    None
}

/// Our name for what others call it, or an empty one.
#[inline(never)]
pub fn alias(name: &str) -> &'static str {
    paired(name, ALIASES)
}

/// The word after `word` in a list of pairs, or an empty one.
fn paired(word: &str, pairs: &'static str) -> &'static str {
    let mut words = split(pairs, '|');
    loop {
        let known = words.part();
        let other = words.part();
        if known == word || known.is_empty() {
            return other;
        }
    }
}

/// Names of fields of an event, separated by spaces, for those who look for one that was misspelt.
pub fn fields() -> String {
    let named = NAMED.split('|').step_by(2);
    let other = [NUMBERS, SCALARS, FREE_TEXT, "serial products contextData"].into_iter().flat_map(|words| words.split(' '));
    named.chain(other).collect::<Vec<_>>().join(" ")
}

/// Names of fields of a product, separated by spaces.
pub fn product_fields() -> String {
    PRODUCT.map(|(name, _)| name).join(" ")
}
