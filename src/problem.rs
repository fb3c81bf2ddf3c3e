//! What can be wrong with a call: stable codes, the place and a suggestion. Never wording: the page
//! loads that from one table only when somebody reads it.

use crate::text::{nth, owned};

/// A code that never changes its meaning. `docs/problems.md` explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The event's name is not known; the closest known one is suggested.
    UnknownEvent,
    /// The field is not known for events of the vocabulary; it was left out.
    UnknownField,
    /// The option of `createTracker` is not known; it was left out.
    UnknownOption,
    /// The option's value is not one of those allowed.
    BadOption,
    /// The value has a type that the field cannot have; it was left out.
    WrongType,
    /// A value that no event can carry: function, symbol, BigInt, a getter that threw.
    Unusable,
    /// Nested deeper than four levels (a cycle ends here as well); the rest was left out.
    TooDeep,
    /// More fields or products than a call may have; the rest was left out.
    TooMany,
    /// Text over its limit; cut at a whole character.
    TooLong,
    /// Text held a lone surrogate, which has no UTF-8 form; it was replaced by U+FFFD.
    BadText,
    /// Text held `;` `,` or `|`, which separate fields in Adobe's product string; replaced by a space.
    Delimiter,
    /// Not a decimal number as a price, total or value must be; it was left out.
    BadNumber,
    /// A quantity that is not a positive whole number; it was left out.
    BadQuantity,
    /// Not three capital letters; it was left out.
    BadCurrency,
    /// `purchase` without `orderId`: it can only be counted once by its sequence number.
    MissingOrderId,
    /// A product without an id; the product was left out.
    MissingProductId,
    /// `unitPrice` times `quantity` is not `lineTotal`; the total stands.
    TotalMismatch,
    /// A serial or order id that is not alphanumeric or over 20 bytes; Adobe would cut or ignore it.
    BadId,
    /// A link with neither URL nor name; Adobe would count a page view.
    MissingLink,
    /// Personal data was replaced before anything was stored or sent.
    Redacted,
    /// The call could not be read at all.
    Malformed,
}

impl Code {
    /// The code as the page, the wire and the documentation spell it.
    pub fn as_str(self) -> &'static str {
        nth(CODES, self as usize)
    }
}

/// The codes' words, in the order of the codes.
const CODES: &str = "unknown_event unknown_field unknown_option bad_option wrong_type unusable too_deep too_many too_long \
bad_text delimiter bad_number bad_quantity bad_currency missing_order_id missing_product_id total_mismatch bad_id missing_link \
redacted malformed";

/// One thing wrong with one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem.
    pub code: Code,
    /// Where: `products.1.id`, `memberTier`, or empty for the call as a whole.
    pub place: String,
    /// The name that was probably meant, if one is close.
    pub suggestion: Option<&'static str>,
}

/// The problems of one call, in the order they were found.
pub type Problems = Vec<Problem>;

/// Notes a problem.
pub fn note(problems: &mut Problems, code: Code, place: &str) {
    note_meant(problems, code, place, None);
}

/// Notes a problem with the name that was probably meant.
pub fn note_meant(problems: &mut Problems, code: Code, place: &str, suggestion: Option<&'static str>) {
    problems.push(Problem { code, place: owned(place), suggestion });
}

/// The closest of `known` (words separated by spaces) to `word`, unless none is close: at most one
/// edit for each three letters and three in all, case aside. Comparing takes time that triples with each edit.
pub fn suggest(word: &str, known: &'static str) -> Option<&'static str> {
    let mut best = None;
    let mut best_distance = (word.len() / 3).min(3) + 1;
    for candidate in crate::text::split(known, ' ') {
        let distance = distance(word.as_bytes(), candidate.as_bytes(), best_distance);
        if distance < best_distance {
            best_distance = distance;
            best = Some(candidate);
        }
    }
    best
}

/// Edits (insert, delete, replace; case aside) between two words; `bound` or more is answered as `bound`.
fn distance(a: &[u8], b: &[u8], bound: usize) -> usize {
    let (Some((x, a_rest)), Some((y, b_rest))) = (a.split_first(), b.split_first()) else {
        return bound.min(a.len() + b.len());
    };
    if x.eq_ignore_ascii_case(y) {
        return distance(a_rest, b_rest, bound);
    }
    if bound == 0 {
        return 0;
    }
    // One edit, and then fewer may follow: the bound keeps the three branches short.
    let left = bound - 1;
    let best = distance(a_rest, b_rest, left);
    let best = distance(a_rest, b, best);
    1 + distance(a, b_rest, best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expected: Option<&str>) {
        assert_eq!(suggest(word, "prodView scOpen scAdd scRemove scView scCheckout purchase"), expected);
    }

    #[test]
    fn every_code_has_its_word() {
        for (code, word) in [(Code::UnknownEvent, "unknown_event"), (Code::BadText, "bad_text"), (Code::Malformed, "malformed")] {
            assert_eq!(code.as_str(), word);
        }
        assert_eq!(CODES.split(' ').count(), Code::Malformed as usize + 1);
    }

    #[test]
    fn suggests_what_was_probably_meant() {
        check("sccheckout", Some("scCheckout"));
        check("scChekout", Some("scCheckout"));
        check("purchas", Some("purchase"));
        check("prodveiw", Some("prodView"));
        check("zebra", None);
        check(&"a".repeat(10_000), None);
        check("", None);
    }
}
