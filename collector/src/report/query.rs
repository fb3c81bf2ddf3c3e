//! What a report is asked for, and whether whoever asks may know. Unknown parameters are refused: a misspelt `by` would
//! otherwise look like an answer.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query as Parameters};
use axum::http::header;
use axum::http::request::Parts;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::dimension::Dimension;
use crate::Shared;
use crate::answer::Problem;
use crate::limits::{NAME_BYTES_MAX, VISIT_MS_MAX};
use crate::storage::Question;

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 3_600_000;

/// The parameters as they were written; a form sends its empty fields too.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Written {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) by: String,
    pub(crate) site: String,
    pub(crate) token: String,
}

/// A report that somebody may have.
#[derive(Clone, Debug, Default)]
pub struct Query {
    from: Option<i64>,
    to: Option<i64>,
    site: Option<String>,
    by: Option<Dimension>,
    pub(crate) written: Written,
}

impl Query {
    /// Reads the parameters.
    fn read(written: Written) -> Result<Self, Problem> {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let from = given(&written.from).map(|text| instant(&text, "from", 0)).transpose()?;
        let to = given(&written.to).map(|text| instant(&text, "to", DAY_MS)).transpose()?;
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            return Err(Problem::bad_parameter("from must be before to."));
        }
        let site = given(&written.site);
        if site.as_ref().is_some_and(|site| site.len() > NAME_BYTES_MAX) {
            return Err(Problem::bad_parameter(format!("site has at most {NAME_BYTES_MAX} bytes.")));
        }
        let dimension = |name: String| {
            let expected = "page, product, category, event, campaign, eVar1, prop1, list1, flow, step or another field of an event";
            Dimension::read(&name).ok_or_else(|| Problem::bad_parameter(format!("by is not a dimension: expected {expected}.")))
        };
        let by = given(&written.by).map(dimension).transpose()?;
        Ok(Self { from, to, site, by, written })
    }

    /// What the sink is asked. A visit that a hit in the time asked for belongs to began twelve hours before at most; as long after, hits tell
    /// what became of an attempt that began in it.
    pub(crate) fn question(&self) -> Question<'_> {
        Question {
            from: self.from,
            to: self.to,
            before_ms: VISIT_MS_MAX,
            after_ms: VISIT_MS_MAX,
            site: self.site.as_deref(),
            by: self.by.as_ref(),
        }
    }

    /// Whether a time is one asked for.
    pub(crate) fn covers(&self, at: i64) -> bool {
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to)
    }

    /// The dimension asked for.
    pub(crate) fn by(&self) -> Option<&Dimension> {
        self.by.as_ref()
    }
}

/// A day (`2026-11-21`, in UTC, `day_ms` later if it is the last one) or a moment (`2026-11-21T10:00:00Z`).
fn instant(text: &str, name: &str, day_ms: i64) -> Result<i64, Problem> {
    let day = |text: &str| {
        let date: jiff::civil::Date = text.parse().ok()?;
        Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond() + day_ms)
    };
    let read = if text.len() == 10 { day(text) } else { text.parse().ok().map(jiff::Timestamp::as_millisecond) };
    read.ok_or_else(|| Problem::bad_parameter(format!("{name} must be a day such as 2026-11-21 or a moment such as 2026-11-21T10:00:00Z.")))
}

impl FromRequestParts<Arc<Shared>> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let written: Result<Parameters<Written>, QueryRejection> = Parameters::try_from_uri(&parts.uri);
        let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        if let Some(token) = &shared.settings.report_token {
            let said = bearer.or_else(|| written.as_ref().ok().map(|written| written.token.as_str())).unwrap_or("");
            if !bool::from(said.as_bytes().ct_eq(token.as_bytes())) {
                return Err(Problem::unauthorized());
            }
        }
        let Parameters(written) = written.map_err(|rejection| Problem::bad_parameter(rejection.body_text()))?;
        Self::read(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, to: &str, expected: Option<(Option<i64>, Option<i64>)>) {
        let written = Written { from: from.into(), to: to.into(), ..Written::default() };
        assert_eq!(Query::read(written).ok().map(|query| (query.from, query.to)), expected);
    }

    #[test]
    fn reads_days_and_moments() {
        const DAY: i64 = 1_795_219_200_000;
        check("", "", Some((None, None)));
        check("2026-11-21", "2026-11-21", Some((Some(DAY), Some(DAY + DAY_MS))));
        check("2026-11-21T00:00:01Z", "", Some((Some(DAY + 1_000), None)));
        check("2026-11-21T01:00:00+01:00", "2026-11-21T00:00:00.001Z", Some((Some(DAY), Some(DAY + 1))));
        check("2026-11-22", "2026-11-21", None);
        for bad in ["yesterday", "2026-13-01", "2026-11-21T10:00:00", "20261121", "1795219200000", "2026-11-2x"] {
            check(bad, "", None);
        }
    }
}
