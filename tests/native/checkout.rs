//! What the funnel makes of a checkout: told step by step, and for any order of what a page may report. Every notice is heard by an
//! attempt that was remembered and recalled, as pages do it.

use std::collections::{HashMap, HashSet};

use caisse::checkout::{Attempt, Notice, PRESETS, preset};
use proptest::prelude::*;
use proptest::sample::select;

/// A call: its name, and its fields with their tags taken off.
#[derive(Clone, Debug)]
struct Call {
    name: String,
    fields: HashMap<String, String>,
}

impl Call {
    fn text(&self, field: &str) -> &str {
        self.fields.get(field).map_or("", String::as_str)
    }

    fn number(&self, field: &str) -> u64 {
        self.text(field).parse().unwrap_or_else(|_| panic!("{field} of {self:?}"))
    }
}

fn read(calls: &str) -> Vec<Call> {
    let call = |record: &str| {
        let mut parts = record.split('\u{1f}');
        let name = parts.next().unwrap_or_default().to_owned();
        let parts: Vec<&str> = parts.collect();
        let fields = parts.chunks(2).map(|pair| (pair[0].to_owned(), pair[1].get(1..).unwrap_or_default().to_owned())).collect();
        Call { name, fields }
    };
    calls.split('\u{1e}').skip(1).map(call).collect()
}

/// An attempt that is on another page for every notice.
#[derive(Default)]
struct Visit {
    memory: String,
    now: u64,
}

/// The verbs in the order of their numbers, as a test writes them.
const VERBS: &str = "plan enter complete error skip going leave finish there away";

impl Visit {
    /// Hears `verb text/text…` some milliseconds after the last one.
    fn hear(&mut self, after: u64, said: &str, clicks: u32) -> Vec<Call> {
        self.now += after;
        let (verb, text) = said.split_once(' ').unwrap_or((said, ""));
        let verb = VERBS.split(' ').position(|known| known == verb).expect(said) as u32;
        let text = text.replace('/', "\u{1f}");
        let mut attempt = Attempt::recall(&self.memory);
        let mut whole = attempt.clone();
        let calls = attempt.hear(Notice::read(verb, &text).expect(said), clicks, self.now);
        assert_eq!(calls, whole.hear(Notice::read(verb, &text).expect(said), clicks, self.now));
        self.memory = attempt.memory();
        assert_eq!(Attempt::recall(&self.memory), attempt, "{}", self.memory);
        read(&calls.0)
    }
}

/// Tells a story: milliseconds, notice, and what is called: names, and of each the fields named behind it.
#[track_caller]
fn story(steps: &[(u64, &str, &str)]) {
    let mut visit = Visit { now: 1_000_000, ..Visit::default() };
    for (after, said, expected) in steps {
        let calls = visit.hear(*after, said, 0);
        let told: Vec<String> = calls
            .iter()
            .zip(expected.split(", ").chain(std::iter::repeat("")))
            .map(|(call, expected)| {
                let fields = expected
                    .split(' ')
                    .skip(1)
                    .filter_map(|pair| pair.split_once('='))
                    .map(|(field, _)| format!(" {field}={}", call.text(field)));
                format!("{}{}", call.name, fields.collect::<String>())
            })
            .collect();
        assert_eq!(told.join(", "), *expected, "after `{said}`: {calls:?}");
    }
}

const PLAN: &str = "plan k1//b2c//";

#[test]
fn a_checkout_from_cart_to_confirmation() {
    story(&[
        (0, PLAN, ""),
        (0, "there", ""),
        (0, "enter cart", "checkoutStepView step=cart index=1 count=5 revisit= checkoutId=k1 flow=b2c"),
        (400, "enter cart", ""),
        (600, "going link", ""),
        (10, "leave /pagehide", ""),
        (90, PLAN, ""),
        // The time between two pages is nobody's.
        (
            0,
            "enter delivery",
            "checkoutStepComplete step=cart durationMs=1010 activeMs=1010 via=link, scCheckout checkoutId=k1 step=, \
             checkoutStepView step=delivery index=2",
        ),
        (5, "error /postcode/patternMismatch", "checkoutFieldError step=delivery field=postcode rule=patternMismatch"),
        (5, "enter billing/form", "checkoutStepComplete step=delivery errorCount=1 clicks=0 via=form, checkoutStepView step=billing"),
        (
            5,
            "enter delivery/history",
            "checkoutStepBack from=billing to=delivery via=history step=, checkoutStepView step=delivery revisit=1",
        ),
        (5, "skip billing/same", "checkoutStepSkip step=billing reason=same"),
        (0, "skip billing/same", ""),
        (5, "enter payment", "checkoutStepComplete step=delivery errorCount=0 via=script, checkoutStepView step=payment index=4"),
        (5, "enter done", "checkoutStepComplete step=payment, checkoutStepView step=done index=5"),
        // What is over is over.
        (5, "leave /pagehide", ""),
        (5, "enter done", ""),
        (5, "enter cart", ""),
        (5, "error /a/b", ""),
    ]);
}

#[test]
fn leaving_is_told_and_so_is_the_return() {
    story(&[
        (0, PLAN, ""),
        (0, "there", ""),
        (0, "enter delivery", "scCheckout, checkoutStepView step=delivery"),
        (100, "leave /pagehide", "checkoutLeave step=delivery durationMs=100 activeMs=100 reason=pagehide"),
        (0, "leave /pagehide", ""),
        // A page that was kept may say so when the next one is there.
        (0, "leave cart/kept", ""),
        (50, PLAN, ""),
        (0, "enter delivery", "checkoutResume step=delivery awayMs=50, checkoutStepView step=delivery revisit=1"),
        (30, "leave /pagehide", "checkoutLeave durationMs=30 activeMs=0"),
        (
            70,
            "enter billing",
            "checkoutResume step=delivery awayMs=70, checkoutStepComplete step=delivery durationMs=30, checkoutStepView step=billing",
        ),
        // A second after the form was sent, the page was left; no sooner.
        (0, "going form", ""),
        (1_000, "leave /pagehide", ""),
        (0, "enter billing", ""),
        (0, "going form", ""),
        (1_001, "leave /pagehide", "checkoutLeave durationMs=2001"),
    ]);
}

#[test]
fn somebody_is_there_for_a_minute_after_each_sign() {
    story(&[
        (0, PLAN, ""),
        (0, "enter delivery", "scCheckout, checkoutStepView"),
        (10, "there", ""),
        (30_000, "there", ""),
        (90_000, "there", ""),
        (5, "away", ""),
        (1_000, "there", ""),
        (10, "complete", "checkoutStepComplete durationMs=121025 activeMs=90015"),
        (10, "complete", ""),
        // Completed without another step to go to: leaving it is no loss.
        (10, "leave /pagehide", ""),
        (10, "enter billing", "checkoutStepView step=billing revisit="),
    ]);
}

#[test]
fn the_site_says_where_a_checkout_begins() {
    story(&[
        (0, "plan k1//b2c/payment/", ""),
        (0, "enter delivery", "checkoutStepView"),
        (0, "enter payment", "checkoutStepComplete, scCheckout, checkoutStepView"),
        (0, "enter delivery", "checkoutStepBack, checkoutStepView revisit=1"),
        (0, "enter payment", "checkoutStepComplete, checkoutStepView revisit=1"),
    ]);
    story(&[
        (0, "plan k1//digital//b", ""),
        (0, "enter billing", "scCheckout variant=b flow=digital, checkoutStepView index=2 count=4 variant=b"),
    ]);
}

#[test]
fn steps_are_the_sites() {
    // Listed: there are no others, and the cart is never where a checkout begins.
    story(&[
        (0, "plan k1//custom///cart/who/pay", ""),
        (0, "enter delivery", ""),
        (0, "enter cart", "checkoutStepView index=1 count=3"),
        (0, "enter pay", "checkoutStepComplete, checkoutStepView index=3"),
        // A step that is hidden is not counted.
        (0, "plan k1//custom///cart/pay", ""),
        (0, "enter cart", "checkoutStepBack, checkoutStepView index=1 count=2 revisit=1"),
    ]);
    // Not listed: they come as they come, and nobody knows how many there will be.
    story(&[
        (0, "plan k1//own//", ""),
        (0, "enter address", "scCheckout, checkoutStepView index=1 count="),
        (0, "enter card", "checkoutStepComplete via=script, checkoutStepView index=2 count="),
        (0, "enter address", "checkoutStepBack, checkoutStepView"),
        (0, "enter gift", "checkoutStepComplete, checkoutStepView step=gift index=2"),
        (0, "finish", "checkoutStepComplete step=gift"),
        (0, "finish", ""),
    ]);
}

#[test]
fn an_attempt_follows_another() {
    story(&[
        (0, "plan /s1/b2c//", ""),
        (0, "enter delivery", "scCheckout checkoutId=s1, checkoutStepView"),
        // The next page has another spare id, and needs none.
        (0, "plan /s2/b2c//", ""),
        (0, "enter payment", "checkoutStepComplete checkoutId=s1, checkoutStepView"),
        (0, "enter done", "checkoutStepComplete, checkoutStepView"),
        (0, "plan /s3/b2c//", ""),
        (0, "enter done", ""),
        (0, "enter cart", "checkoutStepView checkoutId=s3 revisit="),
        (0, "enter delivery", "checkoutStepComplete, scCheckout checkoutId=s3, checkoutStepView revisit="),
        // An id of the site's own is another attempt.
        (0, "plan k9//b2c//", ""),
        (0, "enter delivery", "scCheckout checkoutId=k9, checkoutStepView revisit="),
    ]);
}

#[test]
fn payment_is_the_last_thing_before_the_confirmation() {
    let presets: Vec<&str> = PRESETS.split('|').collect();
    for pair in presets.chunks(2) {
        let steps: Vec<&str> = pair[1].split(' ').collect();
        assert_eq!(preset(pair[0]), pair[1]);
        assert_eq!((steps.first(), steps.last()), (Some(&"cart"), Some(&"done")), "{pair:?}");
        // A company pays by the terms that were agreed, and may have to approve of it.
        let last = if pair[0] == "b2b" { vec!["terms", "approval"] } else { vec!["payment"] };
        assert!(steps[..steps.len() - 1].ends_with(&last), "{pair:?}");
    }
    assert_eq!((preset("custom"), preset("")), ("", ""));
}

/// Follows the calls of one attempt, and refuses what does not add up.
#[derive(Debug, Default)]
struct Model {
    open: Option<String>,
    left: bool,
    over: bool,
    begun: bool,
    seen: HashSet<String>,
    errors: HashMap<String, u64>,
    views: u64,
    closed: u64,
}

impl Model {
    fn take(&mut self, calls: &[Call], after: u64) {
        for (index, call) in calls.iter().enumerate() {
            assert!(!self.over, "an attempt that is over tells {call:?}");
            let step = call.text("step");
            if let Some(count) = call.fields.get("count") {
                assert!((1..=count.parse().unwrap()).contains(&call.number("index")), "{call:?}");
            }
            match call.name.as_str() {
                "scCheckout" => {
                    assert!(!std::mem::replace(&mut self.begun, true), "begun twice: {call:?}");
                    assert_eq!(calls.get(index + 1).map(|next| next.name.as_str()), Some("checkoutStepView"));
                }
                "checkoutStepView" => self.view(step, call, calls),
                "checkoutStepComplete" => {
                    self.close(step);
                    self.spent(call, after);
                }
                "checkoutStepBack" => self.close(call.text("from")),
                "checkoutStepSkip" if self.open.as_deref() == Some(step) => self.close(step),
                "checkoutStepSkip" => {}
                "checkoutLeave" => {
                    assert_eq!(self.open.as_deref(), Some(step));
                    assert!(!std::mem::replace(&mut self.left, true), "left twice");
                    self.spent(call, after);
                }
                "checkoutResume" => {
                    assert!(std::mem::take(&mut self.left), "came back without having left");
                    assert!(call.number("awayMs") <= after);
                }
                "checkoutFieldError" => {
                    let told = self.errors.entry(step.to_owned()).or_default();
                    *told += 1;
                    assert!(*told <= 20, "{told} errors of {step}");
                }
                other => panic!("the funnel calls {other}"),
            }
        }
        assert_eq!(self.views, self.closed + u64::from(self.open.is_some()), "views are closed once, or open");
    }

    fn view(&mut self, step: &str, call: &Call, calls: &[Call]) {
        if self.open.is_some() {
            // Only a return opens what is open.
            assert_eq!((self.open.as_deref(), calls[0].name.as_str()), (Some(step), "checkoutResume"), "{calls:?}");
            self.closed += 1;
        }
        assert_eq!(call.text("revisit") == "1", !self.seen.insert(step.to_owned()), "{call:?}");
        self.open = Some(step.to_owned());
        self.views += 1;
        self.over = step == "done";
    }

    fn close(&mut self, step: &str) {
        assert_eq!(self.open.take().as_deref(), Some(step), "what is not open is closed");
        self.left = false;
        self.closed += 1;
    }

    fn spent(&self, call: &Call, after: u64) {
        assert!(call.number("activeMs") <= call.number("durationMs") && call.number("durationMs") <= after, "{call:?} in {after} ms");
    }
}

fn step() -> impl Strategy<Value = &'static str> {
    select(vec!["cart", "delivery", "billing", "terms", "payment", "done", "gift", ""])
}

fn notice() -> impl Strategy<Value = String> {
    let plans = select(vec![
        "plan k1//b2c//",
        "plan k2//b2c/payment/",
        "plan /s1/b2b//b",
        "plan /s2/own//",
        "plan /s3/custom///cart/gift/payment",
        "plan k3//custom///cart/delivery/gift/terms",
    ]);
    prop_oneof![
        1 => plans.prop_map(str::to_owned),
        8 => (step(), select(vec!["", "form", "history"])).prop_map(|(step, via)| format!("enter {step}/{via}")),
        2 => step().prop_map(|step| format!("complete {step}")),
        6 => step().prop_map(|step| format!("error {step}/postcode/valueMissing")),
        2 => step().prop_map(|step| format!("skip {step}/same")),
        2 => Just("going form".to_owned()),
        3 => step().prop_map(|step| format!("leave {step}/pagehide")),
        1 => Just("finish".to_owned()),
        3 => Just("there".to_owned()),
        2 => Just("away".to_owned()),
    ]
}

/// A text with what separates words in memory.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(select("ab019\u{1d}\u{1e}\u{1f}é".chars().collect::<Vec<_>>()), 0..60).prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_notices_adds_up(said in prop::collection::vec((0_u64..90_000, notice(), 0_u32..3), 0..80)) {
        let mut visit = Visit { now: 1_000_000, ..Visit::default() };
        visit.hear(0, "plan k1//b2c//", 0);
        // Only one attempt is remembered. A site that goes back to an id begins it anew: then the collector counts it once.
        let (mut of, mut model) = (String::new(), Model::default());
        for (after, said, clicks) in said {
            let calls = visit.hear(after, &said, clicks);
            let elapsed = visit.now - 1_000_000;
            let id = visit.memory.split('\u{1f}').next().unwrap_or_default().to_owned();
            if id != of {
                (of, model) = (id, Model::default());
            }
            prop_assert!(calls.iter().all(|call| call.text("checkoutId") == of));
            model.take(&calls, elapsed);
        }
    }

    #[test]
    fn any_text_is_survived(memory in text(), texts in text(), verb in 0_u32..11, now in 0_u64..u64::MAX) {
        let mut attempt = Attempt::recall(&memory);
        if let Some(notice) = Notice::read(verb, &texts) {
            let calls = attempt.hear(notice, 1, now);
            prop_assert!(read(&calls.0).iter().all(|call| call.name == "scCheckout" || call.name.starts_with("checkout")));
        }
    }
}
