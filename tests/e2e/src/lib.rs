//! What the end-to-end tests stand on: a shop that runs, servers of other pages, real browsers, faults, and reports to wait for.
//! Never skips: a browser or a program that is missing fails the test with words that say what to do.

mod aria;
mod browser;
// The simulation's: what a seed draws is chance of the same kind.
#[path = "../../native/sim/dice.rs"]
#[allow(dead_code)] // it has more than is needed here
mod dice;
mod edge;
mod engine;
mod fault;
mod ledger;
mod mirror;
mod picture;
mod place;
mod process;
mod programs;
mod proxy;
mod report;
mod run;
mod server;
mod shop;
mod slow;
mod storage;
mod tabs;
mod transports;
mod trial;

pub use browser::{Browser, Profile};
pub use edge::{Edge, Taken};
pub use engine::Engine;
pub use fault::{Fault, plain};
pub use ledger::{Counted, Judgement, Ledger};
pub use mirror::Mirror;
pub use picture::Picture;
pub use place::Place;
pub use programs::{NODE, package};
pub use proxy::{Proxy, Request};
pub use report::Report;
pub use run::{Outcome, Run};
pub use server::{Page, Seen, Site};
pub use shop::Shop;
pub use storage::{NO_JOURNAL, STORAGE_FAULTS};
pub use tabs::Tab;
pub use transports::TRANSPORT_FAULTS;
pub use trial::{LEFT, Trial, is_long};
