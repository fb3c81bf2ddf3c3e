//! The server of a site that is not the shop: pages that a test writes, the package from a copy of its own, and `/hits`,
//! which it passes on to a shop's collector and writes down. Never changes what it passes on.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::fault::plain;
use crate::place::Place;
use crate::programs;
use crate::shop::Shop;

/// A page: its headers and what is in it.
#[derive(Clone, Debug)]
pub struct Page {
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// Written at the top of every page: notes whatever goes wrong in it.
const NOTES: &str = "window.errors = [];
addEventListener('error', (event) => errors.push(String(event.message)));
addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));
document.addEventListener('securitypolicyviolation', (event) => (window.violations ||= []).push(event.violatedDirective));";

impl Page {
    /// A page that imports the package and runs a script; `createTracker` is at hand, also for the test's own scripts.
    /// `window.errors` has what went wrong, `window.loaded` says that the script is through.
    pub fn of(script: &str) -> Self {
        let import = "import { createTracker } from '/caisse/index.js';\nwindow.createTracker = createTracker;";
        Self::with_markup(&format!("<script type=module nonce=n>{import}\n{script}\nwindow.loaded = true;</script>"))
    }

    /// A page that imports nothing by itself. `window.errors` has what went wrong; `window.loaded` is true at once.
    pub fn with_markup(markup: &str) -> Self {
        let head = "<!doctype html><html lang=en><meta charset=utf-8><title>Test</title><link rel=icon href='data:,'>";
        let loaded = if markup.contains("window.loaded") { "" } else { "window.loaded = true;" };
        let body = format!("{head}\n<script nonce=n>{NOTES}{loaded}</script>\n{markup}\n<p>A page.\n");
        Self { headers: Vec::new(), body }
    }

    /// A script, for pages to import.
    pub fn script(text: &str) -> Self {
        Self { headers: vec![("content-type", "text/javascript".into())], body: text.into() }
    }

    /// The page with another header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A request that a site got and passed on, or kept.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its path.
    pub path: String,
    /// Its body, as it was before it was compressed.
    pub body: Vec<u8>,
}

/// A running site.
#[derive(Debug)]
pub struct Site {
    origin: String,
    inside: Arc<Inside>,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct Inside {
    pages: Mutex<HashMap<String, Page>>,
    collector: Mutex<Option<String>>,
    seen: Mutex<Vec<Seen>>,
    package: TempDir,
    client: reqwest::Client,
}

impl Site {
    /// Opens a site at an origin that no browser has seen, with `Page::of("")` at `/`.
    ///
    /// # Panics
    /// If it cannot listen, or the package is not built.
    #[track_caller]
    pub fn open() -> impl Future<Output = Self> {
        let place = Place::here();
        async move {
            let package = place.expect("a folder for the package", TempDir::with_prefix("caisse-site-"));
            place.expect("the package", programs::copy_package(package.path()));
            let inside = Arc::new(Inside {
                pages: Mutex::default(),
                collector: Mutex::default(),
                seen: Mutex::default(),
                package,
                client: reqwest::Client::new(),
            });
            let listener = place.expect("a port", TcpListener::bind(("127.0.0.1", 0)).await);
            let address = place.expect("a port", listener.local_addr());
            let routes = Router::new().fallback(answer).with_state(inside.clone());
            let serving = tokio::spawn(async { axum::serve(listener, routes).await.unwrap_or_default() });
            let site = Self { origin: format!("http://{address}"), inside, serving };
            site.put("/", Page::of(""));
            site
        }
    }

    /// The site's origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// An address in the site; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Puts a page at a path.
    pub fn put(&self, path: &str, page: Page) {
        lock(&self.inside.pages).insert(path.into(), page);
    }

    /// From now on `/hits` is the collector of a shop.
    pub fn pass_on_to(&self, shop: &Shop) {
        *lock(&self.inside.collector) = Some(shop.url(""));
    }

    /// What was posted here, oldest first.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.inside.seen).clone()
    }

    /// How many requests were for the collector.
    pub fn hits_requests(&self) -> usize {
        self.seen().iter().filter(|seen| seen.path.starts_with("/hits/")).count()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What a mutex holds.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A test that failed elsewhere has left nothing half done in here.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(inside): State<Arc<Inside>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path();
    let page = lock(&inside.pages).get(path).cloned();
    if let Some(page) = page {
        return page.into_response();
    }
    if let Some(name) = path.strip_prefix("/caisse/") {
        return file(inside.package.path(), name);
    }
    lock(&inside.seen).push(Seen { path: path.into(), body: plain(&body) });
    let collector = lock(&inside.collector).clone();
    match collector.filter(|_| path.starts_with("/hits/")) {
        Some(collector) => passed_on(&inside.client, collector + path, &headers, body).await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], self.body).into_response();
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

fn file(folder: &Path, name: &str) -> Response {
    let kind = match Path::new(name).extension().and_then(|extension| extension.to_str()) {
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css",
        _ => "application/octet-stream",
    };
    match std::fs::read(folder.join(name)) {
        // Kept by the browser: a second visit finds everything in its cache.
        Ok(bytes) => ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=3600")], bytes).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn passed_on(client: &reqwest::Client, url: String, headers: &HeaderMap, body: Bytes) -> Response {
    let mut request = client.post(url).body(body);
    if let Some(kind) = headers.get(header::CONTENT_TYPE) {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    let Ok(answer) = request.send().await else { return StatusCode::BAD_GATEWAY.into_response() };
    let (status, mut headers) = (answer.status(), HeaderMap::new());
    for name in [header::CONTENT_TYPE, header::RETRY_AFTER] {
        if let Some(value) = answer.headers().get(&name) {
            headers.insert(name, value.clone());
        }
    }
    (status, headers, answer.bytes().await.unwrap_or_default()).into_response()
}
