//! Everything served that is no page: style sheet, script, drawings, the page `/minimal/`, and the npm
//! package. Never sees a session.

use std::path::Path as FilePath;

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use tower_http::services::ServeDir;

use crate::catalogue;
use crate::drawing::View;
use crate::server::missing;

/// The npm package's files, for this shop's pages and for pages of any other origin.
pub fn package(directory: &FilePath) -> Router {
    let files = Router::new().fallback_service(ServeDir::new(directory));
    Router::new().nest("/caisse", files.layer(middleware::from_fn(package_headers)))
}

/// Files that are part of the binary, so that it can be moved.
pub fn embedded() -> Router {
    const CSS: &str = include_str!("../assets/rivet.css");
    const SCRIPT: &str = include_str!("../assets/shop.js");
    const LAB_CSS: &str = include_str!("../assets/lab.css");
    const LAB_SCRIPT: &str = include_str!("../assets/lab.js");
    const ICON: &str = include_str!("../assets/icon.svg");
    const MINIMAL: &str = include_str!("../minimal/index.html");
    Router::new()
        .route("/assets/rivet.css", get(|h: HeaderMap| async move { file(&h, "text/css; charset=utf-8", CSS) }))
        .route("/assets/shop.js", get(|h: HeaderMap| async move { file(&h, "text/javascript; charset=utf-8", SCRIPT) }))
        .route("/assets/lab.css", get(|h: HeaderMap| async move { file(&h, "text/css; charset=utf-8", LAB_CSS) }))
        .route("/assets/lab.js", get(|h: HeaderMap| async move { file(&h, "text/javascript; charset=utf-8", LAB_SCRIPT) }))
        .route("/assets/icon.svg", get(|h: HeaderMap| async move { file(&h, "image/svg+xml", ICON) }))
        .route("/favicon.ico", get(|h: HeaderMap| async move { file(&h, "image/svg+xml", ICON) }))
        .route("/drawings/{id}/{view}", get(drawing))
        // No policy here: the page is one file with its script inside, to be copied and changed.
        .route("/minimal/", get(|h: HeaderMap| async move { file(&h, "text/html; charset=utf-8", MINIMAL) }))
        .route("/minimal", get(|| async { Redirect::permanent("/minimal/") }))
}

async fn drawing(headers: HeaderMap, Path((id, view)): Path<(String, String)>) -> Response {
    let product = catalogue::find(&id);
    let view = view.strip_suffix(".svg").and_then(View::find);
    match (product, view) {
        (Some(product), Some(view)) => file(&headers, "image/svg+xml", &view.draw(product)),
        _ => missing().await,
    }
}

/// A file that the browser may keep but has to ask about: the answer is short if it has not changed.
fn file(request: &HeaderMap, kind: &'static str, body: &str) -> Response {
    let tag = format!("\"{:016x}\"", fingerprint(body));
    let unchanged = request.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::ETAG, tag),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    if unchanged { (StatusCode::NOT_MODIFIED, headers).into_response() } else { (headers, body.to_owned()).into_response() }
}

/// FNV-1a: tells two versions of our own files apart, nothing more.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

async fn package_headers(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let lasting = found && is_hashed(&path);
    let cache = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Pages under a policy of their own (COEP) may load the files as well.
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    response
}

/// Whether the file's name carries a hash of its content: eight or more hex digits, or a bundler's
/// capitals and digits, as the last part before the extension.
fn is_hashed(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, _extension)) = file.rsplit_once('.') else {
        return false;
    };
    let mark = stem.rsplit(['.', '-', '_']).next().unwrap_or(stem);
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let capital = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase();
    mark.len() >= 8 && mark != stem && (mark.bytes().all(hex) || mark.bytes().all(capital))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_hashed_name() {
        for name in ["/caisse_bg.0a1b2c3d.wasm", "/chunk-5KQJ3Z7X.js", "/core_0123456789abcdef.wasm"] {
            assert!(is_hashed(name), "{name}");
        }
        for name in ["/index.js", "/checkout-progress-define.js", "/caisse.global.js", "/deadbeef", "/LICENSE"] {
            assert!(!is_hashed(name), "{name}");
        }
    }
}
