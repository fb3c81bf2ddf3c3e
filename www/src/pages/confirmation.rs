//! The order, placed. The same page at every visit, for the visitor who placed it and nobody else.

use askama::Template;
use axum::http::StatusCode;

use super::{Frame, private};
use crate::calls;
use crate::checkout::{Address, Billing};
use crate::order::Order;
use crate::visit::{Answer, Failure, Visit};

#[derive(Template)]
#[template(path = "confirmation.html")]
struct Page<'a> {
    frame: &'a Frame,
    order: &'a Order,
    billing: &'a Address,
}

/// Shows an order. Carries the purchase call every time, on purpose: see [`calls::purchase`].
///
/// # Errors
/// [`Failure::NotFound`] if the visitor has no such order.
pub fn show(visit: &mut Visit<'_>, number: &str) -> Result<Answer, Failure> {
    let order = visit.orders.find(number, &visit.session.id)?.ok_or(Failure::NotFound)?;
    let page = calls::page("confirmation", "checkout");
    let frame = Frame::new(visit, "Order confirmed", page, vec![calls::purchase(&order)]);
    let billing = match &order.billing {
        Billing::SameAsDelivery => &order.address,
        Billing::Elsewhere(address) => address,
    };
    private(StatusCode::OK, &Page { frame: &frame, order: &order, billing })
}
