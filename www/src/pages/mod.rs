//! The pages: what each shows, what its form does, and what it tells the tracker. Never reads a request
//! and never writes a header; `server` and `visit` do.
//!
//! Names that tests and visitors' browsers rely on. An input's `name` is its `id`, and what a browser may
//! fill in is the same word as in the HTML standard.
//!
//! | page | form's ids (autocomplete) | button or link |
//! |---|---|---|
//! | `/` | – | `#browse` |
//! | `/p/{id}` | `quantity` | `#add` |
//! | `/cart` | per line `quantity-{id}` (name `quantity`), `update-{id}`, `remove-{id}` | `#checkout` |
//! | `/checkout/delivery` | `email` (email), `method-standard`, `method-express` (name `method`), `name` (shipping name), `street` (shipping street-address), `postcode` (shipping postal-code), `city` (shipping address-level2) | `#continue` |
//! | `/checkout/billing` | `same` (checkbox, ticked), `billing-name` (billing name), `billing-street`, `billing-postcode`, `billing-city` | `#continue` |
//! | `/checkout/payment` | `cc-name`, `cc-number`, `cc-exp`, `cc-csc` (each its own word) | `#continue` |
//! | `/order/{number}` | `#order-number`, `#order-total` are texts | `#again` |
//!
//! On every page: `#calls` (what the page tells the tracker, as JSON), `#main`; in the shop `#basket-link`;
//! in the checkout `#back-to-basket`, `#summary-total`. A refused field has its words in `#{id}-error`, and
//! the list of all of them is `#errors`.

pub mod billing;
pub mod cart;
pub mod category;
pub mod confirmation;
pub mod delivery;
pub mod failure;
pub mod help;
pub mod home;
pub mod lab;
pub mod payment;
pub mod product;

use askama::Template;
use axum::http::StatusCode;

use crate::basket::{Line, Totals};
use crate::calls::{self, Call};
use crate::catalogue::Family;
use crate::checkout::{Checkout, Step};
use crate::visit::{Answer, Failure, Visit};

/// What every page has around its content.
#[derive(Debug)]
pub struct Frame {
    /// The page's title, without the shop's name.
    pub title: String,
    /// What the page tells the tracker, ready to stand in a script element.
    pub calls: String,
    /// Proof for the page's forms.
    pub csrf: String,
    /// Units in the basket.
    pub count: u32,
    /// The families of the navigation.
    pub families: [Family; 4],
    /// The family the page belongs to.
    pub family: Option<Family>,
    /// Whether the page carries calls that must run once.
    once: bool,
}

impl Frame {
    /// The frame of a page that is about to be shown: first the page view, then what the last form did,
    /// then what this page is. Takes the waiting calls out of the session: they are shown once.
    pub fn new(visit: &mut Visit<'_>, title: impl Into<String>, page: Call, own: Vec<Call>) -> Self {
        let waiting = std::mem::take(&mut visit.session.waiting);
        let once = !waiting.is_empty();
        let calls: Vec<Call> = std::iter::once(page).chain(waiting).chain(own).collect();
        Self {
            title: title.into(),
            calls: calls::script(&calls),
            csrf: visit.session.csrf.clone(),
            count: visit.session.basket.count(),
            families: Family::ALL,
            family: None,
            once,
        }
    }

    /// Whether the page belongs to a family.
    pub fn is_in(&self, family: &Family) -> bool {
        self.family.as_ref() == Some(family)
    }

    /// The frame of a page that knows nothing of its visitor.
    pub fn bare(title: &str, calls: &[Call]) -> Self {
        Self {
            title: title.into(),
            calls: calls::script(calls),
            csrf: String::new(),
            count: 0,
            families: Family::ALL,
            family: None,
            once: true,
        }
    }
}

/// A page of the catalogue: the browser may keep it, unless it carries calls that must run once.
fn public(frame: &Frame, template: &impl Template) -> Result<Answer, Failure> {
    Ok(Answer::Page { status: StatusCode::OK, html: template.render()?, storable: !frame.once })
}

/// A page about one visitor: never kept.
fn private(status: StatusCode, template: &impl Template) -> Result<Answer, Failure> {
    Ok(Answer::Page { status, html: template.render()?, storable: false })
}

fn redirect(to: impl Into<String>) -> Result<Answer, Failure> {
    Ok(Answer::Redirect(to.into()))
}

/// The order as the side of a checkout page shows it.
#[derive(Debug)]
pub struct Summary {
    /// What is bought.
    pub lines: Vec<Line>,
    /// Units in all.
    pub count: u32,
    /// What it costs.
    pub totals: Totals,
}

impl Summary {
    fn of(visit: &Visit<'_>, checkout: &Checkout) -> Self {
        let basket = &visit.session.basket;
        Self { lines: basket.lines().collect(), count: basket.count(), totals: basket.totals(checkout.method()) }
    }
}

/// One entry of the list of steps.
#[derive(Debug)]
pub struct Stage {
    /// Its word in addresses and calls.
    pub id: &'static str,
    /// Its word for people.
    pub title: &'static str,
    /// Where it leads, if the visitor may go there.
    pub path: &'static str,
    /// Whether it is the one that the page shows.
    pub current: bool,
}

/// The list of steps as seen from the one with this word.
fn stages(current: &'static str) -> Vec<Stage> {
    let named = Step::ALL.into_iter().map(|step| (step.slug(), step.title(), step.path()));
    let all: Vec<_> = [("cart", "Basket", "/cart")].into_iter().chain(named).chain([("done", "Confirmation", "")]).collect();
    let at = all.iter().position(|(id, ..)| *id == current).unwrap_or_default();
    let stage = |(index, (id, title, path))| Stage { id, title, path: if index < at { path } else { "" }, current: index == at };
    all.into_iter().enumerate().map(stage).collect()
}

/// The checkout under way if it has reached `step`; otherwise where the visitor has to go first.
fn checkout_at(visit: &Visit<'_>, step: Step) -> Result<Checkout, &'static str> {
    if visit.session.basket.is_empty() {
        return Err("/cart");
    }
    let Some(checkout) = visit.session.checkout.clone() else {
        return Err(Step::Delivery.path());
    };
    let reached = checkout.reached();
    if reached.index() < step.index() { Err(reached.path()) } else { Ok(checkout) }
}
