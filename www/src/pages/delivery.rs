//! First step of the checkout: who, where to, and how. Here personal data begins, so here a checkout
//! counts as begun.

use askama::Template;
use axum::http::StatusCode;

use super::{Frame, Stage, Summary, private, redirect, stages};
use crate::calls;
use crate::checkout::{Checkout, DeliveryForm, Step};
use crate::form::{Input, Refusals};
use crate::shipping::{self, Method};
use crate::visit::{Answer, Failure, Visit};

#[derive(Template)]
#[template(path = "delivery.html")]
struct Page<'a> {
    frame: &'a Frame,
    stages: Vec<Stage>,
    summary: Summary,
    refusals: &'a Refusals,
    email: Input,
    address: Vec<Input>,
    options: Vec<Choice>,
    notice: &'static str,
}

/// One way of delivery to choose.
struct Choice {
    method: Method,
    day: String,
    cost: String,
    checked: bool,
}

/// Shows the step, with what was typed last and what was wrong with it. Begins the checkout if none is
/// under way.
///
/// # Errors
/// If the template fails or there are no random numbers.
pub fn show(visit: &mut Visit<'_>) -> Result<Answer, Failure> {
    if visit.session.basket.is_empty() {
        return redirect("/cart");
    }
    let mut checkout = match visit.session.checkout.take() {
        Some(checkout) => checkout,
        None => Checkout::begin()?,
    };
    let basket = &visit.session.basket;
    let mut own = Vec::new();
    if !checkout.announced {
        own.push(calls::checkout_start(&checkout, basket));
        checkout.announced = true;
    }
    own.push(calls::step_view(Step::Delivery, &checkout, basket));
    visit.session.checkout = Some(checkout.clone());
    let refusals = checkout.delivery_form.as_ref().and_then(|form| form.check().err()).unwrap_or_default();
    let title = if refusals.is_empty() { "Step 2 of 5: Delivery" } else { "Error: Delivery" };
    let frame = Frame::new(visit, title, calls::page("delivery", "checkout"), own);
    private(StatusCode::OK, &page_of(visit, &frame, &checkout, &refusals))
}

/// Keeps what was typed; goes on to billing if it is right and back to the form if it is not.
///
/// # Errors
/// [`Failure::Forged`].
pub fn submit(visit: &mut Visit<'_>, form: DeliveryForm) -> Result<Answer, Failure> {
    visit.admit(&form.csrf)?;
    let Some(checkout) = visit.session.checkout.as_mut().filter(|_| !visit.session.basket.is_empty()) else {
        return redirect("/cart");
    };
    checkout.delivery_form = Some(form);
    let (checkout, basket) = (&*checkout, &visit.session.basket);
    let checked = checkout.delivery_form.as_ref().map(DeliveryForm::check);
    let (calls, next) = match checked {
        Some(Err(refusals)) => {
            let call = |refusal| calls::field_error(Step::Delivery, refusal, checkout, basket);
            (refusals.iter().map(call).collect(), Step::Delivery.path())
        }
        Some(Ok(_)) | None => {
            let cost = basket.totals(checkout.method()).delivery;
            let method = calls::shipping_method(checkout.method(), cost, checkout, basket);
            (vec![method, calls::step_complete(Step::Delivery, checkout, basket)], Step::Billing.path())
        }
    };
    visit.session.waiting.extend::<Vec<_>>(calls);
    redirect(next)
}

fn page_of<'a>(visit: &Visit<'_>, frame: &'a Frame, checkout: &Checkout, refusals: &'a Refusals) -> Page<'a> {
    let form = checkout.delivery_form.clone().unwrap_or_default();
    let chosen = Method::find(&form.method).unwrap_or_default();
    let goods = visit.session.basket.totals(chosen).goods;
    let choice = |method: Method| Choice {
        method,
        day: shipping::day(method.arrival(visit.today)),
        cost: method.cost(goods).or_free(),
        checked: method == chosen,
    };
    let text = |id, label, autocomplete, value: &str| Input::text(id, label, autocomplete, value, refusals);
    let mut email = text("email", "Email", "email", &form.email).hint("For your confirmation. You don't need an account.");
    (email.kind, email.inputmode) = ("email", "email");
    Page {
        frame,
        stages: stages(Step::Delivery.slug()),
        summary: Summary::of(visit, checkout),
        refusals,
        email,
        address: vec![
            text("name", "Full name", "shipping name", &form.name),
            text("street", "Street and number", "shipping street-address", &form.street),
            text("postcode", "Postcode", "shipping postal-code", &form.postcode).numeric().wide("short"),
            text("city", "Town", "shipping address-level2", &form.city).wide("rest"),
        ],
        options: Method::ALL.into_iter().map(choice).collect(),
        notice: "",
    }
}
