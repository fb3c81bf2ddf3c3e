//! Which pages may send: those of the collector's own host and those of the allowed origins. Puts the headers
//! on every answer, refusals included, that let a page read what it was told. Never answers `*`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::answer::Problem;
use crate::limits::PREFLIGHT_AGE_S;

/// Lets a request through, or not, and answers preflights.
pub(crate) async fn guard(State(allowed): State<Arc<[String]>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    // Adobe's Web SDK sends its cookies along; ours never does.
    let with_cookies = request.uri().path().starts_with("/ee/");
    let passes = origin.as_ref().is_none_or(|origin| may_send(origin, request.headers(), request.uri(), &allowed));
    let mut response = if !passes {
        Problem::foreign_origin().into_response()
    } else if request.method() == Method::OPTIONS {
        preflight()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    if let Some(origin) = origin.filter(|_| passes) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if with_cookies {
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        // Without this a page of another origin could not see for how long it should wait.
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
    }
    response
}

fn may_send(origin: &HeaderValue, headers: &HeaderMap, uri: &Uri, allowed: &[String]) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    if allowed.iter().any(|known| known == origin) {
        return true;
    }
    // Behind a proxy that ends TLS the scheme is not ours to know; host and port decide.
    let own = headers.get(header::HOST).and_then(|host| host.to_str().ok()).or_else(|| uri.authority().map(|host| host.as_str()));
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    matches!((host, own), (Some(host), Some(own)) if !host.is_empty() && host.eq_ignore_ascii_case(own))
}

fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, OPTIONS"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Content-Type"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE_S.into());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(origin: &str, host: &str, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).expect("a host"));
        let origin = HeaderValue::from_str(origin).expect("an origin");
        let allowed = ["https://shop.example".to_owned()];
        assert_eq!(may_send(&origin, &headers, &Uri::from_static("/v1/batch"), &allowed), expected);
    }

    #[test]
    fn own_and_allowed_origins_pass() {
        check("https://shop.example", "collector.example", true);
        check("http://127.0.0.1:8787", "127.0.0.1:8787", true);
        check("https://Collector.example", "collector.example", true);
        check("http://shop.example", "collector.example", false);
        check("https://shop.example.evil.example", "collector.example", false);
        check("https://shop.example:8443", "collector.example", false);
        check("http://127.0.0.1:8080", "127.0.0.1:8787", false);
        check("null", "null", false);
        check("", "", false);
    }
}
