//! Query strings with groups: what was read, written flat and with every byte escaped, reads the same.

use caisse::decode::query::Parameters;

/// The bytes are a query.
pub fn check(bytes: &[u8]) -> bool {
    let read = Parameters::read(&String::from_utf8_lossy(bytes));
    let flat: Vec<String> = read.0.iter().map(|(name, value)| [escaped(name), escaped(value)].join("=")).collect();
    assert_eq!(Parameters::read(&flat.join("&")), read);
    for (name, _) in read.0.iter().filter(|(name, value)| !name.contains(' ') && !value.is_empty()) {
        assert!(!read.text(name).is_empty(), "{name:?} is there");
    }
    !read.0.is_empty()
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
