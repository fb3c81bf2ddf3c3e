//! What a visitor sees when a page cannot answer. Never says why the shop failed: that is for its log.

use askama::Template;
use axum::http::StatusCode;

use super::Frame;
use crate::calls;
use crate::visit::Failure;

#[derive(Template)]
#[template(path = "failure.html")]
struct Page<'a> {
    frame: &'a Frame,
    title: &'static str,
    words: &'static str,
}

/// Status and page for a failure.
pub fn show(failure: &Failure) -> (StatusCode, String) {
    let (status, title, words) = match failure {
        Failure::Forged => (
            StatusCode::FORBIDDEN,
            "This form has expired",
            "Go back, reload the page and try again. Nothing was changed and nothing was ordered.",
        ),
        Failure::NotFound => {
            (StatusCode::NOT_FOUND, "Page not found", "There is nothing at this address, or it belongs to another visitor.")
        }
        Failure::Database(_) | Failure::Random(_) | Failure::Template(_) | Failure::State(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "Something broke on our side", "Nothing was ordered. Please try again in a moment.")
        }
    };
    let calls = if status == StatusCode::NOT_FOUND { vec![calls::page_missing()] } else { Vec::new() };
    let frame = Frame::bare(title, &calls);
    let page = Page { frame: &frame, title, words };
    (status, page.render().unwrap_or_else(|_| title.into()))
}
