//! Requests to `/b/ss`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    caisse_fuzz::adobe_analytics::check(bytes);
});
