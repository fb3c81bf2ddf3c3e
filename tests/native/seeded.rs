//! How every property test draws its cases: the same ones in every run, unless `PROPTEST_RNG_SEED` says a number to draw others by.

use proptest::test_runner::{Config, RngSeed};

/// A configuration for so many cases.
pub fn cases(cases: u32) -> Config {
    // What the environment says is in the default already.
    let mut config = Config { cases, failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}
