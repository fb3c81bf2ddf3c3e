//! The report as a page. Complete without JavaScript; with it the changing parts are replaced by what `live` sends,
//! which the same template makes. Everything that came from outside is escaped by the template.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::chart::Chart;
use super::query::Written;
use super::{Accounting, Attempts, Breakdown, Metrics, Query, Report, RowMetrics};
use crate::Shared;
use crate::answer::Problem;
use crate::limits::PAGE_ROWS_MAX;
use crate::storage::Trouble;

/// The whole page.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    asked: &'a Written,
    as_of: String,
    parts: Parts<'a>,
}

/// What changes while somebody watches.
#[derive(Template)]
#[template(path = "parts.html")]
struct Parts<'a> {
    is_empty: bool,
    tiles: Vec<Tile>,
    more: Vec<Tile>,
    chart: Option<Chart>,
    attempts: &'a Attempts,
    table: Option<Table>,
    accounting: &'a Accounting,
}

/// A figure.
struct Tile {
    label: &'static str,
    values: Vec<String>,
    definition: &'static str,
}

/// A breakdown.
struct Table {
    dimension: String,
    allocation: &'static str,
    columns: &'static [&'static str],
    rows: Vec<(String, Vec<String>)>,
    hidden: usize,
}

/// `GET /report`.
pub(super) async fn show(State(shared): State<Arc<Shared>>, query: Query) -> Result<Html<String>, Problem> {
    let (report, _) = shared.desk.report(&query).await?;
    let moment = i64::try_from((shared.clock)()).ok().and_then(|now| jiff::Timestamp::from_millisecond(now).ok());
    let as_of = moment.map(|now| now.strftime("%-d %B %Y, %H:%M UTC").to_string()).unwrap_or_default();
    let page = Page { asked: &query.written, as_of, parts: Parts::of(&report) };
    Ok(Html(page.render().map_err(failed)?))
}

/// The changing parts as HTML.
pub(super) fn changing(report: &Report) -> Result<String, Trouble> {
    Parts::of(report).render().map_err(failed)
}

fn failed(error: askama::Error) -> Trouble {
    Trouble::Broken(error.to_string())
}

impl<'a> Parts<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            is_empty: report.accounting.received == 0,
            tiles: tiles(&report.metrics),
            more: more(&report.metrics),
            chart: Chart::of(&report.fallout),
            attempts: &report.attempts,
            table: report.breakdown.as_ref().map(Table::of),
            accounting: &report.accounting,
        }
    }
}

fn tile(label: &'static str, value: u64, definition: &'static str) -> Tile {
    Tile { label, values: vec![number(value)], definition }
}

fn tiles(metrics: &Metrics) -> Vec<Tile> {
    vec![
        tile(
            "Product views",
            metrics.product_views,
            "Hits with prodView, and page views or links that name products but no event. Adobe counts both.",
        ),
        tile("Cart additions", metrics.cart_additions, "Hits with scAdd: something was put into the cart. Pieces are not counted."),
        tile(
            "Checkouts",
            metrics.checkouts,
            "Hits with scCheckout: somebody arrived at the step that the shop calls checkout. Each checkout id counts once.",
        ),
        tile("Orders", metrics.orders, "Hits with purchase. Each order number counts once, whoever reloads the page."),
        Tile {
            label: "Revenue",
            values: money(&metrics.revenue),
            definition: "Line totals of the orders, for each currency. Nothing is converted, and unit prices are multiplied once.",
        },
    ]
}

fn more(metrics: &Metrics) -> Vec<Tile> {
    vec![
        tile("Visits", metrics.visits, "A visit ends after 30 minutes without a hit, and after 12 hours."),
        tile("Visitors", metrics.visitors, "Different visitor ids. A page load without one counts as a visitor."),
        tile("Page views", metrics.page_views, "Calls of page(). Events and links are none."),
        tile("Carts", metrics.carts, "Hits with scOpen: the first product was put into an empty cart."),
        tile("Cart views", metrics.cart_views, "Hits with scView: the cart was shown."),
        tile("Cart removals", metrics.cart_removals, "Hits with scRemove: something was taken out of the cart."),
        tile("Units", metrics.units, "Pieces in all orders."),
    ]
}

impl Table {
    fn of(breakdown: &Breakdown) -> Self {
        const CONVERSION: &[&str] =
            &["Hits", "Product views", "Cart additions", "Checkouts", "Orders", "Units", "Revenue", "Visits", "Visitors"];
        const TRAFFIC: &[&str] = &["Hits", "Page views", "Visits", "Visitors"];
        let is_traffic = matches!(breakdown.rows.first().map(|row| &row.metrics), Some(RowMetrics::Traffic { .. }));
        let cells = |metrics: &RowMetrics| match metrics {
            RowMetrics::Traffic { occurrences, traffic: t } => {
                [*occurrences, t.page_views, t.visits, t.visitors].into_iter().map(number).collect()
            }
            RowMetrics::Conversion { occurrences, metrics: m } => {
                let before = [*occurrences, m.product_views, m.cart_additions, m.checkouts, m.orders, m.units];
                let after = [m.visits, m.visitors];
                let revenue = money(&m.revenue).join(", ");
                before.into_iter().map(number).chain([revenue]).chain(after.into_iter().map(number)).collect()
            }
        };
        Self {
            dimension: breakdown.dimension.clone(),
            allocation: if breakdown.allocation == "visit" { "the last value in the visit so far" } else { "the hit's own value" },
            columns: if is_traffic { TRAFFIC } else { CONVERSION },
            rows: breakdown.rows.iter().take(PAGE_ROWS_MAX).map(|row| (row.value.clone(), cells(&row.metrics))).collect(),
            hidden: breakdown.rows.len().saturating_sub(PAGE_ROWS_MAX),
        }
    }
}

/// `1204` as `1,204`.
pub(super) fn number(number: impl ToString) -> String {
    grouped(&number.to_string())
}

/// Groups the digits before the point by three.
fn grouped(decimal: &str) -> String {
    let (whole, fraction) = decimal.split_once('.').map_or((decimal, None), |(whole, fraction)| (whole, Some(fraction)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("\u{2212}", digits));
    let mut out = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// Amounts as people write them, largest first; nothing sold is an em dash's worth of nothing: zero.
fn money(revenue: &BTreeMap<String, String>) -> Vec<String> {
    let written = revenue.iter().map(|(currency, amount)| {
        let amount = grouped(amount);
        match currency.as_str() {
            "EUR" => format!("€{amount}"),
            "USD" => format!("${amount}"),
            "GBP" => format!("£{amount}"),
            "XXX" => format!("{amount} (no currency)"),
            _ => format!("{currency}\u{a0}{amount}"),
        }
    });
    let written: Vec<String> = written.collect();
    if written.is_empty() { vec!["0".into()] } else { written }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::AbandonedAt;

    #[test]
    fn groups_digits() {
        for (plain, expected) in [("0", "0"), ("999", "999"), ("1204", "1,204"), ("-1234567.89", "\u{2212}1,234,567.89")] {
            assert_eq!(grouped(plain), expected);
        }
    }

    #[test]
    fn escapes_what_came_from_outside() {
        let value = "<script>alert(1)</script>\"'&".to_owned();
        let mut accounting = Accounting { received: 1, ..Accounting::default() };
        accounting.loss_reported.insert(value.clone(), 1);
        let row = (value.clone(), vec![value.clone()]);
        let at = AbandonedAt { step: value.clone(), attempts: 1 };
        let attempts = Attempts { started: 1, abandoned: 1, abandoned_at: vec![at], ..Attempts::default() };
        let table = Table { dimension: value.clone(), allocation: "", columns: &["Hits"], rows: vec![row], hidden: 0 };
        let parts = Parts {
            is_empty: false,
            tiles: vec![Tile { label: "Revenue", values: vec![value.clone()], definition: "" }],
            more: Vec::new(),
            chart: None,
            attempts: &attempts,
            table: Some(table),
            accounting: &accounting,
        };
        let asked = Written { from: value.clone(), to: value.clone(), by: value.clone(), site: value.clone(), token: value };
        let html = Page { asked: &asked, as_of: String::new(), parts }.render().expect("a page");
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(!html.contains("\"'&\""), "{html}");
    }
}
