//! Adobe Edge Network's format: events as XDM, and batches of them; see `docs/adobe-edge.md`. Says what it has no
//! word for in context data, as on `/b/ss`, because a datastream's schema would have to allow it anywhere else.

use super::Json;
use super::context_data::is_data;
use super::products::push_names;
use super::tree::{Tree, time};
use crate::call::Kind;
use crate::event::Event;
use crate::facts::{Facts, Metric};
use crate::hit::{Context, Hit};
use crate::limits::EVENT_MAX;
use crate::money::Decimal;
use crate::product::Product;
use crate::text::{Append, listed, numbered, owned, push_number, split};
use crate::vocabulary::{COMMERCE, Group};

/// Our name in `implementationDetails`, which wants a URI; never Adobe's. By it a decoder knows events of ours.
pub const NAME: &str = "urn:caisse:web";
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
    let facts = &hit.event.facts;
    tree.text("xdm.implementationDetails", "name", NAME);
    tree.fill(SOFTWARE_AND_PAGE, facts, context);
    tree.interaction(&hit.event);
    tree.fill(REFERRER, facts, context);
    tree.commerce(&hit.event, context);
    tree.fill(CAMPAIGN, facts, context);
    tree.analytics("xdm._experience.analytics", facts, &hit.event.main);
    tree.fill(SURROUNDINGS, facts, context);
    tree.data(&hit.event, &hit.problems);
    tree.end()
}

/// See [`Tree::fill`].
const SOFTWARE_AND_PAGE: &str = concat!(
    "xdm.implementationDetails version =",
    env!("CARGO_PKG_VERSION"),
    " xdm.implementationDetails environment =browser xdm.web.webPageDetails name $pageName xdm.web.webPageDetails URL @url \
xdm.web.webPageDetails siteSection $ch xdm.web.webPageDetails server $server"
);
const REFERRER: &str = "xdm.web.webReferrer URL @referrer";
const ORDER: &str = "xdm.commerce.order purchaseID .o xdm.commerce.order currencyCode .cc";
const CAMPAIGN: &str = "xdm.marketing trackingCode $v0";
const SURROUNDINGS: &str = "xdm.device screenWidth <screen xdm.device screenHeight >screen \
xdm.environment.browserDetails viewportWidth <viewport xdm.environment.browserDetails viewportHeight >viewport \
xdm.environment.browserDetails acceptLanguage @language xdm.placeContext localTimezoneOffset #offset \
xdm.placeContext.geo postalCode $zip xdm.placeContext.geo stateProvince $state";

/// Variables by number: the letter of their keys, what their names begin with, and where they stand.
const DIMENSIONS: &str = "v eVar .customDimensions.eVars c prop .customDimensions.props h hier .customDimensions.hierarchies \
l list .customDimensions.lists";

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
    joined(root, kind)
}

/// One text after another.
#[inline(never)]
fn joined(start: &str, end: &str) -> String {
    let mut text = owned(start);
    text.add(end);
    text
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

/// One of `productListItems[]`. Adobe takes the SKU for the product's name, and would take a `lineItemId` for its category.
fn item(product: &Product) -> String {
    let facts = &product.facts;
    let mut tree = Tree::new();
    tree.text("", "SKU", product.id());
    tree.text("", "name", product.name());
    tree.wrapped("", "productCategories", "[{\"categoryID\":", product.category());
    let quantity = product.quantity();
    if quantity > 0 {
        tree.key("", "quantity").number(u64::from(quantity));
    }
    if let Some(total) = product.total() {
        tree.key("", "priceTotal").raw(&total.text());
    }
    tree.analytics("_experience.analytics", facts, "");
    tree.end()
}

impl Tree {
    /// What was done on the page. Without an interaction Analytics would count every event as one more page view, and without a page's
    /// name or URL would drop it (Adobe: `aep-edge/hit-types`).
    fn interaction(&mut self, event: &Event) {
        if event.facts.text(Group::Variables, "pageType") == "errorPage" {
            self.key("xdm.web.webPageDetails", "isErrorPage").raw("true");
        }
        if event.kind == Kind::Page {
            self.key("xdm.web.webPageDetails.pageViews", "value").raw("1");
            return;
        }
        let (mut kind, mut name, mut url) = ("other", event.name.as_str(), "");
        if event.kind == Kind::Link {
            let link = |key| event.facts.text(Group::Data, key);
            if listed(link("linkType"), "exit download") {
                kind = link("linkType");
            }
            name = link("linkName");
            url = link("linkUrl");
            if name.is_empty() && url.is_empty() {
                name = "link";
            }
            self.key("xdm.web.webInteraction.linkClicks", "value").raw("1");
        }
        let click = "xdm.web.webInteraction";
        self.text(click, "type", kind);
        self.text(click, "name", name);
        self.text(click, "URL", url);
    }

    /// Adobe's seven events, the order, and the lines.
    fn commerce(&mut self, event: &Event, context: &Context) {
        let mut measures = split(MEASURES, ' ');
        for name in split(COMMERCE, ' ') {
            let measure = measures.part();
            if event.counts(name) {
                self.metric(joined("xdm.commerce.", measure), event.facts.metric(name));
            }
        }
        self.fill(ORDER, &event.facts, context);
        self.wrapped("xdm.commerce.order", "payments", "[{\"transactionID\":", event.facts.text(Group::Variables, "xact"));
        if !event.products.is_empty() {
            let list = self.key("xdm", "productListItems").raw("[");
            for product in &event.products {
                list.item().raw(&item(product));
            }
            list.raw("]");
        }
    }

    /// Writes a text, if there is one, as the only one of a list of objects, which `begin` opens.
    fn wrapped(&mut self, path: &str, key: &str, begin: &str, text: &str) {
        if !text.is_empty() {
            self.key(path, key).raw(begin).text(text).raw("}]");
        }
    }

    #[inline(never)]
    fn metric(&mut self, path: String, metric: Metric<'_>) {
        let value = self.key(&path, "value");
        match Decimal::parse(metric.value) {
            Some(number) => value.raw(&number.text()),
            None => value.raw("1"),
        };
        self.text(&path, "id", metric.id);
    }

    /// Variables and custom events under a path, of an event or of a product.
    fn analytics(&mut self, path: &str, facts: &Facts, main: &str) {
        let mut words = split(DIMENSIONS, ' ');
        while let Some(letter) = words.next() {
            let (prefix, group) = (words.part(), words.part());
            for fact in facts.iter() {
                if fact.group == Group::Variables
                    && !fact.text.is_empty()
                    && let Some(number) = numbered(fact.key, letter, EVENT_MAX)
                {
                    let mut name = owned(prefix);
                    push_number(&mut name, u64::from(number));
                    self.variable(joined(path, group), &name, fact.text, letter == "l");
                }
            }
        }
        let mut names = owned(main);
        push_names(&mut names, facts);
        for hundred in 0..EVENT_MAX / 100 {
            for name in split(&names, ' ') {
                self.custom(path, hundred, facts, name);
            }
        }
    }

    fn variable(&mut self, path: String, name: &str, text: &str, is_list: bool) {
        if !is_list {
            return self.text(&path, name, text);
        }
        let list = self.key(&path, name).raw("{\"list\":[");
        for value in split(text, ',') {
            list.item().raw("{\"value\":").text(value).raw("}");
        }
        list.raw("]}");
    }

    /// Writes a custom event if it is one of a hundred, which share an object.
    fn custom(&mut self, path: &str, hundred: u32, facts: &Facts, name: &str) {
        if let Some(number) = numbered(name, "event", EVENT_MAX)
            && (number - 1) / 100 == hundred
        {
            let mut path = joined(path, ".event");
            push_number(&mut path, u64::from(hundred * 100 + 1));
            path.add("to");
            push_number(&mut path, u64::from(hundred * 100 + 100));
            path.add_char('.');
            path.add(name);
            self.metric(path, facts.metric(name));
        }
    }

    /// What XDM has no place for: the shop's context data and our own facts for Analytics, and what only a decoder of ours
    /// asks for.
    fn data(&mut self, event: &Event, problems: &str) {
        let path = "data.__adobe.analytics.contextData";
        self.text(path, "caisse.checkoutId", event.checkout_id());
        for fact in event.facts.iter() {
            if !is_data(event, &fact) {
                continue;
            }
            match fact.key.strip_prefix("contextData.") {
                Some(key) => self.text(path, key, fact.text),
                None => self.text(path, &joined(PREFIX, fact.key), fact.text),
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
