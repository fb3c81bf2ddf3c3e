// A page for the shim: storage, a network and events, as far as the shim asks for them. `openPage` gives a fresh one.

import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { IDBDatabase, IDBFactory, IDBKeyRange } from "fake-indexeddb";
import type { Problem, Stats } from "../src/types";

export interface Sent {
  url: string;
  body: string;
  /** Whether it came as gzip. */
  packed: boolean;
  /** What type a body says it has that is no text. */
  type: string;
  keepalive: boolean;
}

export interface Answer {
  status: number;
  body?: string;
  /** `Retry-After`. */
  after?: string;
}

export interface Page {
  sent: Sent[];
  storage: Map<string, string>;
  /** Answers requests to the collector; status 0 fails like a network. */
  answer: (sent: Sent) => Answer | Promise<Answer>;
  /** Whether the core can be had. */
  wasm: boolean;
  /** Whether the page is never idle: then only an urgent call or a flush loads an engine. */
  busy: boolean;
  hide(): void;
  /** Whether it is rendered before anybody asked for it. */
  prerender(yes: boolean): void;
  /** Tells whoever listens to an event of the window. */
  fire(name: string): void;
}

type Listener = (event: { type: string }) => void;

const events: { [name: string]: Set<Listener> } = {};

const on = (name: string, listener: Listener, { capture, signal }: { capture?: boolean; signal?: AbortSignal } = {}): void => {
  const others = events[name] || [];
  // Who listens on the way to the target hears of it first.
  events[name] = new Set(capture ? [listener, ...others] : [...others, listener]);
  signal?.addEventListener("abort", () => events[name]!.delete(listener));
};

const put = (name: string, value: unknown): void =>
  void Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

// A page does not live until its last deadline.
const { setTimeout: after } = globalThis;
put("setTimeout", (work: () => void, ms?: number, ...rest: unknown[]) => {
  const timer = after(work, ms, ...(rest as []));
  if (ms! >= 10_000) timer.unref();
  return timer;
});

/** Acknowledges whatever was sent, as the collector does. */
export function acknowledge({ url, body }: Sent): Answer {
  const batch = url.endsWith("/raw") ? body.split("\x1f")[2] : (JSON.parse(body) as { batch: string }).batch;
  return { status: 200, body: JSON.stringify({ batch, accepted: "", duplicate: "", rejected: "" }) };
}

export function openPage(): Page {
  const storage = new Map<string, string>();
  const page: Page = {
    sent: [],
    storage,
    answer: acknowledge,
    wasm: false,
    busy: false,
    hide() {
      (globalThis as { document?: unknown }).document = { ...document_, hidden: true };
      events["visibilitychange"]?.forEach((listener) => listener({ type: "visibilitychange" }));
      (globalThis as { document?: unknown }).document = document_;
    },
    prerender: (yes) => void (document_.prerendering = yes),
    fire: (type) => events[type]?.forEach((listener) => listener({ type })),
  };
  for (const name of Object.keys(events)) delete events[name];
  const document_ = {
    referrer: "https://shop.example/cart?token=1",
    hidden: false,
    prerendering: false,
    addEventListener: on,
    removeEventListener: () => {},
  };
  put("document", document_);
  put("window", globalThis);
  put("requestIdleCallback", (work: () => void) => void (page.busy || setTimeout(work)));
  put("innerWidth", 1280);
  put("innerHeight", 720);
  put("location", { href: "https://shop.example/checkout?email=ada@example.org", hostname: "shop.example" });
  put("navigator", { language: "fr-FR", cookieEnabled: true });
  put("Image", function () {});
  put("screen", { width: 1920, height: 1080 });
  put("addEventListener", on);
  put("removeEventListener", () => {});
  put("dispatchEvent", (event: Event) => events[event.type]?.forEach((listener) => listener(event)));
  put("indexedDB", new IDBFactory());
  put("IDBKeyRange", IDBKeyRange);
  const items: ProxyHandler<object> = {
    get: (_, key) => storage.get(String(key)),
    set: (_, key, value) => !!storage.set(String(key), String(value)),
    deleteProperty: (_, key) => storage.delete(String(key)) || true,
    ownKeys: () => [...storage.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  };
  put("localStorage", new Proxy({}, items));
  put("fetch", async (url: string | URL, init: { body?: string | Blob; keepalive?: boolean } = {}) => {
    if (String(url).endsWith(".wasm")) {
      if (!page.wasm) throw new TypeError("no core here");
      const response = new Response(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]), { headers: { "content-type": "application/wasm" } });
      return Object.defineProperty(response, "url", { value: String(url) });
    }
    const sent = { url: String(url), body: "", packed: false, type: "", keepalive: !!init.keepalive };
    page.sent.push(sent);
    if (typeof init.body === "string") sent.body = init.body;
    else if (init.body) {
      [sent.packed, sent.type] = [true, init.body.type];
      sent.body = gunzipSync(await init.body.arrayBuffer()).toString();
    }
    const { status, body, after } = await page.answer(sent);
    if (!status) throw new TypeError("failed");
    return new Response(body ?? "", { status, headers: after ? { "retry-after": after } : {} });
  });
  return page;
}

/** Does something to every transaction that is begun from now on; the answer ends that. */
export function onTransaction(then: (transaction: IDBTransaction) => void): () => void {
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (...asked) {
    const begun = transaction.apply(this, asked);
    if (begun.mode !== "versionchange") then(begun);
    return begun;
  };
  return () => void (IDBDatabase.prototype.transaction = transaction);
}

/** A store that takes its time: none opens until the answer is called. */
export function slowStore(): () => void {
  const real = indexedDB;
  let release: () => void;
  const held = new Promise<void>((resolve) => (release = resolve));
  put("indexedDB", {
    open(...asked: Parameters<IDBFactory["open"]>) {
      const request = real.open(...asked);
      const late = (listener: () => void): void => request.addEventListener("success", () => void held.then(listener));
      Object.defineProperty(request, "onsuccess", { set: late });
      return request;
    },
    deleteDatabase: real.deleteDatabase.bind(real),
    databases: real.databases.bind(real),
  });
  return () => {
    put("indexedDB", real);
    release();
  };
}

/** Checks the promise that the counters make: whatever was tracked is acknowledged, waits or was dropped for a reason. */
export function balance(stats: Stats): void {
  for (const { destination, tracked, acknowledged, waiting, dropped } of stats.destinations) {
    const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    assert.equal(tracked, acknowledged + waiting + lost, destination);
    assert.ok(waiting >= 0 && Object.values(dropped).every((count) => count > 0), destination);
  }
}

/** Problems without the words of the table. */
export const briefly = (problems: Problem[]): Partial<Problem>[] =>
  problems.map(({ code, place, suggestion }) => (suggestion ? { code, place, suggestion } : { code, place }));

/** Waits until `done` says so; fails after some twenty seconds, which a busy machine may need. */
export async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 4000; turn++) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("it never came to pass: " + done);
}

/** Ends a page without a word, as a crash would, and opens the next one: storage stays. */
export function nextPage({ storage, wasm }: Page): Page {
  const database = indexedDB;
  const page = openPage();
  storage.forEach((text, key) => page.storage.set(key, text));
  put("indexedDB", database);
  return Object.assign(page, { wasm });
}

/** Every row in the store of a site. */
export function rows(site: string): Promise<string[]> {
  return new Promise((resolve) => {
    const request = indexedDB.open("caisse." + site);
    request.onupgradeneeded = () => request.result.createObjectStore("rows");
    request.onsuccess = () => {
      const all = request.result.transaction("rows").objectStore("rows").getAll();
      all.onsuccess = () => {
        request.result.close();
        resolve(all.result as string[]);
      };
    };
  });
}
