//! Runs other programs from the repository's root and turns their failures into sentences. Decides nothing.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// A program to run, and what to say when it fails.
pub struct Run {
    command: Command,
    advice: Option<String>,
}

/// How a program ended, and every line it wrote.
pub struct Ended {
    /// It said that all is well.
    pub success: bool,
    /// Its lines, standard output and standard error as they came.
    pub lines: Vec<String>,
}

impl Run {
    /// `program` with no arguments, in the repository's root.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(workspace::root()).stdin(Stdio::null());
        Self { command, advice: None }
    }

    /// The cargo that runs us, so that the pinned toolchain is used throughout.
    pub fn cargo() -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// Adds arguments.
    pub fn args<T: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Adds an option and its value.
    pub fn option(self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.args([name]).args([value])
    }

    /// Adds arguments written in one line, separated by spaces.
    pub fn line(self, arguments: &str) -> Self {
        self.args(arguments.split_whitespace())
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes an environment variable.
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs in another folder.
    pub fn within(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Puts a folder first in the search path.
    pub fn path_first(self, folder: &Path) -> Self {
        let mut folders = vec![folder.to_path_buf()];
        folders.extend(search_path());
        match std::env::join_paths(folders) {
            Ok(path) => self.env("PATH", path),
            Err(_) => self,
        }
    }

    /// What the reader can do if this fails.
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Runs with our own output. Fails if the program does.
    pub fn run(mut self) -> Result<()> {
        let shown = self.shown();
        let status = self.command.status().with_context(|| self.unable(&shown))?;
        if !status.success() {
            bail!("{}", self.failed(&shown));
        }
        Ok(())
    }

    /// Runs in silence and answers what it wrote to standard output. Fails, with all it wrote, if the program does.
    pub fn read(mut self) -> Result<String> {
        let shown = self.shown();
        let output = self.command.output().with_context(|| self.unable(&shown))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            bail!("{}\n{}", self.failed(&shown), format!("{text}{complaint}").trim());
        }
        Ok(text)
    }

    /// Runs, showing and keeping every line. An unsuccessful end is an answer, not an error.
    pub fn watch(self) -> Result<Ended> {
        self.listen(|line| println!("{line}"))
    }

    /// As [`Run::watch`], for a program that says too much: shows nothing.
    pub fn hear(self) -> Result<Ended> {
        self.listen(|_| ())
    }

    fn listen(mut self, show: impl Fn(&str)) -> Result<Ended> {
        let shown = self.shown();
        println!("$ {shown}");
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().with_context(|| self.unable(&shown))?;
        let (sender, receiver) = mpsc::channel();
        let readers = [child.stdout.take().map(|out| forward(out, sender.clone())), child.stderr.take().map(|out| forward(out, sender))];
        drop(readers);
        let mut lines = Vec::new();
        loop {
            match receiver.recv_timeout(QUIET) {
                Ok(line) => {
                    show(&line);
                    lines.push(line);
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                // A process that it left behind may hold the pipe open for ever; what it said itself has been read by now.
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    if child.try_wait().is_ok_and(|status| status.is_some()) {
                        break;
                    }
                }
            }
        }
        let status = child.wait().with_context(|| format!("lost sight of `{shown}`"))?;
        Ok(Ended { success: status.success(), lines })
    }

    /// Takes our place: signals and the exit code are the program's from here on. Comes back only if that failed.
    #[cfg(unix)]
    pub fn become_it(mut self) -> Result<()> {
        use std::os::unix::process::CommandExt;
        let shown = self.shown();
        let error = self.command.exec();
        Err(error).with_context(|| self.unable(&shown))
    }

    /// Runs it to its end: there is no taking our place here.
    #[cfg(not(unix))]
    pub fn become_it(self) -> Result<()> {
        self.run()
    }

    /// The command as a reader would type it in the repository's root.
    fn shown(&self) -> String {
        let root = workspace::root();
        let program = Path::new(self.command.get_program());
        let program = match program.strip_prefix(&root) {
            Ok(ours) => ours.as_os_str(),
            Err(_) => program.file_name().unwrap_or_default(),
        };
        let words = std::iter::once(program).chain(self.command.get_args());
        let line: Vec<_> = words.map(OsStr::to_string_lossy).collect();
        line.join(" ").replace(&format!("{}/", root.display()), "")
    }

    fn unable(&self, shown: &str) -> String {
        self.with_advice(format!("could not start `{shown}`"))
    }

    fn failed(&self, shown: &str) -> String {
        self.with_advice(format!("`{shown}` failed"))
    }

    fn with_advice(&self, sentence: String) -> String {
        match &self.advice {
            Some(advice) => format!("{sentence}. {advice}"),
            None => sentence,
        }
    }
}

fn forward(output: impl Read + Send + 'static, lines: mpsc::Sender<String>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut reader = BufReader::new(output);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line);
            if lines.send(text.trim_end_matches(['\n', '\r']).to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    })
}

/// The folders in which programs are searched.
fn search_path() -> Vec<PathBuf> {
    let path: OsString = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).collect()
}

/// Where a program is, by name in the search path.
pub fn find(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    search_path().into_iter().map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// How long a program that has ended may still be heard.
const QUIET: std::time::Duration = std::time::Duration::from_secs(1);

/// Says what is being done now.
pub fn say(step: &str) {
    println!("==> {step}");
}
