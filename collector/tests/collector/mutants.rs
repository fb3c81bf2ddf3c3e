//! Real beacons, damaged: bytes flipped, cut out, doubled and put in, compressed or not, at every address that takes beacons. Whatever comes,
//! there is an answer with a meaning, and the books balance. The decoders alone get many more inputs from `cargo xtask test fuzz`.

use std::io::Write;
use std::path::Path;

use axum::http::StatusCode;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::double::{Double, post};
use crate::seeded::cases;

/// Folder of the fuzzers' corpus, and where its beacons go.
const PLACES: [(&str, &str); 5] = [
    ("batch", "/v1/batch"),
    ("raw", "/v1/raw"),
    ("xdm", "/ee/v1/interact?configId=a"),
    ("xdm", "/ee/v2/collect?datastreamId=a"),
    ("adobe_analytics", "/b/ss/suite/1/JS-2/s1"),
];

/// What is put in: what the formats are made of, and what breaks readers.
const WORDS: [&str; 16] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\u0000",
    "\\ud800",
    "null",
    "-0",
    "1e999",
    "18446744073709551616",
    "\u{1d}",
    "\u{1e}",
    "\u{1f}",
    "\u{202e}",
    "%00",
];

#[derive(Clone, Debug)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index, u8),
    Double(prop::sample::Index, u8),
    Insert(prop::sample::Index, prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<prop::sample::Index>(), 1..=255_u8).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, length)| Damage::Cut(at, length)),
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, length)| Damage::Double(at, length)),
        (any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(at, word)| Damage::Insert(at, word)),
    ]
}

fn damaged(seed: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for damage in damages {
        let end = |at: usize, length: u8| (at + usize::from(length)).min(bytes.len());
        match damage {
            _ if bytes.is_empty() => break,
            Damage::Flip(at, bits) => {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            Damage::Cut(at, length) => {
                let at = at.index(bytes.len());
                drop(bytes.drain(at..end(at, *length)));
            }
            Damage::Double(at, length) => {
                let at = at.index(bytes.len());
                let piece = bytes[at..end(at, *length)].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            Damage::Insert(at, word) => {
                let at = at.index(bytes.len());
                drop(bytes.splice(at..at, word.get(&WORDS).bytes()));
            }
        }
    }
    bytes
}

fn seeds(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("the corpus").flatten().map(|file| file.path()).collect();
    files.sort();
    files.into_iter().map(|file| std::fs::read(file).expect("a seed")).collect()
}

#[test]
fn every_damaged_beacon_has_an_answer() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let double = Double::new();
    let corpus = PLACES.map(|(folder, path)| (seeds(folder), path));
    let mut statuses = std::collections::BTreeMap::new();
    let inputs = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), prop::collection::vec(damage(), 0..6), any::<bool>());
    let mut runner = TestRunner::new(cases(2_000));
    let seen = std::cell::RefCell::new(&mut statuses);
    let checked = runner.run(&inputs, |(place, seed, damages, zip)| {
        let (seeds, path) = &corpus[place.index(corpus.len())];
        let mut bytes = damaged(&seeds[seed.index(seeds.len())], &damages);
        if zip {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&bytes).expect("in memory");
            bytes = damaged(&encoder.finish().expect("in memory"), &damages[..damages.len() / 2]);
        }
        let send = || runtime.block_on(double.send(post(path).body(bytes.clone().into()).expect("a request")));
        let first = send();
        *seen.borrow_mut().entry(first.status.as_u16()).or_insert(0_u32) += 1;
        let known = [200, 202, 204, 207, 400, 404, 413, 415, 422, 503];
        prop_assert!(known.contains(&first.status.as_u16()), "{} {}", first.status, first.body);
        // Only a version from the future is worth coming again for: nothing else is the collector's own trouble.
        prop_assert!(first.status != StatusCode::SERVICE_UNAVAILABLE || first.body.contains("unknown_version"), "{}", first.body);
        if first.json().get("accepted").is_some() {
            // Whatever was taken once is known from then on.
            let again = send();
            prop_assert_eq!(again.status, StatusCode::OK);
            prop_assert_eq!(&again.json()["accepted"], "");
        }
        Ok(())
    });
    checked.expect("an answer with a meaning");
    let report = runtime.block_on(double.report(""));
    let of = |name: &str| report["accounting"][name].as_u64().expect("a figure");
    assert_eq!(of("received"), of("counted") + of("duplicates") + of("rejected"));
    assert!(of("counted") > 0);
    assert_eq!(runtime.block_on(double.get("/healthz")).body, "ok");
    assert!(statuses.get(&200).is_some_and(|count| *count > 100) && statuses.get(&400).is_some_and(|count| *count > 100), "{statuses:?}");
}
