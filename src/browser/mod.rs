//! The only place that knows a page. What the TypeScript shim enters is in `entry`, on one adapter for each port, or, in the module
//! without a destination, in `advisor`; what a page without the shim uses is in `direct`. Adapters translate; they decide nothing.

#[cfg(all(feature = "direct", feature = "collector"))]
pub mod direct;
mod memory;

#[cfg(not(feature = "collector"))]
mod advisor;

#[cfg(all(feature = "collector", not(feature = "direct")))]
mod entry;
#[cfg(all(feature = "collector", not(feature = "direct")))]
mod listener;
#[cfg(all(feature = "collector", not(feature = "direct")))]
mod outbox;
#[cfg(all(feature = "collector", not(feature = "direct")))]
mod store;
#[cfg(all(feature = "collector", not(feature = "direct")))]
mod timer;
#[cfg(all(feature = "collector", not(feature = "direct")))]
mod transport;
