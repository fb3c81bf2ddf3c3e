//! One product: drawing, price, specification, delivery; and the form that puts it into the basket.

use askama::Template;
use serde::Deserialize;

use super::{Frame, public, redirect};
use crate::basket::QUANTITY_MAX;
use crate::calls;
use crate::catalogue::{self, Product};
use crate::shape::Measure;
use crate::shipping::{self, Method};
use crate::visit::{Answer, Failure, Visit};

#[derive(Template)]
#[template(path = "product.html")]
struct Page<'a> {
    frame: &'a Frame,
    product: &'static Product,
    measures: Vec<Measure>,
    related: Vec<&'static Product>,
    standard: String,
    standard_cost: String,
    express: String,
    express_cost: String,
    quantity: String,
    error: &'static str,
    most: u32,
}

/// The form that adds a product.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AddForm {
    csrf: String,
    id: String,
    quantity: String,
}

/// Shows a product.
///
/// # Errors
/// [`Failure::NotFound`] if there is none of that number.
pub fn show(visit: &mut Visit<'_>, id: &str) -> Result<Answer, Failure> {
    let product = catalogue::find(id).ok_or(Failure::NotFound)?;
    let page = calls::page(&format!("product {}", product.id), "catalogue");
    let frame = Frame::new(visit, product.title(), page, vec![calls::product_view(product)]);
    page_of(visit, frame, product, "1".into(), "")
}

/// Puts a product into the basket and leads there.
///
/// # Errors
/// [`Failure::Forged`] or [`Failure::NotFound`].
pub fn add(visit: &mut Visit<'_>, form: &AddForm) -> Result<Answer, Failure> {
    visit.admit(&form.csrf)?;
    let product = catalogue::find(&form.id).ok_or(Failure::NotFound)?;
    let Some(quantity) = quantity(&form.quantity).filter(|quantity| *quantity > 0) else {
        // Shown at this address and not redirected: what was typed would have to wait in the session.
        let page = calls::page(&format!("product {}", product.id), "catalogue");
        let frame = Frame::new(visit, format!("Error: {}", product.title()), page, Vec::new());
        return page_of(visit, frame, product, form.quantity.clone(), "Enter how many, from 1 to 999.");
    };
    let change = visit.session.basket.add(product, quantity)?;
    let calls = calls::basket_change(&visit.session.basket, &change, "product");
    visit.session.waiting.extend(calls);
    redirect("/cart")
}

/// A quantity as it was typed, up to [`QUANTITY_MAX`].
pub fn quantity(typed: &str) -> Option<u32> {
    typed.trim().parse().ok().filter(|quantity| *quantity <= QUANTITY_MAX)
}

fn page_of(
    visit: &Visit<'_>,
    mut frame: Frame,
    product: &'static Product,
    quantity: String,
    error: &'static str,
) -> Result<Answer, Failure> {
    frame.family = Some(product.family);
    let related = product.family.products().filter(|other| other.id != product.id).take(4).collect();
    let day = |method: Method| shipping::day(method.arrival(visit.today));
    let cost = |method: Method| method.cost(product.price).or_free();
    let page = Page {
        frame: &frame,
        product,
        measures: product.shape.measures(),
        related,
        standard: day(Method::Standard),
        standard_cost: cost(Method::Standard),
        express: day(Method::Express),
        express_cost: cost(Method::Express),
        quantity,
        error,
        most: QUANTITY_MAX,
    };
    let answer = public(&frame, &page)?;
    Ok(match answer {
        Answer::Page { html, .. } if !error.is_empty() => {
            Answer::Page { status: axum::http::StatusCode::UNPROCESSABLE_ENTITY, html, storable: false }
        }
        Answer::Page { .. } | Answer::Redirect(_) => answer,
    })
}
