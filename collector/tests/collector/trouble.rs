//! A storage in trouble: never an acknowledgement, and everything as before once it is over.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::http::StatusCode;
use caisse_collector::Settings;
use caisse_collector::storage::{Arrival, Books, Fact, Question, Receipt, Sink, Sqlite, Storage, Trouble};
use serde_json::json;

use crate::double::{A, Double, beacon, group, hit};

/// A database on a disk that may have trouble.
struct Disk {
    database: Sqlite,
    trouble: Mutex<Option<Trouble>>,
    appends: AtomicUsize,
    slow: AtomicBool,
}

impl Storage for &'static Disk {
    fn append(&self, arrivals: &[Arrival]) -> Result<Vec<Receipt>, Trouble> {
        self.appends.fetch_add(1, Ordering::Relaxed);
        if self.slow.load(Ordering::Relaxed) {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        match self.trouble.lock().expect("no panic").clone() {
            Some(trouble) => Err(trouble),
            None => self.database.append(arrivals),
        }
    }

    fn check(&self) -> Result<(), Trouble> {
        match self.trouble.lock().expect("no panic").clone() {
            Some(trouble) => Err(trouble),
            None => self.database.check(),
        }
    }
}

impl Sink for &'static Disk {
    fn scan(&self, question: &Question<'_>, take: &mut dyn FnMut(&Fact)) -> Result<Books, Trouble> {
        self.database.scan(question, take)
    }
}

fn disk() -> &'static Disk {
    let database = Sqlite::open(None).expect("a database");
    Box::leak(Box::new(Disk { database, trouble: Mutex::new(None), appends: AtomicUsize::new(0), slow: AtomicBool::new(false) }))
}

#[tokio::test]
async fn a_full_or_locked_disk_is_told_and_never_acknowledged() {
    let disk = disk();
    let double = Double::with(Settings::default(), disk);
    let body = beacon(json!([group(A, None, vec![hit(0, 1, "scCheckout", json!({}))])]));
    for (trouble, code, wait) in [
        (Trouble::Full, "storage_full", "60"),
        (Trouble::ReadOnly, "storage_unavailable", "60"),
        (Trouble::Broken("words for the log".into()), "storage_unavailable", "60"),
        (Trouble::Busy, "busy", "5"),
    ] {
        *disk.trouble.lock().expect("no panic") = Some(trouble);
        let answer = double.post("/v1/batch", body.clone()).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.json()["code"], code);
        assert_eq!(answer.header("retry-after"), wait);
        assert!(!answer.body.contains("words for the log"));
        assert_eq!(double.get("/healthz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    *disk.trouble.lock().expect("no panic") = None;
    assert_eq!(double.report("").await["accounting"]["received"], 0);
    assert_eq!(double.post("/v1/batch", body).await.json()["accepted"], format!("{A}:0"));
    assert_eq!(double.get("/healthz").await.body, "ok");
}

#[tokio::test]
async fn beacons_that_wait_share_a_transaction() {
    let disk = disk();
    let double = Double::with(Settings::default(), disk);
    disk.slow.store(true, Ordering::Relaxed);
    let beacons = (0..40).map(|seq| {
        let body = beacon(json!([group(A, None, vec![hit(seq, 1, "scView", json!({}))])]));
        let router = double.router.clone();
        tokio::spawn(async move { Double { router, clock: Default::default() }.post("/v1/batch", body).await.json() })
    });
    let beacons: Vec<_> = beacons.collect();
    for (seq, answer) in beacons.into_iter().enumerate() {
        assert_eq!(answer.await.expect("an answer")["accepted"], format!("{A}:{seq}"));
    }
    assert!(disk.appends.load(Ordering::Relaxed) < 20, "{:?}", disk.appends);
    assert_eq!(double.report("").await["metrics"]["cartViews"], 40);
}
