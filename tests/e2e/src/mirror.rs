//! A server in front of a shop that passes everything on and writes down what the package sends: the shop's own pages, at an origin of their
//! own, each with a script that runs before every other. Changes nothing else, unless it is told to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::place::Place;
use crate::server::lock;
use crate::shop::Shop;

/// Where the script that runs first is, and where it says what it has noticed.
const SCRIPT: &str = "/first.js";
const NOTICED: &str = "/noticed";
/// A folder whose files look like the package's.
const PLANTED: &str = "/caisse/planted.js";

/// A running mirror.
#[derive(Debug)]
pub struct Mirror {
    origin: String,
    inside: Arc<Inside>,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct Inside {
    shop: String,
    first: String,
    planted: String,
    tampers: AtomicBool,
    sent: Mutex<Vec<(String, Vec<u8>)>>,
    noticed: Mutex<Vec<String>>,
    client: reqwest::Client,
}

impl Mirror {
    /// Opens a mirror of a shop. `first` runs at the top of every page; `planted` is a file beside the package's.
    ///
    /// # Panics
    /// If it cannot listen.
    #[track_caller]
    pub fn of(shop: &Shop, first: &str, planted: &str) -> impl Future<Output = Self> {
        let (place, shop, first, planted) = (Place::here(), shop.url(""), first.to_owned(), planted.to_owned());
        async move {
            let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
            let client = place.expect("a client", client);
            let inside = Arc::new(Inside {
                shop,
                first,
                planted,
                tampers: AtomicBool::default(),
                sent: Mutex::default(),
                noticed: Mutex::default(),
                client,
            });
            let listener = place.expect("a port", TcpListener::bind(("127.0.0.1", 0)).await);
            let address = place.expect("a port", listener.local_addr());
            let routes = Router::new().fallback(answer).with_state(inside.clone());
            let serving = tokio::spawn(async { axum::serve(listener, routes).await.unwrap_or_default() });
            Self { origin: format!("http://{address}"), inside, serving }
        }
    }

    /// An address in the shop, as the mirror shows it; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// From now on every wasm has one bit changed.
    pub fn tamper(&self) {
        self.inside.tampers.store(true, Ordering::Relaxed);
    }

    /// What was sent to the collector: address and body, oldest first.
    pub fn sent(&self) -> Vec<(String, Vec<u8>)> {
        lock(&self.inside.sent).clone()
    }

    /// What the first script has told, oldest first.
    pub fn noticed(&self) -> Vec<String> {
        lock(&self.inside.noticed).clone()
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(inside): State<Arc<Inside>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let script = |text: &String| ([(header::CONTENT_TYPE, "text/javascript")], text.clone()).into_response();
    match uri.path() {
        SCRIPT => return script(&inside.first),
        PLANTED => return script(&inside.planted),
        NOTICED => {
            lock(&inside.noticed).push(String::from_utf8_lossy(&body).into_owned());
            return StatusCode::NO_CONTENT.into_response();
        }
        _ => {}
    }
    if uri.path().starts_with("/hits/") {
        lock(&inside.sent).push((uri.to_string(), body.to_vec()));
    }
    match passed_on(&inside, method, &uri, headers, body).await {
        Ok(response) => response,
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

async fn passed_on(inside: &Inside, method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> reqwest::Result<Response> {
    let answer = inside.client.request(method, format!("{}{uri}", inside.shop)).headers(headers).body(body).send().await?;
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(header::TRANSFER_ENCODING);
    let mut bytes = answer.bytes().await?.to_vec();
    if uri.path().ends_with(".wasm")
        && inside.tampers.load(Ordering::Relaxed)
        && let Some(last) = bytes.last_mut()
    {
        *last ^= 1;
    }
    let is_page = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return Ok((status, headers, bytes).into_response());
    }
    headers.remove(header::CONTENT_LENGTH);
    let page = String::from_utf8_lossy(&bytes).replacen("<head>", &format!("<head><script src=\"{SCRIPT}\"></script>"), 1);
    Ok((status, headers, page).into_response())
}
