//! The collector as it is shipped, entered without a socket: its routes, its limits, its decoder, its storage. Around it what happens
//! to collectors: one refuses everything for a while, another takes small bodies only, a disk is full, a process dies between the sync
//! and the answer and comes up again on the same database.

use super::Defect;
use super::calls::{POISON, REFUSED};
use axum::body::Body;
use axum::http::{Request, header};
use caisse::hit::Reason;
use caisse_collector::storage::{Arrival, Ids, Receipt, Sqlite, Storage, Trouble};
use caisse_collector::{Clock, Settings};
use http_body_util::BodyExt;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

pub type Id = (String, u64);

/// What the network brings back.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub status: u16,
    /// The header; empty for none.
    pub retry_after: String,
    pub body: String,
    /// Whether it is the collector's own, whole.
    pub genuine: bool,
}

impl Reply {
    pub fn new(status: u16, body: &str) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }
}

/// A hit as the collector has it.
#[derive(Clone, Debug)]
pub struct Stored {
    pub raw: bool,
    pub at: u64,
    pub url: String,
    /// What the call carried to be known by.
    pub token: String,
    /// How often it came after the first time.
    pub repeats: u64,
}

/// What a collector knows.
#[derive(Debug, Default)]
pub struct Books {
    pub hits: BTreeMap<Id, Stored>,
    pub lost: BTreeMap<Id, Reason>,
    /// Hits that it refused by name.
    pub refused: BTreeSet<Id>,
    /// Hits that are counted more than once.
    pub twice: Vec<Id>,
}

pub struct Collector {
    /// The status with which it refuses everything for a while; 0 if it does not.
    pub closed: u16,
    /// Bytes of a body it takes; 0 for any.
    pub body_bytes_max: usize,
    /// How many ids of hits it listed in the answer to each batch, apart from reports of losses.
    pub batches: BTreeMap<String, u32>,
    /// Every id that it acknowledged.
    pub acknowledged: BTreeSet<Id>,
    pub violations: Vec<String>,
    pub restarts: u64,
    defect: Defect,
    name: String,
    time: Arc<AtomicU64>,
    trouble: Arc<AtomicBool>,
    routes: axum::Router,
    storage: Option<Arc<Faulty>>,
    /// Looks at what is stored, and keeps a database in memory while the collector is down.
    looks: Vec<Connection>,
}

static DATABASES: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
}

impl Collector {
    pub fn new(body_bytes_max: usize, defect: Defect) -> Self {
        let mut collector = Self {
            closed: 0,
            body_bytes_max,
            batches: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            violations: Vec::new(),
            restarts: 0,
            defect,
            name: String::new(),
            time: Arc::default(),
            trouble: Arc::default(),
            routes: axum::Router::new(),
            storage: None,
            looks: Vec::new(),
        };
        collector.prepare();
        collector.start();
        collector
    }

    /// Makes an empty database.
    fn prepare(&mut self) {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        self.name = format!("file:sim{number}?mode=memory&cache=shared");
        self.looks.push(Connection::open(&self.name).expect("a database"));
    }

    fn start(&mut self) {
        let database = Arc::new(Sqlite::open(Some(Path::new(&self.name))).expect("a database"));
        let (defect, trouble) = (self.defect, self.trouble.clone());
        let storage = Arc::new(Faulty { database: database.clone(), defect, trouble, late: Mutex::default() });
        self.storage = Some(storage.clone());
        let time = self.time.clone();
        let clock: Clock = Arc::new(move || time.load(Ordering::Relaxed));
        let collector = caisse_collector::Collector::with(Settings::default(), storage, database, clock);
        self.routes = collector.expect("a collector").ingest();
    }

    /// The process dies and comes up again.
    pub fn restart(&mut self) {
        self.restarts += 1;
        // The one that dies lets go of its database.
        self.routes = axum::Router::new();
        self.storage = None;
        if self.defect == Defect::DedupeLostAtRestart {
            self.prepare();
        }
        self.start();
    }

    /// From now on nothing can be stored, or everything again.
    pub fn fill(&mut self, full: bool) {
        self.trouble.store(full, Ordering::Relaxed);
    }

    /// Takes a request at a time.
    pub fn take(&mut self, raw: bool, body: &str, now: u64) -> Reply {
        self.time.store(now, Ordering::Relaxed);
        if self.closed > 0 {
            return Reply { genuine: true, ..Reply::new(self.closed, r#"{"code":"closed"}"#) };
        }
        if self.body_bytes_max > 0 && body.len() > self.body_bytes_max {
            return Reply { genuine: true, ..Reply::new(413, r#"{"status":413,"code":"too_large"}"#) };
        }
        // What it cannot read.
        let sent = if body.contains(POISON) { &body[1..] } else { body };
        let reply = self.enter(raw, sent.to_owned());
        if reply.status == 200 {
            self.list(&reply.body, body);
        }
        reply
    }

    fn enter(&self, raw: bool, body: String) -> Reply {
        let place = if raw { "/v1/raw" } else { "/v1/batch" };
        let request = Request::post(place).header(header::CONTENT_TYPE, "text/plain;charset=UTF-8").body(Body::from(body));
        let routes = self.routes.clone();
        RUNTIME.with(|runtime| {
            runtime.block_on(async {
                let response = routes.oneshot(request.expect("a request")).await.expect("an answer");
                let retry_after =
                    response.headers().get(header::RETRY_AFTER).map_or("", |value| value.to_str().expect("a text")).to_owned();
                let status = response.status().as_u16();
                let body = response.into_body().collect().await.expect("a body").to_bytes();
                Reply { status, retry_after, body: String::from_utf8(body.to_vec()).expect("a text"), genuine: true }
            })
        })
    }

    /// Writes down what an answer acknowledges. Reports of losses are in it, and are no hits.
    fn list(&mut self, answer: &str, body: &str) {
        let text = |key: &str| answer.split(&format!("\"{key}\":\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("");
        let mut listed = 0;
        for ids in [text("accepted"), text("duplicate")] {
            for id in read(ids) {
                listed += 1;
                self.acknowledged.insert(id);
            }
        }
        let reports = body.matches(r#","lost":""#).count() as u32;
        self.batches.insert(text("batch").into(), listed - reports.min(listed));
    }

    /// What it has, asked of its database.
    pub fn books(&self) -> Books {
        if let Some(storage) = &self.storage {
            let late = std::mem::take(&mut *storage.late.lock().expect("a lock"));
            storage.database.append(&late).expect("a transaction");
        }
        let mut books = Books::default();
        for look in &self.looks {
            let sql = "SELECT h.stream, h.seq, h.form, h.at, coalesce(h.url, ''), coalesce(v.value, d.value, ''), h.repeats FROM hits AS h
                 LEFT JOIN variables AS v ON v.hit = h.id AND v.line = -1 AND v.key = 'v1'
                 LEFT JOIN data AS d ON d.hit = h.id AND d.path = 'eVar1'";
            let Ok(mut statement) = look.prepare(sql) else { continue };
            let mut rows = statement.query([]).expect("hits");
            while let Some(row) = rows.next().expect("a hit") {
                let text = |index| row.get::<_, String>(index).expect("a text");
                let number = |index| row.get::<_, i64>(index).expect("a number").cast_unsigned();
                let stored = Stored { raw: text(2) == "raw", at: number(3), url: text(4), token: text(5), repeats: number(6) };
                let id = (text(0), number(1));
                if books.hits.insert(id.clone(), stored).is_some() {
                    books.twice.push(id);
                }
            }
            let mut statement = look.prepare("SELECT stream, seq FROM rejected").expect("a table");
            let ids = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))).expect("refusals");
            books.refused.extend(ids.map(|id| id.expect("an id")));
            let mut statement = look.prepare("SELECT stream, first, last, reason FROM lost").expect("a table");
            let mut rows = statement.query([]).expect("losses");
            while let Some(row) = rows.next().expect("a loss") {
                let (stream, reason) = (row.get::<_, String>(0).expect("a text"), row.get::<_, String>(3).expect("a text"));
                for seq in row.get::<_, i64>(1).expect("a number")..=row.get::<_, i64>(2).expect("a number") {
                    let reason = Reason::from_word(&reason).expect("a reason");
                    books.lost.insert((stream.clone(), seq.cast_unsigned()), reason);
                }
            }
        }
        books
    }
}

/// Ids as the wire writes them: `stream:0-19,21;stream:3`.
fn read(ids: &str) -> Vec<Id> {
    let mut read = Vec::new();
    for part in ids.split(';').filter(|part| !part.is_empty()) {
        let (stream, ranges) = part.split_once(':').expect("a stream");
        for range in ranges.split(',') {
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            read.extend((from.parse().expect("a number")..=to.parse().expect("a number")).map(|seq| (stream.to_owned(), seq)));
        }
    }
    read
}

/// The shipped storage, and what can be wrong with one.
struct Faulty {
    database: Arc<Sqlite>,
    defect: Defect,
    /// Nothing can be stored.
    trouble: Arc<AtomicBool>,
    /// What was acknowledged and not synced yet; only a wrong version has any.
    late: Mutex<Vec<Arrival>>,
}

impl Storage for Faulty {
    fn append(&self, arrivals: &[Arrival]) -> Result<Vec<Receipt>, Trouble> {
        if self.trouble.load(Ordering::Relaxed) {
            return Err(Trouble::Full);
        }
        let mut arrivals = arrivals.to_vec();
        let mut forgotten = Vec::new();
        for Arrival { batch, .. } in &mut arrivals {
            // A hit that no collector will ever take, refused by name among others.
            for hit in batch.hits.extract_if(.., |received| marked(received)) {
                batch.rejected.push((hit.stream, hit.hit.seq, "bad_hit"));
            }
            if self.defect == Defect::Forgets {
                let ids = batch.hits.extract_if(.., |received| received.hit.seq % 7 == 3);
                forgotten.extend(ids.map(|hit| Ids { stream: hit.stream, from: hit.hit.seq, to: hit.hit.seq }));
            }
        }
        if self.defect == Defect::AcknowledgesBeforeSync {
            let mut late = self.late.lock().expect("a lock");
            self.database.append(&std::mem::replace(&mut *late, arrivals.clone()))?;
            return Ok(arrivals.iter().map(promise).collect());
        }
        let mut receipts = self.database.append(&arrivals)?;
        receipts[0].accepted.extend(forgotten);
        Ok(receipts)
    }

    fn check(&self) -> Result<(), Trouble> {
        self.database.check()
    }
}

fn marked(received: &caisse::decode::Received) -> bool {
    received.hit.event.facts.iter().any(|fact| fact.text.contains(REFUSED))
}

/// A receipt for what is not stored yet.
fn promise(arrival: &Arrival) -> Receipt {
    let Arrival { batch, .. } = arrival;
    let hits = batch.hits.iter().map(|hit| Ids { stream: hit.stream.clone(), from: hit.hit.seq, to: hit.hit.seq });
    let lost = batch.lost.iter().map(|lost| Ids { stream: lost.stream.clone(), from: lost.from, to: lost.to });
    Receipt { accepted: hits.chain(lost).collect(), rejected: batch.rejected.clone(), ..Receipt::default() }
}
