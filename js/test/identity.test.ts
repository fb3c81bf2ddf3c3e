// Who a visitor is: one id in the browser's own storage, for thirteen months from the day it was made, and none where the page wants none.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { create } from "../src/tracker";
import type { Tracker, TrackerOptions } from "../src/types";
import { openPage, type Page } from "./page";

const DAY_MS = 86_400_000;

let page: Page;
let site = 0;
let tracker: Tracker;

beforeEach(() => {
  page = openPage();
  site++;
});

afterEach(() => {
  mock.timers.reset();
  tracker.destroy();
});

const open = (options: Partial<TrackerOptions> = {}): Tracker => {
  const asked = { site: "i" + site, destination: { kind: "collector", url: "/hits" }, consent: "granted", ...options } as const;
  return (tracker = create(asked, "https://shop.example/caisse/index.js") as Tracker);
};

/** What is kept of the visitor: the id and when it was made. */
const kept = (): string[] => (page.storage.get("caisse.i" + site + ".v") ?? "").split(".");

/** The visitors that calls were sent for. */
const visitors = (): string[] => page.sent.flatMap(({ body }) => [...body.matchAll(/\x1e@visitor\x1fs([^\x1e\x1d]*)/g)].map(([, id]) => id!));

test("an id is kept from page to page, not renewed by visits, and replaced after thirteen months", () => {
  mock.timers.enable({ apis: ["Date"], now: Date.UTC(2026, 10, 22) });
  open();
  const [first, made] = kept();
  assert.match(first!, /^[\da-f]{32}$/);
  assert.equal(made, String(Date.UTC(2026, 10, 22)));
  for (const days of [1, 200, 193]) {
    tracker.destroy();
    mock.timers.tick(days * DAY_MS);
    open();
    assert.deepEqual(kept(), [first, made], "a visit after " + days + " days more");
  }
  tracker.destroy();
  mock.timers.tick(DAY_MS);
  open();
  assert.notEqual(kept()[0], first);
  assert.equal(kept()[1], String(Date.UTC(2026, 10, 22) + 395 * DAY_MS));
});

test("without identity there is no id, on the wire or in storage, and none is read", async () => {
  page.storage.set("caisse.i" + site + ".v", "0123456789abcdef0123456789abcdef." + Date.now());
  const { get } = page.storage;
  const read: string[] = [];
  page.storage.get = (key) => (read.push(key), get.call(page.storage, key));
  open({ identity: "none" });
  tracker.track("purchase", { orderId: "R1" });
  tracker.reset();
  tracker.track("scView");
  await tracker.flush();
  page.hide();
  assert.deepEqual(visitors(), ["", ""]);
  assert.deepEqual([...page.storage.keys()].filter((key) => key.endsWith(".v")), []);
  assert.ok(!read.some((key) => key.endsWith(".v")), read.join());
});

test("a withdrawal forgets the id in the same task, and who agrees again is somebody new, in a new stream", async () => {
  page.answer = () => ({ status: 0 });
  open();
  const before = tracker.track("purchase", { orderId: "R1" }).id;
  const [first] = kept();
  // An abandoned stream's lease, and a journal.
  page.storage.set("caisse.i" + site + ".l.0123456789abcdef0123456789abcdef", "1");
  page.hide();
  assert.ok([...page.storage.keys()].some((key) => key.includes(".j.")), [...page.storage.keys()].join());
  tracker.consent.set("denied");
  assert.equal(page.storage.size, 0, "hits, journals, leases and ids");
  tracker.reset();
  assert.equal(page.storage.size, 0);
  tracker.consent.set("granted");
  const { id } = tracker.track("scView");
  assert.match(id, /-0$/);
  assert.notEqual(id.slice(0, 32), before.slice(0, 32));
  assert.notEqual(kept()[0], first);
});

test("a withdrawal aborts what is under way", async () => {
  const signals: AbortSignal[] = [];
  const { fetch } = globalThis;
  globalThis.fetch = ((url: string, init: RequestInit) => {
    if (init?.method === "POST") signals.push(init.signal!);
    return init?.method === "POST" ? new Promise(() => {}) : fetch(url, init);
  }) as never;
  open();
  tracker.track("purchase", { orderId: "R1" });
  await tracker.flush({ timeoutMs: 50 });
  assert.deepEqual(signals.map(({ aborted }) => aborted), [false]);
  tracker.consent.set("denied");
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true]);
  globalThis.fetch = fetch;
});
