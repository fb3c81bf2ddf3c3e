// Compression of large batches: all but a page's first, unless it leaves.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { create } from "../src/tracker";
import type { Tracker } from "../src/types";
import { balance, openPage, type Page } from "./page";

let page: Page;
let site = 0;
let mine: Tracker;

/** A tracker after a first large batch, which went as it was. */
beforeEach(async () => {
  page = openPage();
  page.wasm = true;
  mine = create({ site: "g" + ++site, destination: { kind: "collector", url: "/hits" }, consent: "granted" }, "https://shop.example/caisse/index.js") as Tracker;
  burst("first");
  assert.equal((await mine.ready).engine, "wasm");
  await mine.flush();
  assert.deepEqual(page.sent.map(({ packed }) => packed), [false]);
  page.sent = [];
});

afterEach(() => {
  balance(mine.stats());
  mine.destroy();
});

const burst = (orders: string): void => {
  for (let call = 0; call < 12; call++) mine.track("purchase", { orderId: orders + call, note: "x".repeat(200) });
};

test("large batches but the first go as gzip, and count as such", async () => {
  const [before] = mine.stats().destinations;
  burst("second");
  await mine.flush();
  assert.deepEqual(page.sent.map(({ packed, type }) => [packed, type]), [[true, "text/plain"]]);
  assert.equal(page.sent[0]!.body.match(/note/g)!.length, 12);
  const [after] = mine.stats().destinations;
  assert.equal(after!.acknowledged, before!.acknowledged + 12);
  assert.ok(after!.bytes - before!.bytes < page.sent[0]!.body.length / 3, `${after!.bytes - before!.bytes} of ${page.sent[0]!.body.length} bytes`);
});

test("what is one packet goes as it is", async () => {
  mine.track("purchase", { orderId: "o99" });
  await mine.flush();
  assert.deepEqual(page.sent.map(({ packed }) => packed), [false]);
});

test("a page that leaves waits for no compression", async () => {
  burst("second");
  // The core has sent its batch by then, which is being compressed.
  await Promise.resolve();
  assert.deepEqual(page.sent, []);
  page.hide();
  const sent = page.sent.map(({ packed, keepalive, body }) => [packed, keepalive, body.match(/note/g)!.length]);
  assert.deepEqual(sent, [[false, true, 12]]);
  await mine.flush();
  assert.equal(page.sent.length, 1);
  assert.equal(mine.stats().destinations[0]!.acknowledged, 24);
});

test("a browser that cannot compress sends what it has", async () => {
  const { CompressionStream } = globalThis;
  globalThis.CompressionStream = class {
    constructor() {
      throw new TypeError("not here");
    }
  } as never;
  try {
    burst("second");
    await mine.flush();
  } finally {
    globalThis.CompressionStream = CompressionStream;
  }
  assert.deepEqual(page.sent.map(({ packed }) => packed), [false]);
  assert.equal(mine.stats().destinations[0]!.acknowledged, 24);
});
