//! Last step of the checkout: the card, and the order it becomes. Never keeps anything of the card: a form
//! that is refused is shown again in the answer itself, without its security code, and not from the session.

use askama::Template;
use axum::http::StatusCode;

use super::{Frame, Stage, Summary, checkout_at, private, redirect, stages};
use crate::basket::Basket;
use crate::calls::{self, Call};
use crate::card::{CardForm, Verdict};
use crate::checkout::{Address, Billing, Checkout, Delivery, Step};
use crate::form::{Input, Refusal, Refusals};
use crate::order::Placement;
use crate::shipping;
use crate::visit::{Answer, Failure, Visit};

#[derive(Template)]
#[template(path = "payment.html")]
struct Page<'a> {
    frame: &'a Frame,
    stages: Vec<Stage>,
    summary: Summary,
    refusals: &'a Refusals,
    token: String,
    delivery: Delivery,
    billing: Option<Address>,
    arrival: String,
    fields: Vec<Input>,
    notice: &'static str,
}

/// What the visitor has said before this step, all of it accepted.
struct Ready {
    checkout: Checkout,
    delivery: Delivery,
    billing: Billing,
}

/// Shows the step.
///
/// # Errors
/// If the template fails.
pub fn show(visit: &mut Visit<'_>) -> Result<Answer, Failure> {
    let ready = match ready(visit) {
        Ok(ready) => ready,
        Err(elsewhere) => return redirect(elsewhere),
    };
    let own = vec![calls::step_view(Step::Payment, &ready.checkout, &visit.session.basket)];
    let frame = Frame::new(visit, "Step 4 of 5: Payment", calls::page("payment", "checkout"), own);
    // The name on the card is usually the one on the parcel: one field less to fill in.
    let form = CardForm { cc_name: ready.delivery.address.name.clone(), ..CardForm::default() };
    private(StatusCode::OK, &page_of(visit, &frame, ready, &form, &Remarks::default()))
}

/// Buys, once for each attempt: sent again (double click, Back, reload) it leads to the order it has made.
///
/// # Errors
/// [`Failure::Forged`], or if the database refuses.
pub fn submit(visit: &mut Visit<'_>, form: &CardForm) -> Result<Answer, Failure> {
    visit.admit(&form.csrf)?;
    if let Some(number) = visit.orders.number_of(&form.token, &visit.session.id)? {
        return redirect(format!("/order/{number}"));
    }
    let ready = match ready(visit) {
        Ok(ready) => ready,
        Err(elsewhere) => return redirect(elsewhere),
    };
    if form.token != ready.checkout.token {
        return redirect(Step::Payment.path()); // A page of another attempt: show the present one.
    }
    match judge(visit, &ready, form) {
        Ok(calls) => {
            visit.session.waiting.extend(calls);
            place(visit, &ready)
        }
        Err(mut remarks) => {
            let calls = std::mem::take(&mut remarks.calls);
            let frame = Frame::new(visit, "Error: Payment", calls::page("payment", "checkout"), calls);
            let page = page_of(visit, &frame, ready, form, &remarks);
            private(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// Whether the order is paid: what that tells the tracker, or what is wrong.
fn judge(visit: &Visit<'_>, ready: &Ready, form: &CardForm) -> Result<Vec<Call>, Remarks> {
    let (checkout, basket) = (&ready.checkout, &visit.session.basket);
    let this_month = (visit.today.year(), visit.today.month());
    let verdict = form.judge(this_month).map_err(|refusals| {
        let call = |refusal| calls::field_error(Step::Payment, refusal, checkout, basket);
        Remarks { calls: refusals.iter().map(call).collect(), refusals, notice: "" }
    })?;
    let total = basket.totals(ready.delivery.method).total();
    if form.total != total.0.to_string() {
        let notice = "Your basket has changed since this page was shown. Check the new total, then pay.";
        return Err(Remarks { notice, ..Remarks::default() });
    }
    let method = calls::payment_method(checkout, basket);
    match verdict {
        Verdict::Accepted => Ok(vec![method, calls::step_complete(Step::Payment, checkout, basket)]),
        Verdict::Declined | Verdict::NotADemoCard => {
            let fail = calls::payment_fail(verdict, checkout, basket);
            let refusal = Refusal { field: "cc-number", rule: verdict.code(), words: verdict.words() };
            Err(Remarks { calls: vec![method, fail], refusals: vec![refusal], notice: "" })
        }
    }
}

/// What is wrong with the form as it was sent; nothing, when it is first shown.
#[derive(Default)]
struct Remarks {
    calls: Vec<Call>,
    refusals: Refusals,
    notice: &'static str,
}

fn page_of<'a>(visit: &Visit<'_>, frame: &'a Frame, ready: Ready, form: &CardForm, remarks: &'a Remarks) -> Page<'a> {
    let Ready { checkout, delivery, billing } = ready;
    let text = |id, label, value: &str| Input::text(id, label, id, value, &remarks.refusals);
    Page {
        frame,
        stages: stages(Step::Payment.slug()),
        summary: Summary::of(visit, &checkout),
        refusals: &remarks.refusals,
        token: checkout.token,
        arrival: shipping::day(delivery.method.arrival(visit.today)),
        fields: vec![
            text("cc-name", "Name on card", &form.cc_name),
            text("cc-number", "Card number", &form.cc_number).numeric(),
            text("cc-exp", "Expiry date", &form.cc_exp).numeric().wide("half").hint("For example 08/29"),
            text("cc-csc", "Security code", "").numeric().wide("half").hint("3 digits on the back"),
        ],
        delivery,
        billing: match billing {
            Billing::SameAsDelivery => None,
            Billing::Elsewhere(address) => Some(address),
        },
        notice: remarks.notice,
    }
}

/// Makes the order, empties the basket and ends the attempt: the next one has new names.
fn place(visit: &mut Visit<'_>, ready: &Ready) -> Result<Answer, Failure> {
    let Ready { checkout, delivery, billing } = ready;
    let arrival = shipping::day(delivery.method.arrival(visit.today));
    let number = visit.orders.place(&Placement {
        session: &visit.session.id,
        checkout,
        delivery,
        billing,
        basket: &visit.session.basket,
        arrival: &arrival,
        now_s: visit.now_s,
    })?;
    visit.session.basket = Basket::default();
    visit.session.checkout = None;
    visit.session.last_order = Some(number.clone());
    redirect(format!("/order/{number}"))
}

fn ready(visit: &Visit<'_>) -> Result<Ready, &'static str> {
    let checkout = checkout_at(visit, Step::Payment)?;
    match (checkout.delivery(), checkout.billing()) {
        (Some(delivery), Some(billing)) => Ok(Ready { checkout, delivery, billing }),
        (None, _) => Err(Step::Delivery.path()),
        (Some(_), None) => Err(Step::Billing.path()),
    }
}
