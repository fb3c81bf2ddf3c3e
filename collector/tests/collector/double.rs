//! A collector with a clock that stands still, and pages that send what they are told to.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use caisse_collector::storage::{Sink, Sqlite, Storage};
use caisse_collector::{Collector, Settings};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

/// 21 November 2026, 12:00 UTC.
pub const NOW: u64 = 1_795_262_400_000;
pub const MINUTE: u64 = 60_000;
pub const A: &str = "000000000000000000000000000000aa";
pub const B: &str = "000000000000000000000000000000bb";
pub const ADA: &str = "00000000000000000000000000000ada";
pub const BOB: &str = "00000000000000000000000000000b0b";
pub const BATCH: &str = "0123456789abcdef0123456789abcdef";

pub struct Double {
    pub router: Router,
    pub clock: Arc<AtomicU64>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }
}

impl Double {
    pub fn new() -> Self {
        Self::with(Settings::default(), Sqlite::open(None).expect("a database"))
    }

    pub fn on(file: &Path) -> Self {
        Self::with(Settings::default(), Sqlite::open(Some(file)).expect("a database"))
    }

    pub fn with<S: Storage + Sink + 'static>(settings: Settings, storage: S) -> Self {
        let clock = Arc::new(AtomicU64::new(NOW));
        let storage = Arc::new(storage);
        let told = clock.clone();
        let collector = Collector::with(settings, storage.clone(), storage, Arc::new(move || told.load(Ordering::Relaxed)));
        let collector = collector.expect("a collector");
        Self { router: collector.ingest().merge(collector.report()), clock }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send(post(path).body(body.into()).expect("a request")).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    /// Sends groups of hits now; the answer is the acknowledgement.
    pub async fn beacon(&self, groups: Value) -> Value {
        let answer = self.post("/v1/batch", beacon(groups)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    pub async fn report(&self, query: &str) -> Value {
        let answer = self.get(&format!("/report.json?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }
}

/// A request as a page makes it.
pub fn post(path: &str) -> axum::http::request::Builder {
    Request::post(path).header("host", "shop.example").header("content-type", "text/plain;charset=utf-8")
}

pub fn beacon(groups: Value) -> String {
    json!({ "v": 1, "site": "rivet", "batch": BATCH, "attempt": 1, "sent": NOW, "groups": groups }).to_string()
}

pub fn group(stream: &str, visitor: Option<&str>, hits: Vec<Value>) -> Value {
    let mut context = json!({ "url": "https://shop.example/p/RV-0860-A2" });
    if let Some(visitor) = visitor {
        context["visitor"] = visitor.into();
    }
    json!({ "stream": stream, "context": context, "hits": hits })
}

/// A hit so many minutes ago.
pub fn hit(seq: u64, minutes_ago: u64, name: &str, more: Value) -> Value {
    let mut hit = json!({ "q": seq, "t": NOW - minutes_ago * MINUTE, "n": name });
    merge(&mut hit, more);
    hit
}

/// A page view so many minutes ago.
pub fn page(seq: u64, minutes_ago: u64, more: Value) -> Value {
    let mut hit = json!({ "q": seq, "t": NOW - minutes_ago * MINUTE, "k": "p" });
    merge(&mut hit, more);
    hit
}

fn merge(hit: &mut Value, more: Value) {
    let Value::Object(more) = more else { return };
    hit.as_object_mut().expect("an object").extend(more);
}

/// A basket of two lines, 26.80 EUR in five pieces.
pub fn basket() -> Value {
    json!([
        { "i": "RV-0860-A2", "c": "bolts", "q": 2, "u": "6.40", "l": "12.80" },
        { "i": "RV-1012-Z", "c": "hooks", "q": 3, "l": "14.00" },
    ])
}
