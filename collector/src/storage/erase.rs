//! Takes hits away for good: those of a person who asks for it, and those that are too old. Page loads go whole, with their books, so that
//! nobody counts a gap where something was erased.

use rusqlite::types::Value;
use rusqlite::{Connection, Result, Transaction, TransactionBehavior, params};

use super::sql::sql;
use crate::limits::AGE_MS_MAX;

/// By what those who ask are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A visitor id: 32 hex digits.
    Visitor(&'a str),
    /// A customer id, as the shop hashed it.
    Customer(&'a str),
    /// An order's number.
    Order(&'a str),
}

/// What was taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Page loads.
    pub streams: usize,
    /// Hits of theirs.
    pub hits: usize,
}

/// Everything of the page loads on which somebody was seen.
pub(super) fn subject(database: &mut Connection, subject: Subject<'_>, now: i64) -> Result<Erased> {
    let (condition, id) = match subject {
        Subject::Visitor(id) => ("visitor = ?1", id),
        Subject::Customer(id) => ("customer = ?1", id),
        Subject::Order(id) => ("order_id = ?1", id),
    };
    let tx = begin(database)?;
    tx.execute(&sql(&["INSERT INTO gone SELECT DISTINCT site, stream FROM hits WHERE", condition]), params![id])?;
    tx.execute("INSERT OR REPLACE INTO erased SELECT site, stream, ?1 FROM gone", params![now])?;
    finish(tx)
}

/// Everything of the page loads of which nothing was heard since `before`.
pub(super) fn older(database: &mut Connection, before: i64) -> Result<Erased> {
    let tx = begin(database)?;
    tx.execute(
        "INSERT INTO gone SELECT site, stream FROM (
             SELECT site, stream, received FROM hits
             UNION ALL SELECT site, stream, received FROM lost
             UNION ALL SELECT site, stream, received FROM rejected)
         GROUP BY site, stream HAVING max(received) < ?1",
        params![before],
    )?;
    finish(tx)
}

/// Forgets that page loads were erased, once no page can have hits of theirs any more.
pub(super) fn forget(database: &mut Connection, now: i64) -> Result<()> {
    database.execute("DELETE FROM erased WHERE at < ?1", params![now.saturating_sub(AGE_MS_MAX)]).map(|_| ())
}

fn begin(database: &mut Connection) -> Result<Transaction<'_>> {
    // What is deleted is overwritten, not only forgotten.
    database.pragma_update(None, "secure_delete", true)?;
    database.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS gone (site, stream, PRIMARY KEY (site, stream)) WITHOUT ROWID; DELETE FROM gone;",
    )?;
    database.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// Deletes what is `gone`, and what refers to it first.
fn finish(tx: Transaction<'_>) -> Result<Erased> {
    const OF_HITS: &str = "WHERE hit IN (SELECT id FROM hits WHERE (site, stream) IN (SELECT site, stream FROM gone))";
    const OF_STREAMS: &str = "WHERE (site, stream) IN (SELECT site, stream FROM gone)";
    for table in ["serials", "metrics", "lines", "variables", "data"] {
        tx.execute(&sql(&["DELETE FROM", table, OF_HITS]), [])?;
    }
    let hits = tx.execute(&sql(&["DELETE FROM hits", OF_STREAMS]), [])?;
    for table in ["lost", "rejected"] {
        tx.execute(&sql(&["DELETE FROM", table, OF_STREAMS]), [])?;
    }
    let streams = tx.query_row("SELECT count(*) FROM gone", [], |row| row.get::<_, i64>(0))?;
    tx.execute("DELETE FROM gone", [])?;
    tx.commit()?;
    Ok(Erased { streams: usize::try_from(streams).unwrap_or(0), hits })
}

/// Moves the log into the database and empties it, so that the log keeps nothing of what was erased. Whether all of it could be moved: another
/// process that reads at this moment keeps the rest until its next commit.
pub(super) fn settle(database: &Connection) -> Result<bool> {
    let blocked = database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, Value>(0))?;
    Ok(blocked == Value::Integer(0))
}
