// The public API, the consent gate and the life of a page. Owns stream, sequence numbers and visitor id; hands calls to
// an engine as soon as there is one. Eager, so small: whatever can wait is in a file that is loaded later.

// Modules, functions and properties stand in an order that compresses well: of some thousand tried the best (0.06 kB).
import { attempt, local, randomId, visitorId } from "./ids";
import { openStore, purge } from "./store";
import { field, flatten, UNIT } from "./snapshot";
import { identityOf, placeOf, settingsOf } from "./adobe/places";
import type { Call, Counters, Drop, Engine, Shim, Tracker } from "./shim";
import { loadEngine } from "./load";
import { budget, post } from "./post";
import type { Checkout, CollectorDestination, ConsentState, Destination, PageCall, Receipt, Stats, TrackerEvents, TrackerOptions } from "./types";
import { blunt, send } from "./raw";
import { postTo } from "./adobe/transport";

/** Calls held until the visitor answers. */
const HELD_MAX = 100;
/** Calls that may wait for the core. */
const WAITING_MAX = 1000;
/** How often a flush looks whether it is done. */
const FLUSH_MS = 20;
/** A receipt settles within this time, whatever happens. */
const SETTLE_MS = 2000;

type Names = { [name: string]: string };
type Data = { [field: string]: unknown };

/** A call that has no number yet. */
interface Held {
  head: [at: number, kind: string, name: string, lost: string];
  fields: string;
  settle: Call["settle"];
  receipt: { id: string };
}

const trackers: { [site: string]: Tracker } = { __proto__: null } as never;

/** Makes the tracker of a site, or answers the one there is. `base` is where the package's files are. */
export function create(options: TrackerOptions<any, any, any>, base: string): Tracker {
  options ||= {} as TrackerOptions;
  const { site, beforeSend } = options;
  /** What a browser keeps for the site has names that begin so. */
  const prefix = "caisse." + site;
  if (trackers[site]) return trackers[site];

  const destinations: Destination[] = [options.destination].flat();
  // Not on a server, and not without a name to file hits under and a place to send them to.
  const able = site && attempt(() => document) && destinations[0] && destinations.every((to) => (ADOBE ? to && placeOf(to) : (to as CollectorDestination)?.url));
  /** The shop's own names; without a prototype, whose names the shop did not declare. */
  const events: Names = { __proto__: null, ...options.events } as never;
  const variables: Names = { __proto__: null, ...options.variables } as never;
  const listeners = new Set<[name: string, listener: (event: never) => void]>();
  const counters: Counters[] = destinations.map((to, index) => {
    const own: Counters = {
      url: ADOBE ? (to ? placeOf(to) : "") : ((to as CollectorDestination)?.url + "").replace(/\/$/, ""),
      bytes: 0,
      adopted: 0,
      acknowledged: 0,
      dropped: {},
      tracked: 0,
      destination: (ADOBE ? to?.kind : "collector") + (index ? index + 1 : ""),
    };
    // What is inherited does not show in `stats()`.
    return ADOBE && to ? Object.assign(Object.create({ to, settings: settingsOf(to, placeOf(to)) }), own) : own;
  });
  let state: ConsentState;
  let visitor = "";
  let customer = "";
  let context: Data = {};
  const held: Held[] = [];
  /** Calls of this task. */
  const inbox: Call[] = [];
  const waiting: Call[] = [];
  let seq = 0;
  /** There is one while consent is granted. */
  let shim: Shim | undefined;
  let life: AbortController;
  let engine: Engine | undefined;
  let loading = false;
  let told: (engine: { engine: "wasm" | "raw"; reason?: string }) => void;

  const leave = (): void => {
    if (!shim) return;
    const { store } = shim;
    store.leaving = true;
    drain();
    engine?.leave(budget());
    // What no core has taken goes raw.
    while (send(shim, waiting.filter((call) => !call.frozen), 1));
    store.journal();
    store.leaving = false;
  };

  const load = async (): Promise<void> => {
    const mine = shim;
    if (!mine || engine || loading) return;
    loading = true;
    const [loaded, ready] = await loadEngine(mine, base);
    loading = false;
    if (mine !== shim) {
      loaded?.stop();
      return load();
    }
    told(ready);
    engine = loaded;
    engine?.track();
  };

  /** What few pages ask for is loaded when they do. */
  const later = (...asked: unknown[]): void => void import("./later").then((all) => all.later(tracker, options, base, ...asked)).catch(() => {});

  /** Begins a stream, if there is none, once consent is granted. */
  const begin = (): void => {
    if (shim || state !== "granted") return;
    const stream = randomId();
    seq = 0;
    visitor = options.identity === "none" ? "" : visitorId(prefix + ".v");
    life = new AbortController();
    shim = {
      send,
      emit,
      local,
      store: openStore(prefix, stream),
      listeners,
      post: ADOBE ? postTo : post,
      prefix,
      stream,
      randomId,
      counters,
      drop,
      options,
      untaken: waiting,
      keep,
      signal: life.signal,
    };
    held.splice(0).forEach(seal);
    attempt(() => (window.requestIdleCallback || setTimeout)(load, { timeout: SETTLE_MS } as never));
  };

  /** Durable without the core: bluntly redacted, as the exact rules are the core's. */
  const keep = (calls: Call[]): void => {
    const mine = shim!;
    const rows = calls.map((call): [string, string] => [(call.rowKey = "*|" + mine.stream + "|" + call.seq), blunt(call.snapshot)]);
    mine.store.write(new Map(rows)).then((kept) => {
      for (const call of calls) {
        call.durable = !!kept;
        // There is no core to come that might have more to say.
        if (mine.raw) settleKept(call);
      }
    });
  };

  const drop: Drop = ({ dropped }, reason, count) => {
    if (count) dropped[reason] = (dropped[reason] || 0) + count;
  };

  const settleKept = (call: Call): void => call.settle(call.durable ? "durable" : "memory");

  /** Gives a call its number and its place in the queue. */
  const seal = ({ head, fields, settle, receipt }: Held): void => {
    const { stream } = shim!;
    if (waiting.length + inbox.length >= WAITING_MAX) {
      head[3] = "overflow";
      fields = "";
    }
    receipt.id = stream + "-" + seq;
    let snapshot = ["c1", stream, seq, ...head].join(UNIT) + field("@visitor", visitor) + fields;
    // Cookies are not read before consent.
    if (ADOBE) snapshot += flatten(identityOf(destinations), (key) => "@" + key);
    for (const counter of counters) counter.tracked++;
    if (!inbox.length) Promise.resolve().then(drain);
    inbox.push({ seq: seq++, snapshot, urgent: /^(purchase|scCheckout)$/.test(head[2]), settle });
  };

  const waitingOf = ({ tracked, acknowledged, dropped }: Counters): number =>
    Object.values(dropped).reduce((left, count) => left - count, tracked - acknowledged);

  const stats = (): Stats => ({
    held: held.length,
    destinations: counters.map((counter) => ({ ...counter, dropped: { ...counter.dropped }, waiting: waitingOf(counter) })),
  });

  const setConsent = (word: unknown): void => {
    // Fails closed, also for a word that is none of the three.
    state = able && /^(pending|granted)$/.test(word as string) ? (word as ConsentState) : "denied";
    // A page that is rendered ahead may never be seen: until it is, calls are held. The document tells, which the window hears only on the way.
    if (state === "granted") return document.prerendering ? addEventListener("prerenderingchange", begin, true) : begin();
    if (shim) {
      // What is not on disk yet must not come to be there.
      shim.store.soft.clear();
      end("withdrawn");
    }
    if (state === "denied") {
      end(state);
      if (able) purge(prefix);
      told({ engine: "raw", reason: "denied" });
    }
  };

  /** Ends the stream; what is in the store stays there. */
  const end = (reason: string): void => {
    engine?.stop();
    engine = shim = undefined;
    life?.abort();
    for (const calls of [waiting, inbox, held]) for (const { settle } of calls.splice(0)) settle("dropped", reason);
    for (const counter of counters) drop(counter, reason, waitingOf(counter));
  };

  /** Hands over the calls of this task. */
  const drain = (): void => {
    const calls = inbox.splice(0);
    if (!calls.length) return;
    setTimeout(() => calls.forEach(settleKept), SETTLE_MS);
    waiting.push(...calls);
    engine?.track();
    // What no core has taken.
    if (waiting.length) keep(calls);
    if (calls.some((call) => call.urgent)) load();
  };

  const call = (kind: string, name: string, data?: Data, link?: string | { href: string }): Receipt => {
    let settle!: Call["settle"];
    let open = true;
    const receipt: Receipt & Held["receipt"] = {
      id: "",
      settled: new Promise((resolve) => {
        settle = (status, reason, problems = []) => {
          const { id } = receipt;
          resolve({ status, reason, problems });
          if (problems.length) emit("invalid", { id, problems });
          if (reason) emit("dropped", { id, reason });
          else if (open) emit("accepted", { id, status });
          open = false;
        };
      }),
    };
    if (state === "denied") {
      settle("dropped", "denied");
      return receipt;
    }
    // What it is lost for, unless it comes through.
    const head: Held["head"] = [Date.now(), kind, "", "invalid"];
    const next: Held = { head, fields: "", settle, receipt };
    try {
      if (kind === "l") data = { ...data, linkUrl: (link as { href: string })?.href ?? link };
      let seen: PageCall | null = { name, data: data || {} };
      if (beforeSend) {
        // A hook that throws may have been about to take something out: the call is dropped, as if it had answered null.
        head[3] = "before_send";
        seen = beforeSend(seen);
      }
      if (seen) {
        const own = seen.data || {};
        const rename = (key: string): string => (variables[key] ? key + ">" + variables[key] : key);
        const rest = { ...context };
        for (const key in rest) if (key in own || rest[key] === null) delete rest[key];
        head[2] = String(seen.name).slice(0, 200).replace(/[\0-\x1f]/g, " ");
        const facts = {
          url: location.href,
          viewport: innerWidth + "x" + innerHeight,
          customer,
          currency: options.currency,
          as: events[head[2]],
          referrer: document.referrer,
        };
        next.fields = flatten(facts, (key) => "@" + key) + flatten(rest, rename) + flatten(own, rename);
        head[3] = "";
      }
    } catch {}
    if (shim) seal(next);
    else if (held.push(next) > HELD_MAX) held.pop()!.settle("dropped", "overflow");
    else setTimeout(settle, SETTLE_MS, "held");
    return receipt;
  };

  const emit = <Name extends keyof TrackerEvents>(name: Name, event: TrackerEvents[Name]): void =>
    // A listener's mistake is its page's own.
    listeners.forEach(([of, listener]) => of === name && attempt(() => listener(event as never)));

  const tracker: Tracker = {
    consent: {
      get: () => state,
      set: setConsent,
    },
    setContext(data) {
      context = { ...context, ...data };
    },
    ready: new Promise((resolve) => (told = resolve)),
    track: call.bind(0, "t"),
    trackCustom: call.bind(0, "c"),
    page: (data) => call("p", "", data),
    reset() {
      context = {};
      customer = "";
      local.set(prefix + ".v", "");
      // Not once consent was withdrawn.
      if (shim && visitor) visitor = visitorId(prefix + ".v");
    },
    // Any name will do here: which there are is known where it is told.
    checkout: new Proxy({} as Checkout, { get: (_, name) => later.bind(0, name) }),
    link: (link, data) => call("l", "", data, link),
    destroy() {
      leave();
      end("destroyed");
      state = "denied";
      delete trackers[site];
    },
    on(name, listener) {
      const entry: [string, (event: never) => void] = [name, listener];
      listeners.add(entry);
      // What is wrong with the options is looked up only for who wants to know.
      if (name === "invalid") later(name, listener);
      return () => listeners.delete(entry);
    },
    identify(id) {
      customer = id + "";
    },
    stats,
    async flush({ timeoutMs = 5000 } = {}) {
      drain();
      load();
      for (const end = Date.now() + timeoutMs; counters.some(waitingOf) && Date.now() < end; ) {
        engine?.flush();
        await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
      }
      return stats();
    },
  };

  trackers[site] = tracker;
  setConsent(options.consent ?? "pending");
  // None of it is there on a server.
  attempt(() => {
    addEventListener("visibilitychange", () => document.hidden && leave());
    addEventListener("pagehide", leave);
    // Who asks for the page's trackers, as the element does, is told; no global name has them.
    addEventListener("caisse", (({ detail }: CustomEvent) => detail(trackers[site])) as never);
    // The console listens from now on, though what it says is still to be loaded.
    if (options.debug || /^(localhost|127\.|\[)/.test(location.hostname)) tracker.on("invalid", undefined as never);
  });
  return tracker;
}
