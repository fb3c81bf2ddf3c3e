//! Adobe's cookies and consent strings.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    caisse_fuzz::cookies::check(bytes);
});
