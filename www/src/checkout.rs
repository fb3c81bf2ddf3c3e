//! One attempt to buy: its steps and what the visitor has said so far. Never holds anything of a card.

use serde::{Deserialize, Serialize};

use crate::form::{Check, Refusals};
use crate::shipping::Method;
use crate::token;

/// Steps a visitor sees in all: basket, delivery, billing, payment, confirmation.
pub const STEP_COUNT: u32 = 5;

/// A page of the checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Who, where to, how.
    Delivery,
    /// Whose name is on the invoice.
    Billing,
    /// The card.
    Payment,
}

impl Step {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Delivery, Self::Billing, Self::Payment];

    /// The word in addresses and in calls.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Billing => "billing",
            Self::Payment => "payment",
        }
    }

    /// The word for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Delivery => "Delivery",
            Self::Billing => "Billing",
            Self::Payment => "Payment",
        }
    }

    /// Where its page is.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Delivery => "/checkout/delivery",
            Self::Billing => "/checkout/billing",
            Self::Payment => "/checkout/payment",
        }
    }

    /// Its place among [`STEP_COUNT`]; the basket is 1.
    pub const fn index(self) -> u32 {
        match self {
            Self::Delivery => 2,
            Self::Billing => 3,
            Self::Payment => 4,
        }
    }
}

/// One attempt to buy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checkout {
    /// Names the attempt in calls: makes `scCheckout` count once.
    pub id: String,
    /// Names the attempt in the payment form: makes one order of it, however often it is sent.
    pub token: String,
    /// Whether `scCheckout` has been put on a page.
    pub announced: bool,
    /// What was last typed on the delivery page, right or wrong.
    pub delivery_form: Option<DeliveryForm>,
    /// What was last typed on the billing page, right or wrong.
    pub billing_form: Option<BillingForm>,
}

impl Checkout {
    /// Begins an attempt.
    ///
    /// # Errors
    /// If there are no random numbers to name it.
    pub fn begin() -> Result<Self, getrandom::Error> {
        Ok(Self { id: token::short('k')?, token: token::secret()?, announced: false, delivery_form: None, billing_form: None })
    }

    /// What was accepted on the delivery page.
    pub fn delivery(&self) -> Option<Delivery> {
        self.delivery_form.as_ref()?.check().ok()
    }

    /// What was accepted on the billing page.
    pub fn billing(&self) -> Option<Billing> {
        self.billing_form.as_ref()?.check().ok()
    }

    /// The first step that is not done: nobody gets past it.
    pub fn reached(&self) -> Step {
        match (self.delivery(), self.billing()) {
            (None, _) => Step::Delivery,
            (Some(_), None) => Step::Billing,
            (Some(_), Some(_)) => Step::Payment,
        }
    }

    /// How the order travels, as far as it has been said.
    pub fn method(&self) -> Method {
        self.delivery().map_or(Method::Standard, |delivery| delivery.method)
    }
}

/// Where something goes. The shop delivers in France only, so there is no country to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Full name.
    pub name: String,
    /// Street and number.
    pub street: String,
    /// Five digits.
    pub postcode: String,
    /// Town.
    pub city: String,
}

/// What was accepted on the delivery page.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Where the confirmation would go.
    pub email: String,
    /// Where the goods go.
    pub address: Address,
    /// How.
    pub method: Method,
}

/// What was accepted on the billing page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Billing {
    /// The invoice goes where the goods go.
    SameAsDelivery,
    /// It goes elsewhere.
    Elsewhere(Address),
}

/// The delivery page's fields as they were typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DeliveryForm {
    /// Proof that the form is ours; not kept.
    #[serde(skip_serializing)]
    pub csrf: String,
    /// Email.
    pub email: String,
    /// Full name.
    pub name: String,
    /// Street and number.
    pub street: String,
    /// Postcode.
    pub postcode: String,
    /// Town.
    pub city: String,
    /// `standard` or `express`.
    pub method: String,
}

impl DeliveryForm {
    /// Accepts or refuses what was typed.
    ///
    /// # Errors
    /// The fields that were refused.
    pub fn check(&self) -> Result<Delivery, Refusals> {
        let mut check = Check::default();
        let email = check.email("email", &self.email);
        let method = Method::find(&self.method);
        if method.is_none() {
            check.refuse("method", "required", "Choose how you would like to get it.");
        }
        let address = Address {
            name: check.line("name", &self.name, "Enter the full name."),
            street: check.line("street", &self.street, "Enter the street and number."),
            postcode: check.postcode("postcode", &self.postcode),
            city: check.line("city", &self.city, "Enter the town."),
        };
        check.finish(Delivery { email, address, method: method.unwrap_or_default() })
    }
}

/// The billing page's fields as they were typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct BillingForm {
    /// Proof that the form is ours; not kept.
    #[serde(skip_serializing)]
    pub csrf: String,
    /// Not empty if the box "same as delivery" is ticked.
    pub same: String,
    /// Full name.
    pub billing_name: String,
    /// Street and number.
    pub billing_street: String,
    /// Postcode.
    pub billing_postcode: String,
    /// Town.
    pub billing_city: String,
}

impl BillingForm {
    /// The form as it is first shown: the box is ticked.
    pub fn ticked() -> Self {
        Self { same: "yes".into(), ..Self::default() }
    }

    /// Accepts or refuses what was typed. With the box ticked the address fields are not looked at.
    ///
    /// # Errors
    /// The fields that were refused.
    pub fn check(&self) -> Result<Billing, Refusals> {
        if !self.same.is_empty() {
            return Ok(Billing::SameAsDelivery);
        }
        let mut check = Check::default();
        let address = Address {
            name: check.line("billing-name", &self.billing_name, "Enter the full name."),
            street: check.line("billing-street", &self.billing_street, "Enter the street and number."),
            postcode: check.postcode("billing-postcode", &self.billing_postcode),
            city: check.line("billing-city", &self.billing_city, "Enter the town."),
        };
        check.finish(Billing::Elsewhere(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_nobody_past_a_step_that_is_not_done() {
        let mut checkout = Checkout::begin().unwrap();
        assert_eq!(checkout.reached(), Step::Delivery);
        checkout.billing_form = Some(BillingForm::ticked());
        assert_eq!(checkout.reached(), Step::Delivery);
        checkout.delivery_form = Some(DeliveryForm {
            email: "camille@example.fr".into(),
            name: "Camille Martin".into(),
            street: "1 rue de la Forge".into(),
            postcode: "69007".into(),
            city: "Lyon".into(),
            method: "express".into(),
            ..DeliveryForm::default()
        });
        assert_eq!(checkout.reached(), Step::Payment);
        assert_eq!(checkout.method(), Method::Express);
        checkout.billing_form = Some(BillingForm::default());
        assert_eq!(checkout.reached(), Step::Billing);
    }
}
