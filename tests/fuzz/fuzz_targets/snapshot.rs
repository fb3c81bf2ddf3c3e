//! Call snapshots, as a page's shim writes them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    caisse_fuzz::snapshot::check(bytes);
});
