//! Starts Rivet: the demo shop at `/`, the npm package's files at `/caisse/`, the collector's ingest at
//! `/hits` and its report at `/report`. Listens on loopback only. The one place that knows the collector.

use std::future::IntoFuture as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use caisse_collector::{Collector, Settings};
use rivet::store::Store;
use rivet::visit::seconds_now;
use rivet::{files, server};
use tokio::net::TcpListener;

const USAGE: &str = "usage: rivet --port N --data DIR --package DIR [--allow-origin URL]...

  --port N            listen on 127.0.0.1:N (0: any free port)
  --data DIR          keep orders and hits here; made if missing
  --package DIR       the npm package's dist folder, served at /caisse/
  --allow-origin URL  let pages of this origin send hits as well; may be repeated";

/// How long an answer may still take after a stop was asked for. A report page holds its connection for
/// as long as it is open, so waiting for all of them would never end.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// What was asked for on the command line.
#[derive(Debug, PartialEq, Eq)]
struct Arguments {
    port: u16,
    data: PathBuf,
    package: PathBuf,
    allow_origins: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let started = match arguments(lexopt::Parser::from_env()) {
        Ok(Some(arguments)) => run(arguments).await,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => Err(format!("{error}\n\n{USAGE}")),
    };
    match started {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("rivet: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Reads the command line; nothing if help was asked for.
fn arguments(mut parser: lexopt::Parser) -> Result<Option<Arguments>, lexopt::Error> {
    use lexopt::prelude::*;
    let (mut port, mut data, mut package, mut allow_origins) = (None, None, None, Vec::new());
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => port = Some(parser.value()?.parse()?),
            Long("data") => data = Some(PathBuf::from(parser.value()?)),
            Long("package") => package = Some(PathBuf::from(parser.value()?)),
            Long("allow-origin") => allow_origins.push(parser.value()?.string()?),
            Short('h') | Long("help") => return Ok(None),
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
        }
    }
    let missing = |option: &str| lexopt::Error::from(format!("{option} is missing"));
    Ok(Some(Arguments {
        port: port.ok_or_else(|| missing("--port"))?,
        data: data.ok_or_else(|| missing("--data"))?,
        package: package.ok_or_else(|| missing("--package"))?,
        allow_origins,
    }))
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let Arguments { port, data, package, allow_origins } = arguments;
    if !package.join("index.js").is_file() {
        let place = package.display();
        return Err(format!("there is no package in {place}: run `cargo xtask build` first"));
    }
    let listener = listen(port).await?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let routes = routes(&data, &package, allow_origins)?;
    let stop = stop_asked();
    let served = axum::serve(listener, routes).with_graceful_shutdown(stop_asked());
    println!("ready http://{address}");
    tokio::select! {
        ended = served.into_future() => ended.map_err(|error| error.to_string()),
        () = async { stop.await; tokio::time::sleep(STOP_WAIT).await } => Ok(()),
    }
}

/// Everything the program serves.
fn routes(data: &Path, package: &Path, allow_origins: Vec<String>) -> Result<Router, String> {
    let place = data.display();
    std::fs::create_dir_all(data).map_err(|error| format!("{place} cannot be made: {error}"))?;
    let store = Store::open(Some(&data.join("shop.sqlite")), seconds_now())
        .map_err(|error| format!("the orders in {place} cannot be opened: {error}"))?;
    let database = Some(data.join("hits.sqlite"));
    let collector = Collector::open(Settings { database, allow_origins, ..Settings::default() })
        .map_err(|error| format!("the hits in {place} cannot be opened: {error}"))?;
    Ok(server::shop(store)
        .merge(files::package(package))
        .nest("/hits", collector.ingest())
        .merge(collector.report())
        .fallback(server::missing))
}

async fn listen(port: u16) -> Result<TcpListener, String> {
    use std::io::ErrorKind::{AddrInUse, PermissionDenied};
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
        if error.kind() == AddrInUse {
            format!("port {port} is taken: stop the program that uses it, or choose another with --port")
        } else if error.kind() == PermissionDenied {
            format!("port {port} is reserved: choose one above 1023 with --port")
        } else {
            format!("cannot listen on 127.0.0.1:{port}: {error}")
        }
    })
}

/// Ends when the program is asked to stop.
async fn stop_asked() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Arguments>, String> {
        arguments(lexopt::Parser::from_args(line.split_whitespace())).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_its_command_line() {
        let all = parse("--port 8787 --data d --package js/dist --allow-origin http://127.0.0.1:1").unwrap();
        assert_eq!(all.map(|a| (a.port, a.allow_origins.len())), Some((8787, 1)));
        assert_eq!(parse("--help"), Ok(None));
        assert!(parse("--port 8787 --data d").unwrap_err().contains("--package"));
        assert!(parse("--port 99999 --data d --package p").is_err());
        assert!(parse("--prot 1").unwrap_err().contains("--prot"));
    }
}
