//! Reads hits in the order in which visits are formed, with the values of one dimension. The statements are made of
//! fixed pieces; what somebody asked for is only ever bound to them.

use rusqlite::types::ToSql;
use rusqlite::{Connection, Result, Row};

use super::sql::sql;
use super::{Fact, Question, Value};
use crate::counted::Figures;
use crate::report::Dimension;

/// Calls `take` for every hit asked for.
pub(super) fn facts(moment: &Connection, question: &Question<'_>, take: &mut dyn FnMut(&Fact)) -> Result<()> {
    let from = question.from.map(|from| from.saturating_sub(question.before_ms));
    let to = question.to.map(|to| to.saturating_add(question.after_ms));
    let source = Source::of(question.by);
    let mut statement = vec![
        "SELECT h.id, h.site, h.visitor, h.corrected, h.said, h.counts, h.units, h.revenue, h.currency, h.repeats, h.conflicts, h.leaked, h.name,",
        "h.checkout_id, CASE WHEN h.checkout_id IS NOT NULL AND h.name = 'checkoutStepView'
            THEN (SELECT value FROM data WHERE hit = h.id AND path = 'step') END,",
        source.columns,
        "FROM hits AS h",
        source.join,
        "WHERE 1",
    ];
    let mut bound: Vec<(&str, &dyn ToSql)> = Vec::new();
    // A condition that is not needed is left out: with it SQLite would sort what it can read in order.
    if from.is_some() {
        statement.push("AND h.corrected >= :from");
        bound.push((":from", &from));
    }
    if to.is_some() {
        statement.push("AND h.corrected < :to");
        bound.push((":to", &to));
    }
    if question.site.is_some() {
        statement.push("AND h.site = :site");
        bound.push((":site", &question.site));
    }
    if source.key.is_some() {
        bound.push((":key", &source.key));
    }
    statement.push("ORDER BY h.site, h.visitor, h.corrected, h.stream, h.seq");
    let mut statement = moment.prepare_cached(&sql(&statement))?;
    let mut rows = statement.query(bound.as_slice())?;
    let mut last: Option<(i64, Fact)> = None;
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        // A hit with several values has several rows, one after another.
        match &mut last {
            Some((known, fact)) if *known == id => fact.values.extend(value(row)?),
            _ => {
                if let Some((_, done)) = last.replace((id, fact(row, question.by)?)) {
                    take(&done);
                }
            }
        }
    }
    if let Some((_, done)) = last {
        take(&done);
    }
    Ok(())
}

/// Where the values of a dimension are.
struct Source<'a> {
    columns: &'static str,
    join: &'static str,
    key: Option<&'a str>,
}

impl<'a> Source<'a> {
    fn of(by: Option<&'a Dimension>) -> Self {
        let (columns, join, key) = match by {
            None => ("NULL, 0, 0", "", None),
            Some(Dimension::Page) => ("h.url, 0, 0", "", None),
            Some(Dimension::Event) => ("m.name, 0, 0", "LEFT JOIN metrics AS m ON m.hit = h.id AND m.line = -1", None),
            Some(Dimension::Product) => {
                ("l.product, coalesce(l.quantity, 0), coalesce(l.total, 0)", "LEFT JOIN lines AS l ON l.hit = h.id", None)
            }
            Some(Dimension::Category) => {
                ("l.category, coalesce(l.quantity, 0), coalesce(l.total, 0)", "LEFT JOIN lines AS l ON l.hit = h.id", None)
            }
            Some(Dimension::Variable { key, .. }) => {
                let join = "LEFT JOIN variables AS v ON v.hit = h.id AND v.line = -1 AND v.key = :key";
                ("v.value, 0, 0", join, Some(key.as_str()))
            }
            Some(Dimension::Data { path }) => {
                ("d.value, 0, 0", "LEFT JOIN data AS d ON d.hit = h.id AND d.path = :key", Some(path.as_str()))
            }
        };
        Self { columns, join, key }
    }
}

fn fact(row: &Row<'_>, by: Option<&Dimension>) -> Result<Fact> {
    let count = |index| row.get::<_, i64>(index).map(|count| u64::try_from(count).unwrap_or(0));
    let mut fact = Fact {
        site: row.get(1)?,
        visitor: row.get(2)?,
        at: row.get(3)?,
        said: Figures::from_bits(row.get(4)?),
        counts: Figures::from_bits(row.get(5)?),
        units: row.get(6)?,
        revenue: row.get(7)?,
        currency: row.get(8)?,
        repeats: count(9)?,
        conflicts: count(10)?,
        leaked: row.get(11)?,
        checkout_id: row.get(13)?,
        step: row.get(14)?,
        values: value(row)?.into_iter().collect(),
    };
    // An event of ours or of the shop's has a name that is none of Adobe's.
    if matches!(by, Some(Dimension::Event)) {
        let text: String = row.get(12)?;
        fact.values.extend((!text.is_empty()).then(|| Value { text, ..Value::default() }));
    }
    Ok(fact)
}

fn value(row: &Row<'_>) -> Result<Option<Value>> {
    let text: Option<String> = row.get(15)?;
    let (units, revenue) = (row.get(16)?, row.get(17)?);
    Ok(text.map(|text| Value { text, units, revenue }))
}
