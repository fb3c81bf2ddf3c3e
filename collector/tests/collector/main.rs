//! The collector from outside: over HTTP without a network, on SQLite, and once as a program that is killed.

mod adobe_analytics;
mod adobe_edge;
mod attack;
mod counting;
mod double;
mod erase;
mod ingest;
mod injection;
mod killed;
mod mutants;
mod page;
mod program;
mod properties;
mod report;
mod rules;
#[path = "../../../tests/native/seeded.rs"]
mod seeded;
mod trouble;
