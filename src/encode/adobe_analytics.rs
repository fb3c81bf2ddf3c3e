//! Adobe Analytics' wire format, one request to `/b/ss` for each hit: see `docs/adobe-analytics.md`. Parameters stand in the order, and
//! in the writing, in which AppMeasurement sends them. Never cuts a character in two, and never says what nobody measured.

use super::context_data::context_data;
use super::products::{products, push_event, push_names};
use super::query::{Filter, Query, is_in, push_hex};
use crate::call::{Kind, Millis, is_stream};
use crate::date::push_time;
use crate::event::Event;
use crate::facts::Facts;
use crate::hit::{Context, Hit};
use crate::limits::{ADOBE_GET_BYTES_MAX, ADOBE_URL_UNITS_MAX, EVAR_MAX};
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
    query.facts("pageName pageName", &event.facts, Group::Variables);
    let url = context.text("url");
    let (start, rest) = url.split_at_checked(fitting(url)).unwrap_or((url, ""));
    query.add("g", start);
    // Said once for a page, as AppMeasurement does: a channel is credited for each hit that comes from somewhere.
    if hit.seq == 0 {
        query.facts("r referrer", &context.0, Group::Own);
    }
    context_data(&mut query, event);
    query.facts("cc cc", &event.facts, Group::Own);
    query.variables(event);
    query.events(event);
    if query.filter.passes("products") {
        query.add("products", &products(&event.products));
    }
    query.numbered(&event.facts);
    query.link(event);
    query.facts("s screen", &context.0, Group::Own);
    query.facts("c c k k", &context.0, Group::Variables);
    let viewport = context.text("viewport");
    let width = before(viewport, 'x');
    query.add("bw", width);
    query.add("bh", after(viewport, width));
    query.add("-g", rest);
    query.facts("mcorgid mcorgid", &context.0, Group::Variables);
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
        let unknown = self.text.len();
        self.facts("mid mid aid aid", &context.0, Group::Variables);
        if self.text.len() == unknown {
            self.facts("fid fid", &context.0, Group::Variables);
        }
        if self.text.len() == unknown {
            self.add("fid", &fallback(context.text("visitor")));
        }
    }

    /// Variables with a name of their own.
    fn variables(&mut self, event: &Event) {
        // Another hit with an order's number would count as its duplicate, and take the purchase out of the reports if it came first.
        if event.counts("purchase") && self.filter.passes("purchaseID") {
            self.facts("purchaseID o", &event.facts, Group::Own);
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
    fn events(&mut self, event: &Event) {
        if self.filter.events.is_empty() && !self.filter.passes("events") {
            return;
        }
        let mut names = owned(&event.main);
        push_names(&mut names, &event.facts);
        for product in &event.products {
            push_names(&mut names, &product.facts);
        }
        let mut events = String::new();
        for name in split(&names, ' ') {
            if is_in(name, self.filter.events) {
                push_event(&mut events, &event.facts, name, ',');
            }
        }
        self.add("events", &events);
    }

    /// Props, eVars, hierarchies and lists, by number: `c1 v1 h1 l1 c2 …`.
    fn numbered(&mut self, facts: &Facts) {
        // Whether there is one, by number and kind.
        let mut known = [false; 4 * (EVAR_MAX as usize + 1)];
        for fact in facts.iter() {
            let number = number_or(after(fact.key, ""), 0) as usize;
            let kind = match fact.key.as_bytes().first() {
                Some(b'c') => 0,
                Some(b'v') => 1,
                Some(b'h') => 2,
                _ => 3,
            };
            if number > 0
                && fact.group == Group::Variables
                && let Some(known) = known.get_mut(4 * number + kind)
            {
                *known = true;
            }
        }
        for (rank, known) in known.iter().enumerate() {
            if !known {
                continue;
            }
            let mut key = owned(nth("c v h l", rank % 4));
            let mut name = owned(nth("prop eVar hier list", rank % 4));
            push_number(&mut key, rank as u64 / 4);
            push_number(&mut name, rank as u64 / 4);
            if self.filter.passes(&name) {
                self.add(&key, facts.text(Group::Variables, &key));
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

/// Our visitor id as `s_fid` has them: 16 and 16 hex digits, the first of them below 8 and 4.
fn fallback(visitor: &str) -> String {
    let mut out = String::new();
    if is_stream(visitor) {
        for (at, byte) in visitor.bytes().enumerate() {
            if at == 16 {
                out.add_char('-');
            }
            let mask = match at {
                0 => 7,
                16 => 3,
                _ => 15,
            };
            // Letters have bit 6, and `a` is 1 in the four lowest.
            push_hex(&mut out, ((byte & 15) + (byte >> 6) * 9) & mask);
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
    let digits = offset.strip_prefix('-').unwrap_or(offset);
    let east = digits.len() < offset.len();
    let mut minutes = number_or(digits, 0);
    // No place on Earth is a day away from itself.
    if minutes >= 1_440 {
        minutes = 0;
    }
    let (mut seconds, mut sign) = (at / 1_000, "");
    if !east {
        seconds = seconds.saturating_sub(minutes * 60);
    } else if minutes > 0 {
        seconds += minutes * 60;
        sign = "-";
    }
    let mut out = String::new();
    push_time(&mut out, seconds, "d/n/Y H:M:S w ", 0);
    out.add(sign);
    push_number(&mut out, minutes);
    out
}
