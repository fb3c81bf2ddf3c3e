// A page for the shim: storage, a network and events, as far as the shim asks for them. `openPage` gives a fresh one.

import { IDBFactory, IDBKeyRange } from "fake-indexeddb";

export interface Sent {
  url: string;
  body: string;
  keepalive: boolean;
}

export interface Page {
  sent: Sent[];
  storage: Map<string, string>;
  /** Answers requests to the collector; status 0 fails like a network. */
  answer: (sent: Sent) => { status: number; body?: string };
  /** Whether the core can be had. */
  wasm: boolean;
  hide(): void;
}

const events: { [name: string]: Set<() => void> } = {};

const on = (name: string, listener: () => void): void => void (events[name] ||= new Set()).add(listener);

/** Acknowledges whatever was sent, as the collector does. */
export function acknowledge({ url, body }: Sent): { status: number; body: string } {
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
    hide() {
      (globalThis as { document?: unknown }).document = { ...document_, hidden: true };
      events["visibilitychange"]?.forEach((listener) => listener());
      (globalThis as { document?: unknown }).document = document_;
    },
  };
  for (const name of Object.keys(events)) delete events[name];
  const document_ = {
    documentElement: { clientWidth: 1280, clientHeight: 720 },
    referrer: "https://shop.example/cart?token=1",
    hidden: false,
    addEventListener: on,
    removeEventListener: () => {},
  };
  const put = (name: string, value: unknown): void => void Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  put("document", document_);
  put("window", globalThis);
  put("location", { href: "https://shop.example/checkout?email=ada@example.org", hostname: "shop.example" });
  put("navigator", { language: "fr-FR" });
  put("screen", { width: 1920, height: 1080 });
  put("addEventListener", on);
  put("removeEventListener", () => {});
  put("indexedDB", new IDBFactory());
  put("IDBKeyRange", IDBKeyRange);
  const methods = {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => void storage.set(key, value),
    removeItem: (key: string) => void storage.delete(key),
  };
  put("localStorage", new Proxy(methods, { ownKeys: () => [...storage.keys()], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) }));
  put("fetch", async (url: string | URL, init: { body?: string; keepalive?: boolean } = {}) => {
    if (String(url).endsWith(".wasm")) {
      if (!page.wasm) throw new TypeError("no core here");
      return new Response(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]), { headers: { "content-type": "application/wasm" } });
    }
    const sent = { url: String(url), body: init.body ?? "", keepalive: !!init.keepalive };
    page.sent.push(sent);
    const { status, body } = page.answer(sent);
    if (!status) throw new TypeError("failed");
    return new Response(body ?? "", { status });
  });
  return page;
}

/** Waits until `done` says so; fails after two seconds. */
export async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 400; turn++) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("it never came to pass: " + done);
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
