//! Adobe Edge Network's format: events as XDM, batches of them, and consent; see `docs/adobe-edge.md`. Says what it has no
//! word for in context data, as on `/b/ss`, because a datastream's schema would have to allow it anywhere else.

use super::Json;
use super::tree::{Tree, time};
use crate::call::{Kind, Millis};
use crate::event::Event;
use crate::facts::{Fact, Facts, Metric};
use crate::hit::{Context, Hit};
use crate::limits::EVENT_MAX;
use crate::money::Decimal;
use crate::product::Product;
use crate::text::{Append, after, before, listed, nth, numbered, owned, push_number, split};
use crate::vocabulary::{COMMERCE, Group};

/// Our name in `implementationDetails`, which wants a URI; never Adobe's. By it a decoder knows events of ours.
pub const NAME: &str = "urn:caisse:web";
/// What stands before the facts of ours in context data; the shop's have nothing before them.
pub const PREFIX: &str = "caisse.";
/// The measures under `commerce`, in the order of [`COMMERCE`] (Adobe: `aep-edge/xdm-var-mapping`).
pub const MEASURES: &str = "productViews productListOpens productListAdds productListRemovals productListViews checkouts purchases";

/// Variables that are dimensions: the letter of the key, XDM's name before the number, and the object they stand in.
const DIMENSIONS: &str = "v eVar eVars c prop props h hier hierarchies l list lists";
/// Where lists stand among them; behind them come the hundreds of events.
const LIST: usize = 3;
/// No dimension, and none of the hundreds of events.
const NOWHERE: usize = 14;

/// One item of `events[]`. Made once; resent as it is, so that its `_id` stays the same.
pub fn event(hit: &Hit, context: &Context, stream: &str) -> String {
    let event = &hit.event;
    let mut id = owned(stream);
    id.add_char('-');
    push_number(&mut id, hit.seq);
    let mut tree = Tree::new();
    tree.text("xdm", "_id", &id);
    tree.text("xdm", "timestamp", &time(hit.at));
    tree.text("xdm", "eventType", &event_type(event));
    tree.text("xdm.implementationDetails", "name", NAME);
    tree.text("xdm.implementationDetails", "version", env!("CARGO_PKG_VERSION"));
    tree.text("xdm.implementationDetails", "environment", "browser");
    tree.page(event, context);
    tree.commerce(event);
    tree.texts("xdm.marketing", "trackingCode vv0", &event.facts);
    tree.analytics("xdm._experience.analytics", &event.facts, &event.main);
    tree.size("xdm.device", "screenWidth", "screenHeight", context.text("screen"));
    tree.size("xdm.environment.browserDetails", "viewportWidth", "viewportHeight", context.text("viewport"));
    tree.texts("xdm.environment.browserDetails", "acceptLanguage olanguage", &context.0);
    tree.whole("xdm.placeContext", "localTimezoneOffset", context.text("offset"));
    tree.texts("xdm.placeContext.geo", "postalCode vzip stateProvince vstate", &event.facts);
    tree.data(event, &hit.problems);
    tree.end()
}

/// The event's type, of which only those of page views and links mean something to Analytics.
fn event_type(event: &Event) -> String {
    match event.kind {
        Kind::Page => owned("web.webpagedetails.pageViews"),
        Kind::Link => owned("web.webinteraction.linkClicks"),
        Kind::Track | Kind::Custom => match measure(&event.main) {
            "" => joined(PREFIX, &event.name),
            measure => joined("commerce.", measure),
        },
    }
}

/// The measure of one of Adobe's seven events, or an empty text.
fn measure(name: &str) -> &'static str {
    let mut measures = split(MEASURES, ' ');
    for known in split(COMMERCE, ' ') {
        let measure = measures.part();
        if known == name {
            return measure;
        }
    }
    ""
}

/// One text of two. (`concat` would bring the formatting of its panic along, 2 kB of wasm.)
fn joined(one: &str, other: &str) -> String {
    let mut text = owned(one);
    text.add(other);
    text
}

/// One of `productListItems[]`. Adobe takes the SKU for the product's name, and would take a `lineItemId` for its category.
fn item(product: &Product) -> String {
    let mut tree = Tree::new();
    tree.texts("", "SKU oi name on", &product.facts);
    if !product.category().is_empty() {
        tree.key("", "productCategories").raw("[{").key("categoryID").text(product.category()).raw("}]");
    }
    let quantity = product.quantity();
    let mut total = product.line_total();
    if quantity > 0 {
        tree.key("", "quantity").number(u64::from(quantity));
        if total.is_none() {
            total = product.unit_price().and_then(|price| price.times(quantity));
        }
    }
    if let Some(total) = total {
        tree.key("", "priceTotal").raw(&total.text());
    }
    tree.analytics("_experience.analytics", &product.facts, "");
    tree.end()
}

/// Where a fact stands under `_experience.analytics`: among the dimensions, or in one of the hundreds of events.
fn place(fact: Fact<'_>) -> usize {
    let mut letters = split(DIMENSIONS, ' ');
    match fact.group {
        Group::Metric => numbered(fact.key, "event", EVENT_MAX).map_or(NOWHERE, |number| LIST + 1 + (number as usize - 1) / 100),
        Group::Variables => {
            for place in 0..LIST + 1 {
                if numbered(fact.key, letters.part(), EVENT_MAX).is_some() {
                    return place;
                }
                letters.part();
                letters.part();
            }
            NOWHERE
        }
        Group::Own | Group::Data | Group::Serial => NOWHERE,
    }
}

impl Tree {
    /// Writes texts of one object: a key for each, and where it comes from, `v` a variable, `d` data, `o` anything of its own.
    fn texts(&mut self, path: &str, words: &str, facts: &Facts) {
        let mut words = split(words, ' ');
        while let Some(key) = words.next() {
            let source = words.part();
            let group = match source.as_bytes().first() {
                Some(b'v') => Group::Variables,
                Some(b'd') => Group::Data,
                _ => Group::Own,
            };
            self.text(path, key, facts.text(group, source.get(1..).unwrap_or("")));
        }
    }

    /// Writes `1280x720` as two numbers.
    fn size(&mut self, path: &str, width: &str, height: &str, text: &str) {
        let first = before(text, 'x');
        self.whole(path, width, first);
        self.whole(path, height, after(text, first));
    }

    /// The page, and what was done on it. Without an interaction Analytics would count every event as one more page view, and
    /// without a page's name or URL would drop it (Adobe: `aep-edge/hit-types`).
    fn page(&mut self, event: &Event, context: &Context) {
        let (page, click) = ("xdm.web.webPageDetails", "xdm.web.webInteraction");
        let facts = &event.facts;
        self.texts(page, "URL ourl", &context.0);
        self.texts(page, "name vpageName siteSection vch server vserver", facts);
        if facts.text(Group::Variables, "pageType") == "errorPage" {
            self.key(page, "isErrorPage").raw("true");
        }
        match event.kind {
            Kind::Page => self.count("xdm.web.webPageDetails.pageViews"),
            Kind::Link => {
                self.count("xdm.web.webInteraction.linkClicks");
                let kind = facts.text(Group::Data, "linkType");
                self.text(click, "type", if listed(kind, "exit download") { kind } else { "other" });
                self.texts(click, "name dlinkName URL dlinkUrl", facts);
                if facts.text(Group::Data, "linkName").is_empty() && facts.text(Group::Data, "linkUrl").is_empty() {
                    self.text(click, "name", "link");
                }
            }
            Kind::Track | Kind::Custom => {
                self.text(click, "type", "other");
                self.text(click, "name", &event.name);
            }
        }
        self.texts("xdm.web.webReferrer", "URL oreferrer", &context.0);
    }

    fn count(&mut self, path: &str) {
        self.metric(path, Metric { name: "", value: "", id: "" });
    }

    /// Adobe's seven events, the order, and the lines.
    fn commerce(&mut self, event: &Event) {
        for name in split(COMMERCE, ' ') {
            if event.counts(name) {
                self.metric(&joined("xdm.commerce.", measure(name)), event.facts.metric(name));
            }
        }
        self.texts("xdm.commerce.order", "purchaseID oo currencyCode occ", &event.facts);
        let transaction = event.facts.text(Group::Variables, "xact");
        if !transaction.is_empty() {
            self.key("xdm.commerce.order", "payments").raw("[{").key("transactionID").text(transaction).raw("}]");
        }
        if !event.products.is_empty() {
            let list = self.key("xdm", "productListItems").raw("[");
            for product in &event.products {
                list.item().raw(&item(product));
            }
            list.raw("]");
        }
    }

    fn metric(&mut self, path: &str, metric: Metric<'_>) {
        let json = self.key(path, "value");
        match Decimal::parse(metric.value) {
            Some(value) => json.raw(&value.text()),
            None => json.number(1),
        };
        self.text(path, "id", metric.id);
    }

    /// Variables and custom events under a path, of an event or of a product; those that share an object one after the other.
    fn analytics(&mut self, path: &str, facts: &Facts, main: &str) {
        let main = Fact { group: Group::Metric, key: main, text: "" };
        let mut present = 1 << place(main);
        for fact in facts.iter() {
            present |= 1 << place(fact);
        }
        for here in 0..NOWHERE {
            if present >> here & 1 == 0 {
                continue;
            }
            if place(main) == here {
                self.fact(path, here, main, facts);
            }
            for fact in facts.iter() {
                if place(fact) == here && fact.key != main.key {
                    self.fact(path, here, fact, facts);
                }
            }
        }
    }

    fn fact(&mut self, path: &str, place: usize, fact: Fact<'_>, facts: &Facts) {
        let mut path = owned(path);
        if place > LIST {
            let hundred = (place - LIST - 1) as u64 * 100;
            path.add(".event");
            push_number(&mut path, hundred + 1);
            path.add("to");
            push_number(&mut path, hundred + 100);
            path.add_char('.');
            path.add(fact.key);
            return self.metric(&path, facts.metric(fact.key));
        }
        path.add(".customDimensions.");
        path.add(nth(DIMENSIONS, place * 3 + 2));
        let name = joined(nth(DIMENSIONS, place * 3 + 1), fact.key.get(1..).unwrap_or(""));
        if place < LIST || fact.text.is_empty() {
            return self.text(&path, &name, fact.text);
        }
        let list = self.key(&path, &name).raw("{").key("list").raw("[");
        for value in split(fact.text, ',') {
            list.item().raw("{").key("value").text(value).raw("}");
        }
        list.raw("]}");
    }

    /// What XDM has no place for: the shop's context data and our own facts for Analytics, and what only a decoder of ours
    /// asks for.
    fn data(&mut self, event: &Event, problems: &str) {
        let path = "data.__adobe.analytics.contextData";
        self.texts(path, "caisse.checkoutId ock", &event.facts);
        for fact in event.facts.iter() {
            let of_link = event.kind == Kind::Link && listed(fact.key, "linkType linkName linkUrl");
            if fact.group == Group::Data && !of_link {
                match fact.key.strip_prefix("contextData.") {
                    Some(key) => self.text(path, key, fact.text),
                    None => self.text(path, &joined(PREFIX, fact.key), fact.text),
                }
            }
        }
        if event.kind == Kind::Custom {
            self.text("data.caisse", "kind", event.kind.letter());
        }
        if event.main != event.name {
            self.text("data.caisse", "as", &event.main);
        }
        self.text("data.caisse", "problems", problems);
    }
}

/// The query of every body: who the visitor is, for pages without an identity of their own.
const QUERY: &str = "{\"identity\":{\"fetch\":[\"ECID\"]}}";

/// The body of a request in the making.
pub struct Batch(Json);

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

impl Batch {
    /// A batch without events.
    pub fn new() -> Self {
        let mut json = Json::object();
        json.key("events").raw("[");
        Self(json)
    }

    /// Adds what [`event`] made.
    pub fn add(&mut self, event: &str) {
        self.0.item().raw(event);
    }

    /// The body. What differs from attempt to attempt, `,"meta":{"state":{…}}` with the cookies of the moment, belongs before
    /// its last character.
    pub fn body(mut self) -> String {
        self.0.raw("]").key("query").raw(QUERY);
        self.0.end_object()
    }
}

/// What a visitor said, by one of the standards that Edge Network knows (Adobe: `data-collection/consent`).
#[derive(Clone, Copy, Debug)]
pub enum Consent<'a> {
    /// Adobe 1.0: in or out.
    Adobe1 {
        /// In.
        general: bool,
    },
    /// Adobe 2.0.
    Adobe2 {
        /// May be measured.
        collect: bool,
        /// May be told to others.
        share: bool,
        /// When it was said.
        time: Millis,
    },
    /// A consent platform's string.
    Tcf {
        /// The string.
        text: &'a str,
        /// Whether the law applies to the visitor.
        gdpr_applies: bool,
        /// Whether events hold personal data by that law.
        personal_data: bool,
    },
}

/// The body for `/v1/privacy/set-consent`; `meta` belongs where it does in [`Batch::body`].
pub fn consent(consents: &[Consent<'_>]) -> String {
    let mut json = Json::object();
    json.key("consent").raw("[");
    for consent in consents {
        let json = json.item().raw("{").key("standard");
        match consent {
            Consent::Adobe1 { general } => {
                json.text("Adobe").key("version").text("1.0").key("value");
                json.raw("{").key("general").text(if *general { "in" } else { "out" }).raw("}");
            }
            Consent::Adobe2 { collect, share, time: at } => {
                json.text("Adobe").key("version").text("2.0").key("value").raw("{");
                for (key, answer) in [("collect", collect), ("share", share)] {
                    json.key(key).raw("{").key("val").text(if *answer { "y" } else { "n" }).raw("}");
                }
                json.key("metadata").raw("{").key("time").text(&time(*at)).raw("}}");
            }
            Consent::Tcf { text, gdpr_applies, personal_data } => {
                json.text("IAB TCF").key("version").text("2.0").key("value").text(text);
                json.key("gdprApplies").raw(flag(*gdpr_applies)).key("gdprContainsPersonalData").raw(flag(*personal_data));
            }
        }
        json.raw("}");
    }
    json.raw("]").key("query").raw(QUERY);
    json.end_object()
}

fn flag(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}
