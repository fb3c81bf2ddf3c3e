//! The tabs of a browser, and what only some browsers can be asked for.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use thirtyfour::WindowHandle;
use thirtyfour::cdp::Cdp;
use thirtyfour::common::command::{Command, ExtensionCommand};
use thirtyfour::error::WebDriverResult;

use crate::browser::Browser;
use crate::engine::Engine;
use crate::place::Place;

/// A tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab(WindowHandle);

impl Browser {
    /// The tab that everything goes to.
    ///
    /// # Panics
    /// If it has been closed.
    #[track_caller]
    pub fn tab(&self) -> impl Future<Output = Tab> {
        let place = Place::here();
        async move { Tab(place.expect("the tab", self.session().window().await)) }
    }

    /// Opens another tab, to which everything goes from now on.
    ///
    /// # Panics
    /// If that fails.
    #[track_caller]
    pub fn open_tab(&self) -> impl Future<Output = Tab> {
        let place = Place::here();
        async move {
            let tab = Tab(place.expect("a tab", self.session().new_tab().await));
            place.expect("the tab", self.session().switch_to_window(tab.0.clone()).await);
            tab
        }
    }

    /// From now on everything goes to this tab.
    ///
    /// # Panics
    /// If it has been closed.
    #[track_caller]
    pub fn switch_to(&self, tab: &Tab) -> impl Future<Output = ()> {
        let (place, tab) = (Place::here(), tab.0.clone());
        async move { place.expect("the tab", self.session().switch_to_window(tab).await) }
    }

    /// Closes the tab that everything goes to, as its visitor would; from then on everything goes to another one.
    ///
    /// # Panics
    /// If that fails.
    #[track_caller]
    pub fn close_tab(&self, then: &Tab) -> impl Future<Output = ()> {
        let (place, next) = (Place::here(), self.switch_to(then));
        async move {
            place.expect("closing", self.session().close_window().await);
            next.await;
        }
    }

    /// Gives Chromium a command of its own protocol.
    ///
    /// # Panics
    /// If it refuses, or is another browser.
    #[track_caller]
    pub fn command(&self, name: &str, parameters: Value) -> impl Future<Output = Value> {
        let (place, name) = (Place::here(), name.to_owned());
        async move { place.expect(&name, Cdp::new(self.session().handle().clone()).send_raw(&name, parameters).await) }
    }

    /// Takes the browser's network away, or gives it back.
    ///
    /// # Panics
    /// If it refuses, or is another than Chromium or Firefox.
    #[track_caller]
    pub fn offline(&self, offline: bool) -> impl Future<Output = ()> {
        let place = Place::here();
        async move {
            if self.engine() == Engine::Chromium {
                let conditions = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
                self.command("Network.emulateNetworkConditions", conditions).await;
            } else {
                place.expect("privileges", self.privileged(true).await);
                self.run(format!("Services.io.offline = {offline}")).await;
                place.expect("a page", self.privileged(false).await);
            }
        }
    }

    /// Whether scripts run in Firefox itself from now on, or in its page again.
    async fn privileged(&self, yes: bool) -> WebDriverResult<()> {
        let place = if yes { "chrome" } else { "content" };
        self.session().cmd(Command::ExtensionCommand(Box::new(Context(place)))).await.map(drop)
    }

    /// Ends the process of the page in Chromium, as a crash would.
    ///
    /// # Panics
    /// In another browser.
    #[track_caller]
    pub fn crash_page(&self) -> impl Future<Output = ()> {
        let cdp = Cdp::new(self.session().handle().clone());
        // Whoever is to answer has crashed.
        async move { cdp.send_raw("Page.crash", serde_json::json!({})).await.map_or((), drop) }
    }
}

/// geckodriver's own command that says where scripts run.
#[derive(Debug)]
struct Context(&'static str);

impl ExtensionCommand for Context {
    fn parameters_json(&self) -> Option<Value> {
        Some(json!({ "context": self.0 }))
    }

    fn method(&self) -> Method {
        Method::POST
    }

    fn endpoint(&self) -> Arc<str> {
        "/moz/context".into()
    }
}
