//! A report of the collector, as a test reads it. A figure that is not there fails the test: never a silent nought.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::place::Place;

/// How long a report may take to say what is waited for. Only a test that fails waits that long.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// How often it is asked.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// What `/report.json` answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Report(Value);

impl Report {
    /// Reads a report.
    ///
    /// # Errors
    /// Words, if there is no answer or it is no report.
    pub async fn read(url: &str) -> Result<Self, String> {
        let answer = reqwest::get(url).await.map_err(|error| format!("{url}: {error}"))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| format!("{url}: {error}"))?;
        if !status.is_success() {
            return Err(format!("{url}: {status}: {}", String::from_utf8_lossy(&body)));
        }
        serde_json::from_slice(&body).map(Self).map_err(|error| format!("{url}: {error}"))
    }

    /// Reads a report again and again until it says what is waited for.
    ///
    /// # Errors
    /// Words, if there is none or it does not say so in time.
    pub async fn until(url: &str, what: impl Fn(&Self) -> bool) -> Result<Self, String> {
        let end = Instant::now() + WAIT_MAX;
        loop {
            let report = Self::read(url).await?;
            if what(&report) {
                return Ok(report);
            }
            if Instant::now() > end {
                return Err(format!("waited for it in vain; the last one: {report:?}"));
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    /// A figure: `checkouts`, `orders`…
    ///
    /// # Panics
    /// If the report has no such figure.
    #[track_caller]
    pub fn metric(&self, name: &str) -> u64 {
        self.count("metrics", name)
    }

    /// A figure of the accounting: `received`, `counted`, `duplicates`, `rejected`, `unexplained`.
    ///
    /// # Panics
    /// If the report has no such figure.
    #[track_caller]
    pub fn accounting(&self, name: &str) -> u64 {
        self.count("accounting", name)
    }

    /// The revenue in a currency, as it is written; empty if there is none.
    pub fn revenue(&self, currency: &str) -> &str {
        self.0["metrics"]["revenue"][currency].as_str().unwrap_or_default()
    }

    /// The steps of the fallout with the visits that reached them.
    pub fn fallout(&self) -> Vec<(&str, u64)> {
        let steps = self.0["fallout"].as_array().map(Vec::as_slice).unwrap_or_default();
        let read = |step: &'_ Value| step["visits"].as_u64().unwrap_or(u64::MAX);
        steps.iter().map(|step| (step["step"].as_str().unwrap_or_default(), read(step))).collect()
    }

    /// Whether every delivery went somewhere and no number is missing.
    pub fn balances(&self) -> bool {
        let [received, counted, duplicates, rejected, unexplained] =
            ["received", "counted", "duplicates", "rejected", "unexplained"].map(|name| self.accounting(name));
        received == counted + duplicates + rejected && unexplained == 0
    }

    #[track_caller]
    fn count(&self, part: &str, name: &str) -> u64 {
        let found = self.0[part][name].as_u64();
        found.unwrap_or_else(|| Place::here().fail(format_args!("{part}.{name} is not in the report {}", self.0)))
    }
}
