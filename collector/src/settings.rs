//! What an operator decides: where the database is, which origins may send, who may read the report.
//! Never reads the command line; the binaries do.

use std::fmt;
use std::path::PathBuf;

/// Settings of a collector.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The SQLite file; made if it is missing. `None` keeps everything in memory, for tests.
    pub database: Option<PathBuf>,
    /// Origins (`https://shop.example`) whose pages may send hits. Pages of the collector's own host always may.
    pub allow_origins: Vec<String>,
    /// The Adobe organisation (`97D1F3F459CE0AD80A495CBE@AdobeOrg`) whose pages may be pointed here: its id is in the names of the
    /// cookies that an answer has a page store. Without it only pages that have such cookies already keep their identity.
    pub adobe_org: Option<String>,
    /// Whoever reads the report must say this, as `?token=` or `Authorization: Bearer`.
    pub report_token: Option<String>,
}

/// Why a collector cannot be opened.
#[derive(Debug)]
pub enum Error {
    /// Not an origin: scheme, host and, if need be, port.
    BadOrigin(String),
    /// Not an organisation's id.
    BadOrg(String),
    /// A report token without a single character would let everybody in.
    EmptyToken,
    /// The database's folder cannot be made, or no thread for writing.
    Io(std::io::Error),
    /// SQLite refused.
    Database(rusqlite::Error),
    /// The database was written by a newer collector; it was left untouched.
    NewerDatabase(i64),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadOrigin(text) => {
                write!(f, "{text:?} is not an origin: give scheme, host and port only, as in https://shop.example or http://127.0.0.1:8080")
            }
            Self::BadOrg(text) => write!(f, "{text:?} is not an organisation such as 97D1F3F459CE0AD80A495CBE@AdobeOrg"),
            Self::EmptyToken => write!(f, "the report token is empty"),
            Self::Io(error) => write!(f, "{error}"),
            Self::Database(error) => write!(f, "the database cannot be used: {error}"),
            Self::NewerDatabase(version) => {
                write!(f, "the database has schema {version}, from a newer collector; start that one, or use another folder")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl Settings {
    /// The same settings with their origins as browsers write them.
    pub(crate) fn checked(mut self) -> Result<Self, Error> {
        for origin in &mut self.allow_origins {
            *origin = exact(origin).ok_or_else(|| Error::BadOrigin(origin.clone()))?;
        }
        if let Some(org) = self.adobe_org.as_deref().filter(|org| !is_org(org)) {
            return Err(Error::BadOrg(org.into()));
        }
        if self.report_token.as_deref() == Some("") {
            return Err(Error::EmptyToken);
        }
        Ok(self)
    }
}

/// Whether a text can stand in a cookie's name once its `@` is replaced.
fn is_org(org: &str) -> bool {
    let name = org.strip_suffix("@AdobeOrg").unwrap_or("");
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// An origin as browsers send it: lower case, no slash at the end, no default port.
fn exact(origin: &str) -> Option<String> {
    let origin = origin.trim().trim_end_matches('/').to_ascii_lowercase();
    let (scheme, host) = origin.split_once("://")?;
    let host = match scheme {
        "http" => host.strip_suffix(":80").unwrap_or(host),
        "https" => host.strip_suffix(":443").unwrap_or(host),
        _ => return None,
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    (!host.is_empty() && host.chars().all(allowed)).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(origin: &str, expected: Option<&str>) {
        assert_eq!(exact(origin).as_deref(), expected);
    }

    #[test]
    fn knows_organisations() {
        assert!(is_org("97D1F3F459CE0AD80A495CBE@AdobeOrg"));
        for bad in ["", "@AdobeOrg", "97D1F3F459CE0AD80A495CBE", "a b@AdobeOrg", "a=b;@AdobeOrg", "a@AdobeOrg@AdobeOrg"] {
            assert!(!is_org(bad), "{bad}");
        }
    }

    #[test]
    fn reads_origins_as_browsers_write_them() {
        check("https://shop.example", Some("https://shop.example"));
        check("https://Shop.Example:443/", Some("https://shop.example"));
        check("http://127.0.0.1:8080", Some("http://127.0.0.1:8080"));
        check("http://[::1]:8080", Some("http://[::1]:8080"));
        for bad in ["*", "null", "", "shop.example", "https://", "https://shop.example/path", "https://a@b", "ftp://a"] {
            check(bad, None);
        }
    }
}
