//! Prices: `money` reads, writes and calculates as the arithmetic of school does.

use super::exact::Exact;
use caisse::money::{Decimal, minor_digits};

/// The bytes are `price quantity total currency`, all of them as money has them.
pub fn check(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut words = text.split(' ');
    let mut word = || words.next().unwrap_or("");
    let (price, quantity, total, currency) = (word(), word(), word(), word());
    if [price, quantity, total].into_iter().any(is_far) {
        return false;
    }
    let pieces = quantity.parse().unwrap_or(1);
    match (reads(price), reads(total)) {
        (Some(price), Some(total)) => {
            calculates(&price, pieces, &total, currency);
            reads(quantity).is_some() && currency.len() == 3
        }
        (Some(_) | None, _) => false,
    }
}

/// Bytes that a number may have before an exponent.
const MANTISSA_BYTES_MAX: usize = 28;

/// Whether a number has more digits than a float and an exponent too. `money` takes an exponent beyond forty for forty, and of so many
/// digits that leaves something where nothing, or too much, is right. Nobody writes such numbers.
fn is_far(text: &str) -> bool {
    text.split_once('e').is_some_and(|(digits, _)| digits.len() > MANTISSA_BYTES_MAX)
}

/// A number, by both.
type Both = (Decimal, Exact);

/// Reads a number, and what is written of it.
pub fn reads(text: &str) -> Option<Both> {
    let (read, exact) = (Decimal::parse(text), Exact::read(text));
    assert_eq!(read.map(Decimal::text), exact.as_ref().map(Exact::text), "{text:?}");
    let (read, exact) = read.zip(exact)?;
    assert_eq!(Decimal::parse(&read.text()), Some(read), "{text:?} was not read back");
    assert_eq!(read.as_count(), exact.count(), "{text:?} as a count");
    Some((read, exact))
}

/// Calculates a line of a basket.
pub fn calculates(price: &Both, pieces: u32, total: &Both, currency: &str) {
    let digits = minor_digits(currency);
    let (line, exact) = (price.0.times(pieces), price.1.times(pieces));
    assert_eq!(line.is_some(), exact.is_some(), "{pieces} pieces");
    assert_eq!(price.0.minor_units(currency), price.1.whole(digits), "{:?} in {currency:?}", price.1);
    if let Some((line, exact)) = line.zip(exact) {
        assert_eq!(line.minor_units(currency), exact.whole(digits), "{pieces} × {:?} in {currency:?}", price.1);
        assert_eq!(line.rounds_to(total.0), exact.rounds_to(&total.1), "{pieces} × {:?} and {:?}", price.1, total.1);
    }
}
