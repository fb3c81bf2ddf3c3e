// The contract with the page: every public type, documented. Nothing here exists at run time.

import type { Checkout } from "./checkout-types";

export type { Checkout, CheckoutPlan } from "./checkout-types";

/** Adobe's commerce events and the ones Caisse adds to them. */
export type EventName =
  | "prodView" | "scOpen" | "scAdd" | "scRemove" | "scView" | "scCheckout" | "purchase"
  | `event${number}`
  | "listView" | "listClick" | "cartUpdate" | "couponApply" | "couponReject" | "couponRemove" | "checkoutOption"
  | "checkoutStepView" | "checkoutStepComplete" | "checkoutStepBack" | "checkoutStepSkip" | "checkoutFieldError"
  | "checkoutLeave" | "checkoutResume" | "shippingMethod" | "storeSelect" | "paymentMethod" | "paymentInfo" | "paymentFail"
  | "orderReview" | "promoView" | "promoClick" | "signUp" | "login" | "emailSent" | "orderTrackView" | "reorder"
  | "leadRequest" | "chatOpen" | "trustClick" | "exitClick";

/** What Google Analytics 4 and Segment call events: translated to ours, with a problem of code `alias` that says so. */
export type AliasName =
  | "view_item" | "add_to_cart" | "remove_from_cart" | "view_cart" | "begin_checkout"
  | "add_shipping_info" | "add_payment_info"
  | "Product Viewed" | "Product Added" | "Product Removed" | "Cart Viewed" | "Checkout Started" | "Order Completed"
  | "Payment Info Entered" | "Checkout Step Viewed" | "Checkout Step Completed";

/** Adobe's own: what a shop's event can be a name for, and what a call can count beside its event. */
export type AdobeEvent = Extract<EventName, "prodView" | `sc${string}` | "purchase" | `event${number}`>;

/** What a shop's variable can be a name for. */
export type AdobeVariable =
  | `eVar${number}` | `prop${number}` | "list1" | "list2" | "list3" | "hier1" | "hier2" | "hier3" | "hier4" | "hier5"
  | `event${number}` | "campaign" | "channel" | "pageName" | "pageType" | "server" | "state" | "transactionId" | "zip";

/** The shop's names for Adobe's events, as declared in the options. */
export interface EventNames {
  readonly [name: string]: AdobeEvent;
}

/** The shop's names for Adobe's variables, as declared in the options. */
export interface VariableNames {
  readonly [name: string]: AdobeVariable;
}

/** A decimal: a string such as `"6.40"`, or a number, which is read as it is written. Never rounded in between. */
export type Amount = string | number;

/** Value and serial of a custom event: `event10: 2` or `event10: { value: 2, id: "abcd" }`. */
export type EventValue = Amount | true | { value?: Amount; id?: string };

/** A line of a basket. */
export interface Product {
  /** The shop's own id, at most 100 bytes. */
  id: string;
  /** Words for people, at most 100 bytes; `;` `,` and `|` become spaces, as they separate fields on Adobe's wire. */
  name?: string;
  /** At most 100 bytes. */
  category?: string;
  /** A positive whole number. */
  quantity?: number;
  /** Price of one piece. */
  unitPrice?: Amount;
  /** Price of all pieces: what Adobe calls the price. Worked out from `unitPrice` and `quantity` if absent. */
  lineTotal?: Amount;
  /** Product events. */
  events?: { readonly [name: `event${number}`]: EventValue };
  /** Merchandising eVars. */
  eVars?: { readonly [name: `eVar${number}`]: string | number };
}

/** Adobe's commerce events that a call counts beside its own. */
type Counted = { [Name in Exclude<AdobeEvent, `event${number}`>]?: EventValue };

/** The fields of the vocabulary: what an event may carry beside its name. */
export interface EventFields extends Counted {
  products?: readonly Product[];
  /** ISO 4217, three capital letters; the tracker's own `currency` if absent. */
  currency?: string;
  /** Makes a `purchase` count once; alphanumeric, at most 20 bytes. */
  orderId?: string;
  /** One checkout attempt: makes `scCheckout` count once; alphanumeric, at most 20 bytes. */
  checkoutId?: string;
  /** Serial of a commerce event: each is counted once; alphanumeric, at most 20 bytes. */
  serial?: string;

  revenue?: Amount;
  shipping?: Amount;
  tax?: Amount;
  discount?: Amount;
  value?: Amount;
  cost?: Amount;
  rating?: Amount;

  index?: number;
  count?: number;
  position?: number;
  items?: number;
  lines?: number;
  clicks?: number;
  errorCount?: number;
  stock?: number;
  reviewCount?: number;
  etaDays?: number;
  durationMs?: number;
  /** Of `durationMs`, the time in which somebody was there. */
  activeMs?: number;
  awayMs?: number;

  visit?: string;
  page?: string;
  cartId?: string;
  /** `b2c`, `b2b`. */
  flow?: string;
  /** `guest`, `registered`, `new`. */
  customerType?: string;
  locale?: string;
  variant?: string;
  listId?: string;
  source?: string;
  step?: string | number;
  /** Of steps, or of a quantity that was changed. */
  from?: string | number;
  to?: string | number;
  via?: string;
  revisit?: boolean;
  reason?: string;
  option?: string;
  couponId?: string;
  /** The name of a form's field, never its value. */
  field?: string;
  rule?: string;
  method?: string;
  storeId?: string;
  inStock?: boolean;
  saveOptIn?: boolean;
  code?: string | number;
  paymentMethod?: string;
  paymentState?: string;
  promoId?: string;
  origin?: string;
  template?: string;
  sourceOrderId?: string;
  changed?: string | number | boolean;
  kind?: string;
  target?: string;
  linkUrl?: string;
  linkName?: string;
  linkType?: string;
  /** Text that people write: redacted more bluntly than other fields. */
  searchTerm?: string;
  errorMessage?: string;
  label?: string;

  /** Adobe's page variables. */
  campaign?: string;
  channel?: string;
  pageName?: string;
  pageType?: string;
  server?: string;
  state?: string;
  zip?: string;
  transactionId?: string;
  list1?: string | readonly string[];
  list2?: string | readonly string[];
  list3?: string | readonly string[];
  hier1?: string;
  hier2?: string;
  hier3?: string;
  hier4?: string;
  hier5?: string;
  [variable: `eVar${number}` | `prop${number}`]: string | number;
  [event: `event${number}`]: EventValue;
  contextData?: { readonly [key: string]: unknown };
}

/** The fields that a shop declared; any, if the types were not told which. */
type Declared<Variables extends VariableNames> =
  string extends keyof Variables ? { [field: string]: unknown } : { [Name in keyof Variables]?: EventFields[Variables[Name]] };

/** What an event may carry beside its name, in a shop that declared these variables. */
export type EventData<Variables extends VariableNames = {}> = EventFields & Declared<Variables>;

/** What rides on every later call; `null` unsets it. */
export type Context<Variables extends VariableNames = {}> = {
  [Field in keyof EventData<Variables>]?: EventData<Variables>[Field] | null;
};

/** What an event is at Adobe: what the shop declared it to be, or itself. */
type Meaning<Name, Events extends EventNames> =
  string extends keyof Events ? Name : Name extends keyof Events ? Events[Name] : Name;

/** What follows the name: a purchase is counted once by its order. */
type Rest<Meaning, Data> = Meaning extends "purchase" ? [data: Data & { orderId: string }] : [data?: Data | undefined];

/** Something wrong with a call, or with the tracker's options; `docs/problems.md` explains each code. Code and place are always there;
 * the rest is loaded when there is a problem, and missing if it cannot be. */
export interface Problem {
  /** Never changes its meaning. */
  code: string;
  /** Where: `products.1.id`. */
  place: string;
  /** `error`: something was lost or counts as nothing. `warning`: something was changed, or will surprise. `info`: good to know. */
  severity: "error" | "warning" | "info";
  /** What is wrong, and what was done about it. */
  message: string;
  /** What Adobe would do with it. */
  adobe?: string;
  /** What to do. */
  fix: string;
  /** The name that was probably meant. */
  suggestion?: string;
}

/** What became of a call. */
export interface Settled {
  /** `durable`: it survives the page. `memory`: it does not yet. `held`: it waits for consent. */
  status: "durable" | "memory" | "held" | "dropped";
  /** Why it was dropped: `invalid`, `duplicate_purchase`, `before_send`, `overflow`, `denied`, `too_large`, `destroyed`… */
  reason?: string;
  problems: Problem[];
}

/** The answer to a call. Not thenable: nobody owes it an `await`. */
export interface Receipt {
  /** Stream and number; empty while consent is pending. */
  readonly id: string;
  /** Never rejects; settles within two seconds. */
  readonly settled: Promise<Settled>;
}

/** Where hits go. */
export interface CollectorDestination {
  kind: "collector";
  /** A path, or an absolute `https:` URL (`http:` for loopback only). */
  url: string;
}

/** Adobe Analytics, without AppMeasurement. Of the entry `caisse/adobe`. */
export interface AdobeAnalyticsDestination {
  kind: "adobe-analytics";
  /** One, or several separated by commas. */
  reportSuite: string;
  /** Host or origin: `"smetrics.shop.example"`. */
  trackingServer: string;
  /** `…@AdobeOrg`: finds the visitor's ECID in the cookie of the ID service. */
  orgId?: string;
  /** What the report suite does with times. With `"none"` (the default) none is sent, and hits older than 30 minutes are dropped
   * (`too_late`): a wrong setting loses hits for good. */
  timestamps?: "none" | "optional" | "required";
  /** AppMeasurement's names of what links carry; everything, if absent. */
  linkTrackVars?: readonly string[];
  /** Events that links count; all, if absent. */
  linkTrackEvents?: readonly string[];
}

/** Adobe Edge Network, without the Web SDK. Of the entry `caisse/adobe`. */
export interface AdobeEdgeDestination {
  kind: "adobe-edge";
  datastreamId: string;
  /** `…@AdobeOrg`: names the cookies in which Edge Network keeps its state. */
  orgId: string;
  /** Host or origin; `"edge.adobedc.net"` if absent. */
  edgeDomain?: string;
  /** How Edge Network is told that the visitor agreed, before their first hit: by one of Adobe's standards, or by the string of a consent
   * platform. It is not told, if absent. */
  consent?: "adobe-1.0" | "adobe-2.0" | { tcf: string; gdprApplies?: boolean; containsPersonalData?: boolean };
}

/** Where hits of the entry `caisse/adobe` go. */
export type Destination = CollectorDestination | AdobeAnalyticsDestination | AdobeEdgeDestination;

export type ConsentState = "pending" | "granted" | "denied";

/** A call as `beforeSend` sees it. */
export interface PageCall {
  /** Empty for page views and links. */
  name: string;
  data: { [field: string]: unknown };
}

export interface TrackerOptions<
  Events extends EventNames = EventNames,
  Variables extends VariableNames = VariableNames,
  To extends Destination = CollectorDestination,
> {
  /** What the collector files hits under. */
  site: string;
  destination: To | To[];
  /** `"pending"` if absent. Ask your consent platform; a value that is none of the three means `"denied"`. */
  consent?: ConsentState;
  /** Currency of calls that name none. */
  currency?: string;
  /** Your names for Adobe's events: `{ newsletterJoined: "event12" }`. */
  events?: Events;
  /** Your names for Adobe's variables: `{ memberTier: "eVar5" }`. */
  variables?: Variables;
  /** Sees every call before anything else does; answers it, changed or not, or `null` to drop it. */
  beforeSend?: (call: PageCall) => PageCall | null;
  /** Explains every decision in the console. */
  debug?: boolean;
  batch?: { maxEvents?: number; maxWaitMs?: number; maxBytes?: number };
  /** `"none"`: no visitor id is made, read or sent, neither ours nor Adobe's. */
  identity?: "visitor" | "none";
  /** Where the core is, if not beside the script. */
  wasmUrl?: string;
}

/** Counters of one destination. While the page lives, tracked = acknowledged + waiting + dropped. */
export interface DestinationStats {
  destination: string;
  /** Where its beacons go. */
  url: string;
  tracked: number;
  acknowledged: number;
  waiting: number;
  /** By reason. `blocked`: where WebAssembly may not run, only the first collector gets hits. */
  dropped: { [reason: string]: number };
  /** Hits of earlier pages that this page delivered; not among the others. */
  adopted: number;
  /** Bytes of bodies sent, retries included. */
  bytes: number;
}

export interface Stats {
  /** Calls that wait for consent. */
  held: number;
  destinations: DestinationStats[];
}

/** The counters when the flush ended: nothing waited any more, or its time was over. */
export type FlushResult = Stats;

export interface TrackerEvents {
  accepted: { id: string; status: Settled["status"] };
  acknowledged: { destination: string; batch: string; hits: number };
  dropped: { id: string; reason: string };
  /** Without an id if it is the options that something is wrong with. */
  invalid: { id: string; problems: Problem[] };
}

/** What a link may have beside the fields of an event. */
export interface LinkData {
  linkType?: "exit" | "download" | "other";
  linkName?: string;
}

/** The tracker of a shop that declared these names. `typeof tracker` is the type with its names; `Tracker`, the one without any. */
export interface Tracker<Events extends EventNames = {}, Variables extends VariableNames = {}> {
  /** @deprecated Google Analytics 4's or Segment's name for an event: understood, but the types cannot check its fields. */
  track(name: AliasName, data?: { readonly [field: string]: unknown }): Receipt;
  /** Reports an event. Returns at once and never throws. */
  track<Name extends EventName | Extract<keyof Events, string>>(
    name: Name,
    ...data: Rest<Meaning<Name, Events>, EventData<Variables>>
  ): Receipt;
  /** Reports an event that the types do not know, on purpose. */
  trackCustom(name: string, data?: { readonly [field: string]: unknown }): Receipt;
  /** Reports a page view. */
  page(data?: EventData<Variables>): Receipt;
  /** Reports a link by its URL or its element, with what kind it is and a name for it. */
  link(link: string | { readonly href: string }, data?: EventData<Variables> & LinkData): Receipt;
  /** Sets values that ride on every later call; `null` unsets one. */
  setContext(data: Context<Variables>): void;
  /** A customer id that you hashed. */
  identify(id: string): void;
  /** Forgets context, customer and visitor id. */
  reset(): void;
  consent: { set(state: ConsentState): void; get(): ConsentState };
  /** The funnel of a checkout, without the element. */
  checkout: Checkout;
  /** Sends what waits; settles even when nothing can be sent. */
  flush(options?: { timeoutMs?: number }): Promise<FlushResult>;
  stats(): Stats;
  on<Name extends keyof TrackerEvents>(name: Name, listener: (event: TrackerEvents[Name]) => void): () => void;
  /** Which engine delivers; never rejects. */
  ready: Promise<{ engine: "wasm" | "raw"; reason?: string }>;
  /** Ends the tracker; what waits stays in the store for the next page. */
  destroy(): void;
}

/** Knows the shop's names from the options alone. */
export type CreateTracker<To extends Destination = CollectorDestination> = <
  const Events extends EventNames = {},
  const Variables extends VariableNames = {},
>(options: TrackerOptions<Events, Variables, To>) => Tracker<Events, Variables>;
