//! One request of one visitor: the session is loaded, a page changes it, and everything is kept in one
//! transaction or not at all. So two requests of one visitor never overlap, however fast they come.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::TransactionBehavior;

use crate::order::Orders;
use crate::session::Session;
use crate::store::Store;

/// The cookie's name. Gone when the browser closes; the shop forgets the session itself later.
const COOKIE: &str = "rivet";

/// What a page works with.
#[derive(Debug)]
pub struct Visit<'t> {
    /// The visitor's state; a change is kept if the page answers, and dropped if it fails.
    pub session: Session,
    /// The orders, in the same transaction.
    pub orders: Orders<'t>,
    /// Today, by universal time: a delivery date is no closer than that.
    pub today: Date,
    /// Now, in seconds since 1970.
    pub now_s: i64,
}

/// What a page answers.
#[derive(Debug)]
pub enum Answer {
    /// A page to show.
    Page {
        /// 200, or 422 for a form that is shown again.
        status: StatusCode,
        /// The page.
        html: String,
        /// Whether the page may be shown again without asking: no, if it carries calls that must run
        /// once, or an address.
        storable: bool,
    },
    /// Somewhere else to go, by GET.
    Redirect(String),
}

/// Why a page could not answer.
#[derive(Debug)]
pub enum Failure {
    /// The form is not one of ours, or its session has ended.
    Forged,
    /// There is no such thing, or it belongs to somebody else.
    NotFound,
    /// The database refused.
    Database(rusqlite::Error),
    /// No random numbers.
    Random(getrandom::Error),
    /// A template could not be filled in.
    Template(askama::Error),
    /// The session could not be written down.
    State(serde_json::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<getrandom::Error> for Failure {
    fn from(error: getrandom::Error) -> Self {
        Self::Random(error)
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        Self::Template(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::State(error)
    }
}

impl Visit<'_> {
    /// Makes sure that a form was made by this shop for this visitor.
    ///
    /// # Errors
    /// [`Failure::Forged`] if it was not.
    pub fn admit(&self, csrf: &str) -> Result<(), Failure> {
        if csrf == self.session.csrf { Ok(()) } else { Err(Failure::Forged) }
    }
}

/// Serves one request: `page` gets the visit, and its answer becomes the response. With `keep` false
/// (HEAD: nobody sees the page) the visit leaves no trace.
///
/// # Errors
/// What the page says, or that the database refused.
pub fn serve(
    store: &Store,
    headers: &HeaderMap,
    keep: bool,
    page: impl FnOnce(&mut Visit<'_>) -> Result<Answer, Failure>,
) -> Result<Response, Failure> {
    let now_s = seconds_now();
    let mut connection = store.lock();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let loaded = match cookie(headers) {
        Some(id) => Session::load(&transaction, id)?,
        None => None,
    };
    let (session, before) = match loaded {
        Some((session, state)) => (session, Some(state)),
        None => (Session::begin()?, None),
    };
    let orders = Orders::new(&transaction);
    let mut visit = Visit { session, orders, today: day_of(now_s), now_s };
    let answer = page(&mut visit)?;
    let session = visit.session;
    let state = serde_json::to_string(&session)?;
    let mut response = answer.into_response();
    if keep {
        if before.as_deref() != Some(&state) {
            session.save(&transaction, &state, now_s)?;
        }
        transaction.commit()?;
        if before.is_none() {
            set_cookie(&mut response, &session.id);
        }
    }
    Ok(response)
}

fn day_of(now_s: i64) -> Date {
    let now = Timestamp::from_second(now_s).unwrap_or(Timestamp::MAX);
    now.to_zoned(TimeZone::UTC).date()
}

/// Seconds since 1970.
pub fn seconds_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Redirect(to) => Redirect::to(&to).into_response(),
            Self::Page { status, html, storable } => {
                let cache = if storable { "private, no-cache" } else { "no-store" };
                (status, [(header::CACHE_CONTROL, cache)], Html(html)).into_response()
            }
        }
    }
}

/// The session's id in the request, if it looks like one.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, id) = pairs.find(|(name, _)| *name == COOKIE)?;
    (id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())).then_some(id)
}

/// Not `Secure`, because the demo is plain HTTP on loopback; a shop on the internet adds it.
fn set_cookie(response: &mut Response, id: &str) {
    let cookie = format!("{COOKIE}={id}; Path=/; HttpOnly; SameSite=Lax");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
}
