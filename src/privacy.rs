//! Takes personal data out of events before anything is stored or sent; the collector does it again.
//! Replacement words are constants: no hash, no first or last digits. Never guesses at names or
//! addresses, which no rule can find.

use crate::problem::{Code, Problems, note};
use crate::text::{Append, after, before, find, has, listed, number_or, owned, prefix, push_digit, split};
use crate::vocabulary::Class;

/// Stands where a card number, a long run of digits or an e-mail address stood.
pub const REDACTED: &str = "[redacted]";

/// Digits of the shortest payment card numbers.
const DIGITS_MIN: usize = 12;

/// Query parameters a URL keeps; everything else in a query can name a person.
const PARAMETERS: &str = "utm_source utm_medium utm_campaign utm_term utm_content utm_id";

/// Words that announce personal data when they are part of a field's name.
const KEYS: &str = "card cc pan cvv cvc csc cvv2 exp expiry iban bic account routing ssn sin nino passport password pass pwd secret \
token auth session otp pin email mail phone tel mobile firstname lastname fullname street address postcode dob birth";

/// Redacts a text by the rule of its class, and whole if the name of a field nobody knows announces personal data. Says
/// whether anything was found.
pub(crate) fn redact(text: &mut String, class: Class, path: &str, place: &str, problems: &mut Problems) -> bool {
    let is_personal = class == Class::AnyFree && personal_key(path);
    if class != Class::Url && !is_personal && is_plain(text) {
        return false;
    }
    let clean = match class {
        Class::Url => url(text),
        Class::AnyFree if is_personal => owned(REDACTED),
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

/// Whether nothing in a text can be wrong: it has nothing that separates fields (`;` `,` `|`), nothing that an address needs, and too few
/// digits for the shortest number. What is not ASCII counts as a digit, as it may be one, or half a character. Most texts are plain.
pub(crate) fn is_plain(text: &str) -> bool {
    let mut digits = 0;
    for byte in text.bytes() {
        // Letters first, as most are.
        if !matches!(byte, b'A'..=b'z') {
            if matches!(byte, b'@' | b'%' | b';' | b',' | b'|' | 0xef) {
                return false;
            }
            digits += usize::from(byte.is_ascii_digit() || byte >= 0x80);
        }
    }
    digits < DIGITS_MIN
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

/// Replaces e-mail addresses and digit runs: those of card numbers if `exact`, otherwise all that are long enough. Between
/// two digits of a run there may be one separator, and marks that nobody sees.
fn scan(text: &str, exact: bool) -> String {
    let text = without_emails(text);
    let mut out = String::new();
    let mut digits = String::new();
    // Bounds of the run, and what comes before it that is not in `out` yet.
    let (mut start, mut end, mut copied) = (0, 0, 0);
    let mut separators = 0;
    let mut before = 0;
    let mut flanked = false;
    for index in 0..=text.len() {
        // What is behind the end closes a run.
        let byte = text.as_bytes().get(index).map_or(0, |byte| *byte);
        let bytes = digit_bytes(before, byte);
        if bytes > 0 {
            if digits.is_empty() {
                start = index + 1 - bytes;
                flanked = bytes == 1 && is_word(before);
            }
            push_digit(&mut digits, u64::from(byte & 15));
            end = index + 1;
            separators = 0;
        } else if digits.is_empty() || is_invisible(byte) {
        } else if is_separator(byte) && separators == 0 {
            separators = 1;
        } else {
            let flanked = flanked || (end == index && is_word(byte));
            if digits.len() >= DIGITS_MIN && !flanked && (!exact || is_card_number(&digits)) {
                out.add(text.get(copied..start).unwrap_or(""));
                out.add(REDACTED);
                copied = end;
            }
            digits.clear();
            separators = 0;
        }
        before = byte;
    }
    out.add(text.get(copied..).unwrap_or(""));
    out
}

/// How many bytes the decimal digit has that ends with `byte`: ASCII, Arabic-Indic, extended Arabic-Indic or full-width. 0 for
/// what is none. The lower half of its last byte is its value, whichever it is.
fn digit_bytes(before: u8, byte: u8) -> usize {
    match (before, byte) {
        (_, b'0'..=b'9') => 1,
        (0xd9, 0xa0..=0xa9) | (0xdb, 0xb0..=0xb9) => 2,
        (0xbc, 0x90..=0x99) => 3,
        _ => 0,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'/' | b'+')
}

/// Bytes of characters that may stand between two digits without being seen as a separator, and of digits that are not
/// ASCII: what begins with C2 (no-break space, soft hyphen), E2 (dashes, zero-width marks), EF (byte order mark), D9 or DB,
/// and what follows these bytes in any character.
fn is_invisible(byte: u8) -> bool {
    matches!(byte, 0x80..=0xbf | 0xc2 | 0xd9 | 0xdb | 0xe2 | 0xef)
}

/// Whether digits have an issuer's prefix at one of its lengths, and a valid checksum (Luhn's).
fn is_card_number(digits: &str) -> bool {
    let prefix = digits.get(..4).map_or(0, |prefix| number_or(prefix, 0)) as u16;
    let length = digits.len() as u8;
    if !ISSUERS.iter().any(|(from, to, min, max)| (*from..=*to).contains(&prefix) && (*min..=*max).contains(&length)) {
        return false;
    }
    let mut sum = 0;
    let mut doubled = false;
    for byte in digits.bytes().rev() {
        let mut digit = byte - b'0';
        if doubled {
            digit = digit * 2 % 10 + digit / 5;
        }
        sum += u32::from(digit);
        doubled = !doubled;
    }
    sum % 10 == 0
}

/// Issuers' ranges of the first four digits, and the lengths of their numbers, from and to (networks' published ranges, read
/// in November 2026; a range that ends within four digits is taken whole).
const ISSUERS: &[(u16, u16, u8, u8)] = &[
    (2200, 2204, 16, 16),
    (2221, 2720, 16, 16),
    (3000, 3059, 14, 19),
    (3095, 3095, 14, 19),
    (3400, 3499, 15, 15),
    (3528, 3589, 16, 19),
    (3600, 3699, 14, 19),
    (3700, 3799, 15, 15),
    (3800, 3999, 14, 19),
    (4000, 4999, 16, 19),
    (5018, 5018, 12, 19),
    (5020, 5020, 12, 19),
    (5038, 5038, 12, 19),
    (5060, 5061, 16, 19),
    (5080, 5089, 16, 16),
    (5100, 5599, 16, 16),
    (5893, 5893, 12, 19),
    (6000, 6099, 16, 19),
    (6200, 6299, 16, 19),
    (6304, 6304, 12, 19),
    (6440, 6599, 16, 19),
    (6759, 6759, 12, 19),
    (6761, 6763, 12, 19),
    (8100, 8299, 16, 16),
    (9792, 9792, 16, 16),
];

/// What ends a word that may be an e-mail address.
const EDGES: &str = " ,;<>()\"'=&?/|\t\n\r";

/// Replaces every word with an `@` (or its percent-encoding) between two of its characters.
fn without_emails(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    loop {
        let word = prefix(rest, EDGES);
        out.add(if is_email(word) { REDACTED } else { word });
        let edge = rest.get(word.len()..word.len() + 1).unwrap_or("");
        if edge.is_empty() {
            return out;
        }
        out.add(edge);
        rest = after(rest, word);
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
    let place = before(url, '?');
    let query = after(url, place);
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
        for fine in [
            "4222222222222",
            "２０２６年１１月２１日",
            "4242 4242 4242  4242",
            "R100234",
            "4242424242424241",
            "1763690000123",
            "GS1.4242.4242",
            "order4242424242424242x",
        ] {
            assert_eq!(identifier(fine), fine);
        }
    }

    #[test]
    fn takes_every_long_number_and_address_out_of_free_text() {
        assert_eq!(free_text("card 4242 4242 4242 4241 thanks"), "card [redacted] thanks");
        assert_eq!(free_text("mail ada@example.org, now"), "mail [redacted], now");
        assert_eq!(free_text("on 2026年11月21日10時30分"), "on 2026年11月21日10時30分");
        assert_eq!(free_text("éé 424242424242 éé٤٢٤٢ ٤٢٤٢ ٤٢٤٢ é"), "éé [redacted] éé[redacted] é");
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
