//! A real browser in a fresh profile, driven through its own driver: nothing stands between the page and what it is in
//! daily use (drivers that come with a browser of their own switch the back/forward cache off). Two at once at most.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::error::WebDriverResult;
use thirtyfour::{By, Capabilities, WebDriver, WebElement};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::engine::{Driver, Engine};
use crate::place::Place;
use crate::process::Process;

/// How long a page may take to show or say what is waited for.
const WAIT_MAX: Duration = Duration::from_secs(30);
const ASK_EVERY: Duration = Duration::from_millis(25);
/// How long a browser's last processes may hold on to its profile.
const GONE_MAX: Duration = Duration::from_secs(5);

/// Browsers that run at once: more would only wait for each other.
static SEATS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(2));

/// What a browser keeps on the disk. It outlives the browser, if it is asked for; see [`Browser::crash`].
#[derive(Debug)]
pub struct Profile(TempDir);

/// A running browser. Dropped, it ends: session, driver, profile, in this order.
#[derive(Debug)]
pub struct Browser {
    engine: Engine,
    /// Nothing once the browser has ended.
    session: Option<WebDriver>,
    port: u16,
    driver: Process,
    _screen: Option<Process>,
    /// Nothing once somebody has asked for it.
    profile: Option<Profile>,
    _seat: SemaphorePermit<'static>,
}

impl Browser {
    /// Starts Chromium.
    ///
    /// # Panics
    /// If there is none, or it does not start.
    #[track_caller]
    pub fn chromium() -> impl Future<Output = Self> {
        Self::of(Engine::Chromium)
    }

    /// Starts Chromium with more switches.
    ///
    /// # Panics
    /// If there is none, or it does not start.
    #[track_caller]
    pub fn chromium_with(switches: Vec<String>) -> impl Future<Output = Self> {
        Self::start(Engine::Chromium, None, switches)
    }

    /// Starts Firefox.
    ///
    /// # Panics
    /// If there is none, or it does not start.
    #[track_caller]
    pub fn firefox() -> impl Future<Output = Self> {
        Self::of(Engine::Firefox)
    }

    /// Starts the browser of an engine.
    ///
    /// # Panics
    /// If there is none, or it does not start.
    #[track_caller]
    pub fn of(engine: Engine) -> impl Future<Output = Self> {
        Self::start(engine, None, Vec::new())
    }

    /// Starts the browser of an engine with what another one of it has left.
    ///
    /// # Panics
    /// If there is none, or it does not start.
    #[track_caller]
    pub fn again(engine: Engine, profile: Profile) -> impl Future<Output = Self> {
        Self::start(engine, Some(profile), Vec::new())
    }

    #[track_caller]
    fn start(engine: Engine, profile: Option<Profile>, switches: Vec<String>) -> impl Future<Output = Self> {
        let place = Place::here();
        async move {
            let seat = place.expect("a seat", SEATS.acquire().await);
            let fresh = || place.expect("a profile", TempDir::with_prefix("caisse-profile-").map(Profile));
            let profile = profile.unwrap_or_else(fresh);
            let wanted = place.expect("the browser", engine.wanted(profile.0.path(), &switches));
            let Driver { port, process, screen } = place.expect("the driver", engine.driver().await);
            let capabilities = wanted.as_object().cloned().unwrap_or_default();
            let session = WebDriver::new(format!("http://127.0.0.1:{port}"), Capabilities::from(capabilities)).await;
            let session = Some(place.expect("the browser", session));
            Self { engine, session, port, driver: process, _screen: screen, profile: Some(profile), _seat: seat }
        }
    }

    /// Its engine.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Ends the browser as a crash of all of it would: every process at once, without a word. Answers what it has left on
    /// the disk.
    ///
    /// # Panics
    /// If it has ended before.
    #[track_caller]
    pub fn crash(mut self) -> Profile {
        let place = Place::here();
        self.driver.kill_children("");
        // There is nobody left to end the session.
        let ended = self.session.take().ok_or("it has ended").and_then(|session| session.leak().map_err(|_| "it has ended"));
        place.expect("the browser", ended);
        self.profile.take().unwrap_or_else(|| place.fail("the profile has gone"))
    }

    /// Ends those processes of the browser in whose command line these words are, as a crash would. Answers how many there were.
    pub fn kill(&self, words: &str) -> usize {
        self.driver.kill_children(words)
    }

    /// Goes to an address and waits until the page has loaded.
    ///
    /// # Panics
    /// If there is no such page.
    #[track_caller]
    pub fn open(&self, url: impl Into<String>) -> impl Future<Output = ()> {
        let (place, url) = (Place::here(), url.into());
        async move { place.expect(&url, self.session().goto(&url).await) }
    }

    /// Goes to an address that is one of a test's own pages and waits until its script is through.
    ///
    /// # Panics
    /// If there is no such page.
    #[track_caller]
    pub fn visit(&self, url: impl Into<String>) -> impl Future<Output = ()> {
        let (opened, loaded) = (self.open(url), self.until("window.loaded"));
        async move {
            opened.await;
            loaded.await;
        }
    }

    /// Loads the page again.
    ///
    /// # Panics
    /// If that fails.
    #[track_caller]
    pub fn reload(&self) -> impl Future<Output = ()> {
        let place = Place::here();
        async move { place.expect("reload", self.session().refresh().await) }
    }

    /// Runs the body of an async function in the page and answers what it returns.
    ///
    /// # Panics
    /// If it throws.
    #[track_caller]
    pub fn run(&self, body: impl Into<String>) -> impl Future<Output = Value> {
        let (place, body) = (Place::here(), body.into());
        async move { place.expect(&body, self.evaluate(&body).await) }
    }

    /// Waits until an expression is true in the page, whichever page that is by then.
    ///
    /// # Panics
    /// If it does not get true in time.
    #[track_caller]
    pub fn until(&self, expression: impl AsRef<str>) -> impl Future<Output = ()> {
        let (place, body) = (Place::here(), format!("return Boolean({})", expression.as_ref()));
        async move {
            let end = Instant::now() + WAIT_MAX;
            loop {
                // A page that is about to go may fail to answer.
                let answer = self.evaluate(&body).await;
                if matches!(answer, Ok(Value::Bool(true))) {
                    return;
                }
                if Instant::now() > end {
                    place.fail(format_args!("waited for `{body}` in vain; the last answer: {answer:?}"));
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        }
    }

    /// Waits until the browser is at a path, without a script in the page.
    ///
    /// # Panics
    /// If it does not get there in time.
    #[track_caller]
    pub fn until_at(&self, path: &'static str) -> impl Future<Output = ()> {
        let place = Place::here();
        async move {
            let end = Instant::now() + WAIT_MAX;
            loop {
                let url = self.session().current_url().await;
                if url.as_ref().is_ok_and(|url| url.path() == path) {
                    return;
                }
                if Instant::now() > end {
                    place.fail(format_args!("waited for {path} in vain; the last answer: {url:?}"));
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        }
    }

    /// Clicks on the element with an id.
    ///
    /// # Panics
    /// If there is none before long.
    #[track_caller]
    pub fn click(&self, id: &str) -> impl Future<Output = ()> {
        let (place, element) = (Place::here(), self.element(id));
        async move { place.expect("a click", element.await.click().await) }
    }

    /// Types a text into the field with an id, in place of what is there.
    ///
    /// # Panics
    /// If there is none before long.
    #[track_caller]
    pub fn fill(&self, id: &str, text: &str) -> impl Future<Output = ()> {
        let (place, element, text) = (Place::here(), self.element(id), text.to_owned());
        async move {
            let field = element.await;
            place.expect("an empty field", field.clear().await);
            place.expect("typing", field.send_keys(text).await);
        }
    }

    /// The text of the element with an id.
    ///
    /// # Panics
    /// If there is none before long.
    #[track_caller]
    pub fn text(&self, id: &str) -> impl Future<Output = String> {
        let (place, element) = (Place::here(), self.element(id));
        async move { place.expect("a text", element.await.text().await) }
    }

    /// What Chromium's console says is wrong, since the last time it was asked.
    ///
    /// # Panics
    /// In a browser that does not tell.
    #[track_caller]
    pub fn complaints(&self) -> impl Future<Output = Vec<String>> {
        let place = Place::here();
        async move {
            let entries = place.expect("the console", self.session().browser_log().await);
            entries.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect()
        }
    }

    /// Where its driver answers for this session.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/session/{}", self.port, self.session().session_id())
    }

    pub(crate) fn session(&self) -> &WebDriver {
        self.session.as_ref().unwrap_or_else(|| Place::here().fail("the browser has ended"))
    }

    #[track_caller]
    fn element(&self, id: &str) -> impl Future<Output = WebElement> {
        let (place, id) = (Place::here(), id.to_owned());
        async move {
            let end = Instant::now() + WAIT_MAX;
            loop {
                match self.session().find(By::Id(&*id)).await {
                    Ok(element) => return element,
                    Err(error) if Instant::now() > end => place.fail(format_args!("there is no #{id}: {error}")),
                    Err(_) => tokio::time::sleep(ASK_EVERY).await,
                }
            }
        }
    }

    async fn evaluate(&self, body: &str) -> WebDriverResult<Value> {
        let script = format!("return (async () => {{ {body} }})()");
        Ok(self.session().execute(script, Vec::new()).await?.json().clone())
    }
}

impl Drop for Browser {
    /// Ends the browser, also when the test fails; a driver that is killed would leave its browser behind. Without async,
    /// as there is nobody left to wait.
    fn drop(&mut self) {
        let Some(session) = self.session.take() else { return };
        let request = format!("DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", session.session_id());
        let ended = session.leak().is_ok() && end(self.port, &request).is_ok();
        if !ended {
            eprintln!("a browser may have been left behind by the driver on port {}", self.port);
        }
    }
}

impl Drop for Profile {
    /// Removes it as soon as the browser's last processes let go. What is still there after that, the system's temporary
    /// folder keeps.
    fn drop(&mut self) {
        let end = Instant::now() + GONE_MAX;
        while std::fs::remove_dir_all(self.0.path()).is_err() && self.0.path().exists() && Instant::now() < end {
            std::thread::sleep(ASK_EVERY);
        }
    }
}

fn end(port: u16, request: &str) -> std::io::Result<()> {
    let mut driver = TcpStream::connect(("127.0.0.1", port))?;
    driver.set_read_timeout(Some(WAIT_MAX))?;
    driver.write_all(request.as_bytes())?;
    // The answer comes when the browser is gone.
    driver.read(&mut [0; 1024]).map(drop)
}
