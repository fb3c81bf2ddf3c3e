//! What a browser tells a screen reader: computed roles and names of elements, also those in shadow roots, and what axe-core
//! finds. Judges nothing.

use serde_json::{Value, json};
use thirtyfour::cdp::Cdp;

use crate::browser::Browser;
use crate::place::Place;
use crate::programs;

/// The key under which WebDriver gives an element's id.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The rules that count: WCAG 2.0 to 2.2, A and AA, and what axe-core's authors advise.
const RULES: [&str; 7] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

impl Browser {
    /// Computed role and name of every element that a script returns.
    ///
    /// # Panics
    /// If the browser does not tell.
    #[track_caller]
    pub fn roles(&self, script: impl Into<String>) -> impl Future<Output = Vec<(String, String)>> {
        let (place, elements) = (Place::here(), self.run(script));
        async move {
            let (elements, client) = (elements.await, reqwest::Client::new());
            let mut roles = Vec::new();
            for element in elements.as_array().into_iter().flatten() {
                let id = element[ELEMENT].as_str().unwrap_or_default();
                let mut told = [String::new(), String::new()];
                for (told, what) in told.iter_mut().zip(["computedrole", "computedlabel"]) {
                    let url = format!("{}/element/{id}/{what}", self.address());
                    let answer = place.expect(&url, client.get(&url).send().await);
                    let answer: Value = place.expect(&url, serde_json::from_slice(&place.expect(&url, answer.bytes().await)));
                    *told = place.expect(&answer, answer["value"].as_str().ok_or("no text")).to_owned();
                }
                let [role, name] = told;
                roles.push((role, name));
            }
            roles
        }
    }

    /// Has Chromium take a page for one whose visitor wants these features (`prefers-reduced-motion`, `reduce`), or for one on another
    /// medium.
    ///
    /// # Panics
    /// In another browser.
    #[track_caller]
    pub fn emulate(&self, features: &[(&str, &str)], medium: &str) -> impl Future<Output = ()> {
        let (place, cdp) = (Place::here(), Cdp::new(self.session().handle().clone()));
        let features: Vec<Value> = features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        let wanted = json!({ "media": medium, "features": features });
        async move { place.expect("emulation", cdp.send_raw("Emulation.setEmulatedMedia", wanted).await.map(drop)) }
    }

    /// Has Chromium run no script of pages that are opened from now on.
    ///
    /// # Panics
    /// In another browser.
    #[track_caller]
    pub fn without_scripts(&self) -> impl Future<Output = ()> {
        let (place, cdp) = (Place::here(), Cdp::new(self.session().handle().clone()));
        async move { place.expect("no scripts", cdp.send_raw("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await.map(drop)) }
    }

    /// What axe-core finds wrong with the page: rule and element of each.
    ///
    /// # Panics
    /// If axe-core is not there or does not run.
    #[track_caller]
    pub fn violations(&self) -> impl Future<Output = Vec<String>> {
        let place = Place::here();
        async move {
            let axe = place
                .expect("axe-core", programs::AXE.find().and_then(|path| std::fs::read_to_string(path).map_err(|error| error.to_string())));
            self.run(format!("if (!window.axe) {{ {axe}\n }}")).await;
            let options = json!({ "runOnly": { "type": "tag", "values": RULES }, "resultTypes": ["violations"] });
            let found = self
                .run(format!(
                    "const {{ violations, passes }} = await axe.run(document, {options});
                    return [passes.length, violations.flatMap(({{ id, nodes }}) => nodes.map(({{ target }}) => id + ' ' + target.flat().join(' ')))]"
                ))
                .await;
            assert!(found[0].as_u64() > Some(10), "axe-core looked at next to nothing: {found}");
            serde_json::from_value(found[1].clone()).unwrap_or_default()
        }
    }
}
