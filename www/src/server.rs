//! Which address leads to which page, and the headers that every page carries. Knows no page from inside and
//! nothing of the collector: `main` puts that beside it.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use crate::card::CardForm;
use crate::checkout::{BillingForm, DeliveryForm};
use crate::files;
use crate::pages::cart::LineForm;
use crate::pages::product::AddForm;
use crate::pages::{billing, cart, category, confirmation, delivery, failure, help, home, lab, payment, product};
use crate::store::Store;
use crate::visit::{self, Answer, Failure, Visit};

/// Bytes a form may have; the longest of the shop has less than a tenth.
const FORM_BYTES_MAX: usize = 16_384;

/// What the shop's pages may load and do. `wasm-unsafe-eval` lets the tracker's wasm be compiled and
/// nothing else; without it the tracker would send raw calls and still count.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The pages of the shop, their assets and drawings, and the page `/minimal/`.
pub fn shop(store: Store) -> Router {
    let pages = catalogue().merge(checkout());
    let pages = pages.layer(DefaultBodyLimit::max(FORM_BYTES_MAX)).layer(middleware::map_response(guard));
    pages.with_state(store).merge(files::embedded())
}

fn catalogue() -> Router<Store> {
    Router::new()
        .route("/", get(|v: Visitor| v.serve(home::show)))
        .route("/help", get(|v: Visitor| v.serve(help::show)))
        .route("/lab", get(|v: Visitor| v.serve(lab::show)))
        .route("/c/{family}", get(|v: Visitor, Path(slug): Path<String>| v.serve(move |t| category::show(t, &slug))))
        .route("/p/{id}", get(|v: Visitor, Path(id): Path<String>| v.serve(move |t| product::show(t, &id))))
        .route("/cart", get(|v: Visitor| v.serve(cart::show)))
        .route("/cart/add", post(|v: Visitor, Form(form): Form<AddForm>| v.serve(move |t| product::add(t, &form))))
        .route("/cart/line", post(|v: Visitor, Form(form): Form<LineForm>| v.serve(move |t| cart::change(t, &form))))
}

fn checkout() -> Router<Store> {
    Router::new()
        .route(
            "/checkout/delivery",
            get(|v: Visitor| v.serve(delivery::show))
                .post(|v: Visitor, Form(form): Form<DeliveryForm>| v.serve(move |t| delivery::submit(t, form))),
        )
        .route(
            "/checkout/billing",
            get(|v: Visitor| v.serve(billing::show))
                .post(|v: Visitor, Form(form): Form<BillingForm>| v.serve(move |t| billing::submit(t, form))),
        )
        .route(
            "/checkout/payment",
            get(|v: Visitor| v.serve(payment::show))
                .post(|v: Visitor, Form(form): Form<CardForm>| v.serve(move |t| payment::submit(t, &form))),
        )
        .route("/order/{number}", get(|v: Visitor, Path(number): Path<String>| v.serve(move |t| confirmation::show(t, &number))))
}

/// What is shown where nothing is.
pub async fn missing() -> Response {
    guard(fail(&Failure::NotFound)).await
}

/// A request on its way to a page.
struct Visitor {
    store: Store,
    headers: HeaderMap,
    keep: bool,
}

impl FromRequestParts<Store> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, store: &Store) -> Result<Self, Self::Rejection> {
        let (store, headers) = (store.clone(), parts.headers.clone());
        Ok(Self { store, headers, keep: parts.method != Method::HEAD })
    }
}

impl Visitor {
    /// Runs a page where waiting for the disk holds nobody else up.
    async fn serve<F>(self, page: F) -> Response
    where
        F: FnOnce(&mut Visit<'_>) -> Result<Answer, Failure> + Send + 'static,
    {
        let visit = move || visit::serve(&self.store, &self.headers, self.keep, page);
        match tokio::task::spawn_blocking(visit).await {
            Ok(Ok(response)) => response,
            Ok(Err(failure)) => fail(&failure),
            Err(_panicked) => fail(&Failure::Database(rusqlite::Error::InvalidQuery)),
        }
    }
}

/// The page for a failure. What the visitor cannot change is told to whoever runs the shop.
fn fail(failure: &Failure) -> Response {
    let (status, html) = failure::show(failure);
    if status.is_server_error() {
        eprintln!("rivet: a page failed: {failure:?}");
    }
    (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

async fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}
