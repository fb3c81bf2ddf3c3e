//! Adobe Analytics' wire format, one request to `/b/ss` for each hit: see `docs/adobe-analytics.md`. Parameters stand in the order, and
//! in the writing, in which AppMeasurement sends them. Never cuts a character in two, and never says what nobody measured.

use super::context_data::Items;
use super::products::{products, push_metric};
use super::query::{Filter, Query, is_in, push_hex};
use crate::call::{Kind, Millis, is_stream};
use crate::date::date;
use crate::event::Event;
use crate::facts::{Fact, Facts, Metric};
use crate::hit::{Context, Hit};
use crate::limits::{ADOBE_GET_BYTES_MAX, ADOBE_URL_UNITS_MAX};
use crate::text::{Append, after, before, find, listed, nth, number_or, owned, push_number, split};
use crate::vocabulary::Group;

/// Who sends, in a request's path and in the data feed's `code_ver`, which has 16 bytes.
pub const LIBRARY: &str = concat!("CAISSE-", env!("CARGO_PKG_VERSION"));

/// What a shop's report suites ask for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings<'a> {
    /// Ids of report suites, separated by commas.
    pub suites: &'a str,
    /// Whether a hit says when it was made (`ts`, in seconds since 1970). Suites that take no timestamps drop such hits for good, and
    /// suites that require them drop the others.
    pub timestamps: bool,
    /// What links carry beside what every hit does, by AppMeasurement's names for variables, separated by commas (its
    /// `linkTrackVars`): empty for everything, `None` for nothing.
    pub link_vars: &'a str,
    /// The events that links carry, separated by commas (its `linkTrackEvents`): empty for all, `None` for none.
    pub link_events: &'a str,
}

/// The query string of a hit, `AQB=1&…&AQE=1`. Made once; resent as it is.
pub fn hit(hit: &Hit, context: &Context, settings: &Settings<'_>) -> String {
    let event = &hit.event;
    let mut query = Query { text: owned("AQB=1&ndh=1&pf=1"), filter: Filter::default() };
    if event.kind == Kind::Link {
        query.filter = Filter { vars: settings.link_vars, events: settings.link_events };
    }
    query.add("t", &local_time(hit.at, context.text("offset")));
    if settings.timestamps {
        query.number("ts", hit.at / 1_000);
    }
    query.visitor(context);
    query.add("ce", "UTF-8");
    query.add("pageName", event.facts.text(Group::Variables, "pageName"));
    let url = context.text("url");
    let (start, rest) = url.split_at_checked(fitting(url)).unwrap_or((url, ""));
    query.add("g", start);
    // Said once for a page, as AppMeasurement does: a channel is credited for each hit that comes from somewhere.
    if hit.seq == 0 {
        query.add("r", context.text("referrer"));
    }
    query.context_data(event);
    query.add("cc", event.currency());
    query.variables(event);
    query.add("events", &query.events(event));
    if query.filter.passes("products") {
        query.add("products", &products(&event.products));
    }
    query.numbered(&event.facts);
    query.link(event);
    query.add("s", context.text("screen"));
    query.add("c", context.adobe("c"));
    query.add("k", context.adobe("k"));
    let viewport = context.text("viewport");
    let width = before(viewport, 'x');
    query.add("bw", width);
    query.add("bh", after(viewport, width));
    query.add("-g", rest);
    query.add("mcorgid", context.adobe("mcorgid"));
    query.text.add("&AQE=1");
    query.text
}

/// The request of a hit: its URL, and its body, which is empty for a GET. Long ones go by POST (as forms do,
/// `application/x-www-form-urlencoded`) if the visitor is known by more than a fallback, as AppMeasurement does. `stream` and `seq` make
/// each hit's URL its own, and the same for every attempt.
pub fn request(server: &str, settings: &Settings<'_>, query: &str, stream: &str, seq: u64) -> (String, String) {
    let mut url = String::new();
    if find(server, "://").is_none() {
        url.add("https://");
    }
    url.add(server);
    url.add("/b/ss/");
    url.add(settings.suites);
    url.add("/1/");
    url.add(LIBRARY);
    url.add("/s");
    // Some digits that are the stream's own, then the hit's number in it.
    for byte in stream.bytes().take(12) {
        push_number(&mut url, u64::from(byte % 10));
    }
    push_number(&mut url, seq);
    if url.len() + 1 + query.len() > ADOBE_GET_BYTES_MAX && is_known(query) {
        return (url, owned(query));
    }
    url.add_char('?');
    url.add(query);
    (url, String::new())
}

/// Whether a query names the visitor by `mid` or `aid`.
fn is_known(query: &str) -> bool {
    for parameter in split(query, '&') {
        if listed(before(parameter, '='), "mid aid") {
            return true;
        }
        // What follows is the page's own.
        if parameter == "c." {
            return false;
        }
    }
    false
}

impl Query<'_> {
    /// By what Adobe knows the visitor. Only who is not known by its own ids needs the fallback: its cookie's, or our visitor id in the
    /// same writing.
    fn visitor(&mut self, context: &Context) {
        let (mid, aid) = (context.adobe("mid"), context.adobe("aid"));
        self.add("mid", mid);
        self.add("aid", aid);
        let fid = context.adobe("fid");
        if !mid.is_empty() || !aid.is_empty() {
        } else if fid.is_empty() {
            self.add("fid", &fallback(context.text("visitor")));
        } else {
            self.add("fid", fid);
        }
    }

    fn context_data(&mut self, event: &Event) {
        Items::of(event, self.filter).write(self);
    }

    /// Variables with a name of their own.
    fn variables(&mut self, event: &Event) {
        // Another hit with an order's number would count as its duplicate, and take the purchase out of the reports if it came first.
        if event.counts("purchase") && self.filter.passes("purchaseID") {
            self.add("purchaseID", event.order_id());
        }
        // Parameter and name.
        let mut names = split("ch channel server server pageType pageType xact transactionID v0 campaign state state zip zip", ' ');
        while let Some(parameter) = names.next() {
            if self.filter.passes(names.part()) {
                self.add(parameter, event.facts.text(Group::Variables, parameter));
            }
        }
    }

    /// What the event counts as. Events of products must be named here as well, without the value that stands there.
    fn events(&self, event: &Event) -> String {
        let mut events = String::new();
        let filter = self.filter;
        if filter.events.is_empty() && !filter.passes("events") {
            return events;
        }
        for metric in event.metrics() {
            if is_in(metric.name, filter.events) {
                push_metric(&mut events, metric, ',');
            }
        }
        for product in &event.products {
            for Metric { name, .. } in product.facts.metrics() {
                if is_in(name, filter.events) && !event.counts(name) && (events.is_empty() || !is_in(name, &events)) {
                    push_metric(&mut events, Metric { name, value: "", id: "" }, ',');
                }
            }
        }
        events
    }

    /// Props, eVars, hierarchies and lists, by number: `c1 v1 h1 l1 c2 …`.
    fn numbered(&mut self, facts: &Facts) {
        let mut ranked: Vec<(u64, Fact<'_>)> = Vec::new();
        for fact in facts.iter() {
            let number = number_or(fact.key.get(1..).unwrap_or(""), 0);
            let letter = LETTERS.bytes().position(|letter| fact.key.as_bytes().first() == Some(&letter));
            if let Some(letter) = letter.filter(|_| number > 0 && fact.group == Group::Variables) {
                ranked.push((number * 4 + letter as u64, fact));
            }
        }
        // There are few, and sorting machinery costs a kilobyte.
        let mut last = 0;
        while let Some((rank, fact)) = ranked.iter().filter(|(rank, _)| *rank > last).min_by_key(|(rank, _)| *rank) {
            last = *rank;
            let mut name = owned(nth("prop eVar hier list", (last % 4) as usize));
            name.add(fact.key.get(1..).unwrap_or(""));
            if self.filter.passes(&name) {
                self.add(fact.key, fact.text);
            }
        }
    }

    /// Says that the hit is a link. Everything but a page view is one: Adobe counts whatever is none as one more view of the page.
    fn link(&mut self, event: &Event) {
        let fact = |key| event.facts.text(Group::Data, key);
        let (kind, url, mut name) = match event.kind {
            Kind::Page => return,
            Kind::Link => (fact("linkType"), fact("linkUrl"), fact("linkName")),
            Kind::Track | Kind::Custom => ("", "", event.name.as_str()),
        };
        // A link with neither would be a page view as well.
        if url.is_empty() && name.is_empty() {
            name = "link";
        }
        let kind = match kind.as_bytes().first() {
            Some(b'd') => "lnk_d",
            Some(b'e') => "lnk_e",
            _ => "lnk_o",
        };
        self.add("pe", kind);
        self.add("pev1", url);
        self.add("pev2", name);
    }
}

/// The first letters of numbered parameters, in their order.
const LETTERS: &str = "cvhl";

/// Our visitor id as `s_fid` has them: 16 and 16 hex digits, the first of them below 8 and 4.
fn fallback(visitor: &str) -> String {
    let mut out = String::new();
    if is_stream(visitor) {
        for (at, byte) in visitor.bytes().enumerate() {
            let digit = if byte.is_ascii_digit() { byte - b'0' } else { byte - b'a' + 10 };
            if at == 16 {
                out.add_char('-');
            }
            push_hex(
                &mut out,
                match at {
                    0 => digit & 7,
                    16 => digit & 3,
                    _ => digit,
                },
            );
        }
    }
    out
}

/// Bytes of the longest start of a text that has at most [`ADOBE_URL_UNITS_MAX`] units of UTF-16, and whole characters only.
fn fitting(text: &str) -> usize {
    let mut units = 0;
    for (at, byte) in text.bytes().enumerate() {
        // A character's first byte says how many units it has.
        units += match byte {
            0x80..=0xbf => 0,
            0xf0.. => 2,
            _ => 1,
        };
        if units > ADOBE_URL_UNITS_MAX {
            return at;
        }
    }
    text.len()
}

/// A moment as the page's clock shows it: `D/M/Y H:M:S W O`, with months and days of the week from 0 and without leading zeros. `offset`
/// is in minutes west of UTC.
fn local_time(at: Millis, offset: &str) -> String {
    let west = offset.strip_prefix('-').unwrap_or(offset);
    let mut minutes = number_or(west, 0) as i64;
    // No place on Earth is a day away from itself.
    if minutes >= 1_440 {
        minutes = 0;
    }
    if west.len() < offset.len() {
        minutes = -minutes;
    }
    let seconds = (at / 1_000) as i64 - minutes * 60;
    let days = seconds.div_euclid(86_400);
    let second = seconds.rem_euclid(86_400) as u64;
    let (year, month, day) = date(days);
    let mut out = String::new();
    for (number, end) in [
        (day, '/'),
        (month - 1, '/'),
        (year as u64, ' '),
        (second / 3_600, ':'),
        (second / 60 % 60, ':'),
        (second % 60, ' '),
        ((days + 4).rem_euclid(7) as u64, ' '),
    ] {
        push_number(&mut out, number);
        out.add_char(end);
    }
    if minutes < 0 {
        out.add_char('-');
    }
    push_number(&mut out, minutes.unsigned_abs());
    out
}
