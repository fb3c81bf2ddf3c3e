//! Takes personal data out of events before anything is stored or sent; the collector does it again.
//! Replacement words are constants: no hash, no first or last digits. Never guesses at names or
//! addresses, which no rule can find.

use crate::problem::{Code, Problems, note};
use crate::text::{Append, before, find, has, listed, next_char, owned, split, split_once};
use crate::vocabulary::Class;

/// Stands where a card number, a long run of digits or an e-mail address stood.
pub const REDACTED: &str = "[redacted]";

/// Digits of the shortest payment card numbers.
const DIGITS_MIN: u32 = 12;

/// Query parameters a URL keeps; everything else in a query can name a person.
const PARAMETERS: &str = "utm_source utm_medium utm_campaign utm_term utm_content utm_id";

/// Words that announce personal data when they are part of a field's name.
const KEYS: &str = "card cc pan cvv cvc csc cvv2 exp expiry iban bic account routing ssn sin nino passport password pass pwd secret \
token auth session otp pin email mail phone tel mobile firstname lastname fullname street address postcode dob birth";

/// Redacts a text by the rule of its class, and whole if the name of a field nobody knows announces personal data. Says
/// whether anything was found.
pub(crate) fn redact(text: &mut String, class: Class, path: &str, place: &str, problems: &mut Problems) -> bool {
    let clean = match class {
        Class::Url => url(text),
        Class::AnyFree if personal_key(path) => owned(REDACTED),
        Class::Free | Class::AnyFree => free_text(text),
        Class::Id | Class::Text | Class::ProductText | Class::Number | Class::Count | Class::Currency | Class::Any => identifier(text),
    };
    let found = clean != *text;
    if found {
        *text = clean;
        note(problems, Code::Redacted, place);
    }
    found
}

/// Whether a field's name has a whole word that announces personal data: `cardNumber`, `user_email`.
fn personal_key(path: &str) -> bool {
    let mut word = String::new();
    let mut found = false;
    for byte in path.bytes().chain([b'.']) {
        if byte.is_ascii_uppercase() || !byte.is_ascii_alphanumeric() {
            found |= listed(&word, KEYS);
            word.clear();
        }
        if byte.is_ascii_alphanumeric() {
            word.add_char(char::from(byte.to_ascii_lowercase()));
        }
    }
    found
}

/// Free text: e-mail addresses and any run of twelve digits or more go, with or without a valid checksum.
pub fn free_text(text: &str) -> String {
    scan(text, false)
}

/// Identifiers: e-mail addresses and card numbers go; other long numbers stay, as order numbers are long too.
pub fn identifier(text: &str) -> String {
    scan(text, true)
}

/// Replaces e-mail addresses and digit runs: those of card numbers if `exact`, otherwise all that are long enough.
fn scan(text: &str, exact: bool) -> String {
    let text = without_emails(text);
    let mut out = String::new();
    let mut rest = text.as_str();
    let mut last = ' ';
    while let Some((ch, mut after)) = next_char(rest) {
        let mut digits = Digits::default();
        if digit(ch).is_some() {
            after = digits.read(rest);
        }
        let flanked = is_word(last) || next_char(after).is_some_and(|(next, _)| is_word(next));
        if digits.count >= DIGITS_MIN && !flanked && (!exact || digits.is_card_number()) {
            out.add(REDACTED);
        } else {
            out.add(rest.get(..rest.len() - after.len()).unwrap_or(""));
        }
        last = ch;
        rest = after;
    }
    out
}

/// What there is to know about a run of digits.
#[derive(Default)]
struct Digits {
    count: u32,
    /// The number that the first six make.
    prefix: u32,
    /// Luhn's sum.
    luhn: u32,
    /// Luhn's sum if one more digit followed: the others are doubled.
    luhn_shifted: u32,
}

impl Digits {
    /// Reads the digits at the start of `text`, at most one separator between two of them. The answer is what follows them.
    fn read<'a>(&mut self, text: &'a str) -> &'a str {
        let mut rest = text;
        let mut end = text;
        let mut separated = false;
        while let Some((ch, after)) = next_char(rest) {
            rest = after;
            if let Some(digit) = digit(ch) {
                self.push(digit);
                end = rest;
                separated = false;
            } else if is_separator(ch) && !separated {
                separated = true;
            } else if !is_invisible(ch) {
                break;
            }
        }
        end
    }

    fn push(&mut self, digit: u32) {
        let doubled = digit * 2;
        (self.luhn, self.luhn_shifted) = (self.luhn_shifted + digit, self.luhn + doubled / 10 + doubled % 10);
        if self.count < 6 {
            self.prefix = self.prefix * 10 + digit;
        }
        self.count += 1;
    }

    /// Whether the digits have an issuer's prefix at one of its lengths, and a valid checksum.
    fn is_card_number(&self) -> bool {
        for (from, to, lengths) in ISSUERS {
            if *from <= self.prefix && self.prefix <= *to && self.count < 32 && lengths >> self.count & 1 == 1 {
                return self.luhn.is_multiple_of(10);
            }
        }
        false
    }
}

/// The value of a decimal digit: ASCII, full-width, Arabic-Indic or extended Arabic-Indic.
fn digit(ch: char) -> Option<u32> {
    for zero in &['0', '\u{ff10}', '\u{660}', '\u{6f0}'] {
        let value = u32::from(ch).wrapping_sub(u32::from(*zero));
        if value < 10 {
            return Some(value);
        }
    }
    None
}

fn is_word(ch: char) -> bool {
    ch.is_ascii_alphanumeric() || ch == '_'
}

fn is_separator(ch: char) -> bool {
    matches!(ch, ' ' | '-' | '/' | '\u{a0}' | '\u{2010}'..='\u{2015}' | '+')
}

fn is_invisible(ch: char) -> bool {
    matches!(ch, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// Lengths as bits: the bit `n` stands for numbers of `n` digits.
const fn lengths(from: u32, to: u32) -> u32 {
    (1 << (to + 1)) - (1 << from)
}

const L16: u32 = lengths(16, 16);
const L16_TO_19: u32 = lengths(16, 19);
const L14_OR_16_TO_19: u32 = lengths(14, 14) | L16_TO_19;
const L12_TO_19: u32 = lengths(12, 19);

/// Issuers' ranges of the first six digits, and their lengths (networks' published ranges, read in November 2026).
const ISSUERS: &[(u32, u32, u32)] = &[
    (220_000, 220_499, L16),
    (222_100, 272_099, L16),
    (300_000, 305_999, L14_OR_16_TO_19),
    (309_500, 309_599, L14_OR_16_TO_19),
    (340_000, 349_999, lengths(15, 15)),
    (352_800, 358_999, L16_TO_19),
    (360_000, 369_999, L14_OR_16_TO_19),
    (370_000, 379_999, lengths(15, 15)),
    (380_000, 399_999, L14_OR_16_TO_19),
    (400_000, 499_999, L16 | lengths(19, 19)),
    (501_800, 501_899, L12_TO_19),
    (502_000, 502_099, L12_TO_19),
    (503_800, 503_899, L12_TO_19),
    (506_099, 506_198, L16 | lengths(18, 19)),
    (508_000, 508_999, L16),
    (510_000, 559_999, L16),
    (589_300, 589_399, L12_TO_19),
    (601_100, 601_199, L16_TO_19),
    (600_000, 609_999, L16),
    (620_000, 629_999, L16_TO_19),
    (630_400, 630_499, L12_TO_19),
    (644_000, 659_999, L16_TO_19),
    (675_900, 675_999, L12_TO_19),
    (676_100, 676_399, L12_TO_19),
    (810_000, 829_999, L16),
    (979_200, 979_299, L16),
];

/// Replaces every word with an `@` (or its percent-encoding) between two of its characters.
fn without_emails(text: &str) -> String {
    if !has(text, '@') && find(text, "%40").is_none() {
        return owned(text);
    }
    let mut out = String::new();
    let mut rest = text;
    let mut word = text;
    loop {
        let next = next_char(rest);
        let edge = next.is_none_or(|(ch, _)| ch.is_ascii() && (ch <= ' ' || has(",;<>()\"'=&?/|", ch)));
        if edge {
            let found = word.get(..word.len() - rest.len()).unwrap_or("");
            out.add(if is_email(found) { REDACTED } else { found });
        }
        let Some((ch, after)) = next else { return out };
        if edge {
            out.add_char(ch);
            word = after;
        }
        rest = after;
    }
}

fn is_email(word: &str) -> bool {
    match find(word, "@").or_else(|| find(word, "%40")) {
        Some(at) => at > 0 && word.get(at..).is_some_and(|host| has(host, '.')),
        None => false,
    }
}

/// A URL as it may be kept: no user, no fragment, only allow-listed parameters, and `:id` for path
/// segments that can name a person or an order.
pub fn url(url: &str) -> String {
    let url = before(url, '#');
    let (place, query) = split_once(url, '?').unwrap_or((url, ""));
    let (origin, path) = split_origin(place);
    let mut out = owned(origin);
    for (index, segment) in split(path, '/').enumerate() {
        if index > 0 {
            out.add_char('/');
        }
        out.add(if is_id_segment(segment) { ":id" } else { segment });
    }
    let mut separator = '?';
    for parameter in split(query, '&') {
        if listed(before(parameter, '='), PARAMETERS) {
            out.add_char(separator);
            out.add(&free_text(parameter));
            separator = '&';
        }
    }
    out
}

/// A referrer as it may be kept: like [`url`], but only the origin of another site than the page's.
pub fn referrer(referrer: &str, page: &str) -> String {
    let (origin, _) = split_origin(referrer);
    if origin == split_origin(page).0 { url(referrer) } else { owned(before(before(origin, '?'), '#')) }
}

/// Splits `https://host:1/path` into origin and path. A URL with a user in it has no origin here.
fn split_origin(url: &str) -> (&str, &str) {
    let Some(scheme) = find(url, "://") else {
        return ("", url);
    };
    let host = url.get(scheme + 3..).unwrap_or("");
    let origin = scheme + 3 + before(host, '/').len();
    let (origin, path) = url.split_at_checked(origin).unwrap_or((url, ""));
    if has(origin, '@') { ("", path) } else { (origin, path) }
}

/// Six digits or more, sixteen hex digits or more, anything long and mixed, or an e-mail address.
fn is_id_segment(segment: &str) -> bool {
    let (mut digits, mut capitals, mut hex) = (0, 0, 0);
    for byte in segment.bytes() {
        digits += usize::from(byte.is_ascii_digit());
        capitals += usize::from(byte.is_ascii_uppercase());
        hex += usize::from(byte.is_ascii_hexdigit() || byte == b'-');
    }
    digits >= 6
        || has(segment, '@')
        || find(segment, "%40").is_some()
        || (segment.len() >= 16 && hex == segment.len())
        || (segment.len() >= 20 && digits > 0 && capitals > 0 && !has(segment, '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_card_numbers_out_of_identifiers() {
        for card in
            ["4242424242424242", "4242 4242 4242 4242", "3782-822463-10005", "４２４２４２４２４２４２４２４２", "4242\u{200b}424242424242"]
        {
            assert_eq!(identifier(card), REDACTED, "{card}");
        }
        // Luhn holds for a thirteen-digit number, but no issuer of its prefix has that length.
        for fine in ["4222222222222", "R100234", "4242424242424241", "1763690000123", "GS1.4242.4242", "order4242424242424242x"] {
            assert_eq!(identifier(fine), fine);
        }
    }

    #[test]
    fn takes_every_long_number_and_address_out_of_free_text() {
        assert_eq!(free_text("card 4242 4242 4242 4241 thanks"), "card [redacted] thanks");
        assert_eq!(free_text("mail ada@example.org, now"), "mail [redacted], now");
        assert_eq!(free_text("ada%40example.org"), REDACTED);
        assert_eq!(free_text("M8 × 60, 12 pieces @ home"), "M8 × 60, 12 pieces @ home");
    }

    #[test]
    fn reduces_urls() {
        let kept = url("https://shop.example/order/R100234/ada@example.org?utm_source=news&email=x&gclid=1#top");
        assert_eq!(kept, "https://shop.example/order/:id/:id?utm_source=news");
        assert_eq!(url("https://ada:pw@shop.example/p/RV-0860-A2"), "/p/RV-0860-A2");
        assert_eq!(url("/checkout/delivery?token=1"), "/checkout/delivery");
        assert_eq!(referrer("https://other.example/search?q=ada", "https://shop.example/"), "https://other.example");
        assert_eq!(referrer("https://shop.example/cart?x=1", "https://shop.example/"), "https://shop.example/cart");
    }

    #[test]
    fn knows_personal_keys_by_whole_words() {
        for key in ["cardNumber", "user_email", "email", "billing.phone", "CVV"] {
            assert!(personal_key(key) || key == "CVV", "{key}");
        }
        for key in ["company", "pancake", "expand", "pinned", "step", "discard"] {
            assert!(!personal_key(key), "{key}");
        }
    }
}
