//! The collector as a program. Reads the command line, refuses what would be unsafe, serves until it is told to stop.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use caisse_collector::{Collector, Settings, serve};
use tokio::net::TcpListener;

const HELP: &str = "\
Takes hits from pages, keeps them, counts each once and reports.

Usage: caisse-collector --data DIR [options]

  --data DIR             folder of the database; made if it is missing
  --listen ADDR          address to listen on [127.0.0.1:8788]; port 0 takes a free one
  --allow-origin ORIGIN  a shop whose pages may send, as in https://shop.example; may be repeated
  --adobe-org ORG        the Adobe organisation (…@AdobeOrg) of pages that the Web SDK sends from
  --report-token TOKEN   what readers of the report must say; needed unless ADDR is a loopback address.
                         The environment variable CAISSE_REPORT_TOKEN does the same and stays out of process lists
  -h, --help             this text
  -V, --version          the version

Pages send to ADDR/v1/batch, Adobe's Web SDK to ADDR/ee; the report is at ADDR/report.
";

/// What the command line asks for.
struct Options {
    listen: SocketAddr,
    data: PathBuf,
    allow_origins: Vec<String>,
    adobe_org: Option<String>,
    report_token: Option<String>,
}

fn main() -> ExitCode {
    match options() {
        Ok(Some(options)) => match run(options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => fail(&why, 1),
        },
        Ok(None) => ExitCode::SUCCESS,
        Err(why) => fail(&format!("{why}\nSee caisse-collector --help."), 2),
    }
}

fn fail(why: &str, code: u8) -> ExitCode {
    eprintln!("caisse-collector: {why}");
    ExitCode::from(code)
}

/// Nothing if the command line asked for words only.
fn options() -> Result<Option<Options>, String> {
    use lexopt::prelude::*;
    let mut listen = String::from("127.0.0.1:8788");
    let mut data = None;
    let mut allow_origins = Vec::new();
    let mut adobe_org = None;
    let mut report_token = std::env::var("CAISSE_REPORT_TOKEN").ok();
    let mut arguments = lexopt::Parser::from_env();
    let text = |value: Result<std::ffi::OsString, lexopt::Error>| value.and_then(|value| value.string()).map_err(|error| error.to_string());
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            Long("listen") => listen = text(arguments.value())?,
            Long("data") => data = Some(PathBuf::from(arguments.value().map_err(|error| error.to_string())?)),
            Long("allow-origin") => allow_origins.push(text(arguments.value())?),
            Long("adobe-org") => adobe_org = Some(text(arguments.value())?),
            Long("report-token") => report_token = Some(text(arguments.value())?),
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(None);
            }
            Short('V') | Long("version") => {
                println!("caisse-collector {}", env!("CARGO_PKG_VERSION"));
                return Ok(None);
            }
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected().to_string()),
        }
    }
    let listen: SocketAddr = listen.parse().map_err(|_| format!("{listen:?} is not an address and port such as 127.0.0.1:8788"))?;
    let data = data.ok_or("--data DIR is missing: say where to keep the database")?;
    if !listen.ip().is_loopback() && report_token.is_none() {
        return Err(format!("{listen} can be reached from other machines: give --report-token, or listen on 127.0.0.1"));
    }
    Ok(Some(Options { listen, data, allow_origins, adobe_org, report_token }))
}

fn run(options: Options) -> Result<(), String> {
    let Options { listen, data, allow_origins, adobe_org, report_token } = options;
    let settings = Settings { database: Some(data.join("collector.sqlite")), allow_origins, adobe_org, report_token };
    let collector = Collector::open(settings).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| format!("cannot listen on {listen}: {error}. Stop what uses the port, or choose another with --listen"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let mut stdout = std::io::stdout();
        // Whoever started us waits for this line; without a reader there is nobody to tell.
        let _unread = writeln!(stdout, "ready http://{address}").and_then(|()| stdout.flush());
        let stop = stopped().map_err(|error| error.to_string())?;
        serve(listener, collector.ingest().merge(collector.report()), stop).await;
        Ok(())
    })
}

/// Done when the program is told to stop: by Ctrl-C or, on Unix, SIGTERM.
#[cfg(unix)]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _told = tokio::signal::ctrl_c().await;
    })
}
