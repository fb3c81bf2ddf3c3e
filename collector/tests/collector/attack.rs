//! What a collector on the open internet meets: floods, bombs, slow senders, pages of others. Honest pages are answered all the same, and
//! whoever is refused is told so in a way that a page can read and wait for.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use caisse_collector::storage::Sqlite;
use caisse_collector::{Peer, Rates, Settings};
use serde_json::{Value, json};

use crate::double::{A, Answer, B, Double, NOW, beacon, group, hit, post};
use crate::program::{PROGRAM, Running, one};

const SHOP: &str = "https://shop.example";

fn double(settings: Settings) -> Double {
    Double::with(settings, Sqlite::open(None).expect("a database"))
}

fn slow(address_per_s: u32, site_per_s: u32) -> Settings {
    Settings { rates: Rates { address_per_s, site_per_s }, ..Settings::default() }
}

fn checkout(seq: u64) -> String {
    beacon(json!([group(A, None, vec![hit(seq, 1, "scCheckout", json!({}))])]))
}

/// A page's request from an address.
fn from(address: &str, body: impl Into<Body>) -> Request<Body> {
    let mut request = post("/v1/batch").header("origin", SHOP).body(body.into()).expect("a request");
    request.extensions_mut().insert(Peer(address.parse::<IpAddr>().expect("an address")));
    request
}

/// A refusal that a page of the shop can read, and that the tracker waits on.
#[track_caller]
fn told_to_wait(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.body);
    assert_eq!(answer.json()["code"], "too_many");
    assert_eq!(answer.header("retry-after"), "10");
    assert_eq!(answer.header("access-control-allow-origin"), SHOP);
    assert_eq!(answer.header("access-control-expose-headers"), "Retry-After");
    assert_eq!(answer.header("vary"), "Origin");
}

#[tokio::test]
async fn one_address_is_refused_and_the_others_are_not() {
    let double = double(slow(2, 1_000));
    for seq in 0..20 {
        assert_eq!(double.send(from("203.0.113.7", checkout(seq))).await.status, StatusCode::OK, "{seq}");
    }
    told_to_wait(&double.send(from("203.0.113.7", checkout(20))).await);
    // What it writes of others is not believed.
    let mut dressed = from("203.0.113.7", checkout(20));
    dressed.headers_mut().insert("x-forwarded-for", "198.51.100.1".parse().expect("a header"));
    told_to_wait(&double.send(dressed).await);
    assert_eq!(double.send(from("203.0.113.8", checkout(21))).await.status, StatusCode::OK);
    // It did not arrive, and nobody said that it did: the page has it still, and it counts once it comes in time.
    assert_eq!(double.report("").await["metrics"]["checkouts"], 21);
    double.clock.fetch_add(10_000, Ordering::Relaxed);
    let answer = double.send(from("203.0.113.7", checkout(20))).await;
    assert_eq!(answer.json()["accepted"], format!("{A}:20"));
    assert_eq!(double.report("").await["accounting"]["unexplained"], 0);
}

#[tokio::test]
async fn a_trusted_proxy_speaks_for_others() {
    let proxy: IpAddr = "10.0.0.1".parse().expect("an address");
    let double = double(Settings { trusted_proxies: vec![proxy], ..slow(1, 1_000) });
    let by_proxy = |sender: &str, seq| {
        let mut request = from("10.0.0.1", checkout(seq));
        request.headers_mut().insert("x-forwarded-for", sender.parse().expect("a header"));
        double.send(request)
    };
    for seq in 0..10 {
        assert_eq!(by_proxy("198.51.100.1", seq).await.status, StatusCode::OK);
    }
    told_to_wait(&by_proxy("198.51.100.1", 10).await);
    told_to_wait(&by_proxy("192.0.2.9, 198.51.100.1", 10).await);
    assert_eq!(by_proxy("198.51.100.2", 11).await.status, StatusCode::OK);
}

#[tokio::test]
async fn one_site_is_refused_and_the_others_are_not() {
    let double = double(slow(1_000, 1));
    let of = |site: &str, seq| checkout(seq).replace("rivet", site);
    for seq in 0..10 {
        // From everywhere.
        assert_eq!(double.send(from(&format!("203.0.113.{seq}"), of("rivet", seq))).await.status, StatusCode::OK);
    }
    told_to_wait(&double.send(from("203.0.113.99", of("rivet", 10))).await);
    assert_eq!(double.send(from("203.0.113.99", of("other", 0))).await.status, StatusCode::OK);
    double.clock.fetch_add(1_000, Ordering::Relaxed);
    assert_eq!(double.send(from("203.0.113.99", of("rivet", 10))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn guesses_of_the_reports_token_are_bounded() {
    let double = double(Settings { report_token: Some("s3cret".into()), ..slow(1, 1_000) });
    let mut answers = Vec::new();
    for guess in 0..12 {
        let mut request = Request::get(format!("/report.json?token={guess}")).body(Body::empty()).expect("a request");
        request.extensions_mut().insert(Peer("203.0.113.7".parse().expect("an address")));
        answers.push(double.send(request).await.status.as_u16());
    }
    assert_eq!(answers, [[401; 10].as_slice(), &[429, 429]].concat());
}

#[tokio::test]
async fn an_origin_sends_hits_of_its_own_site() {
    let double = double(Settings { allow_origins: vec![format!("rivet={SHOP}"), "https://any.example".into()], ..Settings::default() });
    let send = |origin: &str, site: &str| {
        let body = checkout(0).replace("rivet", site);
        double
            .send(post("/v1/batch").header("host", "collector.example").header("origin", origin).body(Body::from(body)).expect("a request"))
    };
    let foreign = send(SHOP, "other").await;
    assert_eq!((foreign.status, foreign.json()["code"].as_str()), (StatusCode::FORBIDDEN, Some("foreign_site")), "{}", foreign.body);
    assert_eq!(foreign.header("access-control-allow-origin"), SHOP);
    assert_eq!(send(SHOP, "rivet").await.status, StatusCode::OK);
    assert_eq!(send("https://any.example", "other").await.status, StatusCode::OK);
    assert_eq!(double.report("site=other").await["metrics"]["checkouts"], 1);
}

/// Cookies are for Adobe's libraries, and never for everybody.
#[tokio::test]
async fn never_says_that_everybody_may_with_cookies() {
    let double = double(Settings { allow_origins: vec!["https://other.example".into()], ..Settings::default() });
    for path in ["/v1/batch", "/v1/raw", "/b/ss/suite/1/JS-2/s1?events=scView", "/ee/v1/interact?configId=a", "/nowhere"] {
        for (origin, may) in [("https://other.example", true), (SHOP, true), ("https://evil.example", false), ("null", false)] {
            for method in ["POST", "OPTIONS", "GET", "PUT"] {
                let request = post(path).method(method).header("origin", origin).body(Body::from("{}")).expect("a request");
                let answer = double.send(request).await;
                let (allowed, cookies) = (answer.header("access-control-allow-origin"), answer.header("access-control-allow-credentials"));
                assert_eq!(allowed, if may { origin } else { "" }, "{method} {path} from {origin}");
                assert!(cookies.is_empty() || (cookies == "true" && may && !path.starts_with("/v1")), "{method} {path} from {origin}");
                assert_eq!(answer.header("vary"), "Origin");
            }
        }
    }
}

#[tokio::test]
async fn json_is_bounded_before_it_is_built() {
    let double = double(Settings::default());
    let good = checkout(0);
    let with = |more: String| good.replacen('{', &format!("{{\"more\":{more},"), 1);
    let deep = |depth: usize| with(format!("{}1{}", "[".repeat(depth), "]".repeat(depth)));
    let many = |values: usize| with(format!("[{}1]", "1,".repeat(values)));
    assert_eq!(double.post("/v1/batch", deep(20)).await.status, StatusCode::OK);
    for (body, words) in [(deep(40), "32 deep"), (deep(2_000), "32 deep")] {
        let answer = double.post("/v1/batch", body).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (StatusCode::BAD_REQUEST, Some("malformed")));
        assert!(answer.body.contains(words), "{}", answer.body);
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(many(100_000).as_bytes()).expect("in memory");
    let answer = double.post("/v1/batch", gzip.finish().expect("in memory")).await;
    assert!(answer.body.contains("65536 values"), "{}", answer.body);
    let edge = double.post("/ee/v1/interact?configId=a", format!("{{\"events\":{}{}}}", "[".repeat(500), "]".repeat(500))).await;
    assert_eq!(edge.status, StatusCode::BAD_REQUEST, "{}", edge.body);
}

/// Opens a connection and says only this.
fn say(address: &str, words: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a setting");
    let _cut = stream.write_all(words.as_bytes());
    stream
}

/// What comes until the other end closes; a reset is an end as well.
fn rest(mut stream: TcpStream) -> String {
    let mut all = Vec::new();
    let mut some = [0; 4_096];
    while let Ok(count @ 1..) = stream.read(&mut some) {
        all.extend_from_slice(&some[..count]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn slow_senders_are_cut_off_and_honest_ones_are_served() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::on(folder.path());
    let head = format!("POST /v1/batch HTTP/1.1\r\nhost: {}\r\n", running.address);
    let silent: Vec<_> = (0..20).map(|_| say(&running.address, "")).collect();
    let slow_heads: Vec<_> = (0..20).map(|_| say(&running.address, &head)).collect();
    let slow_bodies: Vec<_> =
        (0..20).map(|_| say(&running.address, &format!("{head}content-type: text/plain\r\ncontent-length: 60000\r\n\r\n{{"))).collect();
    // Four places of the sixty-four of one address are left.
    for seq in 0..50 {
        assert_eq!(running.ask("POST", "/v1/batch", &one(seq)).map(|(status, _)| status), Some(200), "{seq}");
    }
    // All are cut off by the collector: reading to the end comes to an end.
    let heads: Vec<String> = silent.into_iter().chain(slow_heads).map(rest).collect();
    assert!(heads.iter().all(|answer| answer.is_empty() || answer.starts_with("HTTP/1.1 408")), "{heads:?}");
    let bodies: Vec<String> = slow_bodies.into_iter().map(rest).collect();
    assert!(bodies.iter().all(|answer| answer.starts_with("HTTP/1.1 408")), "{bodies:?}");
    assert_eq!(running.report()["metrics"]["checkouts"], 50);
}

#[test]
fn one_address_cannot_take_every_connection() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::on(folder.path());
    let held: Vec<_> = (0..64).map(|_| say(&running.address, "GET /healthz HTTP/1.1\r\n")).collect();
    // The ones over it are closed without a word, until there is room.
    let mut closed = 0;
    for _ in 0..20 {
        closed += usize::from(rest(say(&running.address, "")).is_empty() && running.ask("GET", "/healthz", "").is_none());
    }
    assert!(closed > 0, "nobody was closed");
    drop(held);
    let answers = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        running.ask("GET", "/healthz", "").is_some_and(|(status, _)| status == 200)
    });
    assert!(answers, "there is room again");
}

#[test]
fn a_head_is_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::on(folder.path());
    let long = say(&running.address, &format!("GET /healthz HTTP/1.1\r\nhost: a\r\ncookie: {}\r\n\r\n", "x".repeat(100_000)));
    // Who is still writing may see a reset in place of the answer.
    let answer = rest(long);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let many = say(&running.address, &format!("GET /healthz HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(70)));
    assert!(rest(many).starts_with("HTTP/1.1 431"));
    // A shop's cookies are long.
    let cookies = format!("GET /healthz HTTP/1.1\r\nhost: a\r\ncookie: {}\r\nconnection: close\r\n\r\n", "x".repeat(8_000));
    assert!(rest(say(&running.address, &cookies)).starts_with("HTTP/1.1 200"));
}

#[test]
fn the_log_names_networks_and_no_body() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(PROGRAM);
    let mut running = Running::start(command.args(["--rate-address", "1"]).stderr(Stdio::piped()), folder.path());
    let secret = "kept-out-of-logs\\r\\ncaisse-collector: storing again";
    let mut statuses = Vec::new();
    for seq in 0..14 {
        let body = beacon(json!([group(B, None, vec![hit(seq, 1, "scView", json!({ "d": { "step": secret } }))])]));
        statuses.push(running.ask("POST", &format!("/v1/batch?{seq}"), &body).map_or(0, |(status, _)| status));
        running.ask("POST", "/kept-out-of-logs", "kept-out-of-logs");
    }
    assert!(statuses.contains(&200) && statuses.contains(&429), "{statuses:?}");
    running.child.kill().expect("killed");
    let mut log = String::new();
    running.child.stderr.take().expect("its log").read_to_string(&mut log).expect("UTF-8");
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains("127.0.0.0/24") && !log.contains("127.0.0.1") && !log.contains("kept-out"), "{log}");
}

/// The time of a hit is never the sender's alone: one from far away is one of now.
#[tokio::test]
async fn times_of_a_wrong_clock_change_no_other_day() {
    let double = double(Settings::default());
    let odd = json!({ "v": 1, "site": "rivet", "batch": "b", "sent": 5, "groups": [group(A, None, vec![json!({ "q": 0, "t": 3, "n": "scView" })])] });
    assert_eq!(double.post("/v1/batch", odd.to_string()).await.status, StatusCode::OK);
    let today: Value = double.report(&format!("from={}", day(NOW))).await;
    assert_eq!(today["metrics"]["cartViews"], 1);
}

fn day(_now: u64) -> &'static str {
    "2026-11-21"
}
