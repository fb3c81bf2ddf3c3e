//! Finds the browsers and the drivers that the tests need, and installs them where that is ours to do:
//! on Debian and Ubuntu, as root or with a sudo that asks for no password. Elsewhere says what to install.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::command::{Run, find, say};
use crate::tools;

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

/// What Debian and Ubuntu call all that the tests drive; the last three are for WebKit, which needs a screen and a bus.
const PACKAGES: &[&str] = &["chromium", "chromium-driver", "firefox-esr", "webkit2gtk-driver", "xvfb", "dbus"];

/// Chromium and its driver.
pub struct Chromium {
    /// The browser.
    pub browser: PathBuf,
    /// ChromeDriver.
    pub driver: PathBuf,
}

/// Firefox and its driver.
pub struct Firefox {
    /// The browser.
    pub browser: PathBuf,
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
        install(self)?;
        match self.find() {
            Some(path) => Ok(path),
            None => bail!("{} was installed, but {}", self.what, self.looked()),
        }
    }

    fn find(&self) -> Option<PathBuf> {
        let named = self.names.iter().find_map(|name| find(name));
        named.or_else(|| self.places.iter().map(PathBuf::from).find(|path| path.is_file()))
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

fn install(wanted: &Wanted) -> Result<()> {
    let packages = PACKAGES.join(" ");
    if !Path::new("/etc/debian_version").is_file() || find("apt-get").is_none() {
        bail!(
            "the tests need {}, and {}. Install Chromium (or Chrome) with ChromeDriver of the same version, and Firefox, with your system's means; \
             on Debian and Ubuntu they are: {packages}",
            wanted.what,
            wanted.looked()
        );
    }
    let Some(prefix) = privilege() else {
        bail!(
            "the tests need {}, and {}. As root: apt-get update && apt-get install -y --no-install-recommends {packages}",
            wanted.what,
            wanted.looked()
        );
    };
    say(&format!("installing {packages} (once)"));
    let advice = format!("If this machine has no network now, run the same command again when it has, or install yourself: {packages}");
    let apt = |arguments: &str| {
        let words = prefix.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).collect::<Vec<_>>();
        Run::new(words[0]).args(&words[1..]).line(arguments).advice(&advice).run()
    };
    // A list of packages that could not be renewed may still be good enough.
    if let Err(error) = apt("update --quiet") {
        say(&format!("{error:#}"));
    }
    apt(&format!("install --quiet -y --no-install-recommends {packages}"))
}

/// What makes a command root's: nothing if we are, sudo if it does not ask; `None` if it is not ours to do.
fn privilege() -> Option<&'static [&'static str]> {
    let root = Run::new("id").args(["-u"]).read().is_ok_and(|id| id.trim() == "0");
    let sudo = || Run::new("sudo").line("-n true").read().is_ok();
    match root {
        true => Some(&[]),
        false => sudo().then_some(&["sudo", "-n"]),
    }
}
