//! Ids for what comes without one: FNV-1a of 128 bits, the same on every machine and in every version. Nothing here is kept secret by
//! it.

/// 32 hex digits for some texts, one after the other. Where one ends and the next begins makes a difference.
pub(super) fn hash(texts: &[&str]) -> String {
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    for text in texts {
        // No byte of UTF-8 is 255.
        for byte in text.bytes().chain([255]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_the_same() {
        // Another hash would count hits twice that are resent after an update.
        assert_eq!(hash(&["a"]), "0880954550ab1be95aa0733055b751b9");
        assert_eq!(hash(&["mid", "1"]), hash(&["mid", "1"]));
        assert_ne!(hash(&["mid", "1"]), hash(&["mi", "d1"]));
        assert_ne!(hash(&["", "a"]), hash(&["a", ""]));
    }
}
