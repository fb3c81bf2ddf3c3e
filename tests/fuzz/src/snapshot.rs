//! A call that a page may make: judged, encoded, sent and decoded it is the same hit, raw or not.

use super::travel::{SEQ_MAX, comes_back, received};
use caisse::call::{Call, GROUP, RECORD, UNIT};
use caisse::decode::{Form, raw};
use caisse::encode::collector as encode;
use caisse::hit::{Context, Hit};
use caisse::problem::Problems;

/// The bytes are a snapshot.
pub fn check(bytes: &[u8]) -> bool {
    let snapshot = shimmed(&String::from_utf8_lossy(bytes));
    let Some(call) = Call::read(&snapshot) else { return false };
    let judged = Hit::judge(&call, &mut Problems::default());
    if call.seq > SEQ_MAX {
        return false;
    }
    let frozen = raw::batch(&format!("r1{UNIT}rivet{UNIT}b1{UNIT}1{UNIT}1700000000500{GROUP}{snapshot}")).expect("a raw batch");
    let Ok(hit) = judged else {
        assert_eq!((frozen.hits.len(), frozen.lost.len(), frozen.rejected.len()), (0, 1, 0));
        return false;
    };
    assert_eq!(call.lost, "", "a call that the shim gave up is no hit");
    let context = Context::of(&call);
    let [received_raw] = frozen.hits.as_slice() else { panic!("{frozen:?}") };
    assert_eq!((received_raw.form, &received_raw.context, &received_raw.hit), (Form::Raw, &context, &hit));
    // Sent raw once, it stays raw, also in a batch.
    assert_eq!(received(call.stream, "{}", &encode::raw(call.seq, &snapshot)).hits, frozen.hits);
    comes_back(call.stream, &context, &hit)
}

/// A text as the shim could have written it (`js/src/snapshot.ts`): no control characters but those of the format, a name that a shop
/// declared only once in a path.
fn shimmed(text: &str) -> String {
    let space = |ch: char| if ch < ' ' { ' ' } else { ch };
    let mut out = String::new();
    for (index, record) in text.split(RECORD).enumerate() {
        if index == 0 {
            out.extend(record.chars().map(|ch| if ch == UNIT { ch } else { space(ch) }));
            continue;
        }
        let (path, value) = record.split_once(UNIT).unwrap_or((record, "x"));
        let mut declared = 0;
        out.push(RECORD);
        out.extend(path.chars().map(|ch| {
            declared += usize::from(ch == '>');
            if ch < ' ' || ch == '>' && declared > 1 { '_' } else { ch }
        }));
        out.push(UNIT);
        out.extend(value.chars().map(space));
    }
    out
}
