//! Sends hits to the collector and looks at them there.

use super::said::{codes, said};
use caisse::decode::{self, Form, Received};
use caisse::encode::collector::{self as encode, Batch, Envelope};
use caisse::facts::Fact;
use caisse::hit::{Context, Hit};
use caisse::limits::HIT_BYTES_MAX;
use caisse::privacy::REDACTED;
use caisse::vocabulary::Group;

const ENVELOPE: Envelope<'_> =
    Envelope { site: "rivet", batch: "0123456789abcdef0123456789abcdef.17", attempt: 1, sent: 1_700_000_000_500 };

/// Sequence numbers beyond this are no page's doing (`docs/wire.md`).
pub const SEQ_MAX: u64 = 1 << 40;

/// What arrives of one hit in a batch.
pub fn received(stream: &str, context: &str, body: &str) -> decode::Batch {
    let mut batch = Batch::new(&ENVELOPE);
    batch.add(stream, context, body);
    decode::collector::batch(batch.body().as_bytes()).expect("what was encoded is decoded")
}

/// A hit of a page arrives as it was, and there is no personal data left to find in it. The answer is `false` for a hit that no page
/// sends, because it is too large, or of which it is known that it does not.
pub fn comes_back(stream: &str, context: &Context, hit: &Hit) -> bool {
    let Some((body, back)) = arrival(stream, context, hit) else { return false };
    assert_eq!(page(&back.context), page(context), "{body}");
    assert_eq!(said(&back.hit.event), said(&hit.event), "{body}");
    assert_eq!(codes(&back.hit), codes(hit), "{body}");
    assert!(!back.leaked, "redaction found something at its second look: {body}");
    true
}

/// A hit of whoever made it up may arrive as another one, without what no page would write: but that is one that comes back.
pub fn settles(stream: &str, context: &Context, hit: &Hit) {
    if let Some((_, once)) = arrival(stream, context, hit) {
        comes_back(stream, &once.context, &once.hit);
    }
}

/// A hit's bytes and the one hit that they arrive as.
fn arrival(stream: &str, context: &Context, hit: &Hit) -> Option<(String, Received)> {
    let body = encode::hit(hit);
    if body.len() > HIT_BYTES_MAX || changes(hit) {
        return None;
    }
    let mut batch = received(stream, &encode::context(context), &body);
    assert_eq!((batch.hits.len(), batch.ignored, batch.lost.len(), batch.rejected.len()), (1, 0, 0, 0), "{body}");
    let back = batch.hits.pop()?;
    assert_eq!((&*back.stream, back.form, back.hit.seq, back.hit.at), (stream, Form::Hit, hit.seq, hit.at), "{body}");
    Some((body, back))
}

/// What is known to change underway:
/// - the name of a field in which personal data was found, as all of the word goes, in which `contextData.` may stand before an address;
/// - words on both sides of a number that was taken out, which are one now and may look like an address.
pub fn changes(hit: &Hit) -> bool {
    let event = &hit.event;
    let joined = |text: &str| text.contains(REDACTED) && (text.contains('@') || text.contains("%40"));
    let changes = |fact: Fact<'_>| match fact.group {
        Group::Data => fact.key.contains(REDACTED) || joined(fact.text),
        Group::Variables => joined(fact.text),
        Group::Own | Group::Metric | Group::Serial => joined(fact.text),
    };
    joined(&event.name) || event.facts.iter().any(changes) || event.products.iter().any(|product| product.facts.iter().any(changes))
}

/// What is known of a page. A URL of which redaction leaves nothing is one that is not known.
fn page(context: &Context) -> Vec<(&str, &str)> {
    context.0.iter().filter(|fact| !fact.text.is_empty()).map(|fact| (fact.key, fact.text)).collect()
}
