//! What an operator decides: where the database is, which origins may send, who may read the report.
//! Never reads the command line; the binaries do.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::limits::{ADDRESS_PER_S, SITE_PER_S};
use crate::origin::Allowed;

/// Settings of a collector.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The SQLite file; made if it is missing. `None` keeps everything in memory, for tests.
    pub database: Option<PathBuf>,
    /// Origins whose pages may send hits: of one site (`rivet=https://shop.example`) or of any (`https://shop.example`). Pages of the
    /// collector's own host may send hits of any.
    pub allow_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed. Nobody else's is.
    pub trusted_proxies: Vec<IpAddr>,
    /// How much may come.
    pub rates: Rates,
    /// The Adobe organisation (`97D1F3F459CE0AD80A495CBE@AdobeOrg`) whose pages may be pointed here: its id is in the names of the
    /// cookies that an answer has a page store. Without it only pages that have such cookies already keep their identity.
    pub adobe_org: Option<String>,
    /// Whoever reads the report must say this, as `?token=` or `Authorization: Bearer`.
    pub report_token: Option<String>,
}

/// How much may come on average; ten seconds of it may come at once. What is more is answered with a 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Requests a second from one address (IPv6: one /64).
    pub address_per_s: u32,
    /// Beacons a second of one site.
    pub site_per_s: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { address_per_s: ADDRESS_PER_S, site_per_s: SITE_PER_S }
    }
}

/// Why a collector cannot be opened.
#[derive(Debug)]
pub enum Error {
    /// Not an origin: scheme, host and, if need be, port.
    BadOrigin(String),
    /// Not an organisation's id.
    BadOrg(String),
    /// A rate of nothing would refuse everybody.
    NoRate,
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
                write!(
                    f,
                    "{text:?} is not an origin: give scheme, host and port only, as in https://shop.example or http://127.0.0.1:8080, and \
                     the site before it if there is only one, as in rivet=https://shop.example"
                )
            }
            Self::BadOrg(text) => write!(f, "{text:?} is not an organisation such as 97D1F3F459CE0AD80A495CBE@AdobeOrg"),
            Self::NoRate => write!(f, "a rate must be 1 a second at least"),
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
    /// The origins that may send, with these settings found right.
    pub(crate) fn checked(&self) -> Result<Vec<Allowed>, Error> {
        let allowed = |text: &String| allowed(text).ok_or_else(|| Error::BadOrigin(text.clone()));
        let origins = self.allow_origins.iter().map(allowed).collect::<Result<_, _>>()?;
        if self.rates.address_per_s == 0 || self.rates.site_per_s == 0 {
            return Err(Error::NoRate);
        }
        if let Some(org) = self.adobe_org.as_deref().filter(|org| !is_org(org)) {
            return Err(Error::BadOrg(org.into()));
        }
        if self.report_token.as_deref() == Some("") {
            return Err(Error::EmptyToken);
        }
        Ok(origins)
    }
}

/// Whether a text can stand in a cookie's name once its `@` is replaced.
fn is_org(org: &str) -> bool {
    let name = org.strip_suffix("@AdobeOrg").unwrap_or("");
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `ORIGIN` or `SITE=ORIGIN`.
fn allowed(text: &str) -> Option<Allowed> {
    let (site, origin) = match text.split_once('=') {
        Some((site, origin)) => (Some(site.trim().to_owned()).filter(|site| !site.is_empty())?.into(), origin),
        None => (None, text),
    };
    Some(Allowed { origin: exact(origin)?, site })
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
    fn an_origin_may_be_bound_to_a_site() {
        let read = |text| allowed(text).map(|allowed| (allowed.site.unwrap_or_default(), allowed.origin));
        assert_eq!(read("rivet=https://Shop.example/"), Some(("rivet".into(), "https://shop.example".into())));
        assert_eq!(read("https://shop.example"), Some((String::new(), "https://shop.example".into())));
        assert!(read("=https://shop.example").is_none() && read("rivet=*").is_none());
    }

    #[test]
    fn refuses_a_rate_of_nothing() {
        let rates = Rates { address_per_s: 0, ..Rates::default() };
        assert!(matches!(Settings { rates, ..Settings::default() }.checked(), Err(Error::NoRate)));
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
