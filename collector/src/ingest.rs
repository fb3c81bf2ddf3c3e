//! Takes beacons in: `POST /v1/batch` and `POST /v1/raw`, and what is meant for Adobe. A page is told that its hits arrived only after they are
//! synced to disk. Never judges a hit; the crate `caisse` does, as it did in the page. Never logs a body.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use caisse::decode::{self, Batch, Refusal};

use crate::answer::{Ack, Problem};
use crate::origin::Sites;
use crate::storage::Arrival;
use crate::{Shared, adobe_analytics, adobe_edge, body, gate, origin, shape};

/// The routes, to be nested wherever beacons are to arrive.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let origins = shared.origins.clone();
    Router::new()
        .route("/v1/batch", post(batch).fallback(wrong_method))
        .route("/v1/raw", post(raw).fallback(wrong_method))
        .merge(adobe_edge::routes())
        .merge(adobe_analytics::routes())
        .fallback(|| async { Problem::not_found() })
        .layer(middleware::from_fn_with_state(shared.clone(), gate::guard))
        .layer(middleware::from_fn_with_state(origins, origin::guard))
        .with_state(shared)
}

async fn batch(
    State(shared): State<Arc<Shared>>,
    Extension(sites): Extension<Sites>,
    headers: HeaderMap,
    body: Body,
) -> Result<Ack, Problem> {
    if !body::is_type(&headers, &["text/plain", "application/json"]) {
        return Err(Problem::media_type("text/plain or application/json"));
    }
    take(&shared, &sites, body, decode_batch).await
}

async fn raw(
    State(shared): State<Arc<Shared>>,
    Extension(sites): Extension<Sites>,
    headers: HeaderMap,
    body: Body,
) -> Result<Ack, Problem> {
    if !body::is_type(&headers, &["text/plain"]) {
        return Err(Problem::media_type("text/plain"));
    }
    take(&shared, &sites, body, |bytes| {
        let text = std::str::from_utf8(bytes).map_err(|_| unreadable(Refusal::Malformed("not UTF-8")))?;
        decode::raw::batch(text).map_err(unreadable)
    })
    .await
}

fn decode_batch(bytes: &[u8]) -> Result<Batch, Problem> {
    shape::check(bytes)?;
    decode::collector::batch(bytes).map_err(unreadable)
}

/// What a page is told whose beacon is refused as a whole.
pub(crate) fn unreadable(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Malformed(why) => Problem::malformed(format!("This cannot be read: {why}.")),
        Refusal::UnknownVersion => Problem::unknown_version(),
    }
}

/// Reads, decodes, stores, and only then acknowledges.
pub(crate) async fn take<F>(shared: &Shared, sites: &Sites, body: Body, decode: F) -> Result<Ack, Problem>
where
    F: FnOnce(&[u8]) -> Result<Batch, Problem> + Send + 'static,
{
    let bytes = body::read(body).await?;
    let received = (shared.clock)();
    let batch = shared.decode(move || decode(&body::inflate(bytes)?)).await?;
    sites.check(&batch.site)?;
    shared.gate.admits_beacon(&batch.site, received)?;
    let id = batch.batch.clone();
    let receipt = shared.writer.append(Arrival { batch, received }).await?;
    Ok(Ack::new(id, &receipt))
}

pub(crate) async fn wrong_method() -> Response {
    let mut response = Problem::method().into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    response
}
