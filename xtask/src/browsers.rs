//! Finds the browsers and the drivers that the tests need, and installs them where that is ours to do:
//! on Debian and Ubuntu, as root or with a sudo that asks for no password. Elsewhere says what to install.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::command::find;
use crate::{debian, tools};

/// A program, the names it goes by, and how it is told apart.
struct Wanted {
    what: &'static str,
    /// The environment variable that says where it is.
    variable: &'static str,
    names: &'static [&'static str],
    /// Where it is when it is not in the search path.
    places: &'static [&'static str],
}

const CHROMIUM: Wanted = Wanted {
    what: "Chromium",
    variable: "CAISSE_CHROMIUM",
    names: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    places: &[
        "/usr/lib/chromium/chromium",
        "/snap/bin/chromium",
        "/opt/google/chrome/chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
};

const CHROMEDRIVER: Wanted = Wanted {
    what: "ChromeDriver",
    variable: "CAISSE_CHROMEDRIVER",
    names: &["chromedriver"],
    places: &[
        "/usr/lib/chromium-browser/chromedriver",
        "/usr/lib/chromium/chromedriver",
        "/snap/bin/chromium.chromedriver",
        "/opt/homebrew/bin/chromedriver",
    ],
};

const FIREFOX: Wanted = Wanted {
    what: "Firefox",
    variable: "CAISSE_FIREFOX",
    names: &["firefox-esr", "firefox"],
    places: &["/usr/lib/firefox-esr/firefox-esr", "/snap/bin/firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"],
};

/// WebKitGTK's own small browser stands in for Safari; nobody has it in the search path.
const WEBKIT: Wanted = Wanted {
    what: "WebKitGTK's MiniBrowser",
    variable: "CAISSE_WEBKIT",
    names: &[],
    places: &[
        "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
        "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
        "/usr/libexec/webkit2gtk-4.1/MiniBrowser",
    ],
};

const WEBKITDRIVER: Wanted =
    Wanted { what: "WebKitWebDriver", variable: "CAISSE_WEBKITDRIVER", names: &["WebKitWebDriver"], places: &["/usr/bin/WebKitWebDriver"] };

const XVFB: Wanted = Wanted { what: "Xvfb", variable: "CAISSE_XVFB", names: &["Xvfb"], places: &["/usr/bin/Xvfb"] };

const DBUS: Wanted =
    Wanted { what: "dbus-run-session", variable: "CAISSE_DBUS", names: &["dbus-run-session"], places: &["/usr/bin/dbus-run-session"] };

/// What Debian and Ubuntu call all that the tests drive; the last three are for WebKit, which needs a screen and a bus.
const PACKAGES: &[&str] = &["chromium", "chromium-driver", "firefox-esr", "webkit2gtk-driver", "xvfb", "dbus"];

/// What to do where that is not ours to do.
const INSTEAD: &str = "Install Chromium (or Chrome) with ChromeDriver of the same version, Firefox, and WebKitGTK's MiniBrowser with its driver, Xvfb and dbus, with your system's means";

/// Chromium and its driver.
pub struct Chromium {
    /// The browser.
    browser: PathBuf,
    /// ChromeDriver.
    pub driver: PathBuf,
}

/// Firefox and its driver.
pub struct Firefox {
    /// The browser.
    browser: PathBuf,
    /// geckodriver.
    pub driver: PathBuf,
}

/// Chromium, installed now if that is possible.
pub fn chromium() -> Result<Chromium> {
    Ok(Chromium { browser: CHROMIUM.get()?, driver: CHROMEDRIVER.get()? })
}

/// Firefox, installed now if that is possible.
pub fn firefox() -> Result<Firefox> {
    let driver = match std::env::var_os("CAISSE_GECKODRIVER") {
        Some(path) => PathBuf::from(path),
        None => tools::geckodriver()?,
    };
    Ok(Firefox { browser: FIREFOX.get()?, driver })
}

/// Everything that the end-to-end tests drive, as the variables that tell them where it is.
pub fn all() -> Result<Vec<(&'static str, PathBuf)>> {
    let (chromium, firefox) = (chromium()?, firefox()?);
    let mut all = vec![
        (CHROMIUM.variable, chromium.browser),
        (CHROMEDRIVER.variable, chromium.driver),
        (FIREFOX.variable, firefox.browser),
        ("CAISSE_GECKODRIVER", firefox.driver),
    ];
    for wanted in [WEBKIT, WEBKITDRIVER, XVFB, DBUS] {
        all.push((wanted.variable, wanted.get()?));
    }
    Ok(all)
}

impl Wanted {
    fn get(&self) -> Result<PathBuf> {
        if let Some(path) = std::env::var_os(self.variable).map(PathBuf::from) {
            if path.is_file() {
                return Ok(path);
            }
            bail!("{} says that {} is {}, where there is no such file", self.variable, self.what, path.display());
        }
        if let Some(path) = self.find() {
            return Ok(path);
        }
        debian::install(&self.lacking(), PACKAGES, INSTEAD)?;
        match self.find() {
            Some(path) => Ok(path),
            None => bail!("{} was installed, but {}", self.what, self.looked()),
        }
    }

    fn find(&self) -> Option<PathBuf> {
        let named = self.names.iter().find_map(|name| find(name));
        named.or_else(|| self.places.iter().map(PathBuf::from).find(|path| path.is_file()))
    }

    fn lacking(&self) -> String {
        format!("the tests need {}, and {}", self.what, self.looked())
    }

    fn looked(&self) -> String {
        format!(
            "there is none: looked for {} in PATH, then for {}. If it is somewhere else, set {} to the program",
            self.names.join(", "),
            self.places.join(", "),
            self.variable
        )
    }
}
