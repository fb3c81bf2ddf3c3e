// What pages leave to each other, and who may take it when.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { tend } from "../src/engine/orphans";
import { create } from "../src/tracker";
import type { Tracker } from "../src/types";
import { glue } from "./glue";
import { acknowledge, onTransaction, openPage, type Page, until } from "./page";

const [GROUP, RECORD, UNIT] = ["\x1d", "\x1e", "\x1f"] as const;
const OTHER = "f".repeat(32);
const ANOTHER = "e".repeat(32);

let page: Page;
let site = 0;
let mine: Tracker;

beforeEach(() => {
  page = openPage();
  page.wasm = true;
  site++;
  glue.entered = [];
  mock.timers.enable({ apis: ["setInterval"] });
});

afterEach(() => {
  mine.destroy();
  mock.timers.reset();
});

const key = (kind: "j" | "l", stream: string): string => ["caisse.o" + site, kind, stream].join(".");

const leases = (): string[] => [...page.storage.keys()].filter((name) => name.includes(".l.")).map((name) => name.slice(-32));

/** A stream that some page left a call of in its journal. */
const leave = (stream: string): void =>
  void page.storage.set(key("j", stream), ["c1", stream, 0, 1, "t", "scView", ""].join(UNIT) + RECORD + "flow" + UNIT + "sb2c");

/** Somebody's lease, which ends in so many milliseconds. */
const lease = (stream: string, ms: number): void => void page.storage.set(key("l", stream), Date.now() + ms + "");

const start = async (): Promise<string> => {
  mine = create({ site: "o" + site, destination: { kind: "collector", url: "/hits" }, consent: "granted" }, "https://shop.example/caisse/index.js");
  const { id } = mine.track("purchase");
  await mine.ready;
  return id.slice(0, 32);
};

const adopted = (): string => glue.entered.filter(([verb]) => verb.startsWith("adopt")).map(([, text]) => text).join();

test("a page that delivers has no lease, and loads nothing for it", async () => {
  await start();
  await mine.flush();
  assert.deepEqual(leases(), []);
});

test("a page that cannot deliver says that its stream is its own, until it goes", async () => {
  page.answer = () => ({ status: 503 });
  const stream = await start();
  await until(() => leases().includes(stream));
  lease(stream, 1);
  mock.timers.tick(30_000);
  assert.ok(+page.storage.get(key("l", stream))! > Date.now() + 60_000, "it was not renewed");
  // A page that is only hidden lives on.
  page.hide();
  assert.deepEqual(leases(), [stream]);
  page.fire("pagehide");
  assert.deepEqual(leases(), []);
  page.fire("pageshow");
  assert.deepEqual(leases(), [stream]);
  mine.consent.set("denied");
  mock.timers.tick(60_000);
  assert.deepEqual(leases(), []);
});

test("what a living page has is left to it until its lease ends", async () => {
  leave(OTHER);
  leave(ANOTHER);
  lease(OTHER, 80_000);
  page.answer = () => ({ status: 0 });
  const stream = await start();
  await until(() => adopted().includes(ANOTHER));
  assert.ok(!adopted().includes(OTHER));
  assert.deepEqual(leases().sort(), [stream, ANOTHER, OTHER].sort());
  await until(() => !page.storage.has(key("j", ANOTHER)));
  assert.ok(page.storage.has(key("j", OTHER)));

  mock.timers.tick(30_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(!adopted().includes(OTHER));
  lease(OTHER, -1);
  mock.timers.tick(30_000);
  await until(() => adopted().includes(OTHER));
  // From now on it is this page's, which gives all of them back at once.
  assert.deepEqual(leases().sort(), [stream, ANOTHER, OTHER].sort());
  page.fire("pagehide");
  assert.deepEqual(leases(), []);
});

test("of its own stream a page takes nothing out of another page's journal", async () => {
  leave(OTHER);
  lease(OTHER, 80_000);
  page.answer = () => ({ status: 503 });
  const stream = await start();
  await until(() => leases().includes(stream));
  // That page took it over before this one had a lease; this one has delivered it meanwhile, and would count it again.
  const own = ["c1", stream, 0, 1, "t", "purchase", ""].join(UNIT) + RECORD;
  page.storage.set(key("j", OTHER), page.storage.get(key("j", OTHER)) + GROUP + own);
  lease(OTHER, -1);
  await until(() => {
    mock.timers.tick(30_000);
    return adopted().includes(OTHER);
  });
  assert.ok(!adopted().includes(stream), adopted());
});

test("no lease is longer than one can be, whatever clock it was written by, and dead ones are cleared away", async () => {
  leave(OTHER);
  leave(ANOTHER);
  lease(OTHER, 86_400_000);
  page.storage.set(key("l", ANOTHER), "soon");
  lease("d".repeat(32), -86_400_000);
  await start();
  await until(() => adopted().includes(OTHER) && adopted().includes(ANOTHER));
  assert.ok(!leases().includes("d".repeat(32)));
});

test("a journal into which its page wrote more meanwhile is read again, not removed", async () => {
  leave(OTHER);
  const more = page.storage.get(key("j", OTHER)) + GROUP + ["c1", OTHER, 1, 1, "t", "scAdd", ""].join(UNIT);
  glue.traps = (verb) => verb === "adopt" && !page.storage.set(key("j", OTHER), more);
  await start();
  await until(() => mine.stats().destinations[0]!.adopted === 1);
  glue.traps = () => false;
  assert.equal(page.storage.get(key("j", OTHER)), more);
  // The page learns from its store that there is more; it may look before that.
  await until(() => {
    mock.timers.tick(30_000);
    return adopted().includes("scAdd");
  });
  await until(() => !page.storage.has(key("j", OTHER)));
});

test("a journal whose rows found room nowhere else stays", async () => {
  page.answer = () => ({ status: 0 });
  leave(OTHER);
  page.storage.set(key("j", OTHER), page.storage.get(key("j", OTHER)) + "x".repeat(131_072));
  const stop = onTransaction((transaction) => transaction.mode === "readwrite" && transaction.abort());
  await start();
  mock.timers.tick(30_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  stop();
  assert.ok(page.storage.has(key("j", OTHER)));
});

test("nothing is begun for a stream that has ended meanwhile", async () => {
  const life = new AbortController();
  life.abort();
  const local = { get: () => "", set: () => assert.fail("a lease was written"), keys: () => [] };
  tend({ prefix: "caisse.x", stream: OTHER, signal: life.signal, local } as never, () => {}, () => {})();
  mock.timers.tick(30_000);
  await start();
});

test("the core hears at once that there is a network again", async () => {
  page.answer = () => ({ status: 0 });
  await start();
  await until(() => leases().length > 0);
  page.answer = acknowledge;
  page.fire("online");
  assert.deepEqual(glue.entered.at(-1), ["flush", "", 1]);
  await until(() => mine.stats().destinations[0]!.acknowledged === 1);
});
