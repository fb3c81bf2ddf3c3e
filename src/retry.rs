//! What an answer means and what happens next. The complete table; never sends, never reads a clock.

use crate::call::Millis;
use crate::defect::is;
use crate::hit::Reason;
use crate::limits::{BACKOFF_MS_MAX, BACKOFF_MS_MIN, PARK_MS, RETRY_AFTER_S_MAX};
use crate::text::{after, before, number_or, split};

/// What to do with a batch after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Remove what is listed.
    Settle(Ack<'a>),
    /// Leave everything as it is.
    Keep,
    /// One of them cannot be delivered, for this reason: half as many go next, and one that is alone is given up.
    Divide(Reason),
    /// Nothing before this time; the whole queue stays.
    Wait(Millis),
    /// Adobe has them, but for those of which something is said: `index:status` of events, separated by commas. What may be sent again waits
    /// until then.
    #[cfg(feature = "adobe")]
    Taken(&'a str, Millis),
}

/// Luck for a pause: a number in `0..=u32::MAX`, so that clients of a collector that was down do not return together.
pub type Jitter = u32;

/// An HTTP answer, as the transport saw it.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The beacon's number.
    pub flight: u32,
    /// 0 if there was none; [`HANDED_OVER`] if nobody will ever tell.
    pub status: u16,
    /// The header in seconds from now, whichever of its two forms it had; `None` if there was none,
    /// [`RETRY_AFTER_S_DEFAULT`](crate::limits::RETRY_AFTER_S_DEFAULT) if it could not be read.
    pub retry_after: Option<u64>,
    /// The body.
    pub body: &'a str,
}

/// The status of a beacon that the browser took and of which nobody will hear again, which is not an acknowledgement.
pub const HANDED_OVER: u16 = 1;

/// What the answer to the `attempt`th attempt in a row (from 1) to deliver a batch means. The complete table.
pub fn decide<'a>(answer: &Answer<'a>, batch: &str, attempt: u32, now: Millis, jitter: Jitter) -> Verdict<'a> {
    let again = Verdict::Wait(now + backoff(attempt, jitter));
    match answer.status {
        200..=299 if is!(SuccessIsAck) => Verdict::Settle(Ack { body: answer.body }),
        HANDED_OVER if is!(HandedOverIsAck) => Verdict::Settle(Ack { body: answer.body }),
        // An answer that is not our collector's: a captive portal, a proxy, another batch's acknowledgement.
        200 => Ack::read(answer.body, batch).map_or(again, Verdict::Settle),
        HANDED_OVER => Verdict::Keep,
        // A proxy may answer 400 to anything; only our collector's own code may cost a hit.
        400 | 422 if value(answer.body, "code").is_some() || is!(ForeignRefusal) => Verdict::Divide(Reason::Rejected),
        413 => Verdict::Divide(Reason::TooLarge),
        // Busy, or a version that it does not know. Its floor, and then a little luck, so that everybody it told the same
        // time does not come at it.
        408 | 425 | 429 | 500..=599 if !is!(RetryAfterIgnored) => answer.retry_after.map_or(again, |seconds| {
            let seconds = seconds.clamp(1, if is!(RetryAfterUnbounded) { 1 << 40 } else { RETRY_AFTER_S_MAX });
            Verdict::Wait(now + seconds * if is!(RetryAfterInMilliseconds) { 1 } else { 1_000 } + backoff(1, jitter))
        }),
        // A proxy's 400.
        400 | 422 => again,
        // This collector does not want anything from us, or is somewhere else.
        300..=499 if is!(ParksForever) => Verdict::Wait(now + (1 << 50)),
        300..=499 if !is!(NeverParks) => Verdict::Wait(now + PARK_MS),
        // No answer (no network, refused, blocked, timed out, cut off), or one that nobody expects.
        _ => again,
    }
}

/// What Adobe's answer means. It names no batch, so a 200 is all there is to believe; of the events of one request some may be refused
/// (207). A 400 or 422 is the request's own fault: nothing of it was taken.
#[cfg(feature = "adobe")]
pub fn decide_for_adobe<'a>(answer: &Answer<'a>, attempt: u32, now: Millis, jitter: Jitter) -> Verdict<'a> {
    match answer.status {
        200 | 202 | 204 | 207 => Verdict::Taken(answer.body, now + backoff(attempt, jitter)),
        400 | 422 => Verdict::Divide(Reason::Rejected),
        _ => decide(answer, "", attempt, now, jitter),
    }
}

/// What became of an event of a request that was taken, by what is said of it: `None` if nothing is, or else whether it may be sent again.
#[cfg(feature = "adobe")]
pub fn refused(said: &str, index: usize) -> Option<bool> {
    for part in split(said, ',') {
        let known = before(part, ':');
        if number_or(known, u64::MAX) == index as u64 {
            return Some(matches!(number_or(after(part, known), 0), 408 | 425 | 429 | 500..=599));
        }
    }
    None
}

/// Full jitter: anything from nothing to the bound, which doubles with each failure.
pub fn backoff(attempt: u32, jitter: Jitter) -> u64 {
    let most = if is!(BackoffUnbounded) { Millis::MAX } else { BACKOFF_MS_MAX };
    let bound = BACKOFF_MS_MIN.saturating_mul(1 << attempt.clamp(1, 20)).min(most);
    if is!(BackoffWithoutJitter) || is!(NoBackoff) {
        return if is!(NoBackoff) { 0 } else { bound };
    }
    bound * u64::from(jitter) / u64::from(Jitter::MAX)
}

/// The collector's acknowledgement of one batch: ids of hits as `stream:0-19,21;stream:3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ack<'a> {
    /// The answer: `accepted` (stored now), `duplicate` (stored before), `rejected` (refused for good; each id has its code
    /// behind it: `stream:4=bad_seq`).
    body: &'a str,
}

impl<'a> Ack<'a> {
    /// Reads the body of a 200, if it is our collector's answer to this very batch.
    pub fn read(body: &'a str, batch: &str) -> Option<Self> {
        for key in &["accepted", "duplicate", "rejected"] {
            if !is!(HalfAck) {
                value(body, key)?;
            }
        }
        (value(body, "batch")? == batch || is!(ForeignAck)).then_some(Self { body })
    }

    /// Whether the collector has this hit.
    pub fn settles(&self, stream: &str, seq: u64) -> bool {
        let all = is!(SuccessIsAck) || is!(HandedOverIsAck) || is!(SettlesUnlisted);
        all || self.holds("accepted", stream, seq) || self.holds("duplicate", stream, seq)
    }

    /// Whether the collector will never have this hit.
    pub fn rejects(&self, stream: &str, seq: u64) -> bool {
        self.holds("rejected", stream, seq)
    }

    fn holds(&self, list: &str, stream: &str, seq: u64) -> bool {
        contain(value(self.body, list).unwrap_or(""), stream, seq)
    }
}

/// Whether an id is among ids.
fn contain(ids: &str, stream: &str, seq: u64) -> bool {
    for part in split(ids, ';') {
        let known = before(part, ':');
        if known == stream {
            for range in split(after(part, known), ',') {
                let range = before(range, '=');
                let first = before(range, '-');
                let last = if first.len() == range.len() { first } else { after(range, first) };
                // What is no number holds nothing.
                if number_or(first, u64::MAX) <= seq && seq <= number_or(last, 0) {
                    return true;
                }
            }
        }
    }
    false
}

/// The text under a key of a flat JSON object whose texts hold neither escapes nor spaces: all that our collector answers.
fn value<'a>(body: &'a str, key: &str) -> Option<&'a str> {
    if !body.starts_with('{') || (!body.ends_with('}') && !is!(HalfAck)) {
        return None;
    }
    let mut parts = split(body, '"');
    while let Some(part) = parts.next() {
        if part == key && parts.next()? == ":" {
            return parts.next();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATCH: &str = "00000000000000000000000000000001";

    fn answer(batch: &str) -> String {
        let mut body = String::from("{\"batch\":\"");
        body.push_str(batch);
        body.push_str("\",\"accepted\":\"aa:0-2,5;bb:7\",\"duplicate\":\"aa:3\",\"rejected\":\"bb:8=bad_seq\"}");
        body
    }

    #[test]
    fn only_an_echo_is_an_acknowledgement() {
        fn reads(status: u16, body: &str) -> Verdict<'_> {
            decide(&Answer { flight: 1, status, retry_after: None, body }, BATCH, 1, 0, 0)
        }
        let body = answer(BATCH);
        let Verdict::Settle(ack) = reads(200, &body) else { panic!("no ack") };
        for (stream, seq, settled) in [("aa", 2, true), ("aa", 3, true), ("aa", 4, false), ("bb", 7, true), ("bb", 8, false)] {
            assert_eq!(ack.settles(stream, seq), settled, "{stream} {seq}");
        }
        assert!(ack.rejects("bb", 8) && !ack.rejects("bb", 7));
        let other = answer("00000000000000000000000000000002");
        for body in [other.as_str(), "", "<html>batch</html>", "{}", "{\"batch\":\"00000000000000000000000000000001\"}"] {
            assert_eq!(reads(200, body), Verdict::Wait(0), "{body}");
        }
        assert_eq!(reads(204, ""), Verdict::Wait(0));
    }

    #[track_caller]
    fn check(status: u16, retry_after: Option<u64>, body: &str, expected: Verdict<'_>) {
        let answer = Answer { flight: 1, status, retry_after, body };
        assert_eq!(decide(&answer, BATCH, 3, 1_000, Jitter::MAX), expected);
    }

    #[test]
    fn every_answer_has_a_verdict() {
        check(0, None, "", Verdict::Wait(9_000));
        check(200, None, "<html>", Verdict::Wait(9_000));
        check(302, None, "", Verdict::Wait(901_000));
        check(400, None, "{\"code\":\"malformed\"}", Verdict::Divide(Reason::Rejected));
        check(400, None, "<html>sign in</html>", Verdict::Wait(9_000));
        check(401, None, "", Verdict::Wait(901_000));
        check(404, None, "", Verdict::Wait(901_000));
        check(413, None, "", Verdict::Divide(Reason::TooLarge));
        check(429, Some(7), "", Verdict::Wait(10_000));
        check(429, Some(60), "", Verdict::Wait(63_000));
        check(503, Some(10_000_000), "", Verdict::Wait(86_403_000));
        check(503, None, "", Verdict::Wait(9_000));
        check(HANDED_OVER, None, "", Verdict::Keep);
    }

    #[test]
    fn pauses_grow_to_a_bound_and_are_spread() {
        assert_eq!(backoff(1, 0), 0);
        assert_eq!(backoff(1, Jitter::MAX), 2_000);
        assert_eq!(backoff(30, Jitter::MAX), BACKOFF_MS_MAX);
    }
}
