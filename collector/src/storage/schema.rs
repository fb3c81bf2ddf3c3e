//! Brings a database to the schema of this collector. Never touches one that is newer.

use rusqlite::Connection;

use crate::settings::Error;

/// The steps from an empty database, in order; a step is never changed once it was released, only followed by another.
const STEPS: [&str; 2] = [include_str!("schema.sql"), include_str!("erased.sql")];

/// Takes the steps that are missing, all or none.
pub(super) fn migrate(database: &mut Connection) -> Result<(), Error> {
    migrate_by(database, &STEPS)
}

fn migrate_by(database: &mut Connection, steps: &[&str]) -> Result<(), Error> {
    let transaction = database.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(version).ok().filter(|done| *done <= steps.len()).ok_or(Error::NewerDatabase(version))?;
    for step in steps.iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", i64::try_from(steps.len()).unwrap_or(i64::MAX))?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_each_step_once() {
        let mut database = Connection::open_in_memory().expect("a database");
        let steps = ["CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"];
        migrate_by(&mut database, &steps[..1]).expect("the first step");
        migrate_by(&mut database, &steps).expect("the second step");
        migrate_by(&mut database, &steps).expect("nothing to do");
        let rows: i64 = database.query_row("SELECT count(*) FROM a", [], |row| row.get(0)).expect("a count");
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_newer_database_is_left_untouched() {
        let mut database = Connection::open_in_memory().expect("a database");
        database.pragma_update(None, "user_version", 99).expect("a version");
        assert!(matches!(migrate(&mut database), Err(Error::NewerDatabase(99))));
        let tables: i64 = database.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).expect("a count");
        assert_eq!(tables, 0);
    }

    #[test]
    fn a_step_that_fails_leaves_what_was() {
        let mut database = Connection::open_in_memory().expect("a database");
        assert!(migrate_by(&mut database, &["CREATE TABLE a (x)", "nonsense"]).is_err());
        let tables: i64 = database.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).expect("a count");
        assert_eq!(tables, 0);
    }
}
