//! Prices, and what is worked out with them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    caisse_fuzz::decimal::check(bytes);
});
