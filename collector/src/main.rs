//! The collector as a program. Reads the command line, refuses what would be unsafe, serves until it is told to stop; or takes hits away.

mod upkeep;

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use caisse_collector::{Collector, Settings, serve};
use tokio::net::TcpListener;

const HELP: &str = "\
Takes hits from pages, keeps them, counts each once and reports.

Usage: caisse-collector --data DIR [options]
       caisse-collector erase --data DIR --visitor ID | --customer ID | --order ID
       caisse-collector retain --data DIR [--months N]

  --data DIR             folder of the database; made if it is missing
  --listen ADDR          address to listen on [127.0.0.1:8788]; port 0 takes a free one
  --allow-origin ORIGIN  a shop whose pages may send, as in https://shop.example, or hits of one site only, as in
                         rivet=https://shop.example; may be repeated
  --trust-proxy IP       a proxy whose X-Forwarded-For says who is sending; may be repeated. Nobody else's is believed
  --rate-address N       requests a second that one address may make, on average [50]; the rest is told to come again
  --rate-site N          beacons a second that one site may send, on average [1000]
  --adobe-org ORG        the Adobe organisation (…@AdobeOrg) of pages that the Web SDK sends from
  --report-token TOKEN   what readers of the report must say; needed unless ADDR is a loopback address.
                         The environment variable CAISSE_REPORT_TOKEN does the same and stays out of process lists
  -h, --help             this text
  -V, --version          the version

erase takes away the page loads on which somebody was seen, for good; retain takes away those of which nothing was heard
for N months [25]. Both may run beside the collector.

Pages send to ADDR/v1/batch, Adobe's Web SDK to ADDR/ee; the report is at ADDR/report.
";

/// The database's file in its folder.
const DATABASE: &str = "collector.sqlite";

/// What the command line asks for.
enum Asked {
    /// Words, which were printed.
    Nothing,
    /// To serve at an address.
    Serve(SocketAddr, Settings),
    /// Something that was done; what to say.
    Done(String),
}

fn main() -> ExitCode {
    match asked() {
        Ok(Asked::Nothing) => ExitCode::SUCCESS,
        Ok(Asked::Done(words)) => {
            println!("{words}");
            ExitCode::SUCCESS
        }
        Ok(Asked::Serve(listen, settings)) => match run(listen, settings) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => fail(&why, 1),
        },
        Err(why) => fail(&format!("{why}\nSee caisse-collector --help."), 2),
    }
}

fn fail(why: &str, code: u8) -> ExitCode {
    eprintln!("caisse-collector: {why}");
    ExitCode::from(code)
}

fn asked() -> Result<Asked, String> {
    let mut arguments = lexopt::Parser::from_env();
    let command = std::env::args().nth(1).unwrap_or_default();
    if command == "erase" || command == "retain" {
        arguments.next().map_err(|error| error.to_string())?;
        let done = if command == "erase" { upkeep::erase(arguments) } else { upkeep::retain(arguments) };
        return done.map(Asked::Done);
    }
    options(arguments)
}

fn options(mut arguments: lexopt::Parser) -> Result<Asked, String> {
    use lexopt::prelude::*;
    let mut listen = String::from("127.0.0.1:8788");
    let mut data = None;
    let mut settings = Settings { report_token: std::env::var("CAISSE_REPORT_TOKEN").ok(), ..Settings::default() };
    let text = |value: Result<std::ffi::OsString, lexopt::Error>| value.and_then(|value| value.string()).map_err(|error| error.to_string());
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            Long("listen") => listen = text(arguments.value())?,
            Long("data") => data = Some(PathBuf::from(arguments.value().map_err(|error| error.to_string())?)),
            Long("allow-origin") => settings.allow_origins.push(text(arguments.value())?),
            Long("trust-proxy") => settings.trusted_proxies.push(address(&text(arguments.value())?)?),
            Long("rate-address") => settings.rates.address_per_s = rate(&text(arguments.value())?)?,
            Long("rate-site") => settings.rates.site_per_s = rate(&text(arguments.value())?)?,
            Long("adobe-org") => settings.adobe_org = Some(text(arguments.value())?),
            Long("report-token") => settings.report_token = Some(text(arguments.value())?),
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(Asked::Nothing);
            }
            Short('V') | Long("version") => {
                println!("caisse-collector {}", env!("CARGO_PKG_VERSION"));
                return Ok(Asked::Nothing);
            }
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected().to_string()),
        }
    }
    let listen: SocketAddr = listen.parse().map_err(|_| format!("{listen:?} is not an address and port such as 127.0.0.1:8788"))?;
    let data: PathBuf = data.ok_or("--data DIR is missing: say where to keep the database")?;
    if !listen.ip().is_loopback() && settings.report_token.is_none() {
        return Err(format!("{listen} can be reached from other machines: give --report-token, or listen on 127.0.0.1"));
    }
    settings.database = Some(data.join(DATABASE));
    Ok(Asked::Serve(listen, settings))
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| format!("{text:?} is not an address such as 10.0.0.1"))
}

fn rate(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("{text:?} is not a number"))
}

fn run(listen: SocketAddr, settings: Settings) -> Result<(), String> {
    let proxies = settings.trusted_proxies.clone();
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
        serve(listener, collector.ingest().merge(collector.report()), &proxies, stop).await;
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
