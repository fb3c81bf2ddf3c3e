//! A program that was started by a test and ends with it, by its own id. Never touches a process that it did not start.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long a program may take until it listens; the machine may be busy with other tests.
const START_MAX: Duration = Duration::from_secs(60);

const ASK_EVERY: Duration = Duration::from_millis(25);

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

    /// Starts a program that says nothing when it is ready, and waits until it listens on a port.
    ///
    /// # Errors
    /// Words, if the program cannot be started, ends, or does not listen in time.
    pub async fn start_listening(mut command: Command, port: u16) -> Result<Self, String> {
        let name = format!("{}", command.as_std().get_program().display());
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).kill_on_drop(true).spawn();
        let mut child = started.map_err(|error| format!("{name} cannot be started: {error}"))?;
        let end = Instant::now() + START_MAX;
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            if child.try_wait().is_ok_and(|ended| ended.is_some()) || Instant::now() > end {
                return Err(format!("{name} does not listen on port {port}"));
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
        Ok(Self(child))
    }

    /// Ends, as a crash would, what this program has started and what that has started, all of it by its own id, if these words are in
    /// how it was started; the program itself goes on. Answers how many there were.
    pub fn kill_children(&self, words: &str) -> usize {
        let own = self.0.id().map(descendants).unwrap_or_default();
        let said = |id: &u32| std::fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(words));
        let meant: Vec<u32> = own.into_iter().filter(said).collect();
        for id in &meant {
            // One that has ended by itself is as good.
            let _ = std::process::Command::new("kill").args(["-KILL", &id.to_string()]).stderr(Stdio::null()).status();
        }
        meant.len()
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

/// The processes that a process has started, and theirs, the oldest first; Linux tells.
fn descendants(of: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let text = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // Its name may have anything in it, and ends with the last bracket; then come its state and its parent.
            let parent = text.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()?;
            Some((id, parent))
        })
        .collect();
    let mut found = vec![of];
    let mut next = 0;
    while next < found.len() {
        let of = found[next];
        found.extend(parents.iter().filter(|(_, parent)| *parent == of).map(|(id, _)| *id));
        next += 1;
    }
    found.split_off(1)
}
