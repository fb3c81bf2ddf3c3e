//! The shop's database: one SQLite file, opened once. Never holds hits (those are the collector's) and
//! never anything of a card.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use crate::session::Session;

/// How long a statement waits for another program that holds the file.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// Money is in cents; times are seconds since 1970.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS session (
        id TEXT PRIMARY KEY, touched INTEGER NOT NULL, state TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS placed_order (
        number TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, session TEXT NOT NULL,
        checkout TEXT NOT NULL, basket TEXT NOT NULL, placed INTEGER NOT NULL, arrival TEXT NOT NULL,
        email TEXT NOT NULL, name TEXT NOT NULL, street TEXT NOT NULL, postcode TEXT NOT NULL,
        city TEXT NOT NULL, billing_name TEXT, billing_street TEXT, billing_postcode TEXT,
        billing_city TEXT, method TEXT NOT NULL, delivery INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS order_line (
        number TEXT NOT NULL REFERENCES placed_order (number), position INTEGER NOT NULL,
        product TEXT NOT NULL, name TEXT NOT NULL, category TEXT NOT NULL, amount TEXT NOT NULL,
        quantity INTEGER NOT NULL, price INTEGER NOT NULL, PRIMARY KEY (number, position)
    ) STRICT, WITHOUT ROWID;
    PRAGMA user_version = 1;
";

/// The open database; clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
}

impl Store {
    /// Opens the file, or a database in memory that ends with the program.
    ///
    /// # Errors
    /// If the file cannot be opened or is no database of this shop.
    pub fn open(file: Option<&Path>, now_s: i64) -> rusqlite::Result<Self> {
        let connection = match file {
            Some(file) => Connection::open(file)?,
            None => Connection::open_in_memory()?,
        };
        connection.busy_timeout(BUSY_WAIT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.execute_batch(SCHEMA)?;
        Session::prune(&connection, now_s)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// The connection, for as long as one visit takes. A visit that panicked has left nothing behind: its
    /// transaction was rolled back.
    pub fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
