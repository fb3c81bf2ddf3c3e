//! A request to Edge Network, whoever made it: refused, or its events are calls that a page could have made, which are the same ones
//! whenever they come, and which our own request says as well.

use super::batch::holds;
use super::said::said;
use caisse::decode::Received;
use caisse::decode::adobe_edge::{Envelope, Events, events};
use caisse::encode::adobe_edge::{Batch, event};
use caisse::limits::HIT_BYTES_MAX;

const ENVELOPE: Envelope<'_> = Envelope {
    config: "stream-1",
    request: "r-1",
    ecid: "54758217238990693431236455737116189050",
    minted: "",
    received: 1_763_690_000_000,
};

/// The bytes are a request with a hit.
pub fn check(bytes: &[u8]) -> bool {
    let Ok(read) = events(bytes, &ENVELOPE) else { return false };
    let Events { batch, refused } = &read;
    assert!(refused.iter().map(|(index, _)| index).is_sorted() && batch.lost.is_empty(), "{read:?}");
    let again = events(bytes, &ENVELOPE).expect("what was read is read again");
    assert_eq!((&again.batch, &again.refused), (batch, refused));
    for received in &batch.hits {
        is_ours_too(received);
    }
    holds(batch)
}

/// What our tracker would send for it is read, and once it has been read it no longer changes.
fn is_ours_too(received: &Received) {
    let Some(once) = resent(received) else { return };
    let Some(twice) = resent(&once) else { panic!("refused when it came again: {once:?}") };
    assert_eq!(said(&twice.hit.event), said(&once.hit.event));
}

fn resent(received: &Received) -> Option<Received> {
    let mut batch = Batch::new();
    batch.add(&event(&received.hit, &received.context, &received.stream));
    let body = batch.body();
    if body.len() > 2 * HIT_BYTES_MAX {
        return None;
    }
    events(body.as_bytes(), &ENVELOPE).expect("our own request").batch.hits.pop()
}
