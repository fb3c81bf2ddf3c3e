//! Ids of 32 hex digits from names that other trackers give: the same name is the same id. Never meant to keep a name secret.

/// The id of a name in parts (FNV-1a, 128 bits); a mark between the parts keeps `ab, c` from being `a, bc`.
pub(super) fn id(parts: &[&str]) -> String {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xff]));
    let hash = bytes.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    format!("{hash:032x}")
}

/// The visitor behind an Experience Cloud id, whichever of Adobe's formats it came in.
pub(super) fn visitor(ecid: &str) -> String {
    id(&["ECID", ecid])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::is_stream;

    #[test]
    fn parts_are_apart() {
        assert!(is_stream(&id(&[])) && is_stream(&id(&["a"])));
        assert_eq!(id(&["a", "b"]), id(&["a", "b"]));
        for other in [&["ab"][..], &["a", "b", ""], &["b", "a"], &["", "ab"]] {
            assert_ne!(id(&["a", "b"]), id(other), "{other:?}");
        }
    }
}
