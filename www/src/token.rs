//! Numbers nobody can guess, and the short names made of them. Never counts, never repeats on purpose.

use getrandom::Error;

/// Letters and digits without those that are read as others (i, l, o, u).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters after the letter of a short name: 60 bits, far below the 20 bytes an id may have.
const SHORT_CHARACTERS: usize = 12;

/// 128 random bits as 32 hex digits: session ids, form tokens.
///
/// # Errors
/// If the operating system has no random numbers to give.
pub fn secret() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A short name that begins with `letter`: ids of baskets and checkouts.
///
/// # Errors
/// If the operating system has no random numbers to give.
pub fn short(letter: char) -> Result<String, Error> {
    let mut bytes = [0; SHORT_CHARACTERS];
    getrandom::fill(&mut bytes)?;
    let name = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    Ok(std::iter::once(letter).chain(name).collect())
}

/// An order number such as `R100234`. Random rather than counted: a browser remembers for months which
/// orders it has reported, and would take the first orders of a freshly emptied shop for old ones.
///
/// # Errors
/// If the operating system has no random numbers to give.
pub fn order_number() -> Result<String, Error> {
    Ok(format!("R{}", 100_000 + getrandom::u32()? % 900_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_names_that_trackers_accept() {
        assert_eq!(secret().unwrap().len(), 32);
        for name in [short('k').unwrap(), order_number().unwrap()] {
            assert!(name.len() <= 20 && name.bytes().all(|b| b.is_ascii_alphanumeric()), "{name}");
        }
        assert_ne!(short('k').unwrap(), short('k').unwrap());
    }
}
