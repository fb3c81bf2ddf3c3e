//! Reads one event of Edge Network as Analytics would (Adobe: `aep-edge/xdm-var-mapping`, `data-var-mapping`, `hit-types`) and
//! turns it into the call it may have come from. XDM is taken first; `data.__adobe.analytics` then overwrites it. Never judges a value.

use super::json::{keys, leaves, take, take_whole, text};
use super::products;
use super::snapshot::{Snapshot, variable_path};
use super::time::millis;
use crate::call::{Kind, Millis};
use crate::encode::adobe_edge::{MEASURES, NAME, PREFIX};
use crate::limits::FIELDS_MAX;
use crate::text::numbered;
use crate::vocabulary::{COMMERCE, is_adobe_event};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What an event says, in Caisse's words.
pub(super) struct Said {
    /// The kind of call; nothing for what Analytics drops.
    pub(super) kind: Option<Kind>,
    /// The name it was called by, if a tracker of ours sent it.
    pub(super) name: String,
    /// Whether a tracker of ours sent it, by its `implementationDetails`.
    pub(super) own: bool,
    /// When it happened.
    pub(super) at: Option<Millis>,
    /// Codes of the problems that a tracker of ours found.
    pub(super) problems: String,
    /// Fields nobody here knows.
    pub(super) ignored: u32,
    /// Fields by their path; those of the page begin with `@`, and a list stands under its own name.
    fields: BTreeMap<String, Json>,
    /// Adobe's events: name, `value` or `id`, what it is.
    metrics: Vec<(String, &'static str, Json)>,
    /// Fields of products in the order of the lines: their path, what it is.
    products: Vec<(String, Json)>,
    /// Adobe's `events` string, which replaces all of them.
    events: Option<String>,
    /// Which of Adobe's events the name stands for.
    main: String,
    /// What decides about the kind.
    hit: HitType,
}

/// What an event says of itself, for its kind.
#[derive(Default)]
struct HitType {
    event_type: String,
    link_type: String,
    has_xdm_link: bool,
}

/// XDM that has one place with us.
const PLAIN: [(&str, &str); 12] = [
    ("web.webPageDetails.name", "pageName"),
    ("web.webPageDetails.URL", "@url"),
    ("web.webPageDetails.siteSection", "channel"),
    ("web.webPageDetails.server", "server"),
    ("web.webReferrer.URL", "@referrer"),
    ("web.webInteraction.name", "linkName"),
    ("web.webInteraction.URL", "linkUrl"),
    ("marketing.trackingCode", "campaign"),
    ("commerce.order.purchaseID", "orderId"),
    ("commerce.order.currencyCode", "currency"),
    ("placeContext.geo.postalCode", "zip"),
    ("placeContext.geo.stateProvince", "state"),
];

/// XDM about the library, the visitor and the device, which is not kept or stands elsewhere.
const KNOWN: [&str; 11] = [
    "_id",
    "timestamp",
    "eventType",
    "eventMergeId",
    "identityMap",
    "implementationDetails",
    "device",
    "environment",
    "placeContext",
    "web.webPageDetails.pageViews",
    "web.webInteraction",
];

/// Names in `data.__adobe.analytics`, AppMeasurement's and the short ones, and where they go.
const NAMES: [(&str, &str); 26] = [
    ("pageName", "pageName"),
    ("gn", "pageName"),
    ("pageURL", "@url"),
    ("g", "@url"),
    ("referrer", "@referrer"),
    ("r", "@referrer"),
    ("channel", "channel"),
    ("ch", "channel"),
    ("server", "server"),
    ("sv", "server"),
    ("pageType", "pageType"),
    ("gt", "pageType"),
    ("campaign", "campaign"),
    ("v0", "campaign"),
    ("currencyCode", "currency"),
    ("cc", "currency"),
    ("purchaseID", "orderId"),
    ("transactionID", "transactionId"),
    ("xact", "transactionId"),
    ("linkName", "linkName"),
    ("pev2", "linkName"),
    ("linkURL", "linkUrl"),
    ("pev1", "linkUrl"),
    ("resolution", "@screen"),
    ("s", "@screen"),
    ("zip", "zip"),
];

/// Names there that say nothing we keep.
const UNKEPT: &str = "colorDepth c connectionType ct cookiesEnabled k javaEnabled v latitude lat longitude lon tnta dynamicVariablePrefix";

/// Event types that Analytics drops, or counts for Target, whatever else they say; the second list only without a link.
const DROPPED: &str = "decisioning.propositionFetch decisioning.propositionDisplay personalization.request display";
const DROPPED_WITHOUT_LINK: &str = "decisioning.propositionInteract click";

/// Reads an event.
pub(super) fn said(event: &Json) -> Said {
    let mut xdm = event.get("xdm").cloned().unwrap_or(Json::Null);
    let ours = |key| event.pointer(&format!("/data/caisse/{key}")).and_then(Json::as_str).unwrap_or("");
    let mut said = Said {
        kind: None,
        name: String::new(),
        own: event.pointer("/xdm/implementationDetails/name").and_then(Json::as_str) == Some(NAME),
        at: take(&mut xdm, "timestamp").and_then(|time| millis(&text(&time))),
        problems: String::new(),
        ignored: 0,
        fields: BTreeMap::new(),
        metrics: Vec::new(),
        products: Vec::new(),
        events: None,
        main: String::new(),
        hit: HitType::default(),
    };
    said.take_xdm(&mut xdm);
    if said.own {
        said.take_own(ours("kind"), ours("as"), ours("problems"));
    }
    if let Some(Json::Object(data)) = event.pointer("/data/__adobe/analytics") {
        data.iter().for_each(|(key, value)| said.take_data(key, value));
    }
    if !said.own {
        said.kind = said.kind_of_hit();
        if said.kind == Some(Kind::Link) {
            // Analytics counts no page for a link; where it was made stays known.
            said.fields.remove("pageName");
        }
    }
    said
}

impl Said {
    /// Writes the call into the snapshot that has its head already.
    pub(super) fn write(&self, snapshot: &mut Snapshot) -> u32 {
        let mut ignored = self.ignored;
        let of = |facts: bool| self.fields.iter().filter(move |(path, _)| path.starts_with('@') == facts);
        for (path, value) in of(true).chain(of(false)) {
            if let Json::Array(items) = value {
                for (index, item) in items.iter().enumerate() {
                    // The numbers keep the items in order, and are not read.
                    snapshot.push(&format!("{path}.{index:04}"), item);
                }
            } else if path.starts_with('@') {
                snapshot.push(path, value);
            } else {
                ignored += snapshot.field(path, value);
            }
        }
        if self.main != self.name && !self.main.is_empty() {
            snapshot.declare(&self.main);
        }
        for (name, what, value) in &self.metrics {
            // A purchase's serial is its order; one that was said for the event itself is told like any other's.
            let is_serial = *what == "id" && *name == self.main && name != "purchase";
            snapshot.push(&if is_serial { "serial".to_owned() } else { format!("{name}.{what}") }, value);
        }
        if let Some(events) = &self.events {
            snapshot.events("", None, events);
        }
        for (path, value) in &self.products {
            ignored += snapshot.field(path, value);
        }
        ignored
    }

    fn set(&mut self, path: &str, value: Json) {
        let value = if let Json::Bool(_) = value { Json::String(text(&value)) } else { value };
        self.fields.insert(path.into(), value);
    }

    fn take_xdm(&mut self, xdm: &mut Json) {
        self.hit.event_type = take(xdm, "eventType").map_or(String::new(), |value| text(&value));
        self.hit.link_type = take(xdm, "web.webInteraction.type").map_or(String::new(), |value| text(&value));
        self.hit.has_xdm_link = !self.hit.link_type.is_empty();
        for (path, ours) in PLAIN {
            if let Some(value) = take(xdm, path) {
                self.set(ours, value);
            }
        }
        if take(xdm, "web.webPageDetails.isErrorPage").is_some_and(|flag| text(&flag) == "true") {
            self.set("pageType", "errorPage".into());
        }
        if let Some(value) = take(xdm, "commerce.order.payments.0.transactionID") {
            self.set("transactionId", value);
        }
        self.take_surroundings(xdm);
        for (name, measure) in COMMERCE.split(' ').zip(MEASURES.split(' ')) {
            self.take_metric(xdm, &format!("commerce.{measure}"), name);
        }
        self.take_dimensions(xdm);
        for (name, path) in metrics(xdm, "_experience.analytics") {
            self.take_metric(xdm, &path, &name);
        }
        let lines = xdm.pointer("/productListItems").and_then(Json::as_array).map_or(0, Vec::len);
        (0..lines).for_each(|line| self.take_product(xdm, line));
        for path in KNOWN {
            take_whole(xdm, path);
        }
        let mut rest = Vec::new();
        leaves(xdm, String::new(), &mut rest);
        self.ignored += u32::try_from(rest.len().saturating_sub(FIELDS_MAX)).unwrap_or(u32::MAX);
        for (path, value) in rest.into_iter().take(FIELDS_MAX) {
            // What a schema puts under `analytics.contextData` goes without a prefix.
            let explicit = path.split_once('.').and_then(|(_, rest)| rest.strip_prefix("analytics.contextData."));
            let path = explicit.map_or_else(|| format!("contextData.a.x.{path}"), |key| format!("contextData.{key}"));
            self.set(&path, value);
        }
    }

    fn take_surroundings(&mut self, xdm: &mut Json) {
        let sizes = [
            ("@screen", "device.screenWidth", "device.screenHeight"),
            ("@viewport", "environment.browserDetails.viewportWidth", "environment.browserDetails.viewportHeight"),
        ];
        for (path, width, height) in sizes {
            if let (Some(width), Some(height)) = (take(xdm, width), take(xdm, height)) {
                self.set(path, format!("{}x{}", text(&width), text(&height)).into());
            }
        }
        for (path, from) in [("@language", "environment.browserDetails.acceptLanguage"), ("@offset", "placeContext.localTimezoneOffset")] {
            if let Some(value) = take(xdm, from) {
                self.set(path, text(&value).into());
            }
        }
    }

    /// Takes one of Adobe's events: it counts if it has a value.
    fn take_metric(&mut self, xdm: &mut Json, path: &str, name: &str) {
        if let Some(value) = take(xdm, &format!("{path}.value")) {
            self.metrics.push((name.into(), "value", value));
            if let Some(id) = take(xdm, &format!("{path}.id")) {
                self.metrics.push((name.into(), "id", id));
            }
        }
    }

    fn take_dimensions(&mut self, xdm: &mut Json) {
        let root = "_experience.analytics.customDimensions";
        for group in ["eVars", "props", "hierarchies"] {
            for name in keys(xdm, &format!("{root}.{group}")) {
                if let Some(value) = take(xdm, &format!("{root}.{group}.{name}")) {
                    self.set(&name, value);
                }
            }
        }
        for name in keys(xdm, &format!("{root}.listProps")) {
            let list = take_whole(xdm, &format!("{root}.listProps.{name}")).unwrap_or_default();
            let delimiter = list.get("delimiter").map_or(",".into(), text);
            let values = list.get("values").and_then(Json::as_array).into_iter().flatten().map(text);
            self.set(&name, values.collect::<Vec<_>>().join(&delimiter).into());
        }
        for name in keys(xdm, &format!("{root}.lists")) {
            let list = take_whole(xdm, &format!("{root}.lists.{name}.list")).unwrap_or_default();
            let values = list.as_array().into_iter().flatten().filter_map(|item| item.get("value")).map(text);
            self.set(&name, values.collect::<Vec<_>>().into());
        }
    }

    /// Takes a line. Analytics takes the SKU before the name, and the line's id before the category's.
    fn take_product(&mut self, xdm: &mut Json, line: usize) {
        let root = format!("productListItems.{line}");
        let [line_id, category, sku, name, quantity, total] =
            ["lineItemId", "productCategories.0.categoryID", "SKU", "name", "quantity", "priceTotal"]
                .map(|key| take(xdm, &format!("{root}.{key}")));
        let (id, name) = if sku.is_some() { (sku, name) } else { (name, None) };
        let named = [("id", id), ("name", name), ("category", line_id.or(category)), ("quantity", quantity), ("lineTotal", total)];
        let mut fields: Vec<(String, Json)> = named.into_iter().filter_map(|(key, value)| Some((key.into(), value?))).collect();
        let analytics = format!("{root}._experience.analytics");
        for name in keys(xdm, &format!("{analytics}.customDimensions.eVars")) {
            let value = take(xdm, &format!("{analytics}.customDimensions.eVars.{name}"));
            fields.extend(value.map(|value| (name, value)));
        }
        for (name, path) in metrics(xdm, &analytics) {
            for what in ["value", "id"] {
                fields.extend(take(xdm, &format!("{path}.{what}")).map(|value| (format!("{name}.{what}"), value)));
            }
        }
        self.products.extend(fields.into_iter().map(|(path, value)| (format!("products.{line}.{path}"), value)));
    }

    /// Takes one of AppMeasurement's variables, which overwrites; an empty one blanks what XDM said.
    fn take_data(&mut self, key: &str, value: &Json) {
        let numbered = ["eVar", "prop", "list", "hier"].iter().any(|prefix| numbered(key, prefix, u32::MAX).is_some());
        let short = variable_path(key);
        let path = NAMES.iter().find(|(name, _)| *name == key).map(|(_, path)| *path);
        match key {
            "events" => {
                self.metrics.clear();
                self.events = Some(text(value));
            }
            "products" => self.products = products::fields(&text(value)).into_iter().map(|(path, text)| (path, text.into())).collect(),
            "contextData" => self.take_context_data(value),
            "linkType" | "pe" => {
                self.hit.link_type = match text(value).trim_start_matches("lnk_") {
                    "e" => "exit".into(),
                    "d" => "download".into(),
                    other => other.into(),
                }
            }
            "browserWidth" | "bw" | "browserHeight" | "bh" => {
                let size = self.fields.get("@viewport").map_or(String::new(), text);
                let (width, height) = size.split_once('x').unwrap_or(("", ""));
                let size = if key.ends_with('w') || key.ends_with("Width") { [&text(value), height] } else { [width, &text(value)] };
                self.set("@viewport", size.join("x").into());
            }
            _ if path.is_some() || numbered || short != key => {
                let path = path.unwrap_or(if numbered { key } else { &short });
                if text(value).is_empty() {
                    self.fields.remove(path);
                } else {
                    self.set(path, value.clone());
                }
            }
            _ => self.ignored += u32::from(!UNKEPT.split(' ').any(|known| known == key)),
        }
    }

    fn take_context_data(&mut self, value: &Json) {
        let mut all = Vec::new();
        leaves(value, String::new(), &mut all);
        self.ignored += u32::try_from(all.len().saturating_sub(FIELDS_MAX)).unwrap_or(u32::MAX);
        for (key, value) in all.into_iter().take(FIELDS_MAX) {
            let own = key.strip_prefix(PREFIX).filter(|path| self.own && !path.starts_with('@'));
            let path = own.map_or_else(|| format!("contextData.{key}"), String::from);
            self.set(&path, value);
        }
    }

    /// What our own tracker said of itself.
    fn take_own(&mut self, kind: &str, main: &str, problems: &str) {
        let by_type = match self.hit.event_type.as_str() {
            "web.webpagedetails.pageViews" => Kind::Page,
            "web.webinteraction.linkClicks" => Kind::Link,
            _ => Kind::Track,
        };
        let kind = Kind::from_letter(kind).unwrap_or(by_type);
        self.kind = Some(kind);
        self.problems = problems.chars().take(1_000).collect();
        if matches!(kind, Kind::Track | Kind::Custom) {
            self.name = self.fields.remove("linkName").map_or(String::new(), |name| text(&name));
            self.main = if main.is_empty() && is_adobe_event(&self.name) { self.name.clone() } else { main.into() };
        } else {
            self.set_link_type();
        }
    }

    /// The hit that Analytics would count.
    fn kind_of_hit(&mut self) -> Option<Kind> {
        let HitType { event_type, link_type, has_xdm_link } = &self.hit;
        let listed = |list: &str| list.split(' ').any(|known| known == event_type);
        if listed(DROPPED) || (listed(DROPPED_WITHOUT_LINK) && !has_xdm_link) {
            return None;
        }
        let has = |paths: [&str; 2]| paths.iter().any(|path| self.fields.contains_key(*path));
        let page = has(["pageName", "@url"]);
        if !link_type.is_empty() && (page || has(["linkName", "linkUrl"])) {
            self.set_link_type();
            return Some(Kind::Link);
        }
        (page || event_type == "web.webpagedetails.pageViews").then_some(Kind::Page)
    }

    /// A link is neither exit nor download unless it says so.
    fn set_link_type(&mut self) {
        let kind = std::mem::take(&mut self.hit.link_type);
        if kind == "exit" || kind == "download" {
            self.set("linkType", kind.into());
        }
    }
}

/// Adobe's custom events under a path, in whichever group of a hundred: their names and paths.
fn metrics(xdm: &Json, root: &str) -> Vec<(String, String)> {
    let groups = keys(xdm, root).into_iter().filter(|group| group.starts_with("event"));
    let names = groups.flat_map(|group| keys(xdm, &format!("{root}.{group}")).into_iter().map(move |name| (group.clone(), name)));
    names.filter(|(_, name)| is_adobe_event(name)).map(|(group, name)| (name.clone(), format!("{root}.{group}.{name}"))).collect()
}
