//! Adobe's cookies and consent strings, which are in base 64: an identity that was read is one, and is read back from what is written of it.

use caisse::decode::{kndctr, tcf};

/// The bytes are an identity cookie.
pub fn check(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    assert_eq!(tcf::read(&text), tcf::read(&text));
    kndctr::consent(&text, "general");
    kndctr::org(&text, "identity");
    let Some(ecid) = kndctr::ecid(&text) else { return false };
    assert!(kndctr::is_ecid(&ecid), "{ecid:?}");
    assert_eq!(kndctr::ecid(&kndctr::identity(&ecid)), Some(ecid));
    true
}
