//! Takes in what is meant for Adobe Edge Network: `POST /ee/v1/interact`, `collect`, `privacy/set-consent` and `identity/acquire`, with or
//! without a location hint, and `/ee/v2/…`. Answers as Edge Network does, so that the Web SDK goes on; an event is answered only
//! after it is synced to disk. Never talks to Adobe.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request as Http, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use caisse::decode::Refusal;
use caisse::decode::adobe_edge::{DROPPED, Envelope, Events, Request};
use caisse::decode::kndctr;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::answer::Problem;
use crate::limits::{CONSENT_AGE_S, IDENTITY_AGE_S, REQUEST_ID_BYTES_MAX};
use crate::origin::Sites;
use crate::storage::Arrival;
use crate::{Shared, body, shape};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// Events in, instructions out.
    Interact,
    /// Events in.
    Collect,
    /// A visitor's answer about consent in.
    Consent,
    /// Identity out.
    Identity,
}

/// Version of the endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    /// For pages and apps.
    V1,
    /// For servers, which say who the visitor is.
    V2,
}

/// The routes; `origin` stands before them.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    let mut router = Router::new();
    for root in ["/ee", "/ee/{hint}"] {
        for (version, name) in [(Version::V1, "v1"), (Version::V2, "v2")] {
            for (call, path) in [(Call::Interact, "interact"), (Call::Collect, "collect")] {
                router = router.route(&format!("{root}/{name}/{path}"), route(call, version));
            }
        }
        for (call, path) in [(Call::Consent, "privacy/set-consent"), (Call::Identity, "identity/acquire")] {
            router = router.route(&format!("{root}/v1/{path}"), route(call, Version::V1));
        }
    }
    router
}

fn route(call: Call, version: Version) -> MethodRouter<Arc<Shared>> {
    post(move |State(shared): State<Arc<Shared>>, query: Result<Query<Parameters>, QueryRejection>, request: Http| async move {
        // What cannot be read names no datastream.
        let Query(query) = query.unwrap_or_default();
        let id = query.request_id();
        match take(&shared, call, version, &query, &id, request).await {
            Ok(response) => response,
            Err(failure) => failure.answer(&id),
        }
    })
    .fallback(crate::ingest::wrong_method)
}

/// What stands behind the question mark.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Parameters {
    config_id: String,
    datastream_id: String,
    request_id: String,
    silent: String,
}

impl Parameters {
    fn config(&self) -> &str {
        if self.config_id.is_empty() { &self.datastream_id } else { &self.config_id }
    }

    /// The client's id, as far as it is one; the same for every attempt.
    fn request_id(&self) -> String {
        self.request_id.chars().filter(|ch| ch.is_ascii_alphanumeric() || *ch == '-').take(REQUEST_ID_BYTES_MAX).collect()
    }
}

async fn take(shared: &Shared, call: Call, version: Version, query: &Parameters, id: &str, request: Http) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    let (headers, sites) = (&parts.headers, parts.extensions.remove::<Sites>().ok_or_else(Problem::foreign_origin)?);
    if !body::is_type(headers, &["text/plain", "application/json", "text/javascript"]) {
        return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "EXEG-0111-415", "The content type is not supported", ""));
    }
    let bytes = body::read(body).await?;
    let received = (shared.clock)();
    if query.config().is_empty() {
        return Err(Failure::new(StatusCode::BAD_REQUEST, "EXEG-0002-400", "Missing datastream parameter", "configId or datastreamId"));
    }
    let jar = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let jar: Vec<(String, String)> =
        jar.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('=')).map(owned).collect();
    let config = query.config().to_owned();
    let (setting, request_id) = (shared.settings.adobe_org.clone(), id.to_owned());
    let read = shared.decode(move || {
        shape::check(&bytes)?;
        let request = Request::read(&bytes).map_err(|_| Failure::malformed("EXEG-0101-400", "The body is not a JSON object"))?;
        let visitor = Visitor::of(&request, &jar, setting.as_deref())?;
        let (ecid, minted) = if visitor.is_new { ("", visitor.ecid.as_str()) } else { (visitor.ecid.as_str(), "") };
        let envelope = Envelope { config: &config, request: &request_id, ecid, minted, received };
        let events = match call {
            Call::Interact | Call::Collect => Some(request.events(&envelope).map_err(Failure::from)?),
            Call::Consent | Call::Identity => None,
        };
        if version == Version::V2 && !request.has_identities() {
            return Err(Failure::malformed("EXEG-0306-400", "An event has no primary identity"));
        }
        Ok((request, visitor, events))
    });
    let (request, visitor, events) = read.await?;
    let mut answer = Answer::new(id, visitor.org.clone());
    if visitor.consents && call != Call::Consent {
        answer.identify(&request, &visitor);
    }
    match events {
        _ if call == Call::Consent => answer.consent(&request, &visitor)?,
        Some(_) if !visitor.consents => answer.warn("EXEG-0301-200", "Ignored: the visitor did not consent", Json::Null),
        Some(events) => {
            answer.refuse(&events);
            sites.check(&events.batch.site)?;
            shared.gate.admits_beacon(&events.batch.site, received)?;
            shared.writer.append(Arrival { batch: events.batch, received }).await.map_err(Problem::from)?;
        }
        None => {}
    }
    Ok(match (call, version) {
        (Call::Collect, Version::V1) => answer.short(StatusCode::NO_CONTENT),
        (Call::Collect, Version::V2) => answer.short(if query.silent == "true" { StatusCode::NO_CONTENT } else { StatusCode::ACCEPTED }),
        (Call::Interact | Call::Consent | Call::Identity, _) => answer.whole(),
    })
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.into(), value.into())
}

/// Whom a request is from.
struct Visitor {
    /// The Experience Cloud id, told or new.
    ecid: String,
    /// Whether nobody has told it yet.
    is_new: bool,
    /// Whether the page has the identity's cookie.
    has_cookie: bool,
    /// False once the visitor has said no.
    consents: bool,
    /// The organisation as it stands in names of cookies, if anybody said.
    org: Option<String>,
}

impl Visitor {
    /// By the cookies that the page carries in the body, or those that came with the request.
    fn of(request: &Request, jar: &[(String, String)], setting: Option<&str>) -> Result<Self, Failure> {
        let all = request.cookies().chain(jar.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let cookies: Vec<(&str, &str)> = all.collect();
        let org = ["identity", "consent", "cluster"].iter().find_map(|key| cookies.iter().find_map(|(name, _)| kndctr::org(name, key)));
        let org = setting.map(|org| org.replace('@', "_")).or_else(|| org.map(String::from));
        let value = |key: &str| {
            let name = kndctr::cookie(org.as_deref()?, key);
            cookies.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
        };
        let cookie = value("identity").and_then(kndctr::ecid);
        let known = cookie.clone().or_else(|| request.ecid().map(String::from));
        let consents = value("consent").and_then(|value| kndctr::consent(value, "general")) != Some("out");
        let (ecid, is_new) = match known {
            Some(ecid) => (ecid, false),
            None => (minted()?, true),
        };
        Ok(Self { ecid, is_new, has_cookie: cookie.is_some(), consents, org })
    }
}

/// A new Experience Cloud id: two random numbers of 63 bits, 19 digits each.
fn minted() -> Result<String, Failure> {
    let half = || getrandom::u64().map(|number| number >> 1).map_err(|_| Failure::from(Problem::busy()));
    Ok(format!("{:019}{:019}", half()?, half()?))
}

/// An answer in the making.
struct Answer {
    id: String,
    handle: Vec<Json>,
    cookies: Vec<Json>,
    errors: Vec<Json>,
    warnings: Vec<Json>,
    org: Option<String>,
}

impl Answer {
    fn new(id: &str, org: Option<String>) -> Self {
        let (handle, cookies, errors, warnings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { id: id.into(), handle, cookies, errors, warnings, org }
    }

    /// Tells the visitor's identity; not to those who said no.
    fn identify(&mut self, request: &Request, visitor: &Visitor) {
        if request.wants_ecid() {
            let identity = json!([{ "id": visitor.ecid, "namespace": { "code": "ECID" } }]);
            self.handle.push(json!({ "payload": identity, "type": "identity:result" }));
        }
        if !visitor.has_cookie {
            self.store("identity", &kndctr::identity(&visitor.ecid), IDENTITY_AGE_S);
        }
    }

    /// Has the page store a cookie, if it is known whose.
    fn store(&mut self, key: &str, value: &str, max_age: u32) {
        if let Some(org) = &self.org {
            let attributes = json!({ "SameSite": "Lax" });
            self.cookies.push(json!({ "key": kndctr::cookie(org, key), "value": value, "maxAge": max_age, "attrs": attributes }));
        }
    }

    /// Says what came of a call of `set-consent`.
    fn consent(&mut self, request: &Request, visitor: &Visitor) -> Result<(), Failure> {
        let consents = request.consent().map_err(Failure::unprocessable)?;
        if consents {
            self.identify(request, visitor);
        }
        self.store("consent", if consents { "general=in" } else { "general=out" }, CONSENT_AGE_S);
        if visitor.org.is_none() {
            self.warn("EXEG-0204-200", "Nobody said whose cookies to store: see --adobe-org", Json::Null);
        }
        Ok(())
    }

    /// Says which events are not kept. One that Analytics would drop is none of the client's errors.
    fn refuse(&mut self, events: &Events) {
        for (index, code) in &events.refused {
            let report = json!({ "eventIndex": index, "code": code });
            if *code == DROPPED {
                self.warn("EXEG-0204-200", "Analytics drops an event that is neither page view nor link", report);
            } else {
                self.errors.push(detail("EXEG-0104-422", StatusCode::UNPROCESSABLE_ENTITY, "The event cannot be read", report));
            }
        }
    }

    fn warn(&mut self, code: &str, title: &str, report: Json) {
        self.warnings.push(detail(code, StatusCode::OK, title, report));
    }

    fn whole(mut self) -> Response {
        if !self.cookies.is_empty() {
            self.handle.push(json!({ "payload": self.cookies, "type": "state:store" }));
        }
        let status = if self.errors.is_empty() { StatusCode::OK } else { StatusCode::MULTI_STATUS };
        let answer = json!({ "requestId": self.id, "handle": self.handle });
        let told = [("errors", self.errors), ("warnings", self.warnings)].into_iter().filter(|(_, list)| !list.is_empty());
        let answer = told.fold(answer, |answer, (key, list)| with(answer, key, list.into()));
        (status, axum::Json(answer)).into_response()
    }

    /// The answer of those who want to know only what went wrong.
    fn short(self, status: StatusCode) -> Response {
        match status {
            _ if !self.errors.is_empty() => self.whole(),
            StatusCode::NO_CONTENT => status.into_response(),
            _ => (status, axum::Json(json!({ "requestId": self.id }))).into_response(),
        }
    }
}

/// A problem in Edge Network's words: its codes, our sentences.
fn detail(code: &str, status: StatusCode, title: &str, report: Json) -> Json {
    let detail = json!({ "type": format!("https://ns.adobe.com/aep/errors/{code}"), "status": status.as_u16(), "title": title });
    if report.is_null() { detail } else { with(detail, "report", report) }
}

/// An object with one more value.
fn with(mut object: Json, key: &str, value: Json) -> Json {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.into(), value);
    }
    object
}

/// Why a request is refused.
enum Failure {
    /// In Edge Network's form.
    Edge { status: StatusCode, code: &'static str, title: &'static str, detail: String, errors: Vec<String> },
    /// The collector's own: busy, or nothing can be stored. Its status and `Retry-After` say what to do.
    Own(Problem),
}

impl Failure {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: &str) -> Self {
        Self::Edge { status, code, title, detail: detail.into(), errors: Vec::new() }
    }

    fn malformed(code: &'static str, title: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, title, "")
    }

    fn unprocessable(errors: Vec<String>) -> Self {
        let (status, title) = (StatusCode::UNPROCESSABLE_ENTITY, "Unprocessable entity");
        Self::Edge { status, code: "EXEG-0104-422", title, detail: "The report says what is wrong.".into(), errors }
    }

    fn answer(self, id: &str) -> Response {
        let (status, code, title, words, errors) = match self {
            Self::Own(problem) => return problem.into_response(),
            Self::Edge { status, code, title, detail, errors } => (status, code, title, detail, errors),
        };
        let report = json!({ "requestId": id });
        let report = if errors.is_empty() { report } else { with(report, "errors", errors.into()) };
        let answer = with(detail(code, status, title, report), "detail", words.into());
        let mut response = (status, axum::Json(answer)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem.status() {
            413 => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "EXEG-0112-413", "The request is too large", problem.detail()),
            400 => Self::new(StatusCode::BAD_REQUEST, "EXEG-0101-400", "The body cannot be read", problem.detail()),
            _ => Self::Own(problem),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Malformed(why) => Self::new(StatusCode::BAD_REQUEST, "EXEG-0103-400", "The request cannot be read", why),
            Refusal::UnknownVersion => Self::Own(Problem::unknown_version()),
        }
    }
}
