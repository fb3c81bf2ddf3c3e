//! SQLite as storage and sink: write-ahead log, synced at each commit, one connection that writes and one that reads.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use caisse::call::Millis;

use super::{Arrival, Books, Erased, Fact, Question, Receipt, Sink, Storage, Subject, Trouble, append, books, erase, scan, schema};
use crate::clock::signed;
use crate::settings::Error;

/// Time to wait for another process that holds the database, a backup for instance.
const BUSY_TIME: Duration = Duration::from_secs(5);

/// A database file, or one in memory.
#[derive(Debug)]
pub struct Sqlite {
    write: Mutex<Connection>,
    /// Reports read the last commit while the next one is written. In memory there is one connection for both.
    read: Option<Mutex<Connection>>,
}

impl Sqlite {
    /// Opens the file, which is made or migrated if need be; `None` for a database in memory.
    ///
    /// # Errors
    /// [`Error`] if the folder or the file cannot be used, or if it is a newer collector's.
    pub fn open(file: Option<&Path>) -> Result<Self, Error> {
        let Some(file) = file else {
            let write = prepare(Connection::open_in_memory()?)?;
            return Ok(Self { write: Mutex::new(write), read: None });
        };
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let write = prepare(Connection::open(file)?)?;
        let read = Connection::open(file)?;
        read.busy_timeout(BUSY_TIME)?;
        read.pragma_update(None, "query_only", true)?;
        Ok(Self { write: Mutex::new(write), read: Some(Mutex::new(read)) })
    }

    /// Takes away the page loads on which somebody was seen. What their pages send again of these is not kept either.
    ///
    /// # Errors
    /// [`Trouble`] if the database refuses; nothing is taken away then.
    pub fn erase(&self, subject: Subject<'_>, now: Millis) -> Result<Erased, Trouble> {
        Ok(erase::subject(&mut self.writing(), subject, signed(now))?)
    }

    /// Takes away the page loads of which nothing was heard since `before`.
    ///
    /// # Errors
    /// [`Trouble`] if the database refuses; nothing is taken away then.
    pub fn retain(&self, before: Millis, now: Millis) -> Result<Erased, Trouble> {
        let erased = erase::older(&mut self.writing(), signed(before))?;
        erase::forget(&mut self.writing(), signed(now))?;
        Ok(erased)
    }

    /// Empties the log into the database, so that the log keeps nothing of what was taken away. Whether that was possible: another process
    /// may be reading.
    ///
    /// # Errors
    /// [`Trouble`] if the database refuses.
    pub fn settle(&self) -> Result<bool, Trouble> {
        Ok(erase::settle(&self.writing())?)
    }

    fn writing(&self) -> MutexGuard<'_, Connection> {
        // A panic while writing rolled its transaction back; the connection is as good as before.
        self.write.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reading(&self) -> MutexGuard<'_, Connection> {
        self.read.as_ref().unwrap_or(&self.write).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn prepare(mut connection: Connection) -> Result<Connection, Error> {
    connection.busy_timeout(BUSY_TIME)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // FULL syncs the log at each commit: an acknowledged hit survives a power cut.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    schema::migrate(&mut connection)?;
    Ok(connection)
}

impl Storage for Sqlite {
    fn append(&self, arrivals: &[Arrival]) -> Result<Vec<Receipt>, Trouble> {
        Ok(append::append(&mut self.writing(), arrivals)?)
    }

    fn check(&self) -> Result<(), Trouble> {
        // A report may hold the connection that reads for a while; a transaction is over in a moment.
        Ok(self.writing().query_row("SELECT count(*) FROM (SELECT 1 FROM hits LIMIT 1)", [], |_| Ok(()))?)
    }
}

impl Sink for Sqlite {
    fn scan(&self, question: &Question<'_>, take: &mut dyn FnMut(&Fact)) -> Result<Books, Trouble> {
        let mut connection = self.reading();
        let moment = connection.transaction()?;
        scan::facts(&moment, question, take)?;
        Ok(books::read(&moment, question)?)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(_) | None => Self::Broken(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(stream: u128, hits: u64) -> Arrival {
        let hits: Vec<String> = (0..hits).map(|seq| format!(r#"{{"q":{seq},"t":1,"n":"scView","d":{{"step":"{seq:0>900}"}}}}"#)).collect();
        let body = format!(
            r#"{{"v":1,"site":"s","batch":"{:032x}","sent":1,"groups":[{{"stream":"{stream:032x}","context":{{}},"hits":[{}]}}]}}"#,
            1,
            hits.join(",")
        );
        Arrival { batch: caisse::decode::collector::batch(body.as_bytes()).expect("a batch"), received: 1 }
    }

    fn hits(database: &Sqlite) -> i64 {
        database.reading().query_row("SELECT count(*) FROM hits", [], |row| row.get(0)).expect("a count")
    }

    #[test]
    fn a_hit_keeps_what_the_page_told_and_what_is_advised() {
        let hit = r#"{"q":0,"t":1,"n":"sccheckout","o":"R-1","v":{"v5":"D=v1"},"x":"unknown_event"}"#;
        let stream = "0".repeat(32);
        let body = format!(r#"{{"v":1,"site":"s","batch":"b","sent":1,"groups":[{{"stream":"{stream}","context":{{}},"hits":[{hit}]}}]}}"#);
        let database = Sqlite::open(None).expect("a database");
        let batch = caisse::decode::collector::batch(body.as_bytes()).expect("a batch");
        database.append(&[Arrival { batch, received: 1 }]).expect("appended");
        let problems: String = database.reading().query_row("SELECT problems FROM hits", [], |row| row.get(0)).expect("a hit");
        assert_eq!(problems, "unknown_event dynamic_value bad_id");
    }

    #[test]
    fn a_full_disk_stores_nothing_of_a_transaction() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Sqlite::open(Some(&folder.path().join("collector.sqlite"))).expect("a database");
        let limit = |pages: i64| database.writing().pragma_update(None, "max_page_count", pages).expect("a limit");
        limit(60);
        assert!(database.append(&[arrival(1, 1)]).is_ok());
        assert_eq!(database.append(&[arrival(2, 1), arrival(3, 199)]), Err(Trouble::Full));
        assert_eq!(hits(&database), 1);
        limit(10_000);
        assert!(database.append(&[arrival(2, 1), arrival(3, 199)]).is_ok());
        assert_eq!(hits(&database), 201);
    }

    #[test]
    fn a_read_only_database_says_so() {
        let database = Sqlite::open(None).expect("a database");
        database.writing().pragma_update(None, "query_only", true).expect("a setting");
        assert_eq!(database.append(&[arrival(1, 1)]), Err(Trouble::ReadOnly));
        database.writing().pragma_update(None, "query_only", false).expect("a setting");
        assert_eq!(hits(&database), 0);
    }

    #[test]
    fn a_commit_is_synced_to_a_log() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Sqlite::open(Some(&folder.path().join("collector.sqlite"))).expect("a database");
        let writing = database.writing();
        let mode: String = writing.pragma_query_value(None, "journal_mode", |row| row.get(0)).expect("a mode");
        let full: i64 = writing.pragma_query_value(None, "synchronous", |row| row.get(0)).expect("a level");
        assert_eq!((mode.as_str(), full), ("wal", 2));
    }
}
