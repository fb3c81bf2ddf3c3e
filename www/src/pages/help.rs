//! Delivery, returns, payment, privacy and terms in a few honest sentences about a demo.

use askama::Template;

use super::{Frame, public};
use crate::calls;
use crate::price::Cents;
use crate::shipping::{FREE_ABOVE, Method};
use crate::visit::{Answer, Failure, Visit};

#[derive(Template)]
#[template(path = "help.html")]
struct Page<'a> {
    frame: &'a Frame,
    standard: String,
    express: String,
    free_above: String,
    checking_out: bool,
}

/// Shows the page.
///
/// # Errors
/// If the template fails.
pub fn show(visit: &mut Visit<'_>) -> Result<Answer, Failure> {
    let frame = Frame::new(visit, "Help", calls::page("help", "help"), Vec::new());
    let page = Page {
        frame: &frame,
        standard: Method::Standard.cost(Cents(0)).to_string(),
        express: Method::Express.cost(Cents(0)).to_string(),
        free_above: FREE_ABOVE.to_string(),
        checking_out: visit.session.checkout.is_some(),
    };
    public(&frame, &page)
}
