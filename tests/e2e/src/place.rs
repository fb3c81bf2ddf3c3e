//! The line of a test that asked for something, so that a failure inside a helper names that line. Never waits.

use std::fmt::{Debug, Display};
use std::panic::Location;

/// A line of a test.
#[derive(Clone, Copy, Debug)]
pub struct Place(&'static Location<'static>);

impl Place {
    /// The caller's line.
    #[track_caller]
    pub fn here() -> Self {
        Self(Location::caller())
    }

    /// Ends the test.
    ///
    /// # Panics
    /// Always.
    pub fn fail(self, words: impl Display) -> ! {
        panic!("{}: {words}", self.0)
    }

    /// The value, or the end of the test.
    ///
    /// # Panics
    /// On an error.
    pub fn expect<T, E: Debug>(self, what: impl Display, result: Result<T, E>) -> T {
        match result {
            Ok(value) => value,
            Err(error) => self.fail(format_args!("{what}: {error:?}")),
        }
    }
}
