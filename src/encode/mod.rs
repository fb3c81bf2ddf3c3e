//! Turns hits and batches into the bytes of a destination. Never decides what goes into a batch.

#[cfg(feature = "collector")]
pub mod collector;
#[cfg(feature = "collector")]
mod json;

#[cfg(feature = "collector")]
pub(crate) use json::Json;
