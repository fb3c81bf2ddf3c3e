//! Takes values out of JSON by dotted paths, so that what is left is what nobody asked for. Never changes a value.

use serde_json::Value as Json;

/// The value at a path of names and places in lists.
fn find<'a>(json: &'a mut Json, path: &str) -> Option<&'a mut Json> {
    json.pointer_mut(&format!("/{}", path.replace('.', "/")))
}

/// Takes what is at a path out.
pub(super) fn take_whole(json: &mut Json, path: &str) -> Option<Json> {
    find(json, path).map(Json::take)
}

/// Takes a scalar out; an empty text says nothing.
pub(super) fn take(json: &mut Json, path: &str) -> Option<Json> {
    let found = find(json, path).filter(|found| !found.is_object() && !found.is_array())?;
    Some(found.take()).filter(|value| !text(value).is_empty())
}

/// The names in an object.
pub(super) fn keys(json: &Json, path: &str) -> Vec<String> {
    let pointer = format!("/{}", path.replace('.', "/"));
    json.pointer(&pointer).and_then(Json::as_object).map_or_else(Vec::new, |object| object.keys().cloned().collect())
}

/// A scalar as text.
pub(super) fn text(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Bool(flag) => flag.to_string(),
        Json::Null | Json::Array(_) | Json::Object(_) => String::new(),
    }
}

/// Every scalar that says something, by its path.
pub(super) fn leaves(json: &Json, path: String, found: &mut Vec<(String, Json)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match json {
        Json::Object(object) => object.iter().for_each(|(name, value)| leaves(value, below(name), found)),
        Json::Array(items) => items.iter().enumerate().for_each(|(index, value)| leaves(value, below(&index.to_string()), found)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            if !text(json).is_empty() && !path.is_empty() {
                found.push((path, json.clone()));
            }
        }
    }
}
