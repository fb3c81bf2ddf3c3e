//! What can be wrong with a call: stable codes and the place. Never wording, nor what was probably meant: the page
//! loads that only when something is wrong.

use crate::call::{RECORD, UNIT};
use crate::text::{Append, nth, push_all, split};

/// A code that never changes its meaning. `docs/problems.md` explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The event's name is not known; its place is the name.
    UnknownEvent,
    /// A name of Google Analytics 4 or Segment; it was translated.
    Alias,
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
const CODES: &str = "unknown_event alias unknown_field unknown_option bad_option wrong_type unusable too_deep too_many too_long bad_text delimiter bad_number bad_quantity bad_currency missing_order_id missing_product_id redacted malformed";

/// One thing wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem<'a> {
    /// What kind of problem: the word of a [`Code`], or of an `Advice`.
    pub code: &'a str,
    /// Where: `products.1.id`, `memberTier`, or empty for the call as a whole.
    pub place: &'a str,
}

/// The problems of one call, in the order they were found, as one text: `*(RS code US place)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub(crate) String);

impl Problems {
    /// The problems, one by one.
    pub fn iter(&self) -> impl Iterator<Item = Problem<'_>> {
        split(&self.0, RECORD).filter(|record| !record.is_empty()).map(|record| {
            let mut parts = split(record, UNIT);
            Problem { code: parts.part(), place: parts.part() }
        })
    }

    /// Whether one of them has this code.
    pub fn has(&self, code: Code) -> bool {
        self.iter().any(|problem| problem.code == code.as_str())
    }
}

/// Notes a problem.
pub fn note(problems: &mut Problems, code: Code, place: &str) {
    push(problems, code.as_str(), place);
}

/// Notes a problem by its code's word.
#[inline(always)]
pub(crate) fn push(problems: &mut Problems, code: &str, place: &str) {
    problems.0.add_char(RECORD);
    push_all(&mut problems.0, &[code, place], UNIT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_word() {
        for (code, word) in [(Code::UnknownEvent, "unknown_event"), (Code::BadText, "bad_text"), (Code::Malformed, "malformed")] {
            assert_eq!(code.as_str(), word);
        }
        assert_eq!(CODES.split(' ').count(), Code::Malformed as usize + 1);
    }
}
