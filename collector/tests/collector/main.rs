//! The collector from outside: over HTTP without a network, on SQLite, and once as a program that is killed.

mod adobe_edge;
mod counting;
mod double;
mod ingest;
mod page;
mod program;
mod properties;
mod report;
#[path = "../../../tests/native/seeded.rs"]
mod seeded;
mod trouble;
