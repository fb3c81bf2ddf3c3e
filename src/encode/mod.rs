//! Turns hits and batches into the bytes of a destination. Never decides what goes into a batch.

#[cfg(feature = "collector")]
pub mod collector;
mod json;

pub(crate) use json::Json;
