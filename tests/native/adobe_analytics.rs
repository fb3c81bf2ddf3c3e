//! Adobe Analytics' `/b/ss`, both ways, against known answers: recorded requests of AppMeasurement 2.27.0, of other libraries and of
//! documentation (`vectors/adobe_analytics.json`). Nothing here was sent to Adobe.

mod recorded;
mod requests;

use serde_json::Value;

/// The known answers of a kind.
fn vectors(kind: &str) -> Vec<Value> {
    all().into_iter().filter(|vector| vector["kind"] == kind).collect()
}

const FILE: &str = include_str!("vectors/adobe_analytics.json");

fn all() -> Vec<Value> {
    let file: Value = serde_json::from_str(FILE).expect("JSON");
    file["vectors"].as_array().expect("a list").clone()
}

/// The entries of an object of a known answer's input, in the order in which they stand in the file.
fn in_order<'a>(vector: &'a Value, name: &str) -> Vec<(&'a String, &'a Value)> {
    let text = FILE.split_once(&format!("\"id\": \"{}\"", id(vector))).expect("the answer").1;
    let text = text.split_once(&format!("\"{name}\": {{")).expect("the object").1;
    let object = if name == "input" { &vector[name] } else { &vector["input"][name] };
    let mut entries: Vec<_> = object.as_object().expect("an object").iter().collect();
    entries.sort_by_key(|(key, _)| text.find(&format!("{}:", serde_json::json!(key))));
    entries
}

fn id(vector: &Value) -> &str {
    vector["id"].as_str().expect("an id")
}
