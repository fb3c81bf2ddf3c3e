//! Text as it comes from pages and goes to them: split, read as numbers, cut at whole characters. Plain loops over bytes on
//! purpose: the standard library's searchers would cost 4 kB of wasm. Never changes meaning silently.

use crate::problem::{Code, Problems, note};

/// The parts of a text between ASCII separators.
pub fn split(text: &str, separator: char) -> Split<'_> {
    Split { rest: Some(text), separator: separator as u8 }
}

/// See [`split`].
#[derive(Debug)]
pub struct Split<'a> {
    rest: Option<&'a str>,
    separator: u8,
}

impl<'a> Split<'a> {
    /// The next part, or an empty one: for heads whose parts are checked together afterwards.
    pub fn part(&mut self) -> &'a str {
        self.next().unwrap_or("")
    }

    /// What follows, separators and all.
    pub fn rest(&self) -> &'a str {
        self.rest.unwrap_or("")
    }
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let part = before(rest, self.separator as char);
        self.rest = rest.get(part.len() + 1..);
        Some(part)
    }
}

fn position(text: &str, byte: u8) -> Option<usize> {
    text.bytes().position(|known| known == byte)
}

/// The text before the first separator, or all of it.
pub fn before(text: &str, separator: char) -> &str {
    position(text, separator as u8).and_then(|at| text.get(..at)).unwrap_or(text)
}

/// The text after what [`before`] answered and its separator, or nothing. (Two calls that answer one text each are half the
/// bytes of one that answers two.)
pub fn after<'a>(text: &'a str, before: &str) -> &'a str {
    text.get(before.len() + 1..).unwrap_or("")
}

/// The text before the first of some ASCII characters, or all of it.
#[inline(never)]
pub fn prefix<'a>(text: &'a str, stops: &str) -> &'a str {
    let end = text.bytes().position(|byte| position(stops, byte).is_some());
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// Whether a character stands in a text. For ASCII only.
pub fn has(text: &str, ch: char) -> bool {
    position(text, ch as u8).is_some()
}

/// Where a text stands in another one first.
pub fn find(text: &str, needle: &str) -> Option<usize> {
    text.as_bytes().windows(needle.len()).position(|window| window == needle.as_bytes())
}

/// A whole number of at most fifteen digits.
pub fn number(text: &str) -> Option<u64> {
    let number = number_or(text, u64::MAX);
    (number != u64::MAX).then_some(number)
}

/// A whole number of at most fifteen digits, or else `otherwise`.
pub fn number_or(text: &str, otherwise: u64) -> u64 {
    if text.is_empty() || text.len() > 15 {
        return otherwise;
    }
    let mut number = 0;
    for byte in text.bytes() {
        if !byte.is_ascii_digit() {
            return otherwise;
        }
        number = number * 10 + u64::from(byte - b'0');
    }
    number
}

/// Appending to texts, in one copy: inlined at some two hundred places, `String`'s own methods would cost 6 kB of wasm.
pub trait Append {
    /// Appends a text.
    fn add(&mut self, text: &str);
    /// Appends an ASCII character.
    fn add_char(&mut self, ch: char);
}

impl Append for String {
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn add(&mut self, text: &str) {
        self.push_str(text);
    }

    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn add_char(&mut self, ch: char) {
        // Said so that no encoder for other characters is compiled in.
        self.push(char::from(ch as u8 & 0x7f));
    }
}

/// A text of one's own; in one copy, like [`Append`].
#[cfg_attr(target_arch = "wasm32", inline(never))]
pub fn owned(text: &str) -> String {
    let mut own = String::new();
    own.add(text);
    own
}

/// Appends a number in decimal. (Formatting machinery would cost more bytes than the rest of an encoder.)
pub fn push_number(out: &mut String, number: u64) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    push_digit(out, number % 10);
}

/// Appends a digit of a number to a base of at most sixteen.
pub fn push_digit(out: &mut String, digit: u64) {
    let at = digit as usize;
    out.add(DIGITS.get(at..at + 1).unwrap_or(""));
}

/// Digits by their value.
const DIGITS: &str = "0123456789abcdef";

/// Appends texts with a separator between them.
pub fn push_all(out: &mut String, parts: &[&str], separator: char) {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.add_char(separator);
        }
        out.add(part);
    }
}

/// Cuts a text to a number of bytes without cutting a character.
pub(crate) fn cut(text: &mut String, bytes_max: usize, place: &str, problems: &mut Problems) {
    if text.len() <= bytes_max {
        return;
    }
    let mut end = bytes_max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    note(problems, Code::TooLong, place);
}

/// The number in a name like `eVar5`, if the prefix fits and the number is `1..=max` without leading zeros.
pub fn numbered(name: &str, prefix: &str, max: u32) -> Option<u32> {
    let digits = name.strip_prefix(prefix)?;
    let number = number_or(digits, 0);
    (number > 0 && number <= u64::from(max) && !digits.starts_with('0')).then_some(number as u32)
}

/// Whether a word stands in a list of words separated by spaces.
pub(crate) fn listed(word: &str, words: &str) -> bool {
    for known in split(words, ' ') {
        if known == word {
            return !word.is_empty();
        }
    }
    false
}

/// A word of a list of words separated by spaces.
pub(crate) fn nth(words: &'static str, index: usize) -> &'static str {
    let mut words = split(words, ' ');
    for _ in 0..index {
        words.part();
    }
    words.part()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_like_the_standard_library() {
        for text in ["", "a", "a|b", "|", "a||b|", "é|€"] {
            assert!(split(text, '|').eq(text.split('|')), "{text:?}");
        }
        assert_eq!(find("abcabd", "abd"), Some(3));
        assert_eq!(find("ab", "abd"), None);
    }

    #[test]
    fn cuts_between_characters() {
        let mut problems = Problems::default();
        let mut text = String::from("aé€");
        cut(&mut text, 5, "x", &mut problems);
        assert_eq!(text, "aé");
        cut(&mut text, 3, "x", &mut problems);
        assert_eq!((text.as_str(), problems.iter().count()), ("aé", 1));
    }

    #[test]
    fn reads_numbered_names() {
        assert_eq!(numbered("eVar5", "eVar", 250), Some(5));
        for bad in ["eVar0", "eVar05", "eVar251", "eVar", "evar5", "eVar5x", "eVar99999999999"] {
            assert_eq!(numbered(bad, "eVar", 250), None, "{bad}");
        }
    }
}
