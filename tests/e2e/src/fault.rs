//! What can happen to a request on its way to the collector and back, and what the page is then answered. Knows no socket.

use std::io::Read as _;
use std::time::{Duration, SystemTime};

use flate2::read::GzDecoder;
use serde_json::Value;

/// What happens to a request. Where nothing else is said, the collector never hears of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Nothing: it is passed on, and so is the answer.
    None,
    /// The connection is reset before the body is read.
    ResetBefore,
    /// The collector takes it, then the connection is reset before the answer.
    ResetAfter,
    /// The collector takes it; the answer's head comes, and half of its body.
    HalfBody,
    /// There is no answer, until the proxy heals or the page gives up. Whether the collector takes it.
    Stall(bool),
    /// The collector takes it; the answer comes a byte a second.
    Drip,
    /// Another status, with the headers that let the page see it.
    Status(u16),
    /// A status with a `Retry-After` of these words.
    RetryAfter(u16, &'static str),
    /// 429 with a `Retry-After` that is the date so many seconds from now.
    RetryAt(u64),
    /// 413 for bodies of more bytes; others are passed on.
    TooLarge(usize),
    /// The collector's own 400 for bodies that hold the event of this number; others are passed on.
    Poison(u64),
    /// 302 to another place.
    Redirect,
    /// A captive portal: 200 and a page of somebody else's.
    Captive,
    /// 200 and an acknowledgement of everything, but of another batch.
    WrongBatch,
    /// 200 and an acknowledgement of everything in this very batch, of which the collector has not heard. No tracker can stand this:
    /// it shows that the ledger is not blind.
    Lie,
    /// 204.
    NoContent,
    /// It is delivered twice; the page hears the second answer.
    Twice,
    /// It is passed on so many milliseconds later: what was sent after it overtakes it.
    Late(u64),
    /// The collector takes it, but the page may not read the answer.
    Unreadable,
}

/// What there is to say about a request.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// The page's origin.
    pub origin: String,
    /// The other headers that the collector is told.
    pub kind: String,
    /// Bytes of its body.
    pub length: usize,
}

impl Head {
    /// Reads a request's head, without the empty line at its end.
    pub fn read(text: &str) -> Self {
        let mut lines = text.split("\r\n");
        let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
        let (method, path) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
        let mut head = Self { method, path, ..Self::default() };
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            match name.to_ascii_lowercase().as_str() {
                "origin" => value.clone_into(&mut head.origin),
                "content-type" => value.clone_into(&mut head.kind),
                "content-length" => head.length = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        head
    }

    /// The same request for a collector at `authority`; its connection ends with the answer.
    pub fn to(&self, authority: &str, body: &[u8]) -> Vec<u8> {
        let Self { method, path, origin, kind, length } = self;
        let origin = if origin.is_empty() { String::new() } else { format!("Origin: {origin}\r\n") };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\n{origin}Content-Type: {kind}\r\nContent-Length: {length}\r\n");
        [head.as_bytes(), b"Connection: close\r\n\r\n", body].concat()
    }

    /// An answer that this page may read.
    fn answer(&self, status: u16, headers: &str, body: &str) -> Vec<u8> {
        let (origin, length) = (&self.origin, body.len());
        let cors = format!("Access-Control-Allow-Origin: {origin}\r\nAccess-Control-Expose-Headers: Retry-After\r\nVary: Origin\r\n");
        format!("HTTP/1.1 {status} Said\r\n{cors}{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}").into_bytes()
    }
}

impl Fault {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::ResetBefore => "reset",
            Self::ResetAfter => "committed, reset",
            Self::HalfBody => "half a body",
            Self::Stall(false) => "stalled",
            Self::Stall(true) => "committed, stalled",
            Self::Drip => "dripping",
            Self::Status(400 | 422) => "a proxy's 400",
            Self::Status(401 | 403 | 404 | 410) => "401, 403, 404, 410",
            Self::Status(_) => "500, 502, 503, 504",
            Self::RetryAfter(..) | Self::RetryAt(_) => "Retry-After",
            Self::TooLarge(_) => "413",
            Self::Poison(_) => "poison",
            Self::Redirect => "302",
            Self::Captive => "captive portal",
            Self::WrongBatch => "another batch",
            Self::Lie => "lie",
            Self::NoContent => "204",
            Self::Twice => "delivered twice",
            Self::Late(_) => "late",
            Self::Unreadable => "unreadable",
        }
    }

    /// What the page is answered in the collector's place; nothing where the collector is to answer.
    pub fn answer(self, head: &Head, body: &[u8]) -> Option<Vec<u8>> {
        let problem = |code: &str| format!("{{\"type\":\"about:blank\",\"title\":\"Said\",\"status\":400,\"code\":\"{code}\"}}");
        let answer = match self {
            Self::Status(status) => head.answer(status, "", ""),
            Self::RetryAfter(status, after) => head.answer(status, &format!("Retry-After: {after}\r\n"), ""),
            Self::RetryAt(seconds) => {
                let at = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds));
                head.answer(429, &format!("Retry-After: {at}\r\n"), "")
            }
            Self::TooLarge(bytes_max) if body.len() > bytes_max => head.answer(413, "", ""),
            Self::Poison(number) if holds(body, &marker(number)) => {
                head.answer(400, "Content-Type: application/problem+json\r\n", &problem("malformed"))
            }
            Self::Redirect => head.answer(302, "Location: /elsewhere\r\n", ""),
            Self::Captive => head.answer(200, "Content-Type: text/html\r\n", "<!doctype html><title>Welcome</title><form>Sign in"),
            Self::WrongBatch => head.answer(200, "Content-Type: application/json\r\n", &acknowledgement("f00", body)),
            Self::Lie => head.answer(200, "Content-Type: application/json\r\n", &acknowledgement(&batch(body), body)),
            Self::NoContent => head.answer(204, "", ""),
            Self::None
            | Self::ResetBefore
            | Self::ResetAfter
            | Self::HalfBody
            | Self::Stall(_)
            | Self::Drip
            | Self::TooLarge(_)
            | Self::Poison(_)
            | Self::Twice
            | Self::Late(_)
            | Self::Unreadable => return None,
        };
        Some(answer)
    }
}

/// How an event carries its number: nothing else in a body looks like it, and no number is the beginning of another.
pub fn marker(number: u64) -> String {
    format!("m{number}m")
}

fn holds(body: &[u8], word: &str) -> bool {
    plain(body).windows(word.len()).any(|window| window == word.as_bytes())
}

/// A body as it was before it was compressed, if it was.
pub fn plain(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    match body.starts_with(&[0x1f, 0x8b]).then(|| GzDecoder::new(body).read_to_end(&mut text)) {
        Some(Ok(_)) => text,
        Some(Err(_)) | None => body.to_vec(),
    }
}

/// An acknowledgement of every number of every stream of a body, under some batch's id.
fn acknowledgement(batch: &str, body: &[u8]) -> String {
    let sent: Value = serde_json::from_slice(&plain(body)).unwrap_or_default();
    let groups = sent["groups"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ids: Vec<String> = groups.iter().filter_map(|group| group["stream"].as_str()).map(|stream| format!("{stream}:0-99999")).collect();
    format!("{{\"batch\":\"{batch}\",\"accepted\":\"{}\",\"duplicate\":\"\",\"rejected\":\"\"}}", ids.join(";"))
}

/// The id of the batch in a body, be its calls raw or not.
fn batch(body: &[u8]) -> String {
    let sent: Value = serde_json::from_slice(&plain(body)).unwrap_or_default();
    let raw = || String::from_utf8_lossy(body).split('\u{1f}').nth(2).unwrap_or_default().to_owned();
    sent["batch"].as_str().map_or_else(raw, str::to_owned)
}
