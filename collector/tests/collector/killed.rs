//! The program killed at any moment, on a disk that is full, with a log that is torn: what was acknowledged is there, once.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::double::{beacon, group, hit};
use crate::program::{PROGRAM, Running};

/// How often the program is killed, unless CAISSE_KILLS says otherwise.
const KILLS: u64 = 50;
/// Pages that send at once.
const PAGES: u64 = 4;

fn stream(page: u64) -> String {
    format!("{page:032x}")
}

fn checkout(page: u64, seq: u64) -> String {
    beacon(json!([group(&stream(page), None, vec![hit(seq, 1, "scCheckout", json!({}))])]))
}

/// A page that sends one hit after the other until nobody answers; the answer is the first number that was not acknowledged.
fn send(running: &Running, page: u64, from: u64) -> u64 {
    let mut seq = from;
    while let Some((200, answer)) = running.ask("POST", "/v1/batch", &checkout(page, seq)) {
        let told = |list: &str| answer.contains(&format!("\"{list}\":\"{}:{seq}\"", stream(page)));
        assert!(told("accepted") || told("duplicate"), "{answer}");
        seq += 1;
    }
    seq
}

/// A small generator of chance (SplitMix64): the moment of a kill depends on the machine anyway.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[test]
fn killed_at_any_moment_it_has_what_it_acknowledged_once() {
    let kills = std::env::var("CAISSE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let folder = tempfile::tempdir().expect("a folder");
    let mut chance = 7;
    // The first number of each page that was never acknowledged: it may be stored or not.
    let mut next_seq = [0; PAGES as usize];
    for kill in 0..kills {
        let mut running = Running::on(folder.path());
        let acknowledged: u64 = next_seq.iter().sum();
        let stored = running.report()["metrics"]["checkouts"].as_u64().expect("a figure");
        // At most the one that was under way of each page is there besides.
        assert!((acknowledged..=acknowledged + PAGES).contains(&stored), "kill {kill}: {acknowledged} acknowledged, {stored} stored");
        let pause = Duration::from_micros(next(&mut chance) % 40_000);
        let id = running.child.id();
        std::thread::scope(|scope| {
            let running = &running;
            let pages: Vec<_> = (0..PAGES).map(|page| scope.spawn(move || send(running, page, next_seq[page as usize]))).collect();
            std::thread::sleep(pause);
            assert!(Command::new("kill").args(["-9", &id.to_string()]).status().expect("kill").success());
            for (seq, page) in next_seq.iter_mut().zip(pages) {
                *seq = page.join().expect("a page");
            }
        });
        running.child.wait().expect("ended");
    }
    // Every page sends once more what it does not know of; then each hit is there once.
    let running = Running::on(folder.path());
    for page in 0..PAGES {
        let (status, answer) = running.ask("POST", "/v1/batch", &checkout(page, next_seq[page as usize])).expect("an answer");
        assert_eq!(status, 200, "{answer}");
    }
    let report = running.report();
    let sent: u64 = next_seq.iter().map(|seq| seq + 1).sum();
    assert_eq!(report["metrics"]["checkouts"], sent);
    assert_eq!(report["accounting"]["counted"], sent);
    assert_eq!(report["accounting"]["unexplained"], 0);
    assert!(sent > kills, "{sent} hits in {kills} kills: nothing was under way");
    println!("{kills} kills, {sent} hits acknowledged, none missing, none twice");
}

/// A file may have this many KiB, whatever it is told: a disk that is full, for this program alone.
#[cfg(unix)]
#[test]
fn a_full_disk_acknowledges_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(Running::on(folder.path()));
    let limited = format!("trap '' XFSZ; ulimit -f 256; exec {PROGRAM} --rate-address 100000 \"$@\"");
    let running = Running::start(Command::new("sh").args(["-c", &limited, "sh"]), folder.path());
    let wide = |seq: u64| {
        let step = "x".repeat(900);
        let hits = (0..20).map(|index| hit(seq * 20 + index, 1, "scView", json!({ "d": { "step": step } }))).collect();
        beacon(json!([group(&stream(1), None, hits)]))
    };
    let mut acknowledged = BTreeSet::new();
    let mut refused = 0;
    for seq in 0..60 {
        match running.ask("POST", "/v1/batch", &wide(seq)) {
            Some((200, _)) => drop(acknowledged.insert(seq)),
            Some((503, answer)) => {
                assert!(answer.contains("\"storage_full\"") || answer.contains("\"storage_unavailable\""), "{answer}");
                refused += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(refused > 10 && !acknowledged.is_empty(), "{refused} refused, {} acknowledged", acknowledged.len());
    drop(running);
    // With room again everything that was acknowledged is there, and the rest is taken.
    let running = Running::on(folder.path());
    let stored = running.report()["metrics"]["cartViews"].as_u64().expect("a figure");
    assert_eq!(stored, acknowledged.len() as u64 * 20);
    for seq in (0..60).filter(|seq| !acknowledged.contains(seq)) {
        assert_eq!(running.ask("POST", "/v1/batch", &wide(seq)).map(|(status, _)| status), Some(200));
    }
    assert_eq!(running.report()["metrics"]["cartViews"], 1_200);
}

/// What a power cut can leave of a log whose last pages were not written.
fn tear(data: &Path, keep: u64, flip: bool) {
    let log = data.join("collector.sqlite-wal");
    let mut bytes = std::fs::read(&log).expect("a log");
    let keep = usize::try_from(keep).expect("small").min(bytes.len());
    if flip {
        bytes[keep - 1] ^= 0x40;
    } else {
        bytes.truncate(keep);
    }
    let mut file = OpenOptions::new().write(true).truncate(true).open(&log).expect("a log");
    std::io::Write::write_all(&mut file, &bytes).expect("written");
}

#[test]
fn a_torn_log_costs_its_torn_end_and_nothing_else() {
    let mut chance = 3;
    for (round, flip) in [(0, false), (1, false), (2, true), (3, true), (4, false), (5, true)] {
        let folder = tempfile::tempdir().expect("a folder");
        drop(Running::on(folder.path()));
        let mut running = Running::on(folder.path());
        for seq in 0..30 {
            assert_eq!(running.ask("POST", "/v1/batch", &checkout(0, seq)).map(|(status, _)| status), Some(200));
        }
        running.child.kill().expect("killed");
        running.child.wait().expect("ended");
        let size = std::fs::metadata(folder.path().join("collector.sqlite-wal")).expect("a log").len();
        tear(folder.path(), 32 + next(&mut chance) % (size - 32), flip);
        let running = Running::on(folder.path());
        let stored = running.report()["metrics"]["checkouts"].as_u64().expect("a figure");
        assert!(stored < 30, "round {round}: nothing was torn");
        // The first ones in order, whole; and what comes now is taken.
        for seq in 0..30 {
            let (status, answer) = running.ask("POST", "/v1/batch", &checkout(0, seq)).expect("an answer");
            let list = if seq < stored { "duplicate" } else { "accepted" };
            assert!(status == 200 && answer.contains(&format!("\"{list}\":\"{}:{seq}\"", stream(0))), "round {round}: {answer}");
        }
        assert_eq!(running.report()["accounting"]["unexplained"], 0);
    }
}
