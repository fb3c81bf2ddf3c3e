//! A program that was started by a test and ends with it, by its own id. Never touches a process that it did not start.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long a program may take until it listens; the machine may be busy with other tests.
const START_MAX: Duration = Duration::from_secs(60);

/// A running program. Dropping it kills it.
#[derive(Debug)]
pub struct Process(Child);

impl Process {
    /// Starts a program and waits until it has printed a line in which `ready` finds what it looks for.
    ///
    /// # Errors
    /// Words, if the program cannot be started, ends, or says nothing of the kind in time.
    pub async fn start(mut command: Command, ready: fn(&str) -> Option<&str>) -> Result<(Self, String), String> {
        let name = format!("{}", command.as_std().get_program().display());
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0).kill_on_drop(true).spawn();
        let mut child = started.map_err(|error| format!("{name} cannot be started: {error}"))?;
        let Some(output) = child.stdout.take() else { return Err(format!("{name} has no output")) };
        let mut lines = BufReader::new(output).lines();
        let heard = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(found) = ready(&line) {
                    return Some(found.to_owned());
                }
            }
            None
        };
        let found = tokio::time::timeout(START_MAX, heard).await;
        let found = found.map_err(|_| format!("{name} did not get ready within {} s", START_MAX.as_secs()))?;
        let found = found.ok_or_else(|| format!("{name} ended before it was ready"))?;
        // A program whose output nobody reads would stop at a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok((Self(child), found))
    }

    /// Ends it at once, as a power cut would, and waits until it is gone.
    ///
    /// # Errors
    /// If the system refuses.
    pub async fn kill(&mut self) -> std::io::Result<()> {
        self.0.kill().await
    }
}

impl Drop for Process {
    /// Ends what the program has started as well: a driver that is killed would leave its browser behind.
    fn drop(&mut self) {
        if let Some(id) = self.0.id() {
            // Its own group, which only it and its children are in; nobody is left to hear of a failure.
            let _ = std::process::Command::new("kill").args(["-KILL", "--", &format!("-{id}")]).stderr(Stdio::null()).status();
        }
    }
}
