//! The engines that the tests drive: how each one's driver is started, and what a session in it needs.

use std::path::Path;
use std::process::Stdio;
use std::str::FromStr;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::process::Process;
use crate::programs::{CHROMEDRIVER, CHROMIUM, DBUS, FIREFOX, GECKODRIVER, Program, WEBKIT, WEBKITDRIVER, XVFB};

/// How often a driver is started until it runs.
const STARTS_MAX: usize = 5;

const CHROMIUM_SWITCHES: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium.
    Chromium,
    /// Firefox.
    Firefox,
    /// WebKitGTK, in its own small browser. It keeps nothing on the disk while it is driven, so nothing outlives it.
    Webkit,
}

impl FromStr for Engine {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = [Self::Chromium, Self::Firefox, Self::Webkit].into_iter().find(|engine| engine.name() == name);
        known.ok_or_else(|| format!("there is no engine `{name}`; there are chromium, firefox, webkit"))
    }
}

/// A driver that runs, and what it stands on.
pub(crate) struct Driver {
    pub(crate) port: u16,
    pub(crate) process: Process,
    pub(crate) screen: Option<Process>,
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    /// Starts its driver.
    pub(crate) async fn driver(self) -> Result<Driver, String> {
        match self {
            Self::Chromium => {
                told(&CHROMEDRIVER, &["--port=0"], |line| line.split("successfully on port ").nth(1)?.split('.').next()).await
            }
            Self::Firefox => {
                told(&GECKODRIVER, &["--allow-system-access", "--port", "0"], |line| line.split("Listening on 127.0.0.1:").nth(1)).await
            }
            Self::Webkit => webkit_driver().await,
        }
    }

    /// The capabilities of a session with a profile; Chromium takes more switches.
    pub(crate) fn wanted(self, profile: &Path, more: &[String]) -> Result<Value, String> {
        Ok(match self {
            Self::Chromium => {
                let own = format!("--user-data-dir={}", profile.display());
                let more = more.iter().map(String::as_str);
                let switches: Vec<&str> = CHROMIUM_SWITCHES.iter().copied().chain([own.as_str()]).chain(more).collect();
                json!({
                    "browserName": "chrome",
                    "goog:chromeOptions": { "binary": CHROMIUM.find()?, "args": switches },
                    "goog:loggingPrefs": { "browser": "ALL" },
                })
            }
            Self::Firefox => json!({
                "browserName": "firefox",
                "moz:firefoxOptions": {
                    "binary": FIREFOX.find()?,
                    "args": ["-headless", "-profile", profile],
                    // No page of a test has an icon, and nothing is to be fetched that the page did not ask for.
                    "prefs": { "browser.chrome.guess_favicon": false, "browser.chrome.site_icons": false },
                },
            }),
            Self::Webkit => json!({
                "browserName": "MiniBrowser",
                "webkitgtk:browserOptions": { "binary": WEBKIT.find()?, "args": ["--automation"] },
            }),
        })
    }
}

/// Starts a driver that says which port it took. ChromeDriver takes a free port of IPv4 and then wants the same of IPv6,
/// which another program may have: that deserves another try.
async fn told(program: &Program, arguments: &[&str], ready: fn(&str) -> Option<&str>) -> Result<Driver, String> {
    let program = program.find()?;
    let start = || {
        let mut command = Command::new(&program);
        // What the browser says to a terminal is nothing to a test.
        command.args(arguments).stderr(Stdio::null());
        Process::start(command, ready)
    };
    let mut started = start().await;
    for _ in 1..STARTS_MAX {
        if started.is_ok() {
            break;
        }
        started = start().await;
    }
    let (process, port) = started?;
    let port = port.parse().map_err(|_| format!("{port} is no port"))?;
    Ok(Driver { port, process, screen: None })
}

/// WebKitGTK's driver, on a screen and a bus of its own. It does not say when it is ready and takes no port of its own
/// choice: the one that was free a moment ago may be another's now.
async fn webkit_driver() -> Result<Driver, String> {
    let mut screen = Command::new(XVFB.find()?);
    screen.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]).stderr(Stdio::null());
    let (screen, number) = Process::start(screen, |line| line.chars().all(|ch| ch.is_ascii_digit()).then_some(line)).await?;
    let mut failed = String::new();
    for _ in 0..STARTS_MAX {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        let port = listener.map_err(|error| error.to_string())?.port();
        let mut command = Command::new(DBUS.find()?);
        command.arg("--").arg(WEBKITDRIVER.find()?).arg("--host=127.0.0.1").arg(format!("--port={port}"));
        command.env("DISPLAY", format!(":{number}")).env("LIBGL_ALWAYS_SOFTWARE", "1");
        // Nobody reads the screen aloud: no processes for that.
        command.env("NO_AT_BRIDGE", "1");
        match Process::start_listening(command, port).await {
            Ok(process) => return Ok(Driver { port, process, screen: Some(screen) }),
            Err(words) => failed = words,
        }
    }
    Err(failed)
}
