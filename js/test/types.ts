// Right and wrong uses of the package's types, for the compiler: a wrong one that it lets through is an error here. Never runs.

import { createTracker as createAdobeTracker } from "../src/adobe";
import { createTracker, type Context, type EventData, type EventName, type Product, type Tracker, type TrackerOptions } from "../src/index";

const destination = { kind: "collector", url: "/hits" } as const;

// A tracker without names of the shop.

const plain = createTracker({ site: "rivet", destination });
const product: Product = { id: "RV-0860-A2", category: "bolts", quantity: 2, unitPrice: "6.40", eVars: { eVar3: "zinc" }, events: { event7: 1 } };

plain.track("scOpen");
plain.track("scView", {});
plain.track("event12");
plain.track("event12", { event12: { value: "2.50", id: "abcd" }, event13: 2, event14: true });
plain.track("scCheckout", { checkoutId: "k19", products: [product], currency: "EUR", value: 12.8, flow: "b2b", customerType: "guest" });
plain.track("purchase", { orderId: "R1", products: [product, { id: "B", lineTotal: 9 }], revenue: "26.80", shipping: 4.9, tax: "4.47", discount: 0 });
plain.track("scView", { eVar5: "gold", prop3: 7, list1: ["a", "b"], list2: "a,b", hier1: "home|bolts", zip: "13001", transactionId: "t1" });
plain.track("scView", { contextData: { theme: "dark", nested: { deep: 1 } }, scOpen: true, serial: "s1", searchTerm: "M8" });
plain.track("checkoutStepView", { step: "payment", index: 3, count: 5, revisit: true });
plain.track("checkoutStepBack", { from: "payment", to: "delivery", via: "history" });
plain.track("cartUpdate", { from: 1, to: 2 });
plain.track("paymentInfo", { source: "saved", saveOptIn: false });
plain.track("prodView", { products: [product] as const, rating: "4.5", reviewCount: 12, stock: 3, locale: undefined });
plain.track("begin_checkout", { items: [{ item_id: "A", price: 6.4 }] });
plain.track("Order Completed", { order_id: "R1" });
plain.trackCustom("anything at all", { whatever: { it: "is" } });
plain.page();
plain.page({ pageName: "home", pageType: "landing", channel: "shop", server: "a" });
plain.link("/terms", { linkType: "exit", linkName: "terms", eVar1: "footer" });
plain.link(document.createElement("a"));
plain.setContext({ locale: "fr", eVar5: null, prop2: "x", variant: null, list1: null });

// @ts-expect-error: a misspelt event
plain.track("sccheckout");
// @ts-expect-error: a misspelt alias
plain.track("begin_chekout");
// @ts-expect-error: GA4's field of an event that is ours as well
plain.track("purchase", { transaction_id: "R1" });
// @ts-expect-error: no number
plain.track("eventX");
// @ts-expect-error: a name that no options declare
plain.track("newsletterJoined");
// @ts-expect-error: any text
plain.track("scView" as string);
// @ts-expect-error: no name
plain.track();
// @ts-expect-error: a purchase needs its order
plain.track("purchase");
// @ts-expect-error: a purchase needs its order
plain.track("purchase", { revenue: "26.80" });
// @ts-expect-error: a misspelt field
plain.track("purchase", { orderID: "R1" });
// @ts-expect-error: a misspelt field beside the right ones
plain.track("purchase", { orderId: "R1", curency: "EUR" });
// @ts-expect-error: a misspelt field
plain.track("scCheckout", { chekoutId: "k19" });
// @ts-expect-error: a field that only the shop could have declared
plain.track("scView", { memberTier: "gold" });
// @ts-expect-error: ids are text, where zeros in front count
plain.track("purchase", { orderId: 17 });
// @ts-expect-error: counts are numbers
plain.track("checkoutStepView", { step: "payment", index: "3" });
// @ts-expect-error: flags are no text
plain.track("storeSelect", { inStock: "yes" });
// @ts-expect-error: money is text or a number
plain.track("scView", { value: { amount: 1 } });
// @ts-expect-error: several products are a list
plain.track("scAdd", { products: product });
// @ts-expect-error: a product needs its id
plain.track("scAdd", { products: [{ quantity: 1 }] });
// @ts-expect-error: no field of a product
plain.track("scAdd", { products: [{ id: "A", price: "1.00" }] });
// @ts-expect-error: no eVar
plain.track("scAdd", { products: [{ id: "A", eVars: { prop3: "x" } }] });
// @ts-expect-error: Adobe writes eVar with a capital V
plain.track("scView", { evar5: "gold" });
// @ts-expect-error: an eVar is text or a number
plain.track("scView", { eVar5: true });
// @ts-expect-error: there are three lists
plain.track("scView", { list4: "a" });
// @ts-expect-error: an event that counts nothing is left out
plain.track("scView", { event10: false });
// @ts-expect-error: no part of an event's value
plain.track("scView", { event10: { count: 2 } });
// @ts-expect-error: only setContext unsets
plain.track("scView", { locale: null });
// @ts-expect-error: a misspelt field
plain.page({ pagename: "home" });
// @ts-expect-error: neither an address nor an element that has one
plain.link({ url: "/terms" });
// @ts-expect-error: no kind of link
plain.link("/terms", { linkType: "leave" });
// @ts-expect-error: a misspelt field
plain.link("/terms", { linkNmae: "terms" });
// @ts-expect-error: a misspelt field
plain.setContext({ local: "fr" });
// @ts-expect-error: not that field's type, though null would do
plain.setContext({ revisit: "no" });

// The names of a shop, from its options alone.

const tracker = createTracker({
  site: "rivet",
  destination: [destination],
  events: { newsletterJoined: "event12", deliveryShown: "scCheckout", orderPlaced: "purchase" },
  variables: { memberTier: "eVar5", filters: "list1", trialDays: "event20", searchTerm: "prop3" },
});

tracker.track("newsletterJoined", { memberTier: "gold" });
tracker.track("deliveryShown", { checkoutId: "k19", filters: ["M8", "zinc"], trialDays: { value: 3 } });
tracker.track("orderPlaced", { orderId: "R1", memberTier: 2 });
tracker.track("scView", { searchTerm: "M8", cartId: "c1" });
tracker.track("purchase", { orderId: "R1" });
tracker.page({ memberTier: "gold" });
tracker.link("/terms", { linkName: "terms", memberTier: "gold" });
tracker.setContext({ memberTier: null, filters: "M8" });

// @ts-expect-error: misspelt
tracker.track("newsleterJoined");
// @ts-expect-error: misspelt
tracker.track("newsletterJoined", { memberTeir: "gold" });
// @ts-expect-error: what it stands for is text or a number
tracker.track("newsletterJoined", { memberTier: { name: "gold" } });
// @ts-expect-error: it stands for a purchase
tracker.track("orderPlaced");
// @ts-expect-error: it stands for a purchase
tracker.track("orderPlaced", { memberTier: "gold" });
// @ts-expect-error: a variable is no event
tracker.track("memberTier");
// @ts-expect-error: an event is no variable
tracker.track("scView", { newsletterJoined: true });
// @ts-expect-error: misspelt
tracker.page({ memberTeir: "gold" });
// @ts-expect-error: misspelt
tracker.setContext({ memberTeir: null });

// The options.

// @ts-expect-error: nothing of Adobe's
createTracker({ site: "rivet", destination, events: { newsletterJoined: "evnt12" } });
// @ts-expect-error: nothing of Adobe's
createTracker({ site: "rivet", destination, variables: { memberTier: "evar5" } });
// @ts-expect-error: no option
createTracker({ site: "rivet", destination, evnts: { newsletterJoined: "event12" } });
// @ts-expect-error: no state of consent
createTracker({ site: "rivet", destination, consent: "yes" });
// @ts-expect-error: where to?
createTracker({ site: "rivet" });

const kept = { site: "rivet", destination, events: { newsletterJoined: "event12" } } as const satisfies TrackerOptions;
createTracker(kept).track("newsletterJoined");
// @ts-expect-error: misspelt
createTracker(kept).track("newsleterJoined");

// Options whose names the compiler cannot see: any name may be one of them.
const loose = createTracker({} as TrackerOptions);
loose.track("newsletterJoined", { memberTier: "gold", products: [product] });

// Across modules.

export type ShopTracker = typeof tracker;
export type WrittenOut = Tracker<{ newsletterJoined: "event12" }, { memberTier: "eVar5" }>;

const inComponent = (shop: ShopTracker, written: WrittenOut, any: Tracker): void => {
  shop.track("newsletterJoined", { filters: "M8" });
  written.track("newsletterJoined", { memberTier: "gold" });
  any.track("scView");
  // @ts-expect-error: not among the names written out
  written.track("deliveryShown");
  // @ts-expect-error: none of the shop's names
  any.track("newsletterJoined");
};
inComponent(tracker, tracker, tracker);
inComponent(tracker, tracker, loose);

/** A wrapper of a shop's own: where the name is not known, a purchase's order is not asked for. */
export const report = (name: EventName, data?: EventData): void => void plain.track(name, data);

const data: EventData<{ memberTier: "eVar5" }> = { memberTier: "gold", step: 2 };
const context: Context = { locale: null };
plain.setContext(context);
// @ts-expect-error: misspelt, found where it is written
const misspelt: EventData = { curency: "EUR" };
// @ts-expect-error: none of the names given
const undeclared: EventData<{ memberTier: "eVar5" }> = { memberTeir: "gold" };
export const all = [data, misspelt, undeclared];

plain.checkout.enter("delivery", { flow: "b2b", checkoutId: "k19", steps: ["cart", "delivery", "done"] });
plain.checkout.error("postcode", "patternMismatch");
// @ts-expect-error: no call of a checkout
plain.checkout.leave("delivery");
// @ts-expect-error: a field's rule is not left out
plain.checkout.error("postcode");

// The entry with Adobe's destinations.

const adobe = createAdobeTracker({
  site: "rivet",
  destination: [
    destination,
    { kind: "adobe-analytics", reportSuite: "rivet", trackingServer: "smetrics.rivet.example", timestamps: "optional" },
    { kind: "adobe-edge", datastreamId: "d", orgId: "o@AdobeOrg" },
  ],
  events: { newsletterJoined: "event12" },
});
adobe.track("newsletterJoined");
// @ts-expect-error: misspelt
adobe.track("newsleterJoined");
// @ts-expect-error: no report suite
createAdobeTracker({ site: "rivet", destination: { kind: "adobe-analytics", trackingServer: "s" } });
// @ts-expect-error: not in this entry
createTracker({ site: "rivet", destination: { kind: "adobe-edge", datastreamId: "d", orgId: "o" } });
