//! Turns hits and batches into the bytes of a destination. Never decides what goes into a batch.

// Natively always, like the decoders; in a page only where it is asked for.
#[cfg(any(feature = "adobe", not(target_arch = "wasm32")))]
pub mod adobe_analytics;
#[cfg(any(feature = "adobe", not(target_arch = "wasm32")))]
pub mod adobe_edge;
#[cfg(any(feature = "adobe", not(target_arch = "wasm32")))]
pub mod context_data;
#[cfg(any(feature = "adobe", not(target_arch = "wasm32")))]
mod products;
#[cfg(any(feature = "adobe", not(target_arch = "wasm32")))]
mod query;
#[cfg(any(feature = "adobe", not(target_arch = "wasm32")))]
mod tree;

#[cfg(feature = "collector")]
pub mod collector;
#[cfg(any(feature = "collector", not(target_arch = "wasm32")))]
mod json;

#[cfg(any(feature = "collector", not(target_arch = "wasm32")))]
pub(crate) use json::Json;
