//! The demo shop with its collector, as a program of its own on a port of its own, with data that go with the test.

use std::path::PathBuf;

use tempfile::TempDir;
use tokio::process::Command;

use crate::place::Place;
use crate::process::Process;
use crate::programs;
use crate::report::Report;

/// The file of a log that is kept.
const LOG: &str = "shop.log";

/// A running shop.
#[derive(Debug)]
pub struct Shop {
    process: Process,
    address: String,
    origins: Vec<String>,
    folder: TempDir,
    /// Whether its log is kept for the test, or shown to whoever runs it.
    heard: bool,
}

impl Shop {
    /// Opens a shop whose collector takes hits of its own pages only.
    ///
    /// # Panics
    /// If it does not get ready.
    #[track_caller]
    pub fn open() -> impl Future<Output = Self> {
        Self::start(&[], false)
    }

    /// Opens a shop whose log the test reads: see [`Shop::log`].
    ///
    /// # Panics
    /// If it does not get ready.
    #[track_caller]
    pub fn open_heard() -> impl Future<Output = Self> {
        Self::start(&[], true)
    }

    /// Opens a shop whose collector takes hits of pages of `origins` as well.
    ///
    /// # Panics
    /// If it does not get ready.
    #[track_caller]
    pub fn open_to(origins: &[&str]) -> impl Future<Output = Self> {
        Self::start(origins, false)
    }

    #[track_caller]
    fn start(origins: &[&str], heard: bool) -> impl Future<Output = Self> {
        let place = Place::here();
        let origins: Vec<String> = origins.iter().map(|&origin| origin.into()).collect();
        async move {
            let folder = place.expect("a folder for the shop", TempDir::with_prefix("caisse-shop-"));
            place.expect("the package", programs::copy_package(&folder.path().join("package")));
            let started = start(0, &folder, &origins, heard).await;
            let (process, address) = place.expect("the shop", started);
            Self { process, address, origins, folder, heard }
        }
    }

    /// An address in the shop; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Its host and port.
    pub fn authority(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    /// The collector's database.
    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("data").join("hits.sqlite")
    }

    /// Cuts the shop's power.
    ///
    /// # Panics
    /// If it goes on running.
    #[track_caller]
    pub fn crash(&mut self) -> impl Future<Output = ()> {
        let place = Place::here();
        async move { place.expect("the shop's end", self.process.kill().await) }
    }

    /// Opens it again, with its data and at its address.
    ///
    /// # Panics
    /// If it does not get ready.
    #[track_caller]
    pub fn reopen(&mut self) -> impl Future<Output = ()> {
        let place = Place::here();
        async move {
            let port = self.address.rsplit(':').next().and_then(|port| port.parse().ok());
            let started = start(port.unwrap_or_default(), &self.folder, &self.origins, self.heard).await;
            (self.process, self.address) = place.expect("the shop", started);
        }
    }

    /// The report, now. `query` is empty or begins with a question mark.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn report(&self, query: &str) -> impl Future<Output = Report> {
        let place = Place::here();
        let url = self.url("/report.json") + query;
        async move { place.expect("the report", Report::read(&url).await) }
    }

    /// The report, as soon as it says what is waited for.
    ///
    /// # Panics
    /// If it does not say so in time.
    #[track_caller]
    pub fn until(&self, query: impl AsRef<str>, what: impl Fn(&Report) -> bool) -> impl Future<Output = Report> {
        let place = Place::here();
        let url = self.url("/report.json") + query.as_ref();
        async move { place.expect("the report", Report::until(&url, what).await) }
    }

    /// What it has written to its log, if it was opened to be heard.
    ///
    /// # Panics
    /// If it was not.
    #[track_caller]
    pub fn log(&self) -> String {
        Place::here().expect("the shop's log", std::fs::read_to_string(self.folder.path().join(LOG)))
    }

    /// Everything that the collector keeps on the disk, as it lies there.
    ///
    /// # Panics
    /// If there is nothing.
    #[track_caller]
    pub fn kept(&self) -> Vec<u8> {
        let place = Place::here();
        let mut all = Vec::new();
        for name in ["hits.sqlite", "hits.sqlite-wal"] {
            let file: PathBuf = self.folder.path().join("data").join(name);
            all.extend(place.expect(file.display(), std::fs::read(&file)));
        }
        all
    }
}

async fn start(port: u16, folder: &TempDir, origins: &[String], heard: bool) -> Result<(Process, String), String> {
    let mut command = Command::new(programs::rivet()?);
    command.arg("--port").arg(port.to_string());
    command.arg("--data").arg(folder.path().join("data")).arg("--package").arg(folder.path().join("package"));
    for origin in origins {
        command.arg("--allow-origin").arg(origin);
    }
    if heard {
        command.stderr(std::fs::File::create(folder.path().join(LOG)).map_err(|error| error.to_string())?);
    }
    Process::start(command, |line| line.strip_prefix("ready ")).await
}
