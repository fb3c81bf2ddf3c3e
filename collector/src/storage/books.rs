//! Reads what is not in the hits: refused deliveries, reported losses, and the gaps that nobody explains.

use std::collections::BTreeMap;

use rusqlite::{Connection, Result, named_params, params};

use super::sql::sql;
use super::{Books, Question};

/// Everything that is not in the hits.
pub(super) fn read(moment: &Connection, question: &Question<'_>) -> Result<Books> {
    let span = (question.from.unwrap_or(i64::MIN), question.to.unwrap_or(i64::MAX));
    let rejected: i64 = moment
        .prepare_cached(
            "SELECT coalesce(sum(times), 0) FROM rejected
             WHERE received >= :from AND received < :to AND (:site IS NULL OR site = :site)",
        )?
        .query_row(named_params! { ":from": span.0, ":to": span.1, ":site": question.site }, |row| row.get(0))?;
    let mut books = Books { rejected: count(rejected), lost: Vec::new(), unexplained: clean_gaps(moment, question)? };
    let mut lost = BTreeMap::new();
    let mut streams = moment.prepare_cached(
        "SELECT site, stream FROM (SELECT site, stream FROM lost UNION SELECT site, stream FROM rejected) AS s
         WHERE (:site IS NULL OR site = :site) AND (
             EXISTS (SELECT 1 FROM hits AS h WHERE h.site = s.site AND h.stream = s.stream AND h.corrected >= :from AND h.corrected < :to)
             OR EXISTS (SELECT 1 FROM lost AS l WHERE l.site = s.site AND l.stream = s.stream AND l.received >= :from AND l.received < :to))",
    )?;
    let mut rows = streams.query(named_params! { ":from": span.0, ":to": span.1, ":site": question.site })?;
    while let Some(row) = rows.next()? {
        books.unexplained += stream(moment, &row.get::<_, String>(0)?, &row.get::<_, String>(1)?, &mut lost)?;
    }
    books.lost = lost.into_iter().collect();
    Ok(books)
}

/// Gaps in the streams that reported no loss, which are nearly all: the highest number says how many there should be.
fn clean_gaps(moment: &Connection, question: &Question<'_>) -> Result<u64> {
    let heard_of = match (question.from, question.to) {
        (None, None) => "",
        _ => "HAVING sum(corrected >= :from AND corrected < :to) > 0",
    };
    let sql = sql(&[
        "SELECT coalesce(sum(gap), 0) FROM (
             SELECT max(seq) + 1 - count(*) AS gap, :from, :to FROM hits
             WHERE (:site IS NULL OR site = :site)
                 AND (site, stream) NOT IN (SELECT site, stream FROM lost UNION SELECT site, stream FROM rejected)
             GROUP BY site, stream",
        heard_of,
        ")",
    ]);
    let (from, to) = (question.from.unwrap_or(i64::MIN), question.to.unwrap_or(i64::MAX));
    let gaps: i64 =
        moment.prepare_cached(&sql)?.query_row(named_params! { ":from": from, ":to": to, ":site": question.site }, |row| row.get(0))?;
    Ok(count(gaps))
}

/// The unexplained gaps of one stream; its reported losses are added to `lost`. A number that was delivered after all is
/// not lost, and one that was reported twice is lost once.
fn stream(moment: &Connection, site: &str, stream: &str, lost: &mut BTreeMap<String, u64>) -> Result<u64> {
    let mut known = Spans::default();
    let mut hits = moment.prepare_cached("SELECT seq FROM hits WHERE site = ?1 AND stream = ?2 ORDER BY seq")?;
    let mut rows = hits.query(params![site, stream])?;
    while let Some(row) = rows.next()? {
        let seq = count(row.get(0)?);
        known.add(seq, seq);
    }
    let mut reports =
        moment.prepare_cached("SELECT first, last, reason FROM lost WHERE site = ?1 AND stream = ?2 ORDER BY first, last, reason")?;
    let mut rows = reports.query(params![site, stream])?;
    while let Some(row) = rows.next()? {
        let added = known.add(count(row.get(0)?), count(row.get(1)?));
        if added > 0 {
            *lost.entry(row.get(2)?).or_default() += added;
        }
    }
    let Some(highest) = known.highest() else { return Ok(0) };
    let mut refused = moment.prepare_cached("SELECT seq FROM rejected WHERE site = ?1 AND stream = ?2 AND seq <= ?3")?;
    let mut rows = refused.query(params![site, stream, i64::try_from(highest).unwrap_or(i64::MAX)])?;
    while let Some(row) = rows.next()? {
        let seq = count(row.get(0)?);
        known.add(seq, seq);
    }
    Ok(highest + 1 - known.size())
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A set of numbers as disjoint spans: first number to last.
#[derive(Debug, Default)]
struct Spans(BTreeMap<u64, u64>);

impl Spans {
    /// Adds `from..=to`; the answer is how many of them are new.
    fn add(&mut self, from: u64, to: u64) -> u64 {
        let (mut first, mut last, mut old) = (from, to, 0);
        // From the right: the first span that ends before `from` ends the search, as spans do not overlap.
        while let Some((&start, &end)) = self.0.range(..=to.saturating_add(1)).next_back()
            && end.saturating_add(1) >= from
        {
            self.0.remove(&start);
            old += (end.min(to) + 1).saturating_sub(start.max(from));
            first = first.min(start);
            last = last.max(end);
        }
        self.0.insert(first, last);
        to - from + 1 - old
    }

    fn highest(&self) -> Option<u64> {
        self.0.last_key_value().map(|(_, last)| *last)
    }

    fn size(&self) -> u64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #![proptest_config(crate::seeded::cases(256))]

        #[test]
        fn spans_are_a_set(adds in proptest::collection::vec((0_u64..60, 0_u64..9), 0..30)) {
            let mut spans = Spans::default();
            let mut set = BTreeSet::new();
            for (from, more) in adds {
                let new = (from..=from + more).filter(|number| set.insert(*number)).count();
                prop_assert_eq!(spans.add(from, from + more), new as u64);
                prop_assert_eq!(spans.size(), set.len() as u64);
                prop_assert_eq!(spans.highest(), set.last().copied());
            }
        }
    }
}
