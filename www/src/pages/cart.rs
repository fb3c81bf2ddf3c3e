//! The basket: its lines, their quantities, what it costs, and the way to the checkout.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;

use super::{Frame, Stage, private, product, redirect, stages};
use crate::basket::{Line, QUANTITY_MAX, Totals};
use crate::calls;
use crate::catalogue;
use crate::shipping::{FREE_ABOVE, Method};
use crate::visit::{Answer, Failure, Visit};

#[derive(Template)]
#[template(path = "cart.html")]
struct Page<'a> {
    frame: &'a Frame,
    stages: Vec<Stage>,
    lines: Vec<Line>,
    totals: Totals,
    last_order: Option<String>,
    free_above: String,
    most: u32,
    refused: Option<&'a LineForm>,
    typed: &'a str,
}

/// The form of one line. The button that was pressed sends `remove`, or nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LineForm {
    csrf: String,
    id: String,
    quantity: String,
    remove: String,
}

impl Page<'_> {
    fn refuses(&self, line: &Line) -> bool {
        self.refused.is_some_and(|form| form.id == line.product.id)
    }
}

/// Shows the basket.
///
/// # Errors
/// If the template fails.
pub fn show(visit: &mut Visit<'_>) -> Result<Answer, Failure> {
    let basket = &visit.session.basket;
    let own = if basket.is_empty() { Vec::new() } else { vec![calls::basket_view(basket)] };
    let frame = Frame::new(visit, "Basket", calls::page("basket", "basket"), own);
    page_of(visit, &frame, None)
}

/// Changes or removes a line and shows the basket again. None of a product removes it.
///
/// # Errors
/// [`Failure::Forged`] or [`Failure::NotFound`].
pub fn change(visit: &mut Visit<'_>, form: &LineForm) -> Result<Answer, Failure> {
    visit.admit(&form.csrf)?;
    let product = catalogue::find(&form.id).ok_or(Failure::NotFound)?;
    let quantity = if form.remove.is_empty() { product::quantity(&form.quantity) } else { Some(0) };
    let Some(quantity) = quantity else {
        let frame = Frame::new(visit, "Error: Basket", calls::page("basket", "basket"), Vec::new());
        return page_of(visit, &frame, Some(form));
    };
    // A second press on "Remove" finds nothing to remove; it must not open a basket either.
    if visit.session.basket.quantity(product) > 0 {
        let change = visit.session.basket.set(product, quantity)?;
        let basket = &visit.session.basket;
        let mut calls = calls::basket_change(basket, &change, "basket");
        if form.remove.is_empty() && change.from != change.to {
            calls.push(calls::basket_update(basket, &change));
        }
        visit.session.waiting.extend(calls);
    }
    redirect("/cart")
}

fn page_of(visit: &Visit<'_>, frame: &Frame, refused: Option<&LineForm>) -> Result<Answer, Failure> {
    let basket = &visit.session.basket;
    let page = Page {
        frame,
        stages: stages("cart"),
        lines: basket.lines().collect(),
        totals: basket.totals(Method::Standard),
        last_order: visit.session.last_order.clone(),
        free_above: FREE_ABOVE.to_string(),
        most: QUANTITY_MAX,
        refused,
        typed: refused.map_or("", |form| &form.quantity),
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    private(status, &page)
}
