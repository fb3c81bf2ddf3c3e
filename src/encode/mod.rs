//! Turns hits and batches into the bytes of a destination. Never decides what goes into a batch.

#[cfg(feature = "adobe")]
pub mod adobe_analytics;
#[cfg(feature = "collector")]
pub mod collector;
#[cfg(feature = "adobe")]
pub mod context_data;
mod json;
#[cfg(feature = "adobe")]
mod products;
#[cfg(feature = "adobe")]
mod query;

pub(crate) use json::Json;
