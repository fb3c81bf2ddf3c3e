//! Why no tracker can be made of some options. Calls never fail: what is wrong with one is a [`problem`](crate::problem).

use std::fmt;

/// The options of a tracker made without the shim, separated by spaces.
pub const OPTIONS: &str = "site destination consent currency visitor";

/// What is wrong with options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// They are no object that can be read.
    Unreadable,
    /// One that is none of [`OPTIONS`].
    UnknownOption(String),
    /// One that is missing or has the wrong type, in its reader's words.
    BadOption(String),
    /// A destination of another kind than `collector`.
    UnknownDestination(String),
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => out.write_str("the options cannot be read"),
            Self::UnknownOption(name) => write!(out, "`{name}` is not an option; these are: {OPTIONS}"),
            Self::BadOption(words) => out.write_str(words),
            Self::UnknownDestination(kind) => write!(out, "`{kind}` is not a kind of destination; there is \"collector\""),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_and_what_would_be_right() {
        let said = Error::UnknownOption("consnet".into()).to_string();
        assert_eq!(said, "`consnet` is not an option; these are: site destination consent currency visitor");
        assert!(Error::UnknownDestination("pigeon".into()).to_string().contains("\"collector\""));
    }
}
