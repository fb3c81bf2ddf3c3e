//! The only place that knows a page. What the TypeScript shim enters is in `entry`, on one adapter for each port; what a
//! page without the shim uses is in `direct`. Adapters translate; they decide nothing.

#[cfg(feature = "direct")]
pub mod direct;
mod memory;

#[cfg(not(feature = "direct"))]
mod entry;
#[cfg(not(feature = "direct"))]
mod listener;
#[cfg(not(feature = "direct"))]
mod outbox;
#[cfg(not(feature = "direct"))]
mod store;
#[cfg(not(feature = "direct"))]
mod timer;
#[cfg(not(feature = "direct"))]
mod transport;
