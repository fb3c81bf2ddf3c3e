// Instances of the core that trap. A page may use up three in all, so these tests share one page and build on each other.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { create } from "../src/tracker";
import { glue } from "./glue";
import { acknowledge, balance, onTransaction, openPage, rows, until } from "./page";

const page = openPage();
page.wasm = true;
/** Answers the request that is under way. */
let answer: (status: number) => void;
page.answer = (sent) => new Promise((resolve) => (answer = (status) => resolve(status === 200 ? acknowledge(sent) : { status })));
const mine = create({ site: "traps", destination: { kind: "collector", url: "/hits" }, consent: "granted" }, "https://shop.example/caisse/index.js");

after(() => mine.destroy());

const tracked = (): string[] => glue.entered.filter(([verb]) => verb === "track").map(([, text]) => text);

test("an instance that trapped is replaced, and adopts what the page has on disk and in memory", async () => {
  const first = mine.track("purchase", { orderId: "on-disk" });
  assert.equal((await mine.ready).engine, "wasm");
  assert.equal((await first.settled).status, "durable");
  const stop = onTransaction((transaction) => transaction.abort());
  assert.equal((await mine.track("scOpen", { cartId: "in-memory" }).settled).status, "memory");
  stop();

  const { instances } = glue;
  const late = answer;
  glue.entered = [];
  glue.traps = (verb) => verb === "flush";
  await mine.flush({ timeoutMs: 1 });
  glue.traps = () => false;
  assert.equal(glue.instances, instances + 1);
  await until(() => glue.entered.some(([verb]) => verb === "adopt stored"));
  await until(() => page.sent.length === 2);
  // To the new instance, the answer to a request of the one that is gone is nothing.
  late(400);
  await new Promise((resolve) => setTimeout(resolve, 10));
  answer(200);
  page.answer = acknowledge;
  const { destinations } = await mine.flush();
  assert.deepEqual([destinations[0]!.acknowledged, destinations[0]!.waiting], [2, 0]);
  assert.ok(page.sent.some(({ body }) => body.includes(first.id.replace("-", ":"))));
  await until(async () => !(await rows("traps")).length && ![...page.storage.keys()].some((key) => key.includes(".j.")));
  balance(mine.stats());
});

test("calls on which an instance trapped once are tried again, one at a time", async () => {
  const { instances } = glue;
  glue.traps = (verb, text) => verb === "track" && text.includes("boom") && glue.instances === instances;
  const call = mine.track("scAdd", { cartId: "boom" });
  const other = mine.track("scView");
  await until(() => glue.instances === instances + 1);
  // It trapped once, with the other beside it; that may have been chance.
  assert.equal((await call.settled).status, "durable");
  assert.equal((await other.settled).status, "durable");
  assert.deepEqual(tracked().slice(-2).map((text) => text.includes("scView")), [false, true]);
  await mine.flush();
  balance(mine.stats());
});

test("past the last replacement, calls wait in the store for the next page", async () => {
  glue.traps = () => true;
  const { instances } = glue;
  const { settled } = mine.track("purchase", { orderId: "R9" });
  assert.equal((await settled).status, "durable");
  assert.equal(glue.instances, instances);
  const kept = await rows("traps");
  assert.equal(kept.length, 1);
  assert.ok(kept[0]!.startsWith("c1") && kept[0]!.includes("R9"));
  assert.equal(mine.stats().destinations[0]!.waiting, 1);
  const { length } = glue.entered;
  await mine.flush({ timeoutMs: 1 });
  assert.equal(glue.entered.length, length);
  balance(mine.stats());
});
