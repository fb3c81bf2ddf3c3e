//! What tests need of the page: objects, a `fetch` of their own, and time for promises to settle.

use js_sys::{Array, Function, JSON, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The value of an expression.
pub fn eval(expression: &str) -> JsValue {
    let code = ["return ", expression].concat();
    Function::new_no_args(&code).call0(&JsValue::UNDEFINED).expect("an expression")
}

/// An object from JSON.
pub fn object(json: &str) -> JsValue {
    JSON::parse(json).expect("JSON")
}

/// An object as JSON.
pub fn json(value: &JsValue) -> String {
    JSON::stringify(value).map(String::from).unwrap_or_default()
}

/// What stands under a path such as `0.waiting`, as text.
pub fn read(value: &JsValue, path: &str) -> String {
    let mut value = value.clone();
    for key in path.split('.') {
        value = Reflect::get(&value, &key.into()).unwrap_or(JsValue::UNDEFINED);
    }
    value.as_string().or_else(|| value.as_f64().map(|number| number.to_string())).unwrap_or_default()
}

/// Waits until everything that was begun has had time to finish.
pub async fn settle() {
    let wait = eval("new Promise(done => setTimeout(done, 50))").unchecked_into::<Promise>();
    JsFuture::from(wait).await.expect("time");
}

/// A `fetch` in place of the browser's, until it is dropped. Remembers the bodies it was given.
pub struct Fetch {
    original: JsValue,
    bodies: Array,
}

impl Fetch {
    /// Acknowledges every batch, as the collector does.
    pub fn acknowledging() -> Self {
        Self::answering(
            r#"async (request) => {
                const { batch, groups } = JSON.parse(await request.text());
                const accepted = groups.map(({ stream, hits }) => stream + ":" + hits.map(({ q }) => q).join(",")).join(";");
                return new Response(JSON.stringify({ batch, accepted, duplicate: "", rejected: "" }));
            }"#,
        )
    }

    /// Answers as the expression says, which is what `fetch` becomes.
    pub fn answering(expression: &str) -> Self {
        let global = js_sys::global();
        let original = Reflect::get(&global, &"fetch".into()).expect("fetch");
        let bodies = Array::new();
        let wrap = Function::new_with_args(
            "answer, bodies",
            "return answer && function (request, init) { request.clone().text().then((body) => bodies.push(body)); return answer(request, init) }",
        );
        let fetch = wrap.call2(&JsValue::UNDEFINED, &eval(expression), &bodies).expect("a fetch");
        Reflect::set(&global, &"fetch".into(), &fetch).expect("to be replaced");
        Self { original, bodies }
    }

    /// The bodies so far.
    pub fn bodies(&self) -> Vec<String> {
        self.bodies.iter().filter_map(|body| body.as_string()).collect()
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        let _ = Reflect::set(&js_sys::global(), &"fetch".into(), &self.original);
    }
}
