//! A collector in memory: decodes with the crate's decoders, counts each (stream, number) once, and answers exactly in the
//! format of the wire. Keeps what the judge asks for.

use super::calls::POISON;
use caisse::decode::{self, Batch, Form, Refusal};
use caisse::hit::{Hit, Reason};
use std::collections::BTreeMap;

pub type Id = (String, u64);

/// What the network brings back.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    /// The header; empty for none.
    pub retry_after: &'static str,
    pub body: String,
}

impl Reply {
    pub fn new(status: u16, body: &str) -> Self {
        Self { status, retry_after: "", body: body.into() }
    }
}

/// Ids that were listed in an answer, apart from reports of losses.
type Listed = u32;

#[derive(Debug, Default)]
pub struct Collector {
    /// The status with which it refuses everything for a while; 0 if it does not.
    pub closed: u16,
    /// Bytes of a body it takes; 0 for any.
    pub body_bytes_max: usize,
    /// Whether it acknowledges without keeping, one hit in seven.
    pub forgets: bool,
    pub hits: BTreeMap<Id, (Form, Hit)>,
    pub lost: BTreeMap<Id, Reason>,
    pub batches: BTreeMap<String, Listed>,
    pub violations: Vec<String>,
}

impl Collector {
    pub fn take(&mut self, raw: bool, body: &str) -> Reply {
        if self.closed > 0 {
            return Reply::new(self.closed, r#"{"code":"closed"}"#);
        }
        if self.body_bytes_max > 0 && body.len() > self.body_bytes_max {
            return Reply::new(413, r#"{"status":413,"code":"too_large"}"#);
        }
        if body.contains(POISON) {
            return Reply::new(400, r#"{"status":400,"code":"malformed"}"#);
        }
        let read = if raw { decode::raw::batch(body) } else { decode::collector::batch(body.as_bytes()) };
        match read {
            // A report of a loss is in an answer, and is no hit.
            Ok(batch) => self.keep(batch, body.matches(r#","lost":""#).count()),
            Err(Refusal::Malformed(why)) => {
                self.violations.push(format!("the tracker sent what cannot be read: {why}"));
                Reply::new(400, r#"{"status":400,"code":"malformed"}"#)
            }
            Err(Refusal::UnknownVersion) => {
                self.violations.push("the tracker sent an unknown version".into());
                Reply::new(503, r#"{"status":503,"code":"unknown_version"}"#)
            }
        }
    }

    fn keep(&mut self, batch: Batch, reports: usize) -> Reply {
        self.check_order(&batch);
        if batch.ignored > 0 || !batch.rejected.is_empty() {
            self.violations.push(format!("batch {} has fields or hits that its own decoder does not know", batch.batch));
        }
        let (mut accepted, mut duplicate) = (BTreeMap::new(), BTreeMap::new());
        let listed = (batch.hits.len() + batch.lost.len() - reports) as Listed;
        for received in batch.hits {
            let id = (received.stream, received.hit.seq);
            let known = self.lost.contains_key(&id) || self.hits.contains_key(&id);
            push(if known { &mut duplicate } else { &mut accepted }, &id);
            self.count(id, received.form, received.hit);
        }
        for lost in batch.lost {
            for seq in lost.from..=lost.to {
                let id = (lost.stream.clone(), seq);
                let known = self.lost.contains_key(&id) || self.hits.contains_key(&id);
                push(if known { &mut duplicate } else { &mut accepted }, &id);
                if !known {
                    self.lost.insert(id, lost.reason);
                }
            }
        }
        self.batches.insert(batch.batch.clone(), listed);
        let body =
            format!(r#"{{"batch":"{}","accepted":"{}","duplicate":"{}","rejected":""}}"#, batch.batch, write(&accepted), write(&duplicate));
        Reply::new(200, &body)
    }

    fn count(&mut self, id: Id, form: Form, hit: Hit) {
        if self.forgets && id.1 % 7 == 3 || self.lost.contains_key(&id) {
            return;
        }
        match self.hits.get(&id) {
            // A call that was sent raw may come again as a hit, if the page crashed before it could write down that it was.
            Some((first, known)) if *first == form && *known != hit => {
                self.violations.push(format!("{id:?} changed after it was first sent"));
            }
            Some((Form::Hit, _)) if form == Form::Raw => self.violations.push(format!("{id:?} became raw")),
            Some(_) => {}
            None => {
                self.hits.insert(id, (form, hit));
            }
        }
    }

    /// Within a batch, each stream's hits stand in the order of their numbers.
    fn check_order(&mut self, batch: &Batch) {
        let mut last: BTreeMap<&str, u64> = BTreeMap::new();
        for received in &batch.hits {
            let seq = received.hit.seq;
            if let Some(before) = last.insert(&received.stream, seq)
                && before >= seq
            {
                self.violations.push(format!("batch {}: {} stands before {seq} of {}", batch.batch, before, received.stream));
            }
        }
    }
}

type Ids = BTreeMap<String, Vec<u64>>;

fn push(ids: &mut Ids, id: &Id) {
    ids.entry(id.0.clone()).or_default().push(id.1);
}

/// Ids as the wire writes them: `stream:0-19,21;stream:3`.
fn write(ids: &Ids) -> String {
    let streams = ids.iter().map(|(stream, seqs)| {
        let mut seqs = seqs.clone();
        seqs.sort_unstable();
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for seq in seqs {
            match ranges.last_mut() {
                Some(range) if seq <= range.1 + 1 => range.1 = seq,
                _ => ranges.push((seq, seq)),
            }
        }
        let ranges = ranges.iter().map(|(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") });
        format!("{stream}:{}", ranges.collect::<Vec<_>>().join(","))
    });
    streams.collect::<Vec<_>>().join(";")
}
