//! A collector that stands in for Adobe Edge Network: the names that a browser asks for lead to it over TLS, which the Web SDK
//! insists on, and every other name leads nowhere. Never talks to Adobe.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use caisse_collector::{Collector, Settings};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::task::JoinHandle;

use crate::place::Place;
use crate::process::Process;
use crate::programs::{ALLOY, NODE};
use crate::report::Report;

/// A page with the Web SDK and nothing else. Calls made before it is there wait in a queue, which it looks for.
const PAGE: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Test</title><link rel=icon href='data:,'>
<script>
window.errors = [];
addEventListener('error', (event) => errors.push(String(event.message)));
addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));
window.__alloyNS = ['alloy'];
window.alloy = (...call) => new Promise((resolve, reject) => window.alloy.q.push([resolve, reject, call]));
window.alloy.q = [];
</script>
<script src=/alloy.js></script>
<script>window.loaded = true;</script>
<p>A page.
";

/// A request that was taken in.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Its path and query.
    pub path: String,
    /// Its body.
    pub body: Bytes,
}

/// The collector.
#[derive(Debug)]
pub struct Edge {
    origin: String,
    tls_port: String,
    taken: Arc<Mutex<Vec<Taken>>>,
    serving: JoinHandle<()>,
    _tls: Process,
}

impl Edge {
    /// Opens a collector for the pages of an organisation, and a page with the Web SDK at the root of each of some hosts.
    ///
    /// # Panics
    /// If it cannot listen, or the Web SDK or Node.js is missing.
    #[track_caller]
    pub fn open(org: &str, hosts: &[&str]) -> impl Future<Output = Self> {
        let place = Place::here();
        let allow_origins = hosts.iter().map(|host| format!("https://{host}")).collect();
        let settings = Settings { adobe_org: Some(org.into()), allow_origins, ..Settings::default() };
        async move {
            let collector = place.expect("a collector", Collector::open(settings));
            let alloy = place.expect("the Web SDK", ALLOY.find().and_then(|file| std::fs::read(file).map_err(|error| error.to_string())));
            let script = get(move || async { ([(header::CONTENT_TYPE, "text/javascript")], alloy).into_response() });
            let taken = Arc::new(Mutex::default());
            let routes = Router::new().route("/", get(|| async { Html(PAGE) })).route("/alloy.js", script);
            let routes = routes.merge(collector.ingest().layer(from_fn_with_state(taken.clone(), write_down))).merge(collector.report());
            let listener = place.expect("a port", TcpListener::bind(("127.0.0.1", 0)).await);
            let address = place.expect("a port", listener.local_addr());
            let serving = tokio::spawn(async { axum::serve(listener, routes).await.unwrap_or_default() });
            let mut command = Command::new(place.expect("Node.js", NODE.find()));
            command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tls.mjs")).arg(address.port().to_string());
            let (tls, tls_port) = place.expect("TLS", Process::start(command, |line| line.strip_prefix("ready ")).await);
            Self { origin: format!("http://{address}"), tls_port, taken, serving, _tls: tls }
        }
    }

    /// What a browser needs to find nothing but this.
    pub fn switches(&self) -> Vec<String> {
        let rules = format!("--host-resolver-rules=MAP *.example 127.0.0.1:{}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", self.tls_port);
        vec![rules, "--ignore-certificate-errors".into()]
    }

    /// Requests that were posted, oldest first.
    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.taken).clone()
    }

    /// Posts what a tracker of ours would; the answer is status and body.
    ///
    /// # Panics
    /// If there is no answer.
    #[track_caller]
    pub fn post(&self, path: &str, body: String) -> impl Future<Output = (u16, Bytes)> {
        let (place, url) = (Place::here(), format!("{}{path}", self.origin));
        async move {
            let request = reqwest::Client::new().post(url).header("content-type", "text/plain;charset=utf-8").body(body);
            let answer = place.expect("an answer", request.send().await);
            (answer.status().as_u16(), place.expect("an answer", answer.bytes().await))
        }
    }

    /// The report of a site.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn report(&self, site: &str) -> impl Future<Output = Report> {
        let (place, url) = (Place::here(), format!("{}/report.json?site={site}", self.origin));
        async move { place.expect("the report", Report::read(&url).await) }
    }

    /// The report of a site, as soon as it says what is waited for.
    ///
    /// # Panics
    /// If it does not say so in time.
    #[track_caller]
    pub fn until(&self, site: &str, what: impl Fn(&Report) -> bool) -> impl Future<Output = Report> {
        let (place, url) = (Place::here(), format!("{}/report.json?site={site}", self.origin));
        async move { place.expect("the report", Report::until(&url, what).await) }
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A test that failed elsewhere has left nothing half done in here.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a request down and passes it on as it is.
async fn write_down(State(taken): State<Arc<Mutex<Vec<Taken>>>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if parts.method == axum::http::Method::POST {
        lock(&taken).push(Taken { path: parts.uri.to_string(), body: body.clone() });
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}
