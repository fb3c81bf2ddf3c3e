// The public API, the consent gate and the life of a page. Owns stream, sequence numbers and visitor id; hands calls to
// an engine as soon as there is one. Eager, so small: whatever can wait is in a file that is loaded later.

import { attempt, local, randomId, visitorId } from "./ids";
import { leaveRaw, send, writeJournal } from "./leave";
import { loadEngine } from "./load";
import { budget, bytes, post } from "./post";
import { blunt, fitting } from "./raw";
import type { Call, Counters, Engine, Kit, Shim } from "./shim";
import { field, flatten, RECORD, UNIT } from "./snapshot";
import { openStore, purge } from "./store";
import type { ConsentState, PageCall, Problem, Receipt, Settled, Stats, Tracker, TrackerEvents, TrackerOptions } from "./types";

/** Calls held until the visitor answers. */
const HELD_MAX = 100;
/** Calls that may wait for the core. */
const WAITING_MAX = 1000;
/** How often a flush looks whether it is done. */
const FLUSH_MS = 20;
/** A receipt settles within this time, whatever happens. */
const SETTLE_MS = 2000;

const kit: Kit = { local, randomId, budget, bytes, post, blunt, fitting, writeJournal, leaveRaw, send };

type Data = { [field: string]: unknown };

/** A call that has no number yet. */
interface Held {
  head: [at: number, kind: string, name: string, lost: string];
  fields: string;
  settle: Call["settle"];
  receipt: { id: string };
}

const trackers = new Map<string, Tracker>();

/** Makes the tracker of a site, or answers the one there is. `base` is where the package's files are. */
export function create(options: TrackerOptions, base: string): Tracker {
  const { site, events = {}, variables = {}, batch = {}, beforeSend, identity } = options;
  const known = trackers.get(site);
  if (known) return known;

  const server = typeof document === "undefined";
  const listeners: { [name: string]: Set<(event: never) => void> } = {};
  const counters: Counters[] = [options.destination].flat().map((destination, index) => ({
    destination: "collector" + (index ? index + 1 : ""),
    url: String(destination?.url).replace(/\/$/, ""),
    tracked: 0,
    acknowledged: 0,
    dropped: {},
    adopted: 0,
    bytes: 0,
  }));
  let state: ConsentState;
  let held: Held[] = [];
  let inbox: Call[] = [];
  let waiting: Call[] = [];
  let context: Data = {};
  let customer = "";
  let visitor = "";
  let seq = 0;
  let shim: Shim;
  let abort: AbortController;
  let engine: Engine | null = null;
  let loading: Promise<void> | null = null;
  let told: (engine: { engine: "wasm" | "raw"; reason?: string }) => void;

  /** Fails closed: on a server, and for a word that is none of the three. */
  const consentOf = (word: unknown): ConsentState =>
    server || !/^(pending|granted)$/.test(word as string) ? "denied" : (word as ConsentState);

  const emit = <Name extends keyof TrackerEvents>(name: Name, event: TrackerEvents[Name]): void => {
    // A listener's mistake is its page's own.
    listeners[name]?.forEach((listener) => attempt(() => listener(event as never), undefined));
  };

  const waitingOf = ({ tracked, acknowledged, dropped }: Counters): number =>
    Object.values(dropped).reduce((left, count) => left - count, tracked - acknowledged);

  const stats = (): Stats => ({
    held: held.length,
    destinations: counters.map((counter) => ({ ...counter, dropped: { ...counter.dropped }, waiting: waitingOf(counter) })),
  });

  /** Begins a stream: consent was granted. */
  const begin = (): void => {
    seq = 0;
    visitor = identity === "none" ? "" : visitorId(site);
    abort = new AbortController();
    shim = {
      site,
      url: counters[0]!.url,
      options: [
        [site, batch.maxEvents, batch.maxWaitMs, batch.maxBytes].join(UNIT),
        ...counters.map(({ destination, url }) => destination + UNIT + url),
      ].join(RECORD),
      stream: randomId(),
      store: openStore(site),
      kit,
      counters,
      signal: abort.signal,
      emit,
    };
    held.splice(0).forEach(seal);
  };

  /** Gives a call its number and its place in the queue. */
  const seal = ({ head, fields, settle, receipt }: Held): void => {
    if (waiting.length + inbox.length >= WAITING_MAX) {
      head[3] = "overflow";
      fields = "";
    }
    receipt.id = shim.stream + "-" + seq;
    const text = ["c1", shim.stream, seq, ...head].join(UNIT) + fields + (visitor && field("@visitor", visitor));
    for (const counter of counters) counter.tracked++;
    if (!inbox.length) queueMicrotask(drain);
    inbox.push({ key: "*|" + shim.stream + "|" + seq, seq: seq++, text, urgent: /^(purchase|scCheckout)$/.test(head[2]), frozen: false, durable: false, counted: false, traps: 0, settle });
  };

  /** Hands over the calls of this task. */
  const drain = (): void => {
    const calls = inbox.splice(0);
    if (!calls.length) return;
    setTimeout(() => calls.forEach((call) => call.settle(call.durable ? "durable" : "memory")), SETTLE_MS);
    if (engine) return engine.track(calls);
    waiting.push(...calls);
    // Durable before there is a core: bluntly redacted, as the exact rules are the core's.
    shim.store.write(calls.map((call) => [call.key, blunt(call.text)]), []).then((kept) => {
      for (const call of calls) call.durable = kept;
    });
    if (calls.some((call) => call.urgent)) load();
  };

  const load = (): void => {
    if (state !== "granted" || engine) return;
    const mine = shim;
    loading ||= loadEngine(mine, options.wasmUrl || new URL(WASM_FILE, base)).then(
      ([loaded, ready]) => {
        loading = null;
        if (abort.signal !== mine.signal || mine.signal.aborted) return loaded.stop();
        engine = loaded;
        told(ready);
        engine.track(waiting.splice(0));
      },
      () => {
        // No network for either engine: the next call, or the next page, tries again.
        loading = null;
        told({ engine: "raw", reason: "unreachable" });
      },
    );
  };

  const pageFields = (name: string): string => {
    const { clientWidth, clientHeight } = document.documentElement;
    return Object.entries({
      url: location.href,
      referrer: document.referrer,
      language: navigator.language,
      viewport: clientWidth + "x" + clientHeight,
      screen: screen.width + "x" + screen.height,
      offset: new Date().getTimezoneOffset(),
      currency: options.currency,
      customer,
      as: Object.hasOwn(events, name) && events[name],
    })
      .map(([key, value]) => (value || value === 0 ? field("@" + key, value) : ""))
      .join("");
  };

  const call = (kind: string, name: string, data: Data = {}): Receipt => {
    let settled: Promise<Settled> | undefined;
    let outcome: Settled | undefined;
    let resolve: ((outcome: Settled) => void) | undefined;
    const receipt = {
      id: "",
      get settled() {
        return (settled ||= new Promise<Settled>((done) => (outcome ? done(outcome) : (resolve = done))));
      },
    };
    const settle = (status: Settled["status"], reason?: string, problems: Problem[] = []): void => {
      if (outcome) return;
      const { id } = receipt;
      outcome = { status, reason, problems };
      resolve?.(outcome);
      if (problems.length) emit("invalid", { id, problems });
      if (reason) emit("dropped", { id, reason });
      else emit("accepted", { id, status });
    };
    const next: Held = { head: [Date.now(), kind, name, ""], fields: "", settle, receipt };
    try {
      let seen: PageCall | null = { name: String(name), data };
      if (state === "denied") {
        settle("dropped", "denied");
        return receipt;
      }
      next.head[3] = "before_send";
      // A hook that throws may have been about to take something out: the call is dropped, as if it had answered null.
      if (beforeSend) seen = beforeSend(seen);
      if (seen) {
        next.head[3] = "invalid";
        const own = seen.data || {};
        const rename = (key: string): string => (Object.hasOwn(variables, key) ? key + ">" + variables[key] : key);
        const rest = Object.fromEntries(Object.entries(context).filter(([key]) => !(key in own)));
        next.head[2] = name = String(seen.name).slice(0, 200).replace(/[\0-\x1f]/g, " ");
        next.fields = pageFields(name) + flatten(rest, rename) + flatten(own, rename);
        next.head[3] = "";
      }
    } catch {
      next.head[2] = "";
    }
    if (state === "granted") seal(next);
    else if (held.push(next) > HELD_MAX) held.pop()!.settle("dropped", "overflow");
    else setTimeout(settle, SETTLE_MS, "held");
    return receipt;
  };

  /** Ends the stream; what is in the store stays there. */
  const end = (reason: string): void => {
    engine?.stop();
    engine = null;
    abort?.abort();
    for (const { settle } of [...waiting.splice(0), ...inbox.splice(0), ...held.splice(0)]) settle("dropped", reason);
    for (const counter of counters) {
      const left = waitingOf(counter);
      if (left) counter.dropped[reason] = (counter.dropped[reason] || 0) + left;
    }
  };

  const leave = (): void => {
    if (state !== "granted") return;
    drain();
    if (engine) engine.leave();
    else leaveRaw(shim, waiting, (left) => (waiting = left));
  };
  const onHidden = (): void => {
    if (document.hidden) leave();
  };

  const setConsent = (next: ConsentState): void => {
    const before = state;
    state = consentOf(next);
    if (state === before) return;
    if (before === "granted" || state === "denied") end(before === "granted" ? "withdrawn" : "denied");
    if (state === "denied") {
      for (const key of local.keys(site + ".")) local.set(key, null);
      purge(site);
    } else if (state === "granted") {
      begin();
      load();
    }
  };

  const tracker: Tracker = {
    track: (name, data) => call("t", name, data),
    trackCustom: (name, data) => call("c", name, data),
    page: (data) => call("p", "", data),
    link: (link, { type, name, ...data } = {}) =>
      call("l", "", { ...data, linkUrl: typeof link === "string" ? link : link?.href, linkName: name, linkType: type }),
    setContext(data) {
      context = Object.fromEntries(Object.entries({ ...context, ...data }).filter(([, value]) => value !== null));
    },
    identify(id) {
      customer = String(id);
    },
    reset() {
      context = {};
      customer = "";
      local.set(site + ".v", null);
      if (visitor) visitor = visitorId(site);
    },
    consent: { get: () => state, set: setConsent },
    async flush({ timeoutMs = 5000 } = {}) {
      drain();
      load();
      for (const end = Date.now() + timeoutMs; counters.some(waitingOf) && Date.now() < end; ) {
        engine?.flush();
        await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
      }
      return stats();
    },
    stats,
    on(name, listener) {
      const set = (listeners[name] ||= new Set());
      set.add(listener as never);
      return () => set.delete(listener as never);
    },
    ready: new Promise((resolve) => (told = resolve)),
    destroy() {
      leave();
      end("destroyed");
      state = "denied";
      trackers.delete(site);
    },
  };

  trackers.set(site, tracker);
  state = consentOf(options.consent ?? "pending");
  if (state === "denied") told!({ engine: "raw", reason: "denied" });
  if (server) return tracker;
  if (state === "granted") begin();
  document.addEventListener("visibilitychange", onHidden);
  addEventListener("pagehide", leave);
  (window.requestIdleCallback || setTimeout)(load, { timeout: SETTLE_MS } as never);
  if (options.debug || /^(localhost|127\.|\[::1\])/.test(location.hostname)) {
    import("./debug").then(({ explain }) => explain(tracker, options), () => {});
  }
  return tracker;
}
