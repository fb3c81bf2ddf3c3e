//! What is meant for Adobe Edge Network: answered so that the Web SDK goes on, counted as everything else is.

use axum::http::{Method, Request, StatusCode};
use caisse::decode::kndctr;
use caisse_collector::Settings;
use caisse_collector::storage::Sqlite;
use serde_json::{Value, json};

use crate::double::{Answer, Double, post};

const ORG: &str = "97D1F3F459CE0AD80A495CBE@AdobeOrg";
const IDENTITY: &str = "kndctr_97D1F3F459CE0AD80A495CBE_AdobeOrg_identity";
const CONSENT: &str = "kndctr_97D1F3F459CE0AD80A495CBE_AdobeOrg_consent";
const CONFIG: &str = "ebebf826-a01f-4458-8cec-ef61de241c93";

/// Known answers about answers, and about batches.
fn vector(id: &str) -> Value {
    let vectors: Value = serde_json::from_str(include_str!("../../../tests/native/vectors/adobe_edge.json")).expect("vectors");
    vectors.as_array().expect("a list").iter().find(|vector| vector["id"] == id).unwrap_or_else(|| panic!("no {id}")).clone()
}

fn double() -> Double {
    let settings = Settings { adobe_org: Some(ORG.into()), ..Settings::default() };
    Double::with(settings, Sqlite::open(None).expect("a database"))
}

fn interact(request: &str) -> String {
    format!("/ee/v1/interact?configId={CONFIG}&requestId={request}")
}

/// A request as the Web SDK makes it, with the cookies that the page has.
fn body(events: Value, entries: Value) -> String {
    json!({
        "events": events,
        "query": { "identity": { "fetch": ["ECID"] } },
        "meta": { "queueTimeMillis": 3, "state": { "domain": "shop.example", "cookiesEnabled": true, "entries": entries } },
    })
    .to_string()
}

fn page_view() -> Value {
    json!([{ "xdm": { "web": { "webPageDetails": { "URL": "https://shop.example/" } }, "timestamp": "2026-11-21T11:59:59.000Z" } }])
}

/// The payload of a handle.
fn payload(answer: &Answer, kind: &str) -> Value {
    let json = answer.json();
    let handles = json["handle"].as_array().unwrap_or_else(|| panic!("{}", answer.body)).clone();
    handles.into_iter().find(|handle| handle["type"] == kind).map_or(Value::Null, |mut handle| handle["payload"].take())
}

/// The same keys, objects within objects included.
#[track_caller]
fn same_shape(answer: &Value, known: &Value) {
    for (key, value) in known.as_object().expect("an object") {
        assert!(answer.get(key).is_some(), "{key} is missing: {answer}");
        if value.is_object() {
            same_shape(&answer[key], value);
        }
    }
}

#[tokio::test]
async fn a_visitor_gets_an_identity_and_keeps_it() {
    let double = double();
    let first = double.post(&interact("r-1"), body(page_view(), json!([]))).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    assert_eq!(first.json()["requestId"], "r-1");
    let ecid = payload(&first, "identity:result")[0]["id"].as_str().expect("an ECID").to_owned();
    assert!(ecid.len() == 38 && kndctr::is_ecid(&ecid), "{ecid}");
    let stored = payload(&first, "state:store");
    assert_eq!((stored[0]["key"].as_str(), stored[0]["maxAge"].as_u64()), (Some(IDENTITY), Some(34_128_000)));
    let cookie = stored[0]["value"].as_str().expect("a value");
    assert_eq!(kndctr::ecid(cookie).as_deref(), Some(ecid.as_str()));
    // Carried in the body, and as a cookie of the collector's own site.
    let carried = double.post(&interact("r-2"), body(page_view(), json!([{ "key": IDENTITY, "value": cookie }]))).await;
    assert_eq!(
        (payload(&carried, "identity:result")[0]["id"].as_str(), payload(&carried, "state:store")),
        (Some(ecid.as_str()), Value::Null)
    );
    let jar = post(&interact("r-3")).header("cookie", format!("other=1; {IDENTITY}={cookie}"));
    let sent = double.send(jar.body(body(page_view(), json!([])).into()).expect("a request")).await;
    assert_eq!(payload(&sent, "identity:result")[0]["id"].as_str(), Some(ecid.as_str()));
    let report = double.report("").await;
    assert_eq!((&report["metrics"]["pageViews"], &report["metrics"]["visitors"]), (&json!(3), &json!(1)), "{report}");
    // Somebody else.
    let other = double.post(&interact("r-4"), body(page_view(), json!([]))).await;
    assert_ne!(payload(&other, "identity:result")[0]["id"].as_str(), Some(ecid.as_str()));
    assert_eq!(double.report("").await["metrics"]["visitors"], 2);
}

#[tokio::test]
async fn without_an_organisation_only_its_own_cookies_tell_it() {
    let double = Double::new();
    let first = double.post(&interact("r-1"), body(page_view(), json!([]))).await;
    assert_eq!((first.status, payload(&first, "state:store")), (StatusCode::OK, Value::Null));
    let cluster = json!([{ "key": "kndctr_OTHER_AdobeOrg_cluster", "value": "or2" }]);
    let second = double.post(&interact("r-2"), body(page_view(), cluster)).await;
    assert_eq!(payload(&second, "state:store")[0]["key"], "kndctr_OTHER_AdobeOrg_identity");
}

#[tokio::test]
async fn counts_like_its_own_and_each_event_once() {
    let double = double();
    let line = json!({ "SKU": "RV-0860-A2", "productCategories": [{ "categoryID": "bolts" }], "quantity": 2, "priceTotal": 12.8 });
    let click = |name: &str| json!({ "webInteraction": { "type": "other", "name": name } });
    let order = json!({ "purchaseID": "R100234", "currencyCode": "EUR" });
    let events = json!([
        { "xdm": { "_id": "a-1", "web": click("checkout"), "commerce": { "checkouts": { "value": 1, "id": "k19" } }, "productListItems": [line] } },
        { "xdm": { "_id": "a-2", "web": click("order"), "commerce": { "purchases": { "value": 1 }, "order": order }, "productListItems": [line] } },
        { "xdm": { "_id": "a-3", "web": { "webPageDetails": { "name": "thanks" } } } },
    ]);
    for (path, status) in [
        (format!("/ee/v1/collect?configId={CONFIG}&requestId=r-1"), StatusCode::NO_CONTENT),
        // Other requests with the same events, by another way.
        (format!("/ee/irl1/v1/collect?configId={CONFIG}&requestId=r-2"), StatusCode::NO_CONTENT),
        (interact("r-3"), StatusCode::OK),
    ] {
        assert_eq!(double.post(&path, body(events.clone(), json!([]))).await.status, status, "{path}");
    }
    // No event of these has an id: the request's tells a retry.
    for id in ["r-4", "r-4", "r-5"] {
        double.post(&interact(id), body(page_view(), json!([]))).await;
    }
    let report = double.report("by=category").await;
    let metrics = &report["metrics"];
    let counted = ["checkouts", "orders", "units", "pageViews"].map(|name| metrics[name].as_u64().expect("a figure"));
    assert_eq!((counted, &metrics["revenue"]), ([1, 1, 2, 3], &json!({ "EUR": "12.80" })), "{report}");
    assert_eq!(report["breakdown"]["rows"][0]["value"], "bolts");
    let accounting =
        ["received", "counted", "duplicates", "unexplained"].map(|name| report["accounting"][name].as_u64().expect("a figure"));
    assert_eq!(accounting, [12, 5, 7, 0], "{report}");
    assert_eq!(double.report(&format!("site={CONFIG}")).await["metrics"]["orders"], 1);
}

#[tokio::test]
async fn time_is_the_events_own() {
    let double = double();
    let hour_ago = json!([{ "xdm": { "eventType": "web.webpagedetails.pageViews", "timestamp": "2026-11-21T11:00:00.000Z" } }]);
    double.post(&interact("r-1"), body(hour_ago, json!([]))).await;
    double.post(&interact("r-2"), body(json!([{ "xdm": { "eventType": "web.webpagedetails.pageViews" } }]), json!([]))).await;
    let views = async |from: &str, to: &str| {
        let report = double.report(&format!("from=2026-11-21T{from}Z&to=2026-11-21T{to}Z")).await;
        report["metrics"]["pageViews"].clone()
    };
    assert_eq!(views("11:00:00", "11:00:01").await, 1);
    assert_eq!(views("11:59:59", "12:00:00").await, 1, "as old as it waited in the page");
}

#[tokio::test]
async fn what_analytics_drops_is_told_and_not_counted() {
    let double = double();
    let bare = vector("doc-hit-06")["input"].clone();
    let answer = double.post(&interact("r-1"), body(json!([bare, page_view()[0]]), json!([]))).await;
    assert_eq!(answer.status, StatusCode::OK);
    let report = &answer.json()["warnings"][0]["report"];
    assert_eq!((&report["eventIndex"], &report["code"]), (&json!(0), &json!("dropped")), "{}", answer.body);
    let report = double.report("").await;
    let figures = (&report["metrics"]["checkouts"], &report["metrics"]["pageViews"], &report["accounting"]["rejected"]);
    assert_eq!(figures, (&json!(0), &json!(1), &json!(1)), "{report}");
}

#[tokio::test]
async fn refusals_are_those_of_edge_network() {
    let double = double();
    let no_stream = double.post("/ee/v1/interact?requestId=r-1", body(page_view(), json!([]))).await;
    let known = vector("edge-err-400")["input"]["body"].clone();
    assert_eq!((no_stream.status.as_u16(), no_stream.header("content-type")), (400, "application/problem+json"));
    same_shape(&no_stream.json(), &known);
    let code = |answer: &Answer| answer.json()["type"].as_str().expect("a type").rsplit('/').next().unwrap_or("").to_owned();
    assert_eq!(code(&no_stream), "EXEG-0002-400");
    for (text, expected) in [("{", "EXEG-0101-400"), ("[]", "EXEG-0101-400"), ("{}", "EXEG-0103-400"), (r#"{"events":1}"#, "EXEG-0103-400")]
    {
        let answer = double.post(&interact("r-1"), text).await;
        assert_eq!((answer.status, code(&answer).as_str()), (StatusCode::BAD_REQUEST, expected), "{text}");
    }
    let large = double.post(&interact("r-1"), "x".repeat(65_537)).await;
    assert_eq!((large.status, code(&large).as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "EXEG-0112-413"));
    let smile = Request::post(interact("r-1")).header("content-type", "application/x-jackson-smile").body("".into()).expect("a request");
    let smile = double.send(smile).await;
    assert_eq!((smile.status, code(&smile).as_str()), (StatusCode::UNSUPPORTED_MEDIA_TYPE, "EXEG-0111-415"));
    let get = double.get(&interact("r-1")).await;
    assert_eq!((get.status, get.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST, OPTIONS"));
    assert_eq!(double.report("").await["accounting"]["received"], 0);
}

#[tokio::test]
async fn refused_events_stand_beside_those_taken() {
    let double = double();
    let answer = double.post(&interact("r-1"), body(json!([page_view()[0], 7, page_view()[0]]), json!([]))).await;
    let known = vector("edge-err-207")["input"]["body"].clone();
    assert_eq!(answer.status.as_u16(), vector("edge-err-207")["input"]["status"].as_u64().expect("a status") as u16);
    let json = answer.json();
    assert!(json["requestId"] == "r-1" && json["handle"].is_array(), "{json}");
    same_shape(&json["errors"][0], &known["errors"][0]);
    assert_eq!((json["errors"][0]["report"]["eventIndex"].as_u64(), json["errors"].as_array().map(Vec::len)), (Some(1), Some(1)));
    // A silent call speaks up as well.
    let collect = double.post(&format!("/ee/v1/collect?configId={CONFIG}&requestId=r-2"), body(json!([7]), json!([]))).await;
    assert_eq!(collect.status, StatusCode::MULTI_STATUS);
    assert_eq!(double.report("").await["metrics"]["pageViews"], 2);
}

#[tokio::test]
async fn servers_send_batches() {
    let double = double();
    let input = vector("edge-collect-batch")["input"].clone();
    let path = format!("/ee/v2/collect?datastreamId={CONFIG}");
    let statuses = &vector("edge-collect-batch")["expected"]["status"];
    let taken = double.post(&path, input["body"].to_string()).await;
    assert_eq!((json!(taken.status.as_u16()), taken.json()), (statuses[0].clone(), json!({ "requestId": "" })));
    let silent = double.post(&format!("{path}&silent=true"), input["body"].to_string()).await;
    assert_eq!((json!(silent.status.as_u16()), silent.body.as_str()), (statuses[1].clone(), ""));
    let nobody = double.post(&path, json!({ "events": page_view() }).to_string()).await;
    assert_eq!((json!(nobody.status.as_u16()), &nobody.json()["status"]), (statuses[2].clone(), &statuses[2]));
    let one = json!({ "event": input["body"]["events"][0] });
    assert_eq!(double.post(&format!("/ee/v2/interact?datastreamId={CONFIG}"), one.to_string()).await.status, StatusCode::OK);
    // The same body twice is the same events; the single one is another request.
    assert_eq!(double.report("").await["metrics"]["pageViews"], 2);
}

#[tokio::test]
async fn consent_is_stored_and_kept_to() {
    let double = double();
    let path = format!("/ee/v1/privacy/set-consent?configId={CONFIG}&requestId=r-1");
    let say = |consent: &Value| json!({ "consent": [consent], "query": { "identity": { "fetch": ["ECID"] } }, "meta": {} }).to_string();
    let stored = |answer: &Answer| {
        let cookies = payload(answer, "state:store");
        let cookies = cookies.as_array().expect("cookies").iter();
        cookies
            .map(|cookie| (cookie["key"].as_str().expect("a name").to_owned(), cookie["value"].as_str().expect("a value").to_owned()))
            .collect::<Vec<_>>()
    };
    let adobe = |general: &str| json!({ "standard": "Adobe", "version": "1.0", "value": { "general": general } });
    let yes = stored(&double.post(&path, say(&adobe("in"))).await);
    assert_eq!((yes[0].0.as_str(), yes[1].clone()), (IDENTITY, (CONSENT.into(), "general=in".into())));
    let no = stored(&double.post(&path, say(&adobe("out"))).await);
    assert_eq!(no, [(CONSENT.to_owned(), "general=out".to_owned())]);
    let tcf = double.post(&path, say(&vector("tcf-03")["input"])).await;
    assert_eq!(stored(&tcf), no);
    // Whoever said no is told nothing and counts for nothing.
    let after = double.post(&interact("r-2"), body(page_view(), json!([{ "key": CONSENT, "value": "general=out" }]))).await;
    assert_eq!((after.status, &after.json()["handle"]), (StatusCode::OK, &json!([])), "{}", after.body);
    assert!(after.json()["warnings"][0]["type"].as_str().is_some_and(|code| code.ends_with("EXEG-0301-200")));
    let report = double.report("").await;
    assert_eq!((&report["metrics"]["pageViews"], &report["accounting"]["received"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn wrong_consent_is_unprocessable() {
    let double = double();
    let known = vector("edge-err-422")["input"]["body"].clone();
    let consent = json!([{ "standard": "Adobe", "version": "3.0", "value": {} }, { "standard": "IAB TCF", "version": "1.0", "value": "" }]);
    let path = format!("/ee/v1/privacy/set-consent?configId={CONFIG}");
    let answer = double.post(&path, json!({ "consent": consent }).to_string()).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (422, "application/problem+json"));
    same_shape(&answer.json(), &known);
    let errors = |body: &Value| {
        body["report"]["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|error| error.as_str().expect("words").chars().last())
            .collect::<Vec<_>>()
    };
    assert_eq!(answer.json()["type"], known["type"]);
    // One about the first standard, two about the second, as in the known answer.
    assert_eq!(errors(&answer.json()), errors(&known));
}

#[tokio::test]
async fn tells_an_identity_that_is_asked_for() {
    let double = double();
    let ask = json!({ "query": { "identity": { "fetch": ["ECID"] } }, "meta": {} }).to_string();
    let answer = double.post(&format!("/ee/v1/identity/acquire?configId={CONFIG}&requestId=r-1"), ask).await;
    assert_eq!((answer.status, payload(&answer, "identity:result")[0]["namespace"]["code"].as_str()), (StatusCode::OK, Some("ECID")));
    assert_eq!(payload(&answer, "state:store")[0]["key"], IDENTITY);
    assert_eq!(double.report("").await["accounting"]["received"], 0);
}

#[tokio::test]
async fn allowed_origins_may_send_their_cookies() {
    let settings = Settings { allow_origins: vec!["https://other.example".into()], ..Settings::default() };
    let double = Double::with(settings, Sqlite::open(None).expect("a database"));
    let from = async |method: Method, path: &str, origin: &str| {
        let request = post(path).method(method).header("origin", origin).body(body(page_view(), json!([])).into()).expect("a request");
        double.send(request).await
    };
    for method in [Method::POST, Method::OPTIONS] {
        let answer = from(method.clone(), &interact("r-1"), "https://other.example").await;
        assert_eq!(answer.header("access-control-allow-origin"), "https://other.example", "{method}");
        assert_eq!(answer.header("access-control-allow-credentials"), "true", "{method}");
    }
    let foreign = from(Method::POST, &interact("r-1"), "https://foreign.example").await;
    assert_eq!((foreign.status, foreign.header("access-control-allow-credentials")), (StatusCode::FORBIDDEN, ""));
    // Our own tracker sends none, so nobody is allowed to.
    let own = from(Method::OPTIONS, "/v1/batch", "https://other.example").await;
    assert_eq!(own.header("access-control-allow-credentials"), "");
}
