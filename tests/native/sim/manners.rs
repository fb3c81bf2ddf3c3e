//! The judge of how pages send: batches within their limits, each hit in the same bytes whenever it comes, hits of a page in the order of
//! their numbers, one batch at a time, pauses kept, and neither silence nor a storm. Reads bodies, never a queue.

use super::around::Post;
use super::collector::{Id, Reply};
use caisse::call::GROUP;
use caisse::limits::{
    BACKOFF_MS_MAX, BATCH_BYTES_MAX, BATCH_HITS_MAX, BREAKER_FAILURES, HIT_AGE_MS_MAX, PARK_MS, RETRY_AFTER_S_DEFAULT, RETRY_AFTER_S_MAX,
};
use caisse::luck::hash;
use std::collections::{BTreeMap, BTreeSet};

/// A page's way to a destination.
type Way = (u32, usize);

/// How something stands in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Hit,
    Raw,
    Lost,
}

#[derive(Debug, Default)]
struct Course {
    /// The page's clock before which nothing may be sent.
    floor: u64,
    /// The page's clock at the last failure.
    failed_at: Option<u64>,
    failures: u32,
    /// Whether the collector once refused a part of a batch: then it is cut otherwise than after failures.
    cut: bool,
    /// What was sent of the page's own.
    sent: BTreeSet<Id>,
    /// What is under way, by the request's number.
    underway: BTreeMap<u32, Vec<Id>>,
}

/// What was seen of how pages send.
#[derive(Debug, Default)]
pub struct Manners {
    courses: BTreeMap<Way, Course>,
    batches: BTreeSet<String>,
    bytes: BTreeMap<(Id, Form), u64>,
    /// What each page knows to have been sent raw: it stays raw.
    raw: BTreeSet<(u32, Id)>,
    /// What was ever sent by a page without a core.
    ever_raw: BTreeSet<Id>,
    /// Milliseconds of pauses after so many failures in a row.
    pauses: BTreeMap<u32, Vec<u64>>,
}

/// Circumstances of a request.
pub struct Moment<'a> {
    pub page: u32,
    pub stream: &'a str,
    pub leaving: bool,
    /// The page's clock.
    pub now: u64,
}

impl Manners {
    pub fn was_raw(&self, id: &Id) -> bool {
        self.ever_raw.contains(id)
    }

    /// A page knows of a call that it was sent raw.
    pub fn knows_raw(&mut self, page: u32, id: Id) {
        self.raw.insert((page, id));
    }

    /// A page sends a request; `age_of` says when a call was made.
    pub fn sends(&mut self, post: &Post, moment: &Moment<'_>, age_of: impl Fn(&Id) -> Option<u64>) -> Vec<String> {
        let mut wrong = Vec::new();
        let items = if post.raw { read_raw(&post.body) } else { read(&post.body) };
        if items.len() > BATCH_HITS_MAX || (items.len() > 1 && post.body.len() > BATCH_BYTES_MAX) {
            wrong.push(format!("a body of {} hits and {} bytes", items.len(), post.body.len()));
        }
        if !self.batches.insert(batch_of(&post.body).to_owned()) {
            wrong.push(format!("batch {} was sent before", batch_of(&post.body)));
        }
        let mut last: BTreeMap<&str, u64> = BTreeMap::new();
        for (id, form, bytes) in &items {
            if last.insert(&id.0, id.1).is_some_and(|before| before >= id.1) {
                wrong.push(format!("{} stands behind a later hit of its stream", id.1));
            }
            // A report may be for another reason at another page.
            if *form != Form::Lost
                && !post.raw
                && age_of(id).is_some()
                && *self.bytes.entry((id.clone(), *form)).or_insert_with(|| hash(bytes)) != hash(bytes)
            {
                wrong.push(format!("{id:?} changed after it was first sent"));
            }
            if *form == Form::Hit && self.raw.contains(&(moment.page, id.clone())) {
                wrong.push(format!("{id:?} was sent raw and is a hit now"));
            }
            if post.raw {
                self.ever_raw.insert(id.clone());
                self.raw.insert((moment.page, id.clone()));
            }
        }
        let course = self.courses.entry((moment.page, post.destination)).or_default();
        if !post.raw {
            wrong.extend(course.judge(&items, moment, age_of));
            let ids = items.iter().map(|(id, ..)| id.clone()).collect();
            course.underway.insert(post.number, ids);
        }
        course.sent.extend(items.into_iter().map(|(id, ..)| id).filter(|id| id.0 == moment.stream));
        wrong
    }

    /// A page's core has ended: nobody hears what is under way.
    pub fn ends(&mut self, page: u32) {
        self.courses.retain(|(of, _), _| *of != page);
    }

    /// A page hears what became of a batch of its core.
    pub fn hears(&mut self, page: u32, post: &Post, reply: &Reply, now: u64) {
        let course = self.courses.entry((page, post.destination)).or_default();
        course.underway.remove(&post.number);
        let cut = reply.status == 413 || (reply.status == 400 && reply.body.contains("\"code\":\""));
        course.cut |= cut;
        if reply.genuine && reply.status == 200 {
            course.failures = 0;
        } else if !cut && !post.beacon {
            course.failures += 1;
            course.failed_at = Some(now);
        }
        let asked = match reply.status {
            408 | 425 | 429 | 500..=599 if !reply.retry_after.is_empty() => {
                reply.retry_after.parse().unwrap_or(RETRY_AFTER_S_DEFAULT).clamp(1, RETRY_AFTER_S_MAX) * 1_000
            }
            300..=399 | 401..=407 | 409..=412 => PARK_MS,
            _ => 0,
        };
        if asked > 0 {
            course.floor = course.floor.max(now + asked);
        }
    }

    /// Whether something is under way from a page to a destination.
    pub fn is_busy(&self, page: u32, destination: usize) -> bool {
        self.courses.get(&(page, destination)).is_some_and(|course| !course.underway.is_empty())
    }

    /// Whether nothing keeps a page from sending at once.
    pub fn is_free(&self, page: u32, destination: usize, now: u64) -> bool {
        self.courses.get(&(page, destination)).is_none_or(|course| {
            course.underway.is_empty() && course.floor <= now && course.failed_at.is_none_or(|at| at + 2 * BACKOFF_MS_MAX < now)
        })
    }

    /// A page rests with hits waiting for these destinations, and will be woken then.
    pub fn rests(&mut self, page: u32, waiting: &[usize], alarm: Option<u64>, now: u64) -> Option<String> {
        let mut latest = None;
        for destination in waiting.iter().filter(|destination| !self.is_busy(page, **destination)) {
            let floor = self.courses.get(&(page, *destination)).map_or(0, |course| course.floor);
            let at = floor.max(now) + BACKOFF_MS_MAX + 5_000;
            latest = Some(latest.map_or(at, |known: u64| known.min(at)));
        }
        latest.filter(|latest| alarm.is_none_or(|at| at > *latest)).map(|_| format!("hits wait and the alarm of page {page} is {alarm:?}"))
    }

    /// After a failure the only destination of a page is tried again after so long.
    pub fn pauses(&mut self, page: u32, pause: u64) {
        let Some(course) = self.courses.get(&(page, 0)) else { return };
        self.pauses.entry(course.failures).or_default().push(pause);
    }

    /// What can only be said of all pauses together.
    pub fn verdict(&self) -> Option<String> {
        for (failures, pauses) in self.pauses.iter().filter(|(failures, pauses)| **failures > 2 && pauses.len() > 3) {
            if pauses.iter().all(|pause| *pause == pauses[0]) {
                return Some(format!("pauses after {failures} failures are always {}", pauses[0]));
            }
        }
        // The longest of several draws is hardly ever under a twentieth of what it may be.
        let long: Vec<u64> = self.pauses.iter().filter(|(failures, _)| **failures > 4).flat_map(|(_, pauses)| pauses.clone()).collect();
        let most = long.iter().max().copied().unwrap_or(0);
        (long.len() > 6 && most < 2_000).then(|| format!("after many failures no pause was longer than {most} ms"))
    }
}

impl Course {
    fn judge(&self, items: &[Item<'_>], moment: &Moment<'_>, age_of: impl Fn(&Id) -> Option<u64>) -> Vec<String> {
        let mut wrong = Vec::new();
        if !self.underway.is_empty() && !moment.leaving {
            wrong.push("a second batch is under way".into());
        }
        if moment.now < self.floor {
            wrong.push(format!("sent {} ms before the pause that was asked for is over", self.floor - moment.now));
        }
        if self.failures >= BREAKER_FAILURES && !self.cut && items.len() > 1 {
            wrong.push(format!("{} hits sent after {} failures", items.len(), self.failures));
        }
        for (id, form, _) in items {
            if self.underway.values().any(|ids| ids.contains(id)) {
                wrong.push(format!("{id:?} is under way twice"));
            }
            let later = self.sent.range(id.clone()..).next();
            if *form == Form::Hit && later.is_some_and(|later| later.0 == id.0 && later.1 > id.1) && !self.sent.contains(id) {
                wrong.push(format!("{id:?} is sent for the first time behind later ones"));
            }
            if *form != Form::Lost && !moment.leaving && age_of(id).is_some_and(|at| at + HIT_AGE_MS_MAX + 1_000 < moment.now) {
                wrong.push(format!("{id:?} was sent though it is too old"));
            }
        }
        wrong
    }
}

type Item<'a> = (Id, Form, &'a str);

/// What a request carries.
pub fn ids(post: &Post) -> Vec<Id> {
    let items = if post.raw { read_raw(&post.body) } else { read(&post.body) };
    items.into_iter().map(|(id, ..)| id).collect()
}

/// Hits in a body of our own format.
fn read(body: &str) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    for group in body.split("{\"stream\":\"").skip(1) {
        let stream = &group[..32];
        let Some((_, hits)) = group.split_once("\"hits\":[") else { continue };
        for hit in hits.split("{\"q\":").skip(1) {
            let end = hit.find(|ch: char| !ch.is_ascii_digit()).unwrap_or(hit.len());
            let Ok(seq) = hit[..end].parse() else { continue };
            let form = match &hit[end..] {
                // Something cut a row within its number.
                rest if !rest.starts_with(",\"") => continue,
                rest if rest.starts_with(",\"raw\":") => Form::Raw,
                rest if rest.starts_with(",\"lost\":") => Form::Lost,
                _ => Form::Hit,
            };
            items.push(((stream.to_owned(), seq), form, hit.trim_end_matches([',', ']', '}'])));
        }
    }
    items
}

/// Calls in a body that was sent without the core.
fn read_raw(body: &str) -> Vec<Item<'_>> {
    let calls = body.split(GROUP).skip(1).filter_map(|call| {
        let mut parts = call.split('\u{1f}').skip(1);
        let stream = parts.next()?.to_owned();
        // The same bytes stand quoted in our own format later.
        Some(((stream, parts.next()?.parse().ok()?), Form::Raw, ""))
    });
    calls.collect()
}

fn batch_of(body: &str) -> &str {
    match body.split_once("\"batch\":\"") {
        Some((_, rest)) => rest.split('"').next().unwrap_or(""),
        None => body.split('\u{1f}').nth(2).unwrap_or(""),
    }
}
