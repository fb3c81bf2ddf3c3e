//! How honest pages fare while somebody attacks the collector: their answers' times and the collector's memory, at rest, among silent and slow
//! senders, under bombs and under a flood from one address. Numbers for a reader; nothing here passes or fails.
//!
//! `cargo xtask bench collector` builds the collector for release and runs this with its path.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

/// How long each part lasts.
const PART: Duration = Duration::from_secs(12);
/// Honest pages, each from an address of its own, and what lies between two of their beacons.
const PAGES: u8 = 8;
const PAUSE: Duration = Duration::from_millis(25);
/// Addresses that attack, and connections that each tries to hold.
const ATTACKERS: u8 = 40;
const HELD: usize = 50;

/// What came of a part.
struct Fared {
    name: &'static str,
    /// Microseconds of the honest pages' answers, sorted.
    times: Vec<u64>,
    /// Honest requests that were not acknowledged.
    failed: u64,
    /// What the attackers did.
    attacks: u64,
    /// Most memory the collector had, in KiB.
    memory: u64,
}

fn main() {
    let program = std::env::args().nth(1).unwrap_or_default();
    if !Path::new(&program).is_file() {
        eprintln!("usage: collector PROGRAM, the built caisse-collector; `cargo xtask bench collector` knows where it is");
        std::process::exit(2);
    }
    LazyLock::force(&BOMB);
    LazyLock::force(&DEEP);
    println!("| honest pages while | answers | p50 ms | p99 ms | longest ms | not acknowledged | attacks | memory MiB |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for (name, attackers, attack) in PARTS {
        let fared = part(&program, name, attackers, attack);
        let at = |part: usize| fared.times.get((fared.times.len() * part / 1_000).min(fared.times.len().saturating_sub(1)));
        let ms = |micros: Option<&u64>| micros.map_or("none".into(), |micros| format!("{}.{:02}", micros / 1_000, micros % 1_000 / 10));
        let Fared { name, times, failed, attacks, memory } = &fared;
        let (p50, p99, longest) = (ms(at(500)), ms(at(990)), ms(times.last()));
        println!(
            "| {name} | {} | {p50} | {p99} | {longest} | {failed} | {attacks} | {}.{} |",
            times.len(),
            memory / 1_024,
            memory % 1_024 * 10 / 1_024
        );
    }
}

type Attack = fn(&Scene<'_>, u8);

/// What is done, by how many addresses.
const PARTS: [(&str, u8, Attack); 6] = [
    ("nobody attacks", 0, silent),
    ("2,000 connections say nothing", ATTACKERS, silent),
    ("2,000 connections send heads and bodies slowly", ATTACKERS, slow),
    ("40 addresses send bombs: 58 KB that inflate to 60 MB", ATTACKERS, bombs),
    ("40 addresses send JSON nested a million deep", ATTACKERS, deep),
    ("one address sends as fast as it can", 1, flood),
];

/// What everybody knows while a part lasts.
struct Scene<'a> {
    address: SocketAddr,
    over: &'a AtomicBool,
    attacks: &'a AtomicU64,
}

impl Scene<'_> {
    fn lasts(&self) -> bool {
        !self.over.load(Ordering::Relaxed)
    }

    /// A connection from an address of its own: all of 127/8 is this machine.
    fn connect(&self, from: [u8; 4]) -> std::io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((from, 0)).into())?;
        socket.connect_timeout(&self.address.into(), Duration::from_secs(5))?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.set_write_timeout(Some(Duration::from_secs(20)))?;
        Ok(stream)
    }
}

fn part(program: &str, name: &'static str, attackers: u8, attack: Attack) -> Fared {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut child, address) = start(program, folder.path());
    let (over, attacks, failed) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let scene = Scene { address, over: &over, attacks: &attacks };
    let mut memory = 0;
    let mut times = Vec::new();
    std::thread::scope(|scope| {
        // Attackers first: the honest ones meet them at work.
        for number in 0..attackers {
            let scene = &scene;
            scope.spawn(move || attack(scene, number));
        }
        std::thread::sleep(Duration::from_secs(1));
        let pages: Vec<_> = (0..PAGES)
            .map(|number| {
                scope.spawn({
                    let (scene, failed) = (&scene, &failed);
                    move || page(scene, number, failed)
                })
            })
            .collect();
        let end = Instant::now() + PART;
        while Instant::now() < end {
            memory = memory.max(resident(child.id()));
            std::thread::sleep(Duration::from_millis(50));
        }
        over.store(true, Ordering::Relaxed);
        times = pages.into_iter().flat_map(|page| page.join().expect("a page")).collect();
    });
    child.kill().expect("killed");
    child.wait().expect("ended");
    times.sort_unstable();
    Fared { name, times, failed: failed.into_inner(), attacks: attacks.into_inner(), memory }
}

fn start(program: &str, data: &Path) -> (Child, SocketAddr) {
    let mut command = Command::new(program);
    let command = command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the collector");
    let mut line = String::new();
    let output = child.stdout.take().expect("its output");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line).expect("a line");
    let address = line.trim().strip_prefix("ready http://").and_then(|address| address.parse().ok()).expect("ready");
    (child, address)
}

/// Resident memory in KiB, as Linux tells it.
fn resident(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// One page: a beacon, a pause, on a connection that it keeps. The answer is the time of each, from the first byte sent to the last one read.
fn page(scene: &Scene<'_>, number: u8, failed: &AtomicU64) -> Vec<u64> {
    let mut times = Vec::new();
    let mut kept: Option<TcpStream> = None;
    let mut seq = 0;
    while scene.lasts() {
        let stream = format!("{number:032x}");
        let hit = format!(r#"{{"q":{seq},"t":1795000000000,"n":"scCheckout","cc":"EUR","d":{{"flow":"b2c"}}}}"#);
        let body = format!(
            r#"{{"v":1,"site":"bench","batch":"b{seq}","sent":1795000000000,"groups":[{{"stream":"{stream}","context":{{}},"hits":[{hit}]}}]}}"#
        );
        let began = Instant::now();
        let answered = match kept.take() {
            Some(stream) => Ok(stream),
            None => scene.connect([127, 0, 1, number + 1]),
        }
        .and_then(|mut stream| {
            let text = ask(&mut stream, &body)?;
            kept = Some(stream);
            Ok(text)
        });
        if answered.is_ok_and(|text| text.contains("\"accepted\":\"0")) {
            times.push(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
            seq += 1;
        } else {
            failed.fetch_add(1, Ordering::Relaxed);
        }
        std::thread::sleep(PAUSE);
    }
    times
}

/// A request and its whole answer; the connection stays.
fn ask(stream: &mut TcpStream, body: &str) -> std::io::Result<String> {
    let length = body.len();
    stream.write_all(
        format!("POST /v1/batch HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\r\n{body}").as_bytes(),
    )?;
    let mut answer = Vec::new();
    let mut some = [0; 4_096];
    loop {
        let count = stream.read(&mut some)?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        answer.extend_from_slice(&some[..count]);
        let text = String::from_utf8_lossy(&answer);
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if length.is_none_or(|length| rest.len() >= length) {
                return Ok(text.into_owned());
            }
        }
    }
}

/// Where an attacker is.
fn from(number: u8) -> [u8; 4] {
    [127, 0, 2, number + 1]
}

/// Holds connections and says nothing; what is cut off is replaced.
fn silent(scene: &Scene<'_>, number: u8) {
    hold(scene, number, |_, _| ());
}

/// Holds connections on which a byte comes now and then: half of them in the head, half in a body.
fn slow(scene: &Scene<'_>, number: u8) {
    hold(scene, number, |stream, round| {
        let start = match (round, number % 2) {
            (0, 0) => "POST /v1/batch HTTP/1.1\r\nhost: a\r\nx: ",
            (0, _) => "POST /v1/batch HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 65000\r\n\r\n{",
            _ => "y",
        };
        let _cut = stream.write_all(start.as_bytes());
    });
}

fn hold(scene: &Scene<'_>, number: u8, say: impl Fn(&mut TcpStream, u32)) {
    let mut held: Vec<(TcpStream, u32)> = Vec::new();
    while scene.lasts() {
        held.retain_mut(|(stream, _)| is_open(stream));
        while held.len() < HELD && scene.lasts() {
            let Ok(stream) = scene.connect(from(number)) else { break };
            scene.attacks.fetch_add(1, Ordering::Relaxed);
            held.push((stream, 0));
        }
        for (stream, round) in &mut held {
            say(stream, *round);
            *round += 1;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn is_open(stream: &mut TcpStream) -> bool {
    let peeked = stream.set_nonblocking(true).and_then(|()| stream.peek(&mut [0]));
    let _same = stream.set_nonblocking(false);
    matches!(peeked, Err(error) if error.kind() == ErrorKind::WouldBlock)
}

/// Sends the same body again and again, on new connections.
fn send(scene: &Scene<'_>, number: u8, body: &[u8]) {
    let head = format!(
        "POST /v1/batch HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    while scene.lasts() {
        let sent = scene.connect(from(number)).and_then(|mut stream| {
            stream.write_all(head.as_bytes())?;
            stream.write_all(body)?;
            stream.read_to_end(&mut Vec::new())
        });
        scene.attacks.fetch_add(1, Ordering::Relaxed);
        if sent.is_err() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

/// Made before anybody attacks: making them is work, and the honest pages have the same machine.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| zipped(&vec![b' '; 60_000_000]));
static DEEP: LazyLock<Vec<u8>> = LazyLock::new(|| zipped(&vec![b'['; 1_000_000]));

fn bombs(scene: &Scene<'_>, number: u8) {
    send(scene, number, &BOMB);
}

fn deep(scene: &Scene<'_>, number: u8) {
    send(scene, number, &DEEP);
}

fn flood(scene: &Scene<'_>, _number: u8) {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| send(scene, 0, br#"{"v":1,"site":"bench","batch":"b","sent":1,"groups":[]}"#));
        }
    });
}
