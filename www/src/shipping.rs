//! How an order travels: the methods, what they cost and when they arrive. Never asks what day it is.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::price::Cents;

/// Standard delivery costs nothing for goods worth more than this.
pub const FREE_ABOVE: Cents = Cents(6_000);

/// A way to get an order home.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Three working days.
    #[default]
    Standard,
    /// The next working day.
    Express,
}

impl Method {
    /// All, the cheapest first.
    pub const ALL: [Self; 2] = [Self::Standard, Self::Express];

    /// The word in forms, orders and calls.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Express => "express",
        }
    }

    /// The word for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::Express => "Express",
        }
    }

    /// The method of that word.
    pub fn find(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.slug() == slug)
    }

    /// What it costs for goods of this worth.
    pub fn cost(self, goods: Cents) -> Cents {
        match self {
            Self::Standard if goods > FREE_ABOVE => Cents(0),
            Self::Standard => Cents(490),
            Self::Express => Cents(990),
        }
    }

    /// The day on which an order of `today` arrives.
    pub fn arrival(self, today: Date) -> Date {
        match self {
            Self::Standard => working_days_after(today, 3),
            Self::Express => working_days_after(today, 1),
        }
    }
}

/// A day as the shop writes it: `Thu 26 Nov`.
pub fn day(date: Date) -> String {
    date.strftime("%a %-d %b").to_string()
}

fn working_days_after(mut date: Date, days: u32) -> Date {
    let mut left = days;
    while left > 0 {
        let Ok(next) = date.tomorrow() else {
            return date;
        };
        date = next;
        left -= u32::from(!matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday));
    }
    date
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn is_free_above_sixty_euros() {
        assert_eq!(Method::Standard.cost(Cents(640)), Cents(490));
        assert_eq!(Method::Standard.cost(Cents(6_000)), Cents(490));
        assert_eq!(Method::Standard.cost(Cents(6_001)), Cents(0));
        assert_eq!(Method::Express.cost(Cents(6_001)), Cents(990));
    }

    #[test]
    fn arrives_on_working_days() {
        let monday = date(2026, 11, 23);
        assert_eq!(day(Method::Standard.arrival(monday)), "Thu 26 Nov");
        assert_eq!(day(Method::Express.arrival(monday)), "Tue 24 Nov");
        assert_eq!(day(Method::Express.arrival(date(2026, 11, 27))), "Mon 30 Nov");
        assert_eq!(day(Method::Standard.arrival(date(2026, 12, 30))), "Mon 4 Jan");
    }
}
