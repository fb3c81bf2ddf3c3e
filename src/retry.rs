//! What an answer means and what happens next. The complete table; never sends, never reads a clock.

use crate::call::Millis;
use crate::limits::{BACKOFF_MS_MAX, BACKOFF_MS_MIN, PARK_MS, RETRY_AFTER_S_DEFAULT, RETRY_AFTER_S_MAX};
use crate::text::{after, before, number_or, split};

/// What came of an attempt to deliver a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The collector echoed the batch's id and lists what it has.
    Acknowledged(Ack<'a>),
    /// `sendBeacon` took it: nobody will ever tell whether it arrived.
    HandedOver,
    /// 413.
    TooLarge,
    /// 400 or 422, in the collector's own words: something in the batch cannot be read.
    Refused,
    /// 3xx, 401, 403, 404, 405, 410, 415: this collector does not want anything from us.
    Forbidden,
    /// 408, 425, 429, 5xx, with the seconds of `Retry-After` if there were any. An unknown version is one of these.
    Busy(Option<u64>),
    /// No answer: no network, refused, blocked, timed out, cut off.
    Unreachable,
    /// An answer, but not our collector's: a captive portal, a proxy, another batch's acknowledgement.
    NotOurAnswer,
}

/// What to do with the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Remove what is listed.
    Settle(Ack<'a>),
    /// Leave everything as it is.
    Keep,
    /// Send half as many; give up a single hit as too large.
    Halve,
    /// Find the hit that cannot be read; give it up as rejected.
    Bisect,
    /// Nothing before this time; the whole queue stays.
    Park(Millis),
    /// Try again at this time.
    Wait(Millis),
}

/// Luck for a pause: a number in `0..=u32::MAX`, so that clients of a collector that was down do not return together.
pub type Jitter = u32;

/// What happens after the `attempt`th attempt in a row (from 1) ended in `outcome`.
pub fn decide(outcome: Outcome<'_>, attempt: u32, now: Millis, jitter: Jitter) -> Verdict<'_> {
    match outcome {
        Outcome::Acknowledged(ack) => Verdict::Settle(ack),
        // A beacon is not an acknowledgement.
        Outcome::HandedOver => Verdict::Keep,
        Outcome::TooLarge => Verdict::Halve,
        Outcome::Refused => Verdict::Bisect,
        Outcome::Forbidden => Verdict::Park(now + PARK_MS),
        Outcome::Busy(Some(seconds)) => {
            let floor = seconds.clamp(1, RETRY_AFTER_S_MAX) * 1_000;
            // The collector's floor, and then a little luck, so that everybody it told the same time does not come at it.
            Verdict::Wait(now + floor + backoff(1, jitter))
        }
        Outcome::Busy(None) | Outcome::Unreachable | Outcome::NotOurAnswer => Verdict::Wait(now + backoff(attempt, jitter)),
    }
}

/// Full jitter: anything from nothing to the bound, which doubles with each failure.
pub fn backoff(attempt: u32, jitter: Jitter) -> u64 {
    let bound = BACKOFF_MS_MIN.saturating_mul(1 << attempt.clamp(1, 20)).min(BACKOFF_MS_MAX);
    bound * u64::from(jitter) / u64::from(Jitter::MAX)
}

/// An HTTP answer, as the transport saw it.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The beacon's number.
    pub flight: u32,
    /// 0 if there was none.
    pub status: u16,
    /// The header in seconds from now, whichever of its two forms it had; not a number if it could not be read.
    pub retry_after: Option<f64>,
    /// The body.
    pub body: &'a str,
}

/// What an answer to the batch of this id means.
pub fn outcome<'a>(answer: &Answer<'a>, batch: &str) -> Outcome<'a> {
    match answer.status {
        0 => Outcome::Unreachable,
        200 => Ack::read(answer.body, batch).map_or(Outcome::NotOurAnswer, Outcome::Acknowledged),
        // A proxy may answer 400 to anything; only our collector's own code may cost a hit.
        400 | 422 if value(answer.body, "code").is_some() => Outcome::Refused,
        413 => Outcome::TooLarge,
        300..=399 | 401 | 403 | 404 | 405 | 410 | 415 => Outcome::Forbidden,
        408 | 425 | 429 | 500..=599 => Outcome::Busy(answer.retry_after.map(|seconds| {
            // A cast turns what is not a number into zero, and that is not what an unreadable header asks for.
            if seconds.is_nan() { RETRY_AFTER_S_DEFAULT } else { seconds as u64 }
        })),
        _ => Outcome::NotOurAnswer,
    }
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
            value(body, key)?;
        }
        (value(body, "batch")? == batch).then_some(Self { body })
    }

    /// Whether the collector has this hit.
    pub fn settles(&self, stream: &str, seq: u64) -> bool {
        self.holds("accepted", stream, seq) || self.holds("duplicate", stream, seq)
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
    if !body.starts_with('{') || !body.ends_with('}') {
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
        fn reads(status: u16, body: &str) -> Outcome<'_> {
            outcome(&Answer { flight: 1, status, retry_after: None, body }, BATCH)
        }
        let body = answer(BATCH);
        let Outcome::Acknowledged(ack) = reads(200, &body) else { panic!("no ack") };
        for (stream, seq, settled) in [("aa", 2, true), ("aa", 3, true), ("aa", 4, false), ("bb", 7, true), ("bb", 8, false)] {
            assert_eq!(ack.settles(stream, seq), settled, "{stream} {seq}");
        }
        assert!(ack.rejects("bb", 8) && !ack.rejects("bb", 7));
        let other = answer("00000000000000000000000000000002");
        for body in [other.as_str(), "", "<html>batch</html>", "{}", "{\"batch\":\"00000000000000000000000000000001\"}"] {
            assert_eq!(reads(200, body), Outcome::NotOurAnswer, "{body}");
        }
        assert_eq!(reads(204, ""), Outcome::NotOurAnswer);
    }

    #[track_caller]
    fn check(status: u16, retry_after: Option<f64>, body: &str, expected: Verdict<'_>) {
        let answer = Answer { flight: 1, status, retry_after, body };
        assert_eq!(decide(outcome(&answer, BATCH), 3, 1_000, Jitter::MAX), expected);
    }

    #[test]
    fn every_answer_has_a_verdict() {
        check(0, None, "", Verdict::Wait(9_000));
        check(200, None, "<html>", Verdict::Wait(9_000));
        check(302, None, "", Verdict::Park(901_000));
        check(400, None, "{\"code\":\"malformed\"}", Verdict::Bisect);
        check(400, None, "<html>sign in</html>", Verdict::Wait(9_000));
        check(401, None, "", Verdict::Park(901_000));
        check(404, None, "", Verdict::Park(901_000));
        check(413, None, "", Verdict::Halve);
        check(429, Some(7.0), "", Verdict::Wait(10_000));
        check(429, Some(f64::NAN), "", Verdict::Wait(63_000));
        check(503, Some(1e7), "", Verdict::Wait(86_403_000));
        check(503, None, "", Verdict::Wait(9_000));
        assert_eq!(decide(Outcome::HandedOver, 1, 0, 0), Verdict::Keep);
    }

    #[test]
    fn pauses_grow_to_a_bound_and_are_spread() {
        assert_eq!(backoff(1, 0), 0);
        assert_eq!(backoff(1, Jitter::MAX), 2_000);
        assert_eq!(backoff(30, Jitter::MAX), BACKOFF_MS_MAX);
    }
}
