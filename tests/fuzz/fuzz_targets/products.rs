//! Adobe's `products` strings.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    caisse_fuzz::products::check(bytes);
});
