//! Reads requests to Adobe Analytics' `/b/ss`, one hit each: AppMeasurement's, those of Adobe's other libraries, and what
//! `encode::adobe_analytics` writes. A request is turned back into the call that it may have come from, so that there is one set of rules. See
//! `docs/adobe-analytics.md` for what is not on this wire.

use super::hash;
use super::query::Parameters;
use super::snapshot::{Snapshot, variable_path};
use super::time::{iso, seconds};
use super::{Batch, Form, Refusal};
use crate::call::{Kind, Millis};
use crate::text::{before, listed};
use crate::vocabulary::{EXTENSION, is_adobe_event};

/// Where a request's own path begins, wherever the collector is mounted.
const PLACE: &str = "/b/ss/";

/// Bytes of a report suite's id (Adobe: `new-rs`).
const SUITE_BYTES_MAX: usize = 40;

/// Parameters that say nothing that is kept: framing, cookies, other products of Adobe's, and what nobody measures any more.
const UNUSED: &str = "AQB AQE ndh pf et callback D ce ns cdp cl vmt vmf vvp mid aid fid vid mcorgid sdid aamlh aamb as c j v k ct hp p lrt \
lat lon cp pev3 tnt tnta pid pidt oid oidt ot oi u pccr vidn mtp mtss mti mtsr mtsd t ts";

/// Groups that are not kept: ids of customers, as their names say, and of Audience Manager; hints about the browser.
const UNUSED_GROUPS: [&str; 4] = ["cid.", "d.", "h.", "mts."];

/// The report suites that a request is for, separated by commas, if its path is one of these and names any.
pub fn suites(path: &str) -> Option<&str> {
    let (_, rest) = path.split_once(PLACE)?;
    // The first one is what hits are kept under.
    rest.split('/').next().filter(|suites| (1..=SUITE_BYTES_MAX).contains(&before(suites, ',').len()))
}

/// Reads one request: its path, its query or the body that stands for it, and when it came.
///
/// # Errors
/// [`Refusal::Malformed`] for a path without a report suite, and for a hit that says nothing that could be counted.
pub fn request(path: &str, query: &str, received: Millis) -> Result<Batch, Refusal> {
    let suite = suites(path).map(|suites| before(suites, ',')).ok_or(Refusal::Malformed("no report suite in the path"))?;
    let place = path.split_once(PLACE).map_or("", |(_, place)| place);
    let parameters = Parameters::read(query);
    let said = |names| !parameters.text(names).is_empty();
    if !said("pageName gn") && !said("g") && !said("pe") && !said("events ev") && !said("pageType gt") {
        return Err(Refusal::Malformed("neither a page nor a link nor an event"));
    }
    // Resent byte for byte it is the same hit. As each is a stream of its own, nothing is missing between them.
    let stream = hash::id(&[place, query]);
    let (at, sent) = times(&parameters, received);
    let ours = place.split('/').any(|part| part.starts_with("CAISSE-"));
    let (kind, name) = kind(&parameters);
    let mut read = Batch::new(suite, &stream, 1, sent);
    let mut snapshot = Snapshot::new(&stream, 0, at, kind, name);
    page(&mut snapshot, &parameters);
    // A name that is none of Adobe's stands for the first event.
    let main = is_adobe_event(name) || (kind == Kind::Track && !listed(name, EXTENSION));
    let events = parameters.text("events ev");
    if !events.is_empty() {
        snapshot.events("", main.then_some(name), events);
    }
    if said("products pl") {
        snapshot.products(parameters.text("products pl"));
    }
    if kind == Kind::Link {
        link(&mut snapshot, &parameters);
    }
    // Our checkouts have their own id as their serial.
    let checkout = super::events::entries(events).into_iter().find(|entry| entry.name == "scCheckout").and_then(|entry| entry.id);
    if let Some(id) = checkout.filter(|_| ours && !said("c.caisse.checkoutId")) {
        snapshot.text("checkoutId", &id);
    }
    for (name, value) in &parameters.0 {
        read.ignored += u32::from(!value.is_empty() && !field(&mut snapshot, name, value));
    }
    let call = snapshot.call().ok_or(Refusal::Malformed("the hit cannot be read"))?;
    read.take(&call, if ours { Form::Hit } else { Form::Raw }, "");
    Ok(read)
}

/// Which call it was, and its name. Ours says so; elsewhere what is no link is a page view.
fn kind(parameters: &Parameters) -> (Kind, &str) {
    let name = parameters.text("pev2");
    match Kind::from_letter(parameters.text("c.caisse")) {
        Some(kind @ (Kind::Track | Kind::Custom)) if !name.is_empty() => (kind, name),
        _ if parameters.text("pe").is_empty() => (Kind::Page, ""),
        _ => (Kind::Link, ""),
    }
}

/// What a link is, where it leads and its name. What Adobe's media and Target libraries send is one of these as well, and no page view.
fn link(snapshot: &mut Snapshot, parameters: &Parameters) {
    let (pe, url, name) = (parameters.text("pe"), parameters.text("pev1"), parameters.text("pev2"));
    let (kind, name) = match pe {
        "lnk_d" => ("download", name),
        "lnk_e" => ("exit", name),
        "lnk_o" => ("other", name),
        other => (other, if name.is_empty() { other } else { name }),
    };
    for (path, text) in [("linkType", kind), ("linkUrl", url), ("linkName", name)] {
        if !text.is_empty() {
            snapshot.text(path, text);
        }
    }
}

/// Facts about the page and its visitor.
fn page(snapshot: &mut Snapshot, parameters: &Parameters) {
    // In Adobe's order: the shop's own id, then the older cookie's, the ECID and the fallback.
    let known = ["vid", "aid", "mid", "fid"].into_iter().find(|id| !parameters.text(id).is_empty());
    let visitor = match known {
        None => String::new(),
        Some("mid") => hash::visitor(parameters.text("mid")),
        Some(id) => hash::id(&[id, parameters.text(id)]),
    };
    let (width, height) = (parameters.text("bw"), parameters.text("bh"));
    let facts = [
        ("@visitor", visitor),
        ("@url", [parameters.text("g"), parameters.text("-g")].concat()),
        ("@referrer", parameters.text("r").into()),
        ("@screen", parameters.text("s").into()),
        ("@viewport", if width.is_empty() || height.is_empty() { String::new() } else { format!("{width}x{height}") }),
        ("@offset", local_time(parameters.text("t")).1.map_or(String::new(), |offset| offset.to_string())),
    ];
    for (path, text) in facts {
        snapshot.text(path, &text);
    }
}

/// Adds what a parameter says of the event; `false` if nobody knows it.
fn field(snapshot: &mut Snapshot, name: &str, value: &str) -> bool {
    let path = match name {
        "pageName" | "gn" => "pageName".into(),
        "pageType" | "gt" => "pageType".into(),
        "server" | "sv" => "server".into(),
        "purchaseID" | "pi" => "orderId".into(),
        "cc" => "currency".into(),
        "zip" | "state" | "ch" | "xact" => variable_path(name),
        // Read already, or not for keeps.
        "events" | "ev" | "products" | "pl" | "pe" | "pev1" | "pev2" | "g" | "-g" | "r" | "s" | "bw" | "bh" | "c.caisse" => return true,
        _ if listed(name, UNUSED) || UNUSED_GROUPS.iter().any(|group| name.starts_with(group)) => return true,
        _ => match name.strip_prefix("c.") {
            // The end of the request, in a group that nobody closed.
            Some("AQE") => return true,
            Some(key) => key.strip_prefix("caisse.").map_or_else(|| format!("contextData.{key}"), String::from),
            None => match variable_path(name) {
                variable if variable != name => variable,
                _ => return false,
            },
        },
    };
    // Facts about the page are those above and no others.
    if path.starts_with('@') {
        return false;
    }
    snapshot.text(&path, value);
    true
}

/// When a hit was made and when it was sent, by the page's clock. A hit without a time of its own counts when it comes, as at Adobe: nobody says
/// when it was sent, and so the beginning of time is taken, which the collector takes for a clock that is wrong.
fn times(parameters: &Parameters, received: Millis) -> (Millis, Millis) {
    let millis = |seconds: i64| u64::try_from(seconds).ok().and_then(|seconds| seconds.checked_mul(1_000));
    match (timestamp(parameters.text("ts")).and_then(millis), local_time(parameters.text("t")).0.and_then(millis)) {
        (Some(at), _) => (at, received),
        (None, Some(at)) => (at, 0),
        (None, None) => (received, received),
    }
}

/// Seconds since 1970, as `t` tells them, `D/M/Y H:M:S W O`, and minutes west of UTC. Adobe's mobile libraries say only the latter.
fn local_time(t: &str) -> (Option<i64>, Option<i64>) {
    let mut parts = t.split(' ');
    let mut numbers = |separator| -> Option<[i64; 3]> {
        let numbers: Option<Vec<i64>> = parts.next()?.split(separator).map(|part| part.parse().ok()).collect();
        numbers?.try_into().ok()
    };
    let (date, time) = (numbers('/'), numbers(':'));
    let offset = parts.nth(1).and_then(|offset| offset.parse().ok()).filter(|offset: &i64| offset.abs() < 1_440);
    let seconds = date
        .zip(time)
        .zip(offset)
        .and_then(|(([day, month, year], time), offset)| Some(seconds([year, month.saturating_add(1), day], time)? + offset * 60));
    (seconds, offset)
}

/// Seconds since 1970 of `ts`: such a number, or a date and a time of ISO 8601.
fn timestamp(ts: &str) -> Option<i64> {
    // More digits are milliseconds, which Adobe does not take.
    if ts.len() <= 10 && !ts.is_empty() && ts.bytes().all(|byte| byte.is_ascii_digit()) {
        return ts.parse().ok();
    }
    Some(iso(ts)?.div_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times() {
        for (ts, expected) in [
            ("1709658489", Some(1_709_658_489)),
            ("2024-03-05T17:08:09Z", Some(1_709_658_489)),
            ("20240305T170809Z", Some(1_709_658_489)),
            ("2024-03-05T18:08:09.500+01:00", Some(1_709_658_489)),
            ("2024-03-05T08:38:09-0830", Some(1_709_658_489)),
            ("2024-03-05T17:08Z", Some(1_709_658_480)),
            ("1709658489123", None),
            ("2024-13-05T17:08:09Z", None),
            ("2024-W10-2T17:08:09Z", None),
            ("", None),
        ] {
            assert_eq!(timestamp(ts), expected, "{ts}");
        }
        assert_eq!(local_time("5/2/2024 17:8:9 2 0"), (Some(1_709_658_489), Some(0)));
        assert_eq!(local_time("5/2/2024 9:8:9 2 480"), (Some(1_709_658_489), Some(480)));
        assert_eq!(local_time("5/2/2024 22:38:9 2 -330"), (Some(1_709_658_489), Some(-330)));
        assert_eq!(local_time("00/00/0000 00:00:00 0 360"), (None, Some(360)));
        assert_eq!(local_time("5/2/2024"), (None, None));
        assert_eq!(local_time("1/1/1/1 1:1:1 1 99999"), (None, None));
    }
}
