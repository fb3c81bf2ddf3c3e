//! Requests to Edge Network.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    caisse_fuzz::xdm::check(bytes);
});
