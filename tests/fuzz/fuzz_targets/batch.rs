//! Bodies of `/v1/batch`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    caisse_fuzz::batch::check(bytes);
});
