//! What the end-to-end tests stand on: a shop that runs, servers of other pages, real browsers, and reports to wait for.
//! Never skips: a browser or a program that is missing fails the test with words that say what to do.

mod browser;
mod edge;
mod place;
mod process;
mod programs;
mod report;
mod server;
mod shop;

pub use browser::Browser;
pub use edge::{Edge, Taken};
pub use place::Place;
pub use programs::{NODE, package};
pub use report::Report;
pub use server::{Page, Seen, Site};
pub use shop::Shop;
