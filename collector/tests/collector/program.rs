//! The program itself: its command line, its way to the disk, and what is left when it is killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::double::{A, beacon, group, hit};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_caisse-collector");

pub struct Running {
    pub child: Child,
    pub address: String,
}

impl Running {
    pub fn on(data: &Path) -> Self {
        // Tests send more than one address may.
        Self::start(Command::new(PROGRAM).args(["--rate-address", "100000"]), data)
    }

    pub fn start(command: &mut Command, data: &Path) -> Self {
        let command = command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("ready http://").expect("ready").to_owned();
        Self { child, address }
    }

    /// The answer's status and body; nothing if there is no answer.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}",
            self.address
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    pub fn report(&self) -> Value {
        serde_json::from_str(&self.ask("GET", "/report.json", "").expect("an answer").1).expect("JSON")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _waited = self.child.wait();
    }
}

pub fn one(seq: u64) -> String {
    beacon(json!([group(A, None, vec![hit(seq, 1, "scCheckout", json!({}))])]))
}

#[test]
fn what_was_acknowledged_survives_being_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut seq = 0;
    for round in 0..4 {
        let mut running = Running::on(folder.path());
        assert_eq!(running.report()["metrics"]["checkouts"], seq, "round {round}");
        for _ in 0..25 {
            assert_eq!(running.ask("POST", "/v1/batch", &one(seq)).map(|(status, _)| status), Some(200));
            seq += 1;
        }
        // The last one is under way; its page does not know whether it arrived and sends it again.
        let address = running.address.clone();
        let body = one(seq);
        let late = std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).ok()?;
            let length = body.len();
            write!(stream, "POST /v1/batch HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\r\n{body}").ok()
        });
        std::thread::sleep(Duration::from_millis(round));
        running.child.kill().expect("killed");
        running.child.wait().expect("ended");
        late.join().expect("no panic");
        let again = Running::on(folder.path());
        let (status, answer) = again.ask("POST", "/v1/batch", &one(seq)).expect("an answer");
        assert_eq!(status, 200, "{answer}");
        seq += 1;
    }
    let report = Running::on(folder.path()).report();
    assert_eq!(report["metrics"]["checkouts"], seq);
    assert_eq!(report["accounting"]["unexplained"], 0);
}

pub fn end(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).env_remove("CAISSE_REPORT_TOKEN").output().expect("the program")
}

#[track_caller]
fn refuses(arguments: &[&str], code: i32, words: &str) {
    let output = end(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(words), "{said}");
}

#[test]
fn refuses_what_is_wrong_or_unsafe() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a path");
    refuses(&[], 2, "--data DIR is missing");
    refuses(&["--data", data, "--listen", "0.0.0.0:0"], 2, "give --report-token");
    refuses(&["--data", data, "--listen", "[::]:0"], 2, "give --report-token");
    refuses(&["--data", data, "--listen", "here"], 2, "is not an address");
    refuses(&["--data", data, "--lsten", "127.0.0.1:0"], 2, "--lsten");
    refuses(&["--data", data, "--allow-origin", "*"], 1, "is not an origin");
    refuses(&["--data", data, "--allow-origin", "rivet=*"], 1, "is not an origin");
    refuses(&["--data", data, "--report-token", ""], 1, "token is empty");
    refuses(&["--data", data, "--rate-site", "0"], 1, "1 a second at least");
    refuses(&["--data", data, "--rate-address", "few"], 2, "is not a number");
    refuses(&["--data", data, "--trust-proxy", "proxy.example"], 2, "is not an address");
    refuses(&["erase", "--data", "nowhere", "--visitor", "x"], 2, "is not there");
    refuses(&["erase", "--data", "nowhere"], 2, "is not there");
    refuses(&["retain", "--data", data, "--months", "26"], 2, "from 1 to 25");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    refuses(&["--data", data, "--listen", &address], 1, "choose another with --listen");
    assert!(String::from_utf8_lossy(&end(&["--help"]).stdout).contains("--report-token"));
}

#[cfg(unix)]
#[test]
fn stops_when_told_although_somebody_watches() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut running = Running::on(folder.path());
    let mut watching = TcpStream::connect(&running.address).expect("a connection");
    write!(watching, "GET /report/events HTTP/1.1\r\nhost: a\r\n\r\n").expect("a request");
    let mut some = [0; 16];
    watching.read_exact(&mut some).expect("an answer");
    let told = Command::new("kill").arg(running.child.id().to_string()).status().expect("told");
    assert!(told.success());
    assert_eq!(running.child.wait().expect("ended").code(), Some(0));
}
