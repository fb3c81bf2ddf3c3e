//! What the shop remembers of a visitor between two pages, kept under a random cookie. Never holds
//! anything of a card; forgets names and addresses as soon as the order is placed.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::basket::Basket;
use crate::calls::Call;
use crate::checkout::Checkout;
use crate::token;

/// Seconds after which an unused session is forgotten: 30 days.
const AGE_S_MAX: i64 = 30 * 86_400;

/// One visitor's state.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Session {
    /// The cookie's value; 128 random bits.
    #[serde(skip)]
    pub id: String,
    /// What every form of this visitor must bring along.
    pub csrf: String,
    /// What the visitor means to buy.
    pub basket: Basket,
    /// The attempt to buy under way.
    pub checkout: Option<Checkout>,
    /// The latest order, to reassure whoever goes back after paying.
    pub last_order: Option<String>,
    /// Calls caused by a form, waiting for the next page shown.
    pub waiting: Vec<Call>,
}

impl Session {
    /// A session nobody has seen yet.
    ///
    /// # Errors
    /// If there are no random numbers.
    pub fn begin() -> Result<Self, getrandom::Error> {
        Ok(Self { id: token::secret()?, csrf: token::secret()?, ..Self::default() })
    }

    /// The session of this cookie, and its text as stored. A cookie the shop did not give, or a state it
    /// can no longer read, has none.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn load(database: &Connection, id: &str) -> rusqlite::Result<Option<(Self, String)>> {
        let stored: Option<String> = database.query_row("SELECT state FROM session WHERE id = ?1", [id], |row| row.get(0)).optional()?;
        let session = stored.and_then(|state| {
            let session: Self = serde_json::from_str(&state).ok()?;
            Some((Self { id: id.into(), ..session }, state))
        });
        Ok(session)
    }

    /// Keeps the session's state, given as text.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn save(&self, database: &Connection, state: &str, now_s: i64) -> rusqlite::Result<()> {
        database.execute(
            "INSERT INTO session (id, touched, state) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET touched = ?2, state = ?3",
            params![self.id, now_s, state],
        )?;
        Ok(())
    }

    /// Forgets sessions nobody has used for long.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn prune(database: &Connection, now_s: i64) -> rusqlite::Result<usize> {
        database.execute("DELETE FROM session WHERE touched < ?1", [now_s - AGE_S_MAX])
    }
}
