//! The commands that take hits away: `erase` for a person who asks, `retain` for what is too old. Both may run while the collector does.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use caisse::call::Millis;
use caisse_collector::storage::{Erased, Sqlite, Subject};
use caisse_collector::{RETAIN_MONTHS, months_before, system_clock};
use lexopt::prelude::*;

/// `erase --data DIR --visitor ID | --customer ID | --order ID`.
pub fn erase(mut arguments: lexopt::Parser) -> Result<String, String> {
    let (mut data, mut kind_and_id) = (None, None);
    while let Some(argument) = arguments.next().map_err(said)? {
        match argument {
            Long("data") => data = Some(arguments.value().map_err(said)?),
            Long(kind @ ("visitor" | "customer" | "order")) => {
                let kind = kind.to_owned();
                let id = arguments.value().and_then(|id| id.string()).map_err(said)?;
                if kind_and_id.replace((kind, id)).is_some() {
                    return Err("erase takes one of --visitor, --customer and --order, once".into());
                }
            }
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected().to_string()),
        }
    }
    let database = open(data)?;
    let (kind, id) = kind_and_id.filter(|(_, id)| !id.is_empty()).ok_or("erase needs --visitor ID, --customer ID or --order ID")?;
    let subject = match kind.as_str() {
        "visitor" => Subject::Visitor(&id),
        "customer" => Subject::Customer(&id),
        _ => Subject::Order(&id),
    };
    let erased = database.erase(subject, now()).map_err(|trouble| trouble.to_string())?;
    report(&database, erased)
}

/// `retain --data DIR [--months N]`.
pub fn retain(mut arguments: lexopt::Parser) -> Result<String, String> {
    let (mut data, mut months) = (None, RETAIN_MONTHS);
    while let Some(argument) = arguments.next().map_err(said)? {
        match argument {
            Long("data") => data = Some(arguments.value().map_err(said)?),
            Long("months") => months = arguments.value().and_then(|months| months.parse()).map_err(said)?,
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected().to_string()),
        }
    }
    if !(1..=RETAIN_MONTHS).contains(&months) {
        return Err(format!("--months {months}: a number from 1 to {RETAIN_MONTHS} is expected"));
    }
    let database = open(data)?;
    let now = now();
    let erased = database.retain(months_before(now, months), now).map_err(|trouble| trouble.to_string())?;
    report(&database, erased)
}

fn said(error: lexopt::Error) -> String {
    error.to_string()
}

fn now() -> Millis {
    system_clock()()
}

/// The database that is there: a folder that was mistyped is not to become one with nothing to erase.
fn open(data: Option<OsString>) -> Result<Sqlite, String> {
    let folder = PathBuf::from(data.ok_or("--data DIR is missing: say where the database is")?);
    let file = folder.join(crate::DATABASE);
    if !Path::new(&file).is_file() {
        return Err(format!("{} is not there", file.display()));
    }
    Sqlite::open(Some(&file)).map_err(|error| error.to_string())
}

fn report(database: &Sqlite, erased: Erased) -> Result<String, String> {
    let settled = database.settle().map_err(|trouble| trouble.to_string())?;
    let rest = if settled { "" } else { "; the log still holds them until the collector that runs has written some more" };
    Ok(format!("{} hits of {} page loads are gone{rest}", erased.hits, erased.streams))
}
