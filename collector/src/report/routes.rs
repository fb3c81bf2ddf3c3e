//! The report's addresses and the headers on its answers. `/healthz` is beside them and asks for no token.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::{Query, csv, live, page};
use crate::answer::Problem;
use crate::{Shared, gate};

/// What the page may load and do: its own two files, its own events, its own form.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// The routes.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    const SCRIPT: &str = include_str!("../../assets/report.js");
    const STYLE: &str = include_str!("../../assets/report.css");
    let file = |media_type: &'static str, text: &'static str| get(move || async move { ([(header::CONTENT_TYPE, media_type)], text) });
    Router::new()
        .route("/report", get(page::show))
        .route("/report.json", get(json))
        .route("/report.csv", get(csv::show))
        .route("/report/events", get(live::events))
        .route("/report/report.js", file("text/javascript; charset=utf-8", SCRIPT))
        .route("/report/report.css", file("text/css; charset=utf-8", STYLE))
        .route("/healthz", get(health))
        .layer(middleware::from_fn_with_state(shared.clone(), gate::guard))
        .layer(middleware::map_response(guard))
        .with_state(shared)
}

async fn json(State(shared): State<Arc<Shared>>, query: Query) -> Result<Response, Problem> {
    let (report, _) = shared.desk.report(&query).await?;
    Ok(axum::Json(report).into_response())
}

async fn health(State(shared): State<Arc<Shared>>) -> Result<&'static str, Problem> {
    let check = tokio::task::spawn_blocking(move || shared.storage.check());
    check.await.map_err(|_| Problem::busy())??;
    Ok("ok")
}

async fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The address may hold the token.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
