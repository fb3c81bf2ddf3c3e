//! Takes beacons in: `POST /v1/batch` and `POST /v1/raw`. A page is told that its hits arrived only after they are
//! synced to disk. Never judges a hit; the crate `caisse` does, as it did in the page. Never logs a body.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use caisse::decode::{self, Batch, Refusal};

use crate::answer::{Ack, Problem};
use crate::storage::Arrival;
use crate::{Shared, adobe_edge, body, origin};

/// The routes, to be nested wherever beacons are to arrive.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let origins: Arc<[String]> = shared.settings.allow_origins.clone().into();
    Router::new()
        .route("/v1/batch", post(batch).fallback(wrong_method))
        .route("/v1/raw", post(raw).fallback(wrong_method))
        .merge(adobe_edge::routes())
        .fallback(|| async { Problem::not_found() })
        .layer(middleware::from_fn_with_state(origins, origin::guard))
        .with_state(shared)
}

async fn batch(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Body) -> Result<Ack, Problem> {
    if !body::is_type(&headers, &["text/plain", "application/json"]) {
        return Err(Problem::media_type("text/plain or application/json"));
    }
    take(&shared, body, decode::collector::batch).await
}

async fn raw(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Body) -> Result<Ack, Problem> {
    if !body::is_type(&headers, &["text/plain"]) {
        return Err(Problem::media_type("text/plain"));
    }
    let read = |bytes: &[u8]| decode::raw::batch(std::str::from_utf8(bytes).map_err(|_| Refusal::Malformed("not UTF-8"))?);
    take(&shared, body, read).await
}

/// Reads, decodes, stores, and only then acknowledges.
async fn take<F>(shared: &Shared, body: Body, decode: F) -> Result<Ack, Problem>
where
    F: FnOnce(&[u8]) -> Result<Batch, Refusal> + Send + 'static,
{
    let bytes = body::read(body).await?;
    let received = (shared.clock)();
    let decoded = tokio::task::spawn_blocking(move || {
        let bytes = body::inflate(bytes)?;
        decode(&bytes).map_err(|refusal| match refusal {
            Refusal::Malformed(why) => Problem::malformed(format!("The body cannot be read: {why}.")),
            Refusal::UnknownVersion => Problem::unknown_version(),
        })
    });
    // A body that made the decoder give up is a body that cannot be read.
    let batch = decoded.await.unwrap_or_else(|_| Err(Problem::malformed("The body cannot be read.")))?;
    let id = batch.batch.clone();
    let receipt = shared.writer.append(Arrival { batch, received }).await?;
    Ok(Ack::new(id, &receipt))
}

pub(crate) async fn wrong_method() -> Response {
    let mut response = Problem::method().into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    response
}
