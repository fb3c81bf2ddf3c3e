// The shim on a page whose core cannot be had: gate, receipts, journal, raw delivery.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { create } from "../src/tracker";
import type { TrackerOptions } from "../src/types";
import { openPage, type Page, rows, until } from "./page";

let page: Page;
let site = 0;

beforeEach(() => {
  page = openPage();
  site++;
});

// One that a test leaves behind would go on sending into the next one's page.
afterEach(() => tracker().destroy());

const tracker = (options: Partial<TrackerOptions> = {}) =>
  create({ site: "s" + site, destination: { kind: "collector", url: "/hits/" }, consent: "granted", ...options }, "https://shop.example/caisse/index.js");

const bodies = (): string => page.sent.map(({ body }) => body).join("\n");

test("a purchase is delivered raw, once, and counted", async () => {
  const mine = tracker();
  const receipt = mine.track("purchase", { orderId: "R1" });
  assert.match(receipt.id, /^[\da-f]{32}-0$/);
  assert.equal("then" in receipt, false);
  assert.deepEqual(await mine.ready, { engine: "raw", reason: "unreachable" });
  await mine.flush();
  assert.equal(page.sent.length, 1);
  assert.equal(page.sent[0]!.url, "/hits/v1/raw");
  assert.ok(page.sent[0]!.keepalive);
  const [stats] = mine.stats().destinations;
  assert.deepEqual([stats!.tracked, stats!.acknowledged, stats!.waiting, stats!.dropped], [1, 1, 0, {}]);
  await until(async () => (await rows("s" + site)).length === 0);
});

test("what was not acknowledged stays in the store, as it was sent", async () => {
  page.answer = () => ({ status: 200, body: "<html>welcome to the hotel</html>" });
  const mine = tracker();
  const { settled } = mine.track("purchase", { orderId: "R1", label: "call 0612345678901" });
  await until(() => page.sent.length > 0);
  assert.equal((await settled).status, "durable");
  const kept = await rows("s" + site);
  assert.equal(kept.length, 1);
  assert.ok(kept[0]!.includes("[redacted]") && !kept[0]!.includes("0612345678901"));
  assert.equal(mine.stats().destinations[0]!.waiting, 1);
});

test("pending holds in memory and touches nothing; granted sends with the original times", async () => {
  const mine = tracker({ consent: "pending" });
  const before = Date.now();
  const receipt = mine.track("scCheckout", { checkoutId: "k1" });
  assert.equal(mine.stats().held, 1);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual([page.sent.length, page.storage.size, receipt.id], [0, 0, ""]);
  assert.deepEqual(await indexedDB.databases(), []);
  mine.consent.set("granted");
  await mine.flush();
  assert.ok(+page.sent[0]!.body.split("\x1d")[1]!.split("\x1f")[3]! - before < 25);
});

test("denied forgets, purges and gives no numbers", async () => {
  const mine = tracker();
  page.answer = () => ({ status: 0 });
  const first = mine.track("purchase", { orderId: "R1" });
  page.hide();
  await until(async () => (await rows("s" + site)).length === 1);
  assert.ok(page.storage.size > 0);
  mine.consent.set("denied");
  assert.equal(page.storage.size, 0);
  assert.equal((await first.settled).reason ?? "withdrawn", "withdrawn");
  await until(async () => !(await indexedDB.databases()).some(({ name }) => name === "caisse.s" + site));
  const refused = mine.track("purchase", { orderId: "R2" });
  assert.deepEqual([refused.id, (await refused.settled).reason], ["", "denied"]);
  const sent = page.sent.length;
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(page.sent.length, sent);
  mine.consent.set("granted");
  assert.notEqual(mine.track("purchase").id.slice(0, 32), first.id.slice(0, 32));
});

test("a consent word that is none of the three means denied", async () => {
  const mine = tracker({ consent: "yes" as never });
  assert.equal(mine.consent.get(), "denied");
  assert.equal((await mine.track("purchase").settled).reason, "denied");
});

test("beforeSend may change a call or drop it, and a hook that throws drops it", async () => {
  const hook = (call: { name: string; data: { [field: string]: unknown } }) => {
    if (call.name === "scAdd") throw new Error("no");
    return call.name === "scView" ? null : { ...call, data: { ...call.data, variant: "b" } };
  };
  const mine = tracker({ beforeSend: hook });
  for (const name of ["scView", "scAdd", "purchase"]) mine.track(name, { flow: "b2c" });
  await mine.flush();
  const calls = page.sent[0]!.body.split("\x1d").slice(1);
  assert.deepEqual(calls.map((call) => call.split("\x1e")[0]!.split("\x1f")[6]), ["before_send", "before_send", ""]);
  assert.ok(calls[2]!.includes("variant\x1fsb"));
  assert.ok(!calls[0]!.includes("b2c"));
});

test("leaving sends what waits and journals it, once for all", () => {
  page.answer = () => ({ status: 0 });
  const mine = tracker();
  for (let index = 0; index < 50; index++) mine.track("scAdd", { cartId: "c" + index });
  page.hide();
  assert.deepEqual(page.sent.map(({ body }) => body.split("\x1d").length - 1), [20, 20, 10]);
  const journal = [...page.storage].find(([key]) => key.includes(".j."))![1];
  assert.equal(journal.split("\x1d").length, 50);
  assert.ok(journal.split("\x1d").every((row) => row.startsWith("wc1\x1f")));
});

test("declared names and variables reach the core under both names", async () => {
  const mine = tracker({ events: { joined: "event12" }, variables: { memberTier: "eVar5" }, currency: "EUR" });
  mine.setContext({ locale: "fr", memberTier: "silver" });
  mine.track("joined", { memberTier: "gold" });
  mine.setContext({ locale: null });
  mine.track("purchase");
  await mine.flush();
  const [first, second] = page.sent[0]!.body.split("\x1d").slice(1);
  assert.ok(first!.includes("@as\x1fsevent12") && first!.includes("memberTier>eVar5\x1fsgold") && first!.includes("locale\x1fsfr"));
  assert.ok(!first!.includes("silver") && !second!.includes("locale") && second!.includes("memberTier>eVar5\x1fssilver"));
  assert.ok(!bodies().includes("ada@example.org"));
});

test("no call throws, and every receipt settles", async () => {
  const mine = tracker();
  const hostile: unknown[] = [{ get a() { throw 1; } }, 17, "text", null, { a: 1n }, new Proxy({}, { ownKeys() { throw 1; } })];
  const receipts = hostile.map((data) => mine.track("scView", data as never));
  receipts.push(mine.link(null as never), mine.track(undefined as never), mine.track(Symbol("x") as never));
  for (const { settled } of receipts) assert.ok((await settled).status);
});

test("a site has one tracker until it is destroyed", async () => {
  const first = tracker();
  assert.equal(tracker(), first);
  first.destroy();
  assert.notEqual(tracker(), first);
  assert.equal((await first.track("purchase").settled).reason, "denied");
});

test("a page without storage still delivers", async () => {
  Object.defineProperty(globalThis, "indexedDB", { get() { throw new Error("SecurityError"); }, configurable: true });
  Object.defineProperty(globalThis, "localStorage", { get() { throw new Error("SecurityError"); }, configurable: true });
  const mine = tracker();
  const { settled } = mine.track("purchase", { orderId: "R1" });
  await mine.flush();
  assert.equal(mine.stats().destinations[0]!.acknowledged, 1);
  assert.equal((await settled).status, "memory");
});
