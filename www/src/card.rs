//! The demo's payment: reads a card as it was typed and gives a verdict. Never stores or prints what was
//! typed; the form has no `Debug` and no `Serialize` so that nobody does by accident.

use serde::Deserialize;

use crate::form::{Check, Refusals};

/// The number that is accepted.
const ACCEPTED: &str = "4242424242424242";
/// The number that a bank refuses.
const DECLINED: &str = "4000000000000002";

/// A card as it was typed, with the hidden fields of its form.
#[derive(Deserialize)]
#[serde(default, rename_all = "kebab-case")]
#[derive(Default)]
pub struct CardForm {
    /// Proof that the form is ours.
    pub csrf: String,
    /// Names this attempt to buy: however often it is sent, it makes one order.
    pub token: String,
    /// The total that the visitor saw, in cents.
    pub total: String,
    /// Name on the card.
    pub cc_name: String,
    /// Card number.
    pub cc_number: String,
    /// Expiry date.
    pub cc_exp: String,
    /// Security code.
    pub cc_csc: String,
}

/// What the demo's bank says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Paid.
    Accepted,
    /// The demo card that is always refused.
    Declined,
    /// Any other card: possibly a real one.
    NotADemoCard,
}

impl Verdict {
    /// The word in calls.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Declined => "card_declined",
            Self::NotADemoCard => "not_a_demo_card",
        }
    }

    /// What to tell the visitor.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Accepted => "Paid.",
            Self::Declined => "The bank refused this card. Nothing was charged: try another card.",
            Self::NotADemoCard => "This is a demo: only the card 4242 4242 4242 4242 is accepted.",
        }
    }
}

impl CardForm {
    /// Reads the card and asks the demo's bank. `today` is year and month.
    ///
    /// # Errors
    /// The fields that cannot belong to a card.
    pub fn judge(&self, today: (i16, i8)) -> Result<Verdict, Refusals> {
        let mut check = Check::default();
        check.line("cc-name", &self.cc_name, "Enter the name on the card.");
        let number = digits(&self.cc_number);
        if self.cc_number.trim().is_empty() {
            check.refuse("cc-number", "required", "Enter the card number.");
        } else if !number.as_ref().is_some_and(|n| (12..=19).contains(&n.len())) {
            check.refuse("cc-number", "format", "Enter the 12 to 19 digits of the card number.");
        }
        match expiry(&self.cc_exp) {
            _ if self.cc_exp.trim().is_empty() => {
                check.refuse("cc-exp", "required", "Enter the expiry date, such as 08/29.");
            }
            None => check.refuse("cc-exp", "format", "Enter the expiry date as on the card, such as 08/29."),
            Some(date) if date < today => check.refuse("cc-exp", "past", "This card has expired."),
            Some(_) => {}
        }
        if self.cc_csc.trim().is_empty() {
            check.refuse("cc-csc", "required", "Enter the security code.");
        } else if !digits(&self.cc_csc).is_some_and(|n| n.len() == 3 || n.len() == 4) {
            check.refuse("cc-csc", "format", "Enter the 3 digits on the back of the card.");
        }
        check.finish(match number.as_deref() {
            Some(ACCEPTED) => Verdict::Accepted,
            Some(DECLINED) => Verdict::Declined,
            Some(_) | None => Verdict::NotADemoCard,
        })
    }
}

/// The digits, if there is nothing else but spaces, points and hyphens between them.
fn digits(typed: &str) -> Option<String> {
    let kept: String = typed.chars().filter(|c| !c.is_whitespace() && !".-".contains(*c)).collect();
    kept.bytes().all(|b| b.is_ascii_digit()).then_some(kept)
}

/// Year and month of `08/29`, `8/2029`, `0829`.
fn expiry(typed: &str) -> Option<(i16, i8)> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let (month, year) = match typed.split_once(['/', '-', '.']) {
        Some(parts) => parts,
        None if typed.len() == 4 && typed.is_ascii() => typed.split_at(2),
        None => return None,
    };
    let year = match year.len() {
        2 => 2000 + year.parse::<i16>().ok()?,
        4 => year.parse().ok()?,
        _ => return None,
    };
    let month = month.parse().ok().filter(|month| (1..=12).contains(month))?;
    Some((year, month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: &str, exp: &str, csc: &str, expected: Result<Verdict, &[&str]>) {
        let form = CardForm {
            cc_name: "Camille Martin".into(),
            cc_number: number.into(),
            cc_exp: exp.into(),
            cc_csc: csc.into(),
            ..CardForm::default()
        };
        let fields = form.judge((2026, 11)).map_err(|r| r.iter().map(|r| r.field).collect::<Vec<_>>());
        assert_eq!(fields.as_ref().map_err(Vec::as_slice), expected.as_ref().map_err(|e| *e));
    }

    #[test]
    fn knows_two_cards() {
        check("4242 4242 4242 4242", "08/29", "123", Ok(Verdict::Accepted));
        check("4242424242424242", "11/2026", "1234", Ok(Verdict::Accepted));
        check("4000-0000-0000-0002", "0829", "123", Ok(Verdict::Declined));
        check("5555 5555 5555 4444", "8/29", "123", Ok(Verdict::NotADemoCard));
    }

    #[test]
    fn refuses_what_cannot_be_a_card() {
        check("", "", "", Err(&["cc-number", "cc-exp", "cc-csc"]));
        check("4242", "13/29", "12", Err(&["cc-number", "cc-exp", "cc-csc"]));
        check("4242 4242 4242 424x", "10/26", "abc", Err(&["cc-number", "cc-exp", "cc-csc"]));
        check("4242 4242 4242 4242", "é8/29é", "123", Err(&["cc-exp"]));
    }
}
