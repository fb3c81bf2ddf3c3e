//! What becomes of a request: it and its answer may be lost, late, doubled, cut, or come from somebody else. Decides under the
//! dice; never looks into a body.

use super::collector::Reply;
use super::dice::Dice;

/// Milliseconds after which a page gives up waiting for an answer.
pub const DEADLINE_MS: u64 = 10_000;
const DAY_MS: u64 = 86_400_000;

/// The way of one request.
#[derive(Debug, Default)]
pub struct Way {
    /// When it arrives at the collector, each time that it does, in milliseconds from now; the first arrival is answered.
    pub arrivals: Vec<u64>,
    /// What becomes of the collector's answer.
    pub answer: Passage,
    /// An answer that is not the collector's.
    pub forged: Option<Reply>,
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Passage {
    #[default]
    Whole,
    Half,
    /// Somebody answers instead, with another batch's acknowledgement; the request never arrives.
    Foreign,
    Lost,
}

#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// Requests in a hundred that meet trouble.
    pub trouble_percent: u64,
}

impl Network {
    pub fn route(self, dice: &mut Dice) -> Way {
        let soon = dice.between(5, 300);
        if !dice.chance(self.trouble_percent) {
            return Way { arrivals: vec![soon], ..Way::default() };
        }
        match dice.below(8) {
            0 => Way { answer: Passage::Lost, ..Way::default() },
            1 => Way { arrivals: vec![soon], answer: Passage::Lost, ..Way::default() },
            2 => Way { arrivals: vec![dice.between(DEADLINE_MS, DAY_MS)], answer: Passage::Lost, ..Way::default() },
            3 => Way { arrivals: vec![soon, soon + dice.below(3 * DAY_MS)], ..Way::default() },
            4 => Way { arrivals: vec![soon], answer: Passage::Half, ..Way::default() },
            5 => Way { answer: Passage::Foreign, ..Way::default() },
            6 => Way { arrivals: vec![dice.between(1_000, 9_000)], ..Way::default() },
            _ => Way { forged: Some(forged(dice)), ..Way::default() },
        }
    }
}

/// Somebody else's answer: a captive portal, a proxy, a load balancer, a collector that is down.
fn forged(dice: &mut Dice) -> Reply {
    let mut reply = match dice.below(10) {
        0 => Reply::new(200, "<html>Welcome to the hotel</html>"),
        1 => Reply::new(200, "{}"),
        2 => Reply::new(204, ""),
        3 => Reply::new(400, "<html>Bad request</html>"),
        4 => Reply::new(401, ""),
        5 => Reply::new(404, "<html>Not found</html>"),
        6 => Reply::new(429, ""),
        7 => Reply::new(500, "<html>Oops</html>"),
        _ => Reply::new(503, r#"{"status":503,"code":"busy"}"#),
    };
    if matches!(reply.status, 429 | 503) {
        reply.retry_after = dice.pick(&["", "0", "7", "-3", "soon", "1000000000", "99999999999999999999", "120"]).into();
    }
    reply
}
