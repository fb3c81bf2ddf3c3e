//! Adobe Analytics' `/b/ss`, both ways, against known answers: recorded requests of AppMeasurement 2.27.0, of other libraries and of
//! documentation (`vectors/adobe_analytics.json`). Nothing here was sent to Adobe.

mod back;
mod decoded;
mod recorded;
mod requests;

use serde_json::Value;

type Trial = fn(&Value);

/// How the known answers of a kind are tried.
const TRIALS: [(&str, Trial); 10] = [
    ("appmeasurement-settings-to-request", recorded::request),
    ("context-key-clean", requests::key),
    ("context-serialize", requests::context_data),
    ("mobile-body-build", requests::body),
    ("amcv-parse", requests::ecid),
    ("aa-request-decode", decoded::request),
    ("aa-url-match", decoded::place),
    ("aa-param-alias", decoded::aliases),
    ("products-parse", decoded::products),
    ("events-parse", decoded::events),
];

/// Known answers that are not tried, and why.
const EXCUSES: [(&str, &str); 5] = [
    ("am-29-optin-denied", "without consent there is no hit that could be encoded: src/consent.rs"),
    ("am-45-bufferRequests", "hits wait for the next page in the queue and its store, without being told to: src/queue.rs"),
    ("mob-req-02", "keys that become parameters are how the mobile libraries send events; here they are said as events"),
    ("mob-cid-01", "ids of customers are not sent to Adobe; how they are read is tried in decoded::groups_of_others_are_read_and_not_kept"),
    ("doc-dia-01", "hits in XML come from servers, without a report suite in the path: the collector answers 404"),
];

/// Why a known answer is not tried, if it is not.
fn excuse(id: &str) -> Option<&'static str> {
    EXCUSES.iter().find(|(excused, _)| *excused == id).map(|(_, why)| *why)
}

#[test]
fn every_known_answer_is_tried_or_excused() {
    let mut excused = 0;
    for vector in all() {
        let (id, kind) = (id(&vector), &vector["kind"]);
        if excuse(id).is_some() {
            excused += 1;
            continue;
        }
        let (_, trial) = TRIALS.iter().find(|(known, _)| kind == *known).unwrap_or_else(|| panic!("{id}: how is {kind} tried?"));
        // Captured unless something fails, and then the last line says where.
        println!("{id}");
        trial(&vector);
    }
    assert_eq!(excused, EXCUSES.len());
}

const FILE: &str = include_str!("vectors/adobe_analytics.json");

fn all() -> Vec<Value> {
    let file: Value = serde_json::from_str(FILE).expect("JSON");
    file["vectors"].as_array().expect("a list").clone()
}

/// The known answers of a kind.
fn vectors(kind: &str) -> Vec<Value> {
    all().into_iter().filter(|vector| vector["kind"] == kind).collect()
}

fn id(vector: &Value) -> &str {
    vector["id"].as_str().expect("an id")
}

/// The entries of a known answer's input, or of an object in it, in the order in which they stand in the file.
fn in_order<'a>(vector: &'a Value, name: &str) -> Vec<(&'a String, &'a Value)> {
    let text = FILE.split_once(&format!("\"id\": \"{}\"", id(vector))).expect("the answer").1;
    let text = text.split_once(&format!("\"{name}\": {{")).expect("the object").1;
    let object = if name == "input" { &vector[name] } else { &vector["input"][name] };
    let mut entries: Vec<_> = object.as_object().expect("an object").iter().collect();
    entries.sort_by_key(|(key, _)| text.find(&format!("{}:", serde_json::json!(key))));
    entries
}
