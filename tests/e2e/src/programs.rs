//! Where the programs are that the tests run: `cargo xtask test` says it in the environment; without that they are looked
//! for. Never installs anything.

use std::path::{Path, PathBuf};

/// Something that the tests need, and how it is found.
pub struct Program {
    what: &'static str,
    /// The environment variable that says where it is.
    variable: &'static str,
    /// The names it may have in the search path.
    names: &'static [&'static str],
    /// Where else it may be, from the root of the repository.
    places: &'static [&'static str],
    advice: &'static str,
}

const BY_XTASK: &str = "`cargo xtask test e2e` sets up everything";

/// Chromium.
pub const CHROMIUM: Program = Program {
    what: "Chromium",
    variable: "CAISSE_CHROMIUM",
    names: &["chromium", "chromium-browser", "google-chrome"],
    places: &[],
    advice: BY_XTASK,
};

/// ChromeDriver.
pub const CHROMEDRIVER: Program =
    Program { what: "ChromeDriver", variable: "CAISSE_CHROMEDRIVER", names: &["chromedriver"], places: &[], advice: BY_XTASK };

/// Firefox.
pub const FIREFOX: Program =
    Program { what: "Firefox", variable: "CAISSE_FIREFOX", names: &["firefox-esr", "firefox"], places: &[], advice: BY_XTASK };

/// geckodriver.
pub const GECKODRIVER: Program = Program {
    what: "geckodriver",
    variable: "CAISSE_GECKODRIVER",
    names: &["geckodriver"],
    places: &["target/tools/bin/geckodriver"],
    advice: BY_XTASK,
};

/// WebKitGTK's own small browser. It is in nobody's search path.
pub const WEBKIT: Program =
    Program { what: "WebKitGTK's MiniBrowser", variable: "CAISSE_WEBKIT", names: &[], places: &[], advice: BY_XTASK };

/// WebKitGTK's driver.
pub const WEBKITDRIVER: Program =
    Program { what: "WebKitWebDriver", variable: "CAISSE_WEBKITDRIVER", names: &["WebKitWebDriver"], places: &[], advice: BY_XTASK };

/// The screen of a machine without one, which WebKitGTK needs.
pub const XVFB: Program = Program { what: "Xvfb", variable: "CAISSE_XVFB", names: &["Xvfb"], places: &[], advice: BY_XTASK };

/// The bus between WebKitGTK's processes.
pub const DBUS: Program =
    Program { what: "dbus-run-session", variable: "CAISSE_DBUS", names: &["dbus-run-session"], places: &[], advice: BY_XTASK };

/// Node.js.
pub const NODE: Program = Program { what: "Node.js", variable: "CAISSE_NODE", names: &["node"], places: &[], advice: BY_XTASK };

/// Adobe's Web SDK: one file of its npm package.
pub const ALLOY: Program = Program {
    what: "Adobe's Web SDK",
    variable: "CAISSE_ALLOY",
    names: &[],
    places: &["target/tools/alloy/package/dist/alloy.min.js"],
    advice: "`cargo xtask test e2e` fetches it",
};

/// axe-core: one file of its npm package.
pub const AXE: Program = Program {
    what: "axe-core",
    variable: "CAISSE_AXE",
    names: &[],
    places: &["js/node_modules/axe-core/axe.min.js"],
    advice: "`npm ci` in js/ fetches it",
};

/// The built npm package: its entry stands for the folder.
const PACKAGE: Program = Program {
    what: "the npm package's entry",
    variable: "CAISSE_DIST",
    names: &[],
    places: &["js/dist"],
    advice: "`cargo xtask build` builds it",
};

impl Program {
    /// The program's file, or the package's folder.
    ///
    /// # Errors
    /// Words that say where it was looked for and what to do.
    pub fn find(&self) -> Result<PathBuf, String> {
        if let Some(said) = std::env::var_os(self.variable).map(PathBuf::from) {
            let there = said.exists().then_some(said);
            return there.ok_or_else(|| format!("{} names nothing that exists; {}", self.variable, self.advice));
        }
        let search = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&search).collect();
        let named = self.names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        let placed = self.places.iter().map(|place| root().join(place));
        named.chain(placed).find(|path| path.exists()).ok_or_else(|| {
            let Self { what, variable, names, advice, .. } = self;
            format!("there is no {what}: {variable} is not set, and none of {names:?} is in the search path; {advice}")
        })
    }
}

/// The shop's program; next to the tests' own if nothing else is said.
///
/// # Errors
/// Words that say what to do.
pub fn rivet() -> Result<PathBuf, String> {
    if let Some(said) = std::env::var_os("CAISSE_RIVET").map(PathBuf::from) {
        return Ok(said);
    }
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let beside = own.parent().and_then(Path::parent).map(|folder| folder.join("rivet"));
    let found = beside.filter(|path| path.is_file());
    found.ok_or_else(|| "there is no shop to test: `cargo build --package rivet` builds it".into())
}

/// The folder of the built package.
///
/// # Errors
/// Words that say what to do.
pub fn package() -> Result<PathBuf, String> {
    PACKAGE.find()
}

/// Copies the built package, so that a build meanwhile changes nothing under a test.
///
/// # Errors
/// Words that say what to do.
pub fn copy_package(to: &Path) -> Result<(), String> {
    let from = PACKAGE.find()?;
    if !from.join("index.js").is_file() {
        return Err(format!("{} is not built; {}", PACKAGE.what, PACKAGE.advice));
    }
    copy(&from, to).map_err(|error| format!("the package cannot be copied: {error}"))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() { copy(&entry.path(), &target)? } else { std::fs::copy(entry.path(), target).map(drop)? }
    }
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
