//! What each page tells the tracker, as data: `["scView", {…}]`. One function for one call.
//!
//! Never takes an address, an e-mail, a card or anything else that was typed: the functions below are
//! given catalogue products, baskets, orders and words of the shop's own, so that nothing personal can
//! reach a call. (An order holds an address; `purchase` does not look at it, and a test keeps that true.)

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::basket::{Basket, Change, Line};
use crate::card::Verdict;
use crate::catalogue::{Family, Product};
use crate::checkout::{Checkout, STEP_COUNT, Step};
use crate::form::Refusal;
use crate::order::Order;
use crate::price::{CURRENCY, Cents};
use crate::shipping::Method;

/// One call of the tracker: its name (`page` stands for `tracker.page`) and its data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call(Cow<'static, str>, Value);

impl Call {
    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }

    const fn new(name: &'static str, data: Value) -> Self {
        Self(Cow::Borrowed(name), data)
    }

    /// The same call with the facts that every call of a checkout carries.
    fn during(self, checkout: &Checkout, basket: &Basket) -> Self {
        self.with("checkoutId", json!(checkout.id))
            .with("cartId", json!(basket.id))
            .with("flow", json!("b2c"))
            .with("customerType", json!("guest"))
    }

    fn with(mut self, field: &str, value: Value) -> Self {
        let data: Option<&mut Map<String, Value>> = self.1.as_object_mut();
        data.into_iter().for_each(|data| {
            data.insert(field.into(), value.clone());
        });
        self
    }
}

/// The calls as the content of a script element. `<` never appears, so that no text of a call can end
/// the element or open another.
pub fn script(calls: &[Call]) -> String {
    serde_json::to_string(calls).unwrap_or_else(|_| "[]".into()).replace('<', "\\u003c")
}

/// A page was shown.
pub fn page(name: &str, channel: &str) -> Call {
    Call::new("page", json!({ "pageName": name, "channel": channel }))
}

/// A page that does not exist was asked for.
pub fn page_missing() -> Call {
    Call::new("page", json!({ "pageType": "errorPage", "channel": "error" }))
}

/// A list of products was shown.
pub fn list_view(family: Family) -> Call {
    let products: Vec<Value> = family.products().map(named).collect();
    Call::new("listView", json!({ "listId": family.slug(), "products": products }))
}

/// A product was shown.
pub fn product_view(product: &Product) -> Call {
    Call::new("prodView", json!({ "products": [named(product)] }))
}

/// A line of the basket changed, through the product page or the basket page.
pub fn basket_change(basket: &Basket, change: &Change, source: &str) -> Vec<Call> {
    let Change { product, from, to, opened } = *change;
    let mut calls = Vec::new();
    if opened {
        calls.push(Call::new("scOpen", json!({ "cartId": basket.id })));
    }
    if to != from {
        let name = if to > from { "scAdd" } else { "scRemove" };
        let delta = Line { product, quantity: to.abs_diff(from) };
        let data = json!({ "cartId": basket.id, "source": source, "products": [priced(&delta)] });
        calls.push(Call::new(name, data));
    }
    calls
}

/// A quantity field was changed.
pub fn basket_update(basket: &Basket, change: &Change) -> Call {
    let (product, from, to) = (named(change.product), change.from, change.to);
    let data = json!({ "cartId": basket.id, "products": [product], "from": from, "to": to });
    Call::new("cartUpdate", data)
}

/// The basket was shown.
pub fn basket_view(basket: &Basket) -> Call {
    let data = json!({ "cartId": basket.id, "value": value(basket), "products": lines(basket) });
    Call::new("scView", data)
}

/// A checkout began: the first page that asks for personal data was reached.
pub fn checkout_start(checkout: &Checkout, basket: &Basket) -> Call {
    let data = json!({ "value": value(basket), "products": lines(basket) });
    Call::new("scCheckout", data).during(checkout, basket)
}

/// A step was shown.
pub fn step_view(step: Step, checkout: &Checkout, basket: &Basket) -> Call {
    let data = json!({ "step": step.slug(), "index": step.index(), "count": STEP_COUNT });
    Call::new("checkoutStepView", data).during(checkout, basket)
}

/// A step was left forwards, valid.
pub fn step_complete(step: Step, checkout: &Checkout, basket: &Basket) -> Call {
    Call::new("checkoutStepComplete", json!({ "step": step.slug() })).during(checkout, basket)
}

/// A field was refused. Its name and the rule; never what it held.
pub fn field_error(step: Step, refusal: &Refusal, checkout: &Checkout, basket: &Basket) -> Call {
    let data = json!({ "step": step.slug(), "field": refusal.field, "rule": refusal.rule });
    Call::new("checkoutFieldError", data).during(checkout, basket)
}

/// A way of delivery was chosen.
pub fn shipping_method(method: Method, cost: Cents, checkout: &Checkout, basket: &Basket) -> Call {
    let data = json!({ "method": method.slug(), "cost": cost.decimal() });
    Call::new("shippingMethod", data).during(checkout, basket)
}

/// A way of payment was chosen; there is only the card.
pub fn payment_method(checkout: &Checkout, basket: &Basket) -> Call {
    Call::new("paymentMethod", json!({ "method": "card" })).during(checkout, basket)
}

/// A payment was refused.
pub fn payment_fail(verdict: Verdict, checkout: &Checkout, basket: &Basket) -> Call {
    Call::new("paymentFail", json!({ "method": "card", "code": verdict.code() })).during(checkout, basket)
}

/// An order was accepted. The confirmation page carries this every time it is shown, on purpose: pages
/// are reloaded, restored and bookmarked, and no shop can know whether its script ran the last time. It
/// is the tracker's and the collector's job to count the order once, by its number.
pub fn purchase(order: &Order) -> Call {
    let line = |line: &crate::order::OrderLine| {
        json!({
            "id": line.product, "name": line.name, "category": line.category, "quantity": line.quantity,
            "unitPrice": line.price.decimal(), "lineTotal": line.total().decimal(),
        })
    };
    let products: Vec<Value> = order.lines.iter().map(line).collect();
    let data = json!({
        "orderId": order.number, "checkoutId": order.checkout_id, "cartId": order.basket_id,
        "flow": "b2c", "customerType": "guest", "products": products, "currency": CURRENCY,
        // Revenue is the goods, as Adobe sums it from the lines; delivery stands beside it.
        "revenue": order.totals.goods.decimal(), "shipping": order.totals.delivery.decimal(),
        "tax": order.totals.vat().decimal(), "paymentMethod": "card",
    });
    Call::new("purchase", data)
}

fn value(basket: &Basket) -> String {
    basket.lines().map(|line| line.total()).sum::<Cents>().decimal()
}

fn lines(basket: &Basket) -> Vec<Value> {
    basket.lines().map(|line| priced(&line)).collect()
}

fn named(product: &Product) -> Value {
    json!({
        "id": product.id, "name": product.name, "category": product.family.slug(),
        "unitPrice": product.price.decimal(),
    })
}

fn priced(line: &Line) -> Value {
    let mut product = named(line.product);
    product["quantity"] = json!(line.quantity);
    product["lineTotal"] = json!(line.total().decimal());
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_end_the_script_element() {
        let call = page("</script><script>alert(1)</script><!--", "a");
        let script = script(std::slice::from_ref(&call));
        assert!(!script.contains('<'));
        assert_eq!(serde_json::from_str::<Vec<Call>>(&script).unwrap(), [call]);
    }
}
