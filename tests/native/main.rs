//! What holds without a browser: the rules of the code, the formats, the events, and a seeded simulation of pages that
//! come and go over a bad network.
#![cfg(not(target_arch = "wasm32"))]

mod adobe_edge;
mod call;
mod contract;
mod events;
mod fuzz;
mod generated;
mod money;
mod seeded;
mod sim;
mod tidy;
mod wire;
