//! The report as a table for spreadsheets (RFC 4180): the figures, or those of a breakdown's values. A spreadsheet takes a cell that begins
//! like a formula for one, whatever quotes stand around it, so a text that begins so gets an apostrophe before it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::{Query, Report, RowMetrics};
use crate::Shared;
use crate::answer::Problem;
use crate::report::{Metrics, Traffic};

/// `GET /report.csv`.
pub(crate) async fn show(State(shared): State<Arc<Shared>>, query: Query) -> Result<Response, Problem> {
    let (report, _) = shared.desk.report(&query).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"report.csv\""),
    ];
    Ok((headers, table(&report)).into_response())
}

fn table(report: &Report) -> String {
    let mut out = String::new();
    match &report.breakdown {
        None => {
            line(&mut out, FIGURES.iter().map(|name| (*name).to_owned()));
            line(&mut out, figures(&report.metrics));
        }
        Some(breakdown) => {
            let is_traffic = matches!(breakdown.rows.first().map(|row| &row.metrics), Some(RowMetrics::Traffic { .. }));
            let names: &[&str] = if is_traffic { &TRAFFIC } else { &FIGURES };
            let head = [text(&breakdown.dimension), "hits".to_owned()];
            line(&mut out, head.into_iter().chain(names.iter().map(|name| (*name).to_owned())));
            for row in &breakdown.rows {
                let (hits, cells) = match &row.metrics {
                    RowMetrics::Conversion { occurrences, metrics } => (occurrences, figures(metrics)),
                    RowMetrics::Traffic { occurrences, traffic } => (occurrences, traffic_figures(traffic)),
                };
                line(&mut out, [text(&row.value), hits.to_string()].into_iter().chain(cells));
            }
        }
    }
    out
}

const FIGURES: [&str; 12] = [
    "pageViews",
    "productViews",
    "carts",
    "cartAdditions",
    "cartRemovals",
    "cartViews",
    "checkouts",
    "orders",
    "units",
    "revenue",
    "visits",
    "visitors",
];
const TRAFFIC: [&str; 3] = ["pageViews", "visits", "visitors"];

fn figures(m: &Metrics) -> Vec<String> {
    let revenue: Vec<String> = m.revenue.iter().map(|(currency, amount)| format!("{amount} {currency}")).collect();
    let before = [m.page_views, m.product_views, m.carts, m.cart_additions, m.cart_removals, m.cart_views, m.checkouts, m.orders, m.units];
    // Amounts of several currencies share a cell; a negative one is a number, and one of them no formula.
    let revenue = revenue.join("; ");
    before.iter().map(u64::to_string).chain([revenue]).chain([m.visits, m.visitors].iter().map(u64::to_string)).collect()
}

fn traffic_figures(t: &Traffic) -> Vec<String> {
    [t.page_views, t.visits, t.visitors].iter().map(u64::to_string).collect()
}

/// What came from outside: no formula, and nothing that rules the terminal or the direction of the text around it.
fn text(value: &str) -> String {
    let shown: String = value.chars().map(|ch| if rules(ch) { '\u{fffd}' } else { ch }).collect();
    // Some programs trim before they look for a formula; full-width signs count as well.
    let is_formula = shown.trim_start().starts_with(['=', '+', '-', '@', '|', '%', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    if is_formula { format!("'{shown}") } else { shown }
}

/// Control characters, and those that turn the direction of the text that follows (Unicode UAX #9).
fn rules(ch: char) -> bool {
    ch.is_control() || matches!(ch, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

fn line(out: &mut String, cells: impl IntoIterator<Item = String>) {
    let cells: Vec<String> = cells.into_iter().map(quoted).collect();
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

fn quoted(cell: String) -> String {
    if cell.contains(['"', ',', ';', '\n', '\r', ' ', '\'']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula() {
        for (value, expected) in [
            ("gold", "gold"),
            ("", ""),
            ("a=b", "a=b"),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1", "'  =1"),
            ("\t=1", "\u{fffd}=1"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("a\u{202e}gpj", "a\u{fffd}gpj"),
        ] {
            assert_eq!(text(value), expected, "{value:?}");
        }
    }

    #[test]
    fn quotes_what_would_be_several_cells() {
        for (cell, expected) in [("a", "a"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\r\nb", "\"a\r\nb\""), ("'=1", "\"'=1\"")] {
            assert_eq!(quoted(cell.into()), expected);
        }
    }
}
