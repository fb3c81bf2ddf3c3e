//! Several destinations of one tracker, of every kind: each has its own rows, its own pauses, and its own understanding of answers.

use crate::call::{STREAM, short};
use crate::sim::World;
use caisse::call::{Call, Millis, UNIT};
use caisse::consent::State;
use caisse::destination::Destination;
use caisse::driver::Driver;
use caisse::luck::Luck;
use caisse::options::Options;
use caisse::retry::Answer;

const NOW: Millis = 1_700_000_000_000;
const NAMES: [&str; 3] = ["collector", "adobe-analytics", "adobe-edge"];

/// A page with a collector, a report suite and a datastream.
struct Page {
    driver: Driver<World>,
    calls: u64,
    now: Millis,
    /// What each destination was sent and has not answered: flight, URL, body.
    sent: Vec<(u32, String, String)>,
}

impl Page {
    fn open(timestamps: &str) -> Self {
        let settings = [
            "/hits".to_owned(),
            ["smetrics.shop.example", "rivet", timestamps, "", ""].join("\u{1f}"),
            format!("https://edge.example/ee{UNIT}stream-1"),
        ];
        let destinations = NAMES.iter().zip(&settings).map(|(name, settings)| Destination::new(name, settings)).collect();
        let options = Options { site: "rivet".into(), consent: State::Granted, destinations, ..Options::default() };
        let world = World::new(STREAM, NAMES.iter().map(|name| (*name).to_owned()));
        Self { driver: Driver::new(options, STREAM, Luck::new(&"a".repeat(32)), world), calls: 0, now: NOW, sent: Vec::new() }
    }

    /// Tracks a call in its short writing.
    fn track(&mut self, call: &str) {
        let snapshot = short(call).replacen("\u{1f}0\u{1f}1700", &format!("\u{1f}{}\u{1f}1700", self.calls), 1);
        assert!(Call::read(&snapshot).is_some_and(|call| call.seq == self.calls), "{snapshot}");
        self.calls += 1;
        self.driver.track(&snapshot, self.now);
        self.listen();
    }

    fn listen(&mut self) {
        let sent = std::mem::take(&mut self.driver.world.transport);
        self.sent.extend(sent.into_iter().map(|beacon| (beacon.flight, beacon.url, beacon.body)));
    }

    /// The request to a destination that is waiting for its answer.
    #[track_caller]
    fn request(&self, to: &str) -> (&str, &str) {
        let mut requests = self.sent.iter().filter(|(_, url, _)| url.contains(to));
        let (_, url, body) = requests.next().expect("a request");
        assert!(requests.next().is_none(), "one in flight");
        (url, body)
    }

    fn answer(&mut self, to: &str, status: u16, body: &str) {
        let at = self.sent.iter().position(|(_, url, _)| url.contains(to)).expect("a request");
        let (flight, ..) = self.sent.remove(at);
        self.driver.answered(&Answer { flight, status, retry_after: None, body }, self.now);
        self.listen();
    }

    fn later(&mut self, milliseconds: Millis) {
        self.now += milliseconds;
        self.driver.tick(self.now);
        self.listen();
    }

    fn waiting(&self) -> Vec<usize> {
        self.driver.waiting().map(|(_, waiting)| waiting).collect()
    }

    fn counted(&self, name: &str) -> (u64, Vec<(&'static str, u64)>) {
        let counters = &self.driver.world.counters[name];
        (counters.acknowledged, counters.dropped().map(|(reason, count)| (reason.as_str(), count)).collect())
    }
}

/// A pause for want of a network ends when there is one; one that a collector asked for does not.
#[test]
fn a_network_that_is_back_ends_its_own_pauses_only() {
    for (status, sends) in [(0, true), (503, false), (429, false)] {
        let mut page = Page::open("");
        page.track("t scCheckout | checkoutId=sk1");
        for _ in 0..4 {
            page.answer("/hits", status, "");
            page.later(10 * 60_000);
        }
        page.answer("/hits", status, "");
        page.driver.flush(false, page.now);
        page.listen();
        let before = page.sent.iter().filter(|(_, url, _)| url.contains("/hits")).count();
        page.driver.flush(true, page.now);
        page.listen();
        let after = page.sent.iter().filter(|(_, url, _)| url.contains("/hits")).count();
        assert_eq!((before, after), (0, usize::from(sends)), "{status}");
    }
}

/// An answer to a batch that names nothing of it: sent again it would be answered so again, at once and for ever, and all that stands behind
/// it would wait. (A row whose body something cut away makes a batch without hits.)
#[test]
fn what_an_acknowledgement_never_names_is_found_and_given_up() {
    let mut page = Page::open("");
    let mut requests = 0;
    for _ in 0..5 {
        page.track("t scView");
    }
    page.later(2_000);
    while page.waiting()[0] > 0 {
        requests += 1;
        assert!(requests < 20, "a storm of requests");
        let (_, body) = page.request("/hits");
        let batch = body.split("\"batch\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a batch");
        // All but number 2 are taken.
        let hits = (0..5).filter(|seq| *seq != 2 && body.contains(&format!("{{\"q\":{seq},"))).map(|seq| seq.to_string());
        let ids = hits.collect::<Vec<_>>().join(",");
        let accepted = if ids.is_empty() { String::new() } else { format!("{STREAM}:{ids}") };
        let answer = format!("{{\"batch\":\"{batch}\",\"accepted\":\"{accepted}\",\"duplicate\":\"\",\"rejected\":\"\"}}");
        page.answer("/hits", 200, &answer);
        page.later(2_000);
    }
    assert_eq!(page.counted("collector"), (4, vec![("rejected", 1)]));
}

#[test]
fn each_is_told_in_its_own_format_and_waits_for_its_own_answer() {
    let mut page = Page::open("");
    page.track("t scCheckout | @url=shttps://shop.example/checkout | checkoutId=sk1");
    page.track("t scView");
    let (url, body) = page.request("/b/ss/");
    assert!(url.starts_with("https://smetrics.shop.example/b/ss/rivet/1/CAISSE-") && body.is_empty(), "{url} {body}");
    assert!(url.contains("&events=scCheckout%3Ak1&") && url.ends_with("&AQE=1"), "{url}");
    let (url, body) = page.request("/ee/v1/collect");
    assert!(url.starts_with("https://edge.example/ee/v1/collect?configId=stream-1&requestId=aaaaaaaa-aaaa-4aaa-8aaa-"), "{url}");
    assert!(body.contains("\"checkouts\":{") && body.contains(&format!("{STREAM}-0")), "{body}");
    assert!(page.request("/hits").1.contains("\"n\":\"scCheckout\""));

    // The collector is down; nobody waits for it.
    page.answer("/hits", 503, "");
    page.answer("/b/ss/", 200, "");
    assert_eq!(page.waiting(), [2, 1, 2]);
    assert!(page.request("/b/ss/").0.contains("&events=scView&"), "the next one, alone");
    page.answer("/b/ss/", 200, "");
    page.answer("/ee/", 204, "");
    page.later(2_000);
    page.answer("/ee/", 200, "");
    assert_eq!(page.waiting(), [2, 0, 0]);
    assert_eq!(page.counted("adobe-analytics"), (2, vec![]));
    assert_eq!(page.counted("adobe-edge"), (2, vec![]));
}

#[test]
fn edge_network_takes_some_and_refuses_others() {
    let mut page = Page::open("");
    for _ in 0..12 {
        page.track("t scView");
    }
    let events = |page: &Page| page.request("/ee/").1.matches("\"_id\"").count();
    assert_eq!(events(&page), 10, "no more in one request");
    page.answer("/ee/", 207, "1:422,3:503");
    assert_eq!(page.counted("adobe-edge"), (8, vec![("rejected", 1)]));
    page.later(2_000);
    assert!(page.request("/ee/").1.contains(&format!("{STREAM}-3")) && events(&page) == 1, "what may be sent again goes alone");
    page.answer("/ee/", 200, "");
    // What is wrong with a whole request is found out by halves.
    assert_eq!(events(&page), 2);
    page.answer("/ee/", 400, "");
    assert_eq!(events(&page), 1);
    page.answer("/ee/", 400, "");
    page.later(2_000);
    page.answer("/ee/", 200, "");
    assert_eq!(page.counted("adobe-edge"), (10, vec![("rejected", 2)]));
    assert_eq!(page.waiting()[2], 0);
}

#[test]
fn what_is_too_old_to_go_without_its_time_is_given_up() {
    for (timestamps, expected) in [("", (0, vec![("too_late", 1)])), ("1", (1, vec![]))] {
        let mut page = Page::open(timestamps);
        page.track("t scCheckout");
        page.answer("/b/ss/", 0, "");
        page.now += 31 * 60_000;
        page.later(0);
        if timestamps == "1" {
            assert!(page.request("/b/ss/").0.contains("&ts=1700000000&"));
            page.answer("/b/ss/", 200, "");
        }
        assert_eq!(page.counted("adobe-analytics"), expected);
        assert_eq!(page.waiting()[1], 0);
        let key = format!("adobe-analytics|{STREAM}|0");
        assert_eq!(page.driver.world.store.get(&key), Some(&None), "its row goes too");
    }
}

#[test]
fn a_call_without_a_hit_is_reported_to_the_collector_alone() {
    let mut page = Page::open("");
    page.track("t ");
    assert_eq!(page.waiting(), [0, 0, 0]);
    page.later(2_000);
    assert!(page.request("/hits").1.contains("\"lost\":\"invalid\""));
    assert_eq!(page.sent.len(), 1);
    for name in NAMES {
        assert_eq!(page.counted(name), (0, vec![("invalid", 1)]));
    }
}

#[test]
fn a_call_that_was_sent_raw_is_judged_for_adobe() {
    let mut page = Page::open("");
    for (seq, call) in ["t scCheckout | checkoutId=sk1", "t "].iter().enumerate() {
        let snapshot = short(call).replacen("\u{1f}0\u{1f}1700", &format!("\u{1f}{seq}\u{1f}1700"), 1);
        page.driver.adopt(&format!("w{snapshot}"), false, page.now);
    }
    page.listen();
    assert!(page.request("/hits").1.contains("\"raw\":\"c1"));
    assert!(page.request("/b/ss/").0.contains("events=scCheckout%3Ak1"));
    assert!(page.request("/ee/").1.contains("\"checkouts\""));
    assert_eq!(page.counted("adobe-edge").1, [("invalid", 1)]);
}

#[test]
fn a_page_that_leaves_sends_every_hit_it_may() {
    let mut page = Page::open("");
    for _ in 0..5 {
        page.track("t scView");
    }
    page.driver.leave(64_000, page.now);
    page.listen();
    assert_eq!(page.sent.iter().filter(|(_, url, _)| url.contains("/b/ss/")).count(), 5);
    assert_eq!(page.sent.iter().filter(|(_, url, _)| url.contains("/ee/")).count(), 1);
}
