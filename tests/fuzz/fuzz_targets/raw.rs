//! Bodies of `/v1/raw`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    caisse_fuzz::raw::check(bytes);
});
