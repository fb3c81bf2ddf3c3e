//! What the collector says to a page: an acknowledgement, or a problem with a code that never changes.
//! Never says what a body held.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::limits;
use crate::storage::{Ids, Receipt, Trouble};

/// The answer that takes hits out of a page's queue: what was stored, echoing the batch's id.
#[derive(Debug, Serialize)]
pub(crate) struct Ack {
    batch: String,
    accepted: String,
    duplicate: String,
    rejected: String,
}

impl Ack {
    pub(crate) fn new(batch: String, receipt: &Receipt) -> Self {
        let rejected: Vec<String> = receipt.rejected.iter().map(|(stream, seq, code)| format!("{stream}:{seq}={code}")).collect();
        Self { batch, accepted: ranges(&receipt.accepted), duplicate: ranges(&receipt.duplicate), rejected: rejected.join(";") }
    }
}

impl IntoResponse for Ack {
    fn into_response(self) -> Response {
        axum::Json(self).into_response()
    }
}

/// Ids as `stream:0-19,21;stream:3`, streams in the order in which they came.
fn ranges(ids: &[Ids]) -> String {
    let mut streams: Vec<(&str, Vec<(u64, u64)>)> = Vec::new();
    for id in ids {
        match streams.iter_mut().find(|(stream, _)| *stream == id.stream) {
            Some((_, spans)) => spans.push((id.from, id.to)),
            None => streams.push((&id.stream, vec![(id.from, id.to)])),
        }
    }
    let written = streams.into_iter().map(|(stream, mut spans)| {
        spans.sort_unstable();
        spans.dedup_by(|next, last| {
            let touches = next.0 <= last.1.saturating_add(1);
            if touches {
                last.1 = last.1.max(next.1);
            }
            touches
        });
        let spans: Vec<String> =
            spans.iter().map(|(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") }).collect();
        format!("{stream}:{}", spans.join(","))
    });
    written.collect::<Vec<_>>().join(";")
}

/// Why a request is refused, as `application/problem+json`.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
    #[serde(skip)]
    retry_after: Option<u32>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { r#type: "about:blank", title, status: status.as_u16(), code, detail: detail.into(), retry_after: None }
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    pub(crate) fn bad_parameter(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_parameter", detail)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "The report needs its token: ?token=… or Authorization: Bearer ….")
    }

    pub(crate) fn foreign_origin() -> Self {
        let detail = "This page's origin may not send here. The collector's operator allows it with --allow-origin.";
        Self::new(StatusCode::FORBIDDEN, "foreign_origin", detail)
    }

    pub(crate) fn foreign_site() -> Self {
        let detail =
            "Pages of this origin may not send hits of this site. The collector's operator allows it with --allow-origin SITE=ORIGIN.";
        Self::new(StatusCode::FORBIDDEN, "foreign_site", detail)
    }

    pub(crate) fn too_many() -> Self {
        let detail = "Too many requests from one address, or for one site. Keep the hits and come again.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many", detail).retry(limits::RETRY_RATE_S)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Nothing is here. Hits go to v1/batch, v1/raw or b/ss/{report suite}/….")
    }

    pub(crate) fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Hits come by POST.")
    }

    pub(crate) fn slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "timeout", "The body did not arrive in time.")
    }

    pub(crate) fn too_large() -> Self {
        let detail = format!("A body has at most {} bytes, and {} inflated.", limits::WIRE_BYTES_MAX, limits::INFLATED_BYTES_MAX);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    pub(crate) fn media_type(expected: &str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", format!("The content type must be {expected}."))
    }

    pub(crate) fn unknown_version() -> Self {
        let detail = "This collector does not know that version of the format. Keep the hits and come again.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unknown_version", detail).retry(limits::RETRY_VERSION_S)
    }

    pub(crate) fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Too many are waiting.").retry(limits::RETRY_BUSY_S)
    }

    fn retry(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        let (code, detail) = match trouble {
            Trouble::Busy => return Self::busy(),
            Trouble::Full => ("storage_full", "Nothing can be stored: the disk is full."),
            Trouble::ReadOnly => ("storage_unavailable", "Nothing can be stored: the database is read-only."),
            // The words of the failure are for the operator's log.
            Trouble::Broken(_) => ("storage_unavailable", "The database does not answer."),
        };
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).retry(limits::RETRY_STORAGE_S)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after;
        let mut response = (status, axum::Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ids: &[(&str, u64, u64)], expected: &str) {
        let ids: Vec<Ids> = ids.iter().map(|(stream, from, to)| Ids { stream: (*stream).into(), from: *from, to: *to }).collect();
        assert_eq!(ranges(&ids), expected);
    }

    #[test]
    fn writes_ranges() {
        check(&[], "");
        check(&[("a", 3, 3)], "a:3");
        check(&[("a", 1, 1), ("a", 0, 0), ("b", 7, 7), ("a", 2, 4), ("a", 9, 9)], "a:0-4,9;b:7");
        check(&[("a", 2, 8), ("a", 3, 4), ("a", 8, 8)], "a:2-8");
    }
}
