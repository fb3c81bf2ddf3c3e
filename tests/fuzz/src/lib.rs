//! What must hold of any bytes at all, one module for each target. `check` panics if it does not; the answer is whether the bytes were
//! what the target is about, so that a seed which no longer is one is noticed.
//!
//! A fuzzer calls these functions through `fuzz_targets/` (`cargo xtask test fuzz`, or, from this folder's parent, `cargo fuzz run
//! --fuzz-dir fuzz snapshot`); `tests/native/fuzz.rs` calls them with the seeds in `corpus/`.
//!
//! A further target is a module here, a file in `fuzz_targets/` with its `[[bin]]`, and its seeds in `tests/native/fuzz.rs`.

pub mod adobe_analytics;
pub mod batch;
pub mod cookies;
pub mod decimal;
pub mod events;
pub mod exact;
pub mod products;
pub mod query;
pub mod raw;
pub mod said;
pub mod snapshot;
pub mod xdm;

mod travel;
