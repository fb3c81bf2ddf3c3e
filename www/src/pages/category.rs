//! One family: all its products, drawn to one scale.

use askama::Template;

use super::{Frame, public};
use crate::calls;
use crate::catalogue::{Family, Product};
use crate::visit::{Answer, Failure, Visit};

#[derive(Template)]
#[template(path = "category.html")]
struct Page<'a> {
    frame: &'a Frame,
    family: Family,
    products: Vec<&'static Product>,
}

/// Shows a family.
///
/// # Errors
/// [`Failure::NotFound`] if there is none of that name.
pub fn show(visit: &mut Visit<'_>, slug: &str) -> Result<Answer, Failure> {
    let family = Family::find(slug).ok_or(Failure::NotFound)?;
    let page = calls::page(&format!("category {slug}"), "catalogue");
    let mut frame = Frame::new(visit, family.title(), page, vec![calls::list_view(family)]);
    frame.family = Some(family);
    public(&frame, &Page { frame: &frame, family, products: family.products().collect() })
}
