//! `cargo xtask demo`: the shop, the collector and the report on this machine. Never listens beyond loopback.

use std::io::ErrorKind;
use std::net::TcpListener;

use anyhow::{Context, Result, bail};

use crate::command::{Run, say};
use crate::{package, workspace};

/// Where the demo listens unless told otherwise.
const PORT: u16 = 8787;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    port: u16,
    data: String,
    allow_origins: Vec<String>,
}

/// Builds what is not built, then becomes the shop's server.
pub fn command(arguments: &[String]) -> Result<()> {
    let options = Options::read(arguments)?;
    // Before the long build, not after it.
    free(options.port)?;
    package::ensure_built()?;
    say("compiling the shop");
    // Unoptimised: it answers one visitor, and the first start is minutes sooner.
    Run::cargo().line("build --quiet --package rivet").run()?;
    let origins = options.allow_origins.iter().flat_map(|origin| ["--allow-origin", origin]);
    Run::new(workspace::native_program("rivet"))
        .args(["--port", &options.port.to_string(), "--data", &options.data])
        .args(origins)
        .args(["--package", "js/dist"])
        .become_it()
}

impl Options {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut options = Self { port: PORT, data: "target/demo".to_owned(), allow_origins: Vec::new() };
        let mut arguments = arguments.iter();
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("`{name}` needs a value"));
            match name.as_str() {
                "--port" => {
                    let text = value()?;
                    options.port = text
                        .parse()
                        .ok()
                        .filter(|port| *port != 0)
                        .with_context(|| format!("`{text}` is not a port: give a number from 1 to 65535"))?;
                }
                "--data" => options.data = absolute(value()?),
                "--allow-origin" => options.allow_origins.push(value()?.clone()),
                unknown => bail!("`demo` knows --port N, --data DIR and --allow-origin URL, not `{unknown}`"),
            }
        }
        Ok(options)
    }
}

/// The reader's folder, not the repository's, is what a relative name is relative to.
fn absolute(folder: &str) -> String {
    std::path::absolute(folder).map_or_else(|_| folder.to_owned(), |path| path.to_string_lossy().into_owned())
}

fn free(port: u16) -> Result<()> {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!(
                "port {port} on 127.0.0.1 is taken. End the program that listens there, or choose another: cargo xtask demo --port {}",
                other(port)
            )
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            bail!("this user may not listen on port {port}. Choose another: cargo xtask demo --port {PORT}")
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on 127.0.0.1:{port}")),
    }
}

fn other(port: u16) -> u16 {
    port.checked_add(1).unwrap_or(PORT)
}

#[cfg(test)]
mod unit {
    use super::*;

    fn read(line: &str) -> Result<Options> {
        Options::read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn reads_the_command_line() {
        let options = read("--port 9000 --allow-origin http://a.test --allow-origin http://b.test").unwrap();
        assert_eq!((options.port, options.data.as_str()), (9000, "target/demo"));
        assert_eq!(options.allow_origins, ["http://a.test", "http://b.test"]);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for line in ["--port", "--port 0", "--port http", "--prot 1"] {
            assert!(read(line).is_err(), "{line}");
        }
    }

    #[test]
    fn says_when_a_port_is_taken() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(free(port).unwrap_err().to_string().contains("is taken"));
    }
}
