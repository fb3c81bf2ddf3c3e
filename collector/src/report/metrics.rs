//! Adds hits up to figures, as the report writes them. Never decides what a hit counts as; `counted` does.

use std::collections::BTreeMap;

use caisse::money::minor_digits;
use serde::Serialize;

use super::visits::Place;
use crate::counted::{Figure, Figures};

/// The figures of a report, or of a row of its breakdown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// Hits of `page()`.
    pub page_views: u64,
    /// Hits with `prodView`, or with products and no event.
    pub product_views: u64,
    /// Hits with `scOpen`.
    pub carts: u64,
    /// Hits with `scAdd`.
    pub cart_additions: u64,
    /// Hits with `scRemove`.
    pub cart_removals: u64,
    /// Hits with `scView`.
    pub cart_views: u64,
    /// Hits with `scCheckout`, once for each checkout id.
    pub checkouts: u64,
    /// Hits with `purchase`, once for each order id.
    pub orders: u64,
    /// Pieces ordered.
    pub units: u64,
    /// Line totals of the orders by currency, as decimals with the currency's digits; `XXX` where the hit named none.
    pub revenue: BTreeMap<String, String>,
    /// Visits with a hit.
    pub visits: u64,
    /// Visitors with a hit; a page load without a visitor id is one.
    pub visitors: u64,
}

/// What belongs to traffic dimensions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Traffic {
    /// Hits of `page()`.
    pub page_views: u64,
    /// Visits with a hit.
    pub visits: u64,
    /// Visitors with a hit.
    pub visitors: u64,
}

/// Figures in the making.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Hits that were added.
    pub(crate) hits: u64,
    figures: [u64; Figure::ALL.len()],
    units: i128,
    revenue: BTreeMap<String, i128>,
    visits: u64,
    visitors: u64,
    last: Place,
}

impl Tally {
    /// Adds a hit. Hits come in the order of visits, so that a new visit is one that differs from the last.
    pub(crate) fn add(&mut self, counts: Figures, place: Place) {
        self.hits += 1;
        for figure in counts.iter() {
            if let Some(count) = self.figures.get_mut(figure as usize) {
                *count += 1;
            }
        }
        self.visits += u64::from(place.visit != self.last.visit);
        self.visitors += u64::from(place.visitor != self.last.visitor);
        self.last = place;
    }

    /// Adds pieces and money of an order.
    pub(crate) fn sell(&mut self, units: i64, currency: Option<&str>, revenue: i64) {
        self.units += i128::from(units);
        if revenue == 0 && currency.is_none() {
            return;
        }
        *self.revenue.entry(currency.unwrap_or(NO_CURRENCY).into()).or_default() += i128::from(revenue);
    }

    fn count(&self, figure: Figure) -> u64 {
        self.figures.get(figure as usize).copied().unwrap_or(0)
    }

    pub(crate) fn metrics(&self) -> Metrics {
        Metrics {
            page_views: self.count(Figure::PageViews),
            product_views: self.count(Figure::ProductViews),
            carts: self.count(Figure::Carts),
            cart_additions: self.count(Figure::CartAdditions),
            cart_removals: self.count(Figure::CartRemovals),
            cart_views: self.count(Figure::CartViews),
            checkouts: self.count(Figure::Checkouts),
            orders: self.count(Figure::Orders),
            units: u64::try_from(self.units).unwrap_or(0),
            revenue: self.revenue.iter().map(|(currency, minor)| (currency.clone(), decimal(*minor, currency))).collect(),
            visits: self.visits,
            visitors: self.visitors,
        }
    }

    pub(crate) fn traffic(&self) -> Traffic {
        Traffic { page_views: self.count(Figure::PageViews), visits: self.visits, visitors: self.visitors }
    }
}

/// ISO 4217's code for no currency.
const NO_CURRENCY: &str = "XXX";

/// Minor units as a decimal: 2680 in EUR is `26.80`.
fn decimal(minor: i128, currency: &str) -> String {
    let digits = usize::from(minor_digits(currency));
    let sign = if minor < 0 { "-" } else { "" };
    let padded = format!("{:0width$}", minor.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = padded.split_at(padded.len() - digits);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_money_with_the_currencys_digits() {
        for (minor, currency, expected) in [
            (2_680, "EUR", "26.80"),
            (5, "EUR", "0.05"),
            (0, "EUR", "0.00"),
            (-105, "EUR", "-1.05"),
            (375, "JPY", "375"),
            (38, "BHD", "0.038"),
            (100, "XXX", "1.00"),
        ] {
            assert_eq!(decimal(minor, currency), expected);
        }
    }
}
