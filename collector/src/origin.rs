//! Which pages may send, and hits of which sites: those of the collector's own host and those of the allowed origins. Puts the headers
//! on every answer, refusals included, that let a page read what it was told. Never answers `*`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::answer::Problem;
use crate::limits::PREFLIGHT_AGE_S;

/// An origin whose pages may send: hits of one site, or of any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allowed {
    /// As browsers write it.
    pub(crate) origin: String,
    pub(crate) site: Option<String>,
}

/// The sites whose hits a request may bring; an extension of every request that was let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sites {
    /// It comes from the collector's own host, from no page at all, or from an origin that is allowed for any.
    Any,
    /// Its origin is allowed for these.
    These(Vec<String>),
}

impl Sites {
    /// Whether a beacon of this site may come.
    pub(crate) fn check(&self, site: &str) -> Result<(), Problem> {
        match self {
            Self::Any => Ok(()),
            Self::These(sites) => sites.iter().any(|known| known == site).then_some(()).ok_or_else(Problem::foreign_site),
        }
    }
}

/// Lets a request through, or not, and answers preflights.
pub(crate) async fn guard(State(allowed): State<Arc<[Allowed]>>, mut request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    // Adobe's libraries send their cookies along; ours never does.
    let with_cookies = ["/b/ss/", "/ee/"].iter().any(|place| request.uri().path().starts_with(place));
    let sites = match &origin {
        Some(origin) => sites_of(origin, request.headers(), request.uri(), &allowed),
        None => Some(Sites::Any),
    };
    let passes = sites.is_some();
    let mut response = match sites {
        None => Problem::foreign_origin().into_response(),
        Some(_) if request.method() == Method::OPTIONS => preflight(),
        Some(sites) => {
            request.extensions_mut().insert(sites);
            next.run(request).await
        }
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

/// Nothing, if this origin may not send at all.
fn sites_of(origin: &HeaderValue, headers: &HeaderMap, uri: &Uri, allowed: &[Allowed]) -> Option<Sites> {
    let origin = origin.to_str().ok()?;
    let mut named = allowed.iter().filter(|known| known.origin == origin).peekable();
    if named.peek().is_some() {
        let sites: Option<Vec<String>> = named.map(|known| known.site.clone()).collect();
        return Some(sites.map_or(Sites::Any, Sites::These));
    }
    // Behind a proxy that ends TLS the scheme is not ours to know; host and port decide.
    let own = headers.get(header::HOST).and_then(|host| host.to_str().ok()).or_else(|| uri.authority().map(|host| host.as_str()));
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let is_own = matches!((host, own), (Some(host), Some(own)) if !host.is_empty() && host.eq_ignore_ascii_case(own));
    is_own.then_some(Sites::Any)
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
        let allow = |origin: &str, site: Option<&str>| Allowed { origin: origin.into(), site: site.map(str::to_owned) };
        let two = [allow("https://two.example", Some("a")), allow("https://two.example", Some("b"))];
        let [one, other] = two;
        let allowed = [allow("https://shop.example", None), one, other];
        let sites = sites_of(&origin, &headers, &Uri::from_static("/v1/batch"), &allowed);
        assert_eq!(sites.is_some(), expected);
        if let Some(sites) = sites {
            let named = ["a", "b", "c"].map(|site| sites.check(site).is_ok());
            assert_eq!(named, [true, true, sites == Sites::Any]);
            assert_eq!(sites == Sites::Any, !origin.as_bytes().starts_with(b"https://two"));
        }
    }

    #[test]
    fn own_and_allowed_origins_pass() {
        check("https://shop.example", "collector.example", true);
        check("http://127.0.0.1:8787", "127.0.0.1:8787", true);
        check("https://Collector.example", "collector.example", true);
        check("https://two.example", "collector.example", true);
        check("http://two.example", "collector.example", false);
        check("http://shop.example", "collector.example", false);
        check("https://shop.example.evil.example", "collector.example", false);
        check("https://shop.example:8443", "collector.example", false);
        check("http://127.0.0.1:8080", "127.0.0.1:8787", false);
        check("null", "null", false);
        check("", "", false);
    }
}
