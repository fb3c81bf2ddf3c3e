//! The entrance: the four families and what is often bought.

use askama::Template;

use super::{Frame, public};
use crate::calls;
use crate::catalogue::{self, Product};
use crate::visit::{Answer, Failure, Visit};

/// Part numbers shown on the entrance: one of each family.
const FEATURED: [&str; 4] = ["RV-12100-ZP", "RV-H100-A2", "RV-K060-A2", "RV-B096-BR"];

#[derive(Template)]
#[template(path = "home.html")]
struct Page<'a> {
    frame: &'a Frame,
    hero: &'static Product,
    featured: Vec<&'static Product>,
}

/// Shows the entrance.
///
/// # Errors
/// If the template fails.
pub fn show(visit: &mut Visit<'_>) -> Result<Answer, Failure> {
    let frame = Frame::new(visit, "Bolts, hinges, hooks and handles", calls::page("home", "catalogue"), Vec::new());
    let featured: Vec<_> = FEATURED.into_iter().filter_map(catalogue::find).collect();
    let hero = &catalogue::PRODUCTS[2];
    public(&frame, &Page { frame: &frame, hero, featured })
}
