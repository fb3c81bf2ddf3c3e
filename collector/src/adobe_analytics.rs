//! Takes in what is meant for Adobe Analytics: `GET` and `POST /b/ss/…`, a hit each, from AppMeasurement or from Caisse. Answers with a pixel, as
//! Adobe does, but only after the hit is synced to disk. Never talks to Adobe.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use caisse::decode::{Refusal, adobe_analytics};

use crate::answer::Problem;
use crate::origin::Sites;
use crate::{Shared, body, ingest};

/// A transparent GIF of one pixel, in its 43 bytes.
const PIXEL: &[u8; 43] = b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

/// The routes; `origin` stands before them.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/b/ss/{*hit}", get(take).post(take).fallback(wrong_method))
}

async fn take(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response, Problem> {
    // Whoever asks for the head alone makes no hit.
    if request.method() == Method::HEAD {
        return Ok(wrong_method().await);
    }
    let (mut parts, body) = request.into_parts();
    let sites = parts.extensions.remove::<Sites>().ok_or_else(Problem::foreign_origin)?;
    let path = String::from(parts.uri.path());
    if adobe_analytics::suites(&path).is_none() {
        return Err(Problem::not_found());
    }
    let posted = parts.method == Method::POST && parts.headers.contains_key(header::CONTENT_TYPE);
    if posted && !body::is_type(&parts.headers, &["application/x-www-form-urlencoded", "text/plain"]) {
        return Err(Problem::media_type("application/x-www-form-urlencoded"));
    }
    // What a URL would hold stands in the body if it is long; a beacon's body is empty.
    let query = String::from(parts.uri.query().unwrap_or(""));
    let received = (shared.clock)();
    let decode = move |bytes: &[u8]| {
        let body = std::str::from_utf8(bytes).map_err(|_| ingest::unreadable(Refusal::Malformed("not UTF-8")))?;
        adobe_analytics::request(&path, if query.is_empty() { body } else { &query }, received).map_err(ingest::unreadable)
    };
    ingest::take(&shared, &sites, body, decode).await?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("image/gif"))], PIXEL).into_response())
}

async fn wrong_method() -> Response {
    let mut response = Problem::method().into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST, OPTIONS"));
    response
}
