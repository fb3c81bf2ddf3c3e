//! Adobe Edge Network's format: events as XDM, batches of them, and consent; see `docs/adobe-edge.md`. Says what it has no
//! word for in context data, as on `/b/ss`, because a datastream's schema would have to allow it anywhere else.

use super::Json;
use super::tree::{Tree, time};
use crate::call::{Kind, Millis};
use crate::event::Event;
use crate::facts::{Facts, Metric};
use crate::hit::{Context, Hit};
use crate::limits::EVENT_MAX;
use crate::money::Decimal;
use crate::product::Product;
use crate::text::{Append, after, before, nth, numbered, owned, push_number, split};
use crate::vocabulary::{COMMERCE, Group};

/// Our name in `implementationDetails`, which wants a URI; never Adobe's. By it a decoder knows events of ours.
pub const NAME: &str = "urn:caisse";
/// What stands before the facts of ours in context data; the shop's have nothing before them.
pub const PREFIX: &str = "caisse.";
/// The measures under `commerce`, in the order of [`COMMERCE`] (Adobe: `aep-edge/xdm-var-mapping`).
pub const MEASURES: &str = "productViews productListOpens productListAdds productListRemovals productListViews checkouts purchases";

/// One item of `events[]`. Made once; resent as it is, so that its `_id` stays the same.
pub fn event(hit: &Hit, context: &Context, stream: &str) -> String {
    let mut id = owned(stream);
    id.add_char('-');
    push_number(&mut id, hit.seq);
    let mut tree = Tree::new();
    tree.text("xdm", "_id", &id);
    tree.text("xdm", "timestamp", &time(hit.at));
    tree.text("xdm", "eventType", &event_type(&hit.event));
    tree.text("xdm.implementationDetails", "name", NAME);
    tree.text("xdm.implementationDetails", "version", env!("CARGO_PKG_VERSION"));
    tree.text("xdm.implementationDetails", "environment", "browser");
    tree.page(&hit.event, context);
    tree.commerce(&hit.event);
    tree.text("xdm.marketing", "trackingCode", hit.event.facts.text(Group::Variables, "v0"));
    tree.analytics("xdm._experience.analytics", &hit.event.facts, &hit.event.main);
    tree.surroundings(&hit.event.facts, context);
    tree.data(&hit.event, &hit.problems);
    tree.end()
}

/// The event's type, of which only those of page views and links mean something to Analytics.
fn event_type(event: &Event) -> String {
    let (root, kind) = match event.kind {
        Kind::Page => ("web.webpagedetails.", "pageViews"),
        Kind::Link => ("web.webinteraction.", "linkClicks"),
        Kind::Track | Kind::Custom => match measure(&event.main) {
            "" => (PREFIX, event.name.as_str()),
            measure => ("commerce.", measure),
        },
    };
    [root, kind].concat()
}

/// The measure of one of Adobe's seven events, or an empty text.
fn measure(name: &str) -> &'static str {
    for (index, known) in split(COMMERCE, ' ').enumerate() {
        if known == name {
            return nth(MEASURES, index);
        }
    }
    ""
}

/// One of `productListItems[]`. Adobe takes the SKU for the product's name, and would take a `lineItemId` for its category.
fn item(product: &Product) -> String {
    let facts = &product.facts;
    let mut tree = Tree::new();
    tree.text("", "SKU", product.id());
    tree.text("", "name", product.name());
    if !product.category().is_empty() {
        tree.key("", "productCategories").raw("[{").key("categoryID").text(product.category()).raw("}]");
    }
    if product.quantity() > 0 {
        tree.key("", "quantity").number(u64::from(product.quantity()));
    }
    let worked_out = || product.unit_price().filter(|_| product.quantity() > 0)?.times(product.quantity());
    if let Some(total) = product.line_total().or_else(worked_out) {
        tree.key("", "priceTotal").raw(&total.text());
    }
    tree.analytics("_experience.analytics", facts, "");
    tree.end()
}

impl Tree {
    /// The page, and what was done on it. Without an interaction Analytics would count every event as one more page view, and
    /// without a page's name or URL would drop it (Adobe: `aep-edge/hit-types`).
    fn page(&mut self, event: &Event, context: &Context) {
        let (page, click) = ("xdm.web.webPageDetails", "xdm.web.webInteraction");
        let variable = |key| event.facts.text(Group::Variables, key);
        let link = |key| event.facts.text(Group::Data, key);
        self.text(page, "name", variable("pageName"));
        self.text(page, "URL", context.text("url"));
        self.text(page, "siteSection", variable("ch"));
        self.text(page, "server", variable("server"));
        if variable("pageType") == "errorPage" {
            self.key(page, "isErrorPage").raw("true");
        }
        if event.kind == Kind::Page {
            self.key("xdm.web.webPageDetails.pageViews", "value").number(1);
        } else {
            let (mut kind, mut name, mut url) = ("other", event.name.as_str(), "");
            if event.kind == Kind::Link {
                kind = match link("linkType") {
                    "exit" | "download" => link("linkType"),
                    _ => kind,
                };
                name = link("linkName");
                url = link("linkUrl");
                if name.is_empty() && url.is_empty() {
                    name = "link";
                }
                self.key("xdm.web.webInteraction.linkClicks", "value").number(1);
            }
            self.text(click, "type", kind);
            self.text(click, "name", name);
            self.text(click, "URL", url);
        }
        self.text("xdm.web.webReferrer", "URL", context.text("referrer"));
    }

    /// Adobe's seven events, the order, and the lines.
    fn commerce(&mut self, event: &Event) {
        for name in split(COMMERCE, ' ').filter(|name| event.counts(name)) {
            self.metric(&["xdm.commerce.", measure(name)].concat(), event.facts.metric(name));
        }
        self.text("xdm.commerce.order", "purchaseID", event.order_id());
        self.text("xdm.commerce.order", "currencyCode", event.currency());
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
        let value = Decimal::parse(metric.value).map_or_else(|| owned("1"), Decimal::text);
        self.key(path, "value").raw(&value);
        self.text(path, "id", metric.id);
    }

    /// Variables and custom events under a path, of an event or of a product.
    fn analytics(&mut self, path: &str, facts: &Facts, main: &str) {
        for dimensions in [
            "v eVar .customDimensions.eVars",
            "c prop .customDimensions.props",
            "h hier .customDimensions.hierarchies",
            "l list .customDimensions.lists",
        ] {
            let mut words = split(dimensions, ' ');
            let (letter, prefix, rest) = (words.part(), words.part(), words.part());
            for fact in facts.iter() {
                if fact.group == Group::Variables
                    && !fact.text.is_empty()
                    && let Some(number) = numbered(fact.key, letter, EVENT_MAX)
                {
                    let mut name = owned(prefix);
                    push_number(&mut name, u64::from(number));
                    self.variable(&[path, rest].concat(), &name, fact.text, letter == "l");
                }
            }
        }
        for hundred in 0..EVENT_MAX / 100 {
            self.custom(path, hundred, facts, main);
            for fact in facts.iter() {
                if fact.group == Group::Metric && fact.key != main {
                    self.custom(path, hundred, facts, fact.key);
                }
            }
        }
    }

    fn variable(&mut self, path: &str, name: &str, text: &str, is_list: bool) {
        if !is_list {
            return self.text(path, name, text);
        }
        let list = self.key(path, name).raw("{").key("list").raw("[");
        for value in split(text, ',') {
            list.item().raw("{").key("value").text(value).raw("}");
        }
        list.raw("]}");
    }

    /// Writes a custom event if it is one of a hundred, which share an object.
    fn custom(&mut self, path: &str, hundred: u32, facts: &Facts, name: &str) {
        if let Some(number) = numbered(name, "event", EVENT_MAX)
            && (number - 1) / 100 == hundred
        {
            let mut path = [path, ".event"].concat();
            push_number(&mut path, u64::from(hundred * 100 + 1));
            path.add("to");
            push_number(&mut path, u64::from(hundred * 100 + 100));
            path.add_char('.');
            path.add(name);
            self.metric(&path, facts.metric(name));
        }
    }

    /// Screen, window, language and place.
    fn surroundings(&mut self, facts: &Facts, context: &Context) {
        let (screen, viewport) = (context.text("screen"), context.text("viewport"));
        self.whole("xdm.device", "screenWidth", before(screen, 'x'));
        self.whole("xdm.device", "screenHeight", after(screen, before(screen, 'x')));
        let browser = "xdm.environment.browserDetails";
        self.whole(browser, "viewportWidth", before(viewport, 'x'));
        self.whole(browser, "viewportHeight", after(viewport, before(viewport, 'x')));
        self.text(browser, "acceptLanguage", context.text("language"));
        self.whole("xdm.placeContext", "localTimezoneOffset", context.text("offset"));
        self.text("xdm.placeContext.geo", "postalCode", facts.text(Group::Variables, "zip"));
        self.text("xdm.placeContext.geo", "stateProvince", facts.text(Group::Variables, "state"));
    }

    /// What XDM has no place for: the shop's context data and our own facts for Analytics, and what only a decoder of ours
    /// asks for.
    fn data(&mut self, event: &Event, problems: &str) {
        let path = "data.__adobe.analytics.contextData";
        self.text(path, "caisse.checkoutId", event.checkout_id());
        for fact in event.facts.iter() {
            let of_link = event.kind == Kind::Link && matches!(fact.key, "linkType" | "linkName" | "linkUrl");
            if fact.group == Group::Data && !of_link {
                match fact.key.strip_prefix("contextData.") {
                    Some(key) => self.text(path, key, fact.text),
                    None => self.text(path, &[PREFIX, fact.key].concat(), fact.text),
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
