//! What a page shares with the schedule that it lives in: what it can reach at once, and what it asks for.

use super::collector::Collector;
use super::dice::Dice;
use super::model::Ledger;
use super::store::Disk;
use caisse::call::Millis;
use std::rc::Rc;

/// Everything outside a page that it can reach at once.
pub struct Around<'a> {
    pub disk: &'a mut Disk,
    pub dice: &'a mut Dice,
    pub ledger: &'a mut Ledger,
    pub collectors: &'a [Collector],
    /// The page's clock.
    pub now: Millis,
}

/// What a page asks for, to be carried out later.
#[derive(Debug)]
pub enum Wish {
    Send(Post),
    Wake(Option<Millis>),
    /// To renew its claims after so many milliseconds.
    Renew(u64),
}

/// A request.
#[derive(Clone, Debug)]
pub struct Post {
    pub number: u32,
    pub destination: usize,
    pub raw: bool,
    /// Sent by `sendBeacon`: nobody will ever tell what became of it.
    pub beacon: bool,
    pub body: Rc<str>,
    pub sender: Sender,
}

/// Who sent it, and wants the answer.
#[derive(Clone, Debug)]
pub enum Sender {
    Core(u32),
    Shim { batch: String, seqs: Vec<u64> },
}
