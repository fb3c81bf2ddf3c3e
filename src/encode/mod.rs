//! Turns hits and batches into the bytes of a destination. Never decides what goes into a batch.

// Natively always, like the decoders; in a page only where it is asked for.
#[cfg(any(feature = "adobe", not(target_arch = "wasm32")))]
pub mod adobe_edge;
#[cfg(feature = "collector")]
pub mod collector;
mod json;
#[cfg(any(feature = "adobe", not(target_arch = "wasm32")))]
mod tree;

pub(crate) use json::Json;
