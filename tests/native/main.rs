//! What holds without a browser: the rules of the code, the formats, the events, and a seeded simulation of pages that
//! come and go over a bad network.
#![cfg(not(target_arch = "wasm32"))]

mod adobe_analytics;
mod adobe_edge;
mod advice;
mod call;
// The funnel is a feature.
#[cfg(feature = "widget")]
mod checkout;
mod contract;
// What knows only our own format has no other destinations.
#[cfg(feature = "adobe")]
mod destinations;
mod edge_trip;
mod events;
mod fuzz;
mod generated;
mod money;
mod secrets;
mod seeded;
mod sim;
mod tidy;
mod wire;
