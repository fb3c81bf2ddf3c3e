//! The only place that knows a page. What the TypeScript shim enters is in `entry`, on one adapter for each port, or, in the modules
//! without a destination, in `advisor` and `checkout`; what a page without the shim uses is in `direct`. Adapters translate; they decide nothing.

#[cfg(all(feature = "direct", feature = "collector"))]
pub mod direct;
mod memory;

#[cfg(all(not(feature = "collector"), not(feature = "widget")))]
mod advisor;
#[cfg(all(not(feature = "collector"), feature = "widget"))]
mod checkout;

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
