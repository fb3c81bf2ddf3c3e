//! Second step of the checkout: where the invoice goes. One ticked box for most people.

use askama::Template;
use axum::http::StatusCode;

use super::{Frame, Stage, Summary, checkout_at, private, redirect, stages};
use crate::calls;
use crate::checkout::{Address, BillingForm, Checkout, Step};
use crate::form::{Input, Refusals};
use crate::visit::{Answer, Failure, Visit};

#[derive(Template)]
#[template(path = "billing.html")]
struct Page<'a> {
    frame: &'a Frame,
    stages: Vec<Stage>,
    summary: Summary,
    refusals: &'a Refusals,
    delivery: Address,
    same: bool,
    address: Vec<Input>,
    notice: &'static str,
}

/// Shows the step, with what was typed last and what was wrong with it.
///
/// # Errors
/// If the template fails.
pub fn show(visit: &mut Visit<'_>) -> Result<Answer, Failure> {
    let checkout = match checkout_at(visit, Step::Billing) {
        Ok(checkout) => checkout,
        Err(elsewhere) => return redirect(elsewhere),
    };
    let Some(delivery) = checkout.delivery() else {
        return redirect(Step::Delivery.path());
    };
    let own = vec![calls::step_view(Step::Billing, &checkout, &visit.session.basket)];
    let refusals = checkout.billing_form.as_ref().and_then(|form| form.check().err()).unwrap_or_default();
    let title = if refusals.is_empty() { "Step 3 of 5: Billing" } else { "Error: Billing" };
    let frame = Frame::new(visit, title, calls::page("billing", "checkout"), own);
    private(StatusCode::OK, &page_of(visit, &frame, &checkout, delivery.address, &refusals))
}

/// Keeps what was typed; goes on to payment if it is right and back to the form if it is not.
///
/// # Errors
/// [`Failure::Forged`].
pub fn submit(visit: &mut Visit<'_>, form: BillingForm) -> Result<Answer, Failure> {
    visit.admit(&form.csrf)?;
    let mut checkout = match checkout_at(visit, Step::Billing) {
        Ok(checkout) => checkout,
        Err(elsewhere) => return redirect(elsewhere),
    };
    let checked = form.check();
    checkout.billing_form = Some(form);
    let basket = &visit.session.basket;
    let (calls, next) = match checked {
        Err(refusals) => {
            let call = |refusal| calls::field_error(Step::Billing, refusal, &checkout, basket);
            (refusals.iter().map(call).collect(), Step::Billing.path())
        }
        Ok(_) => (vec![calls::step_complete(Step::Billing, &checkout, basket)], Step::Payment.path()),
    };
    visit.session.waiting.extend::<Vec<_>>(calls);
    visit.session.checkout = Some(checkout);
    redirect(next)
}

fn page_of<'a>(visit: &Visit<'_>, frame: &'a Frame, checkout: &Checkout, delivery: Address, refusals: &'a Refusals) -> Page<'a> {
    let form = checkout.billing_form.clone().unwrap_or_else(BillingForm::ticked);
    let text = |id, label, autocomplete, value: &str| Input::text(id, label, autocomplete, value, refusals);
    Page {
        frame,
        stages: stages(Step::Billing.slug()),
        summary: Summary::of(visit, checkout),
        refusals,
        delivery,
        same: !form.same.is_empty(),
        address: vec![
            text("billing-name", "Full name", "billing name", &form.billing_name),
            text("billing-street", "Street and number", "billing street-address", &form.billing_street),
            text("billing-postcode", "Postcode", "billing postal-code", &form.billing_postcode).numeric().wide("short"),
            text("billing-city", "Town", "billing address-level2", &form.billing_city).wide("rest"),
        ],
        notice: "",
    }
}
