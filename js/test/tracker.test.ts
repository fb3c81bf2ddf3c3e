// The shim on a page whose core cannot be had: gate, receipts, journal, raw delivery.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { post } from "../src/post";
import { create } from "../src/tracker";
import type { Problem, Stats, TrackerOptions } from "../src/types";
import { acknowledge, balance, briefly, onTransaction, openPage, type Page, rows, slowStore, until } from "./page";

let page: Page;
let site = 0;

beforeEach(() => {
  page = openPage();
  site++;
});

// One that a test leaves behind would go on sending into the next one's page.
afterEach(() => {
  balance(tracker().stats());
  tracker().destroy();
});

const tracker = (options: Partial<TrackerOptions> = {}) =>
  create({ site: "s" + site, destination: { kind: "collector", url: "/hits/" }, consent: "granted", ...options }, "https://shop.example/caisse/index.js");

const BOTH: TrackerOptions["destination"] = [{ kind: "collector", url: "/hits" }, { kind: "collector", url: "/others" }];

const journal = (): string[] => [...page.storage].flatMap(([key, text]) => (key.includes(".j.") ? text.split("\x1d") : []));

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
  // There is no core to wait for.
  const before = Date.now();
  assert.equal((await mine.track("scView").settled).status, "durable");
  assert.ok(Date.now() - before < 1900, "a receipt that nobody settles takes 2000 ms");
  const kept = await rows("s" + site);
  assert.equal(kept.length, 2);
  assert.ok(kept[0]!.includes("[redacted]") && !kept[0]!.includes("0612345678901"));
  assert.equal(mine.stats().destinations[0]!.waiting, 2);
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
  await until(async () => (await rows("s" + site)).length === 1);
  page.hide();
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

/** What a page that nobody has seen must not have done. */
const nothing = async (): Promise<void> =>
  assert.deepEqual([page.sent, page.storage.size, (await indexedDB.databases()).length], [[], 0, 0]);

test("a page that is rendered ahead holds its calls until it is seen", async () => {
  page.prerender(true);
  const mine = tracker();
  mine.track("purchase", { orderId: "R1" });
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(mine.stats().held, 1);
  await nothing();
  page.prerender(false);
  page.fire("prerenderingchange");
  await mine.flush();
  assert.equal(mine.stats().destinations[0]!.acknowledged, 1);
});

test("a page that is rendered ahead refuses at once, and begins when it is seen only if that is the last word", async () => {
  page.prerender(true);
  const mine = tracker();
  const { settled } = mine.track("purchase", { orderId: "R1" });
  mine.consent.set("denied");
  assert.equal((await settled).reason, "denied");
  mine.consent.set("granted");
  const later = mine.track("purchase", { orderId: "R2" });
  mine.consent.set("denied");
  page.prerender(false);
  page.fire("prerenderingchange");
  assert.equal(mine.consent.get(), "denied");
  assert.equal((await later.settled).reason, "denied");
  await nothing();
});

test("a consent word that is none of the three means denied", async () => {
  const mine = tracker({ consent: "yes" as never });
  assert.equal(mine.consent.get(), "denied");
  assert.equal((await mine.track("purchase").settled).reason, "denied");
  mine.destroy();
  assert.deepEqual(await problemsWith({ consent: "yes" }), [{ code: "bad_option", place: "consent" }]);
});

test("a page that says denied from the start forgets what earlier pages kept", async () => {
  page.answer = () => ({ status: 0 });
  const first = tracker();
  first.track("purchase");
  await until(async () => (await rows("s" + site)).length === 1);
  page.hide();
  first.destroy();
  assert.ok(page.storage.size > 0);
  assert.equal((await tracker({ consent: "denied" }).ready).reason, "denied");
  assert.equal(page.storage.size, 0);
  await until(async () => !(await indexedDB.databases()).length);
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

test("leaving sends what waits and journals it, once for all, and begins no transaction", async () => {
  page.answer = () => ({ status: 0 });
  const mine = tracker();
  for (let index = 0; index < 50; index++) mine.track("scAdd", { cartId: "c" + index });
  let begun = 0;
  const stop = onTransaction(() => begun++);
  page.hide();
  assert.deepEqual(page.sent.map(({ body }) => body.split("\x1d").length - 1), [20, 20, 10]);
  assert.ok(page.sent.every(({ keepalive, body }) => keepalive && body.length <= 16_384));
  assert.equal(journal().length, 50);
  assert.ok(journal().every((row) => row.startsWith("wc1\x1f")));
  page.hide();
  assert.equal(page.sent.length, 3);
  await new Promise((resolve) => setTimeout(resolve, 5));
  stop();
  assert.equal(begun, 0);
});

test("a page that leaves sends no more than the quota of keepalive, and journals the rest as it is", async () => {
  page.answer = () => ({ status: 0 });
  const mine = tracker();
  for (let index = 0; index < 30; index++) mine.track("scAdd", { text: "x".repeat(3500) });
  page.hide();
  assert.ok(page.sent.reduce((sum, { body }) => sum + body.length, 0) <= 65_536);
  assert.ok(page.sent.every(({ body }) => body.length <= 16_384));
  const forms = journal().map((row) => row.slice(0, 3));
  assert.equal(forms.length, 30);
  assert.equal(forms.filter((form) => form === "wc1").length, page.sent.reduce((sum, { body }) => sum + body.split("\x1d").length - 1, 0));
  assert.ok(forms.includes("c1\x1f"));
});

test("a raw call that the collector refuses is dropped, not acknowledged", async () => {
  page.answer = (sent) => {
    const [stream] = /[\da-f]{32}(?=\x1f0\x1f)/.exec(sent.body)!;
    const batch = sent.body.split("\x1f")[2];
    return { status: 200, body: JSON.stringify({ batch, accepted: stream + ":1", duplicate: "", rejected: stream + ":0=bad_order,2=bad_order" }) };
  };
  const dropped: unknown[] = [];
  const mine = tracker();
  mine.on("dropped", (event) => dropped.push(event));
  const ids = ["scAdd", "scView", "purchase"].map((name) => mine.track(name).id);
  await until(() => dropped.length === 2);
  assert.deepEqual(dropped, [ids[0], ids[2]].map((id) => ({ id, reason: "rejected" })));
  const [{ acknowledged, dropped: counted, waiting }] = mine.stats().destinations as [Stats["destinations"][0]];
  assert.deepEqual([acknowledged, counted, waiting], [1, { rejected: 2 }, 0]);
});

test("half of the quota of keepalive is the shop's own while the page stays, and what is left of it all when it leaves", async () => {
  const answers: (() => void)[] = [];
  page.answer = (sent) => new Promise((resolve) => answers.push(() => resolve(acknowledge(sent))));
  const store = { leaving: false };
  const send = (): Promise<unknown> =>
    post({ signal: new AbortController().signal, store } as never, { bytes: 0 } as never, "/hits/v1/raw", "r1\x1fs\x1fb".padEnd(16_384));
  const sent = [send(), send(), send()];
  store.leaving = true;
  sent.push(send(), send());
  assert.deepEqual(page.sent.map(({ keepalive }) => keepalive), [true, true, false, true, false]);
  answers.forEach((answer) => answer());
  await Promise.all(sent);
});

test("where no request outlives its page a beacon is sent, which acknowledges nothing", async () => {
  page.busy = true;
  const kept = Object.getOwnPropertyDescriptor(Request.prototype, "keepalive")!;
  delete (Request.prototype as { keepalive?: unknown }).keepalive;
  const beacons: string[] = [];
  let takes = true;
  Object.assign(navigator, { sendBeacon: (_: string, body: string) => takes && !!beacons.push(body) });
  const mine = tracker();
  mine.track("scAdd");
  page.hide();
  assert.equal(beacons.length, 1);
  assert.equal(page.sent.length, 0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual([mine.stats().destinations[0]!.waiting, journal().length], [1, 1]);
  // One that the browser does not take either is tried as a request.
  takes = false;
  mine.track("scAdd");
  page.hide();
  assert.deepEqual([beacons.length, page.sent.length], [1, 1]);
  Object.defineProperty(Request.prototype, "keepalive", kept);
});

test("what the store has is journaled only if it was sent, in the form in which it was sent", async () => {
  page.answer = () => ({ status: 0 });
  const mine = tracker();
  mine.track("scView", { label: "call 0612345678901" });
  await until(async () => (await rows("s" + site)).length === 1);
  assert.deepEqual(journal(), []);
  page.hide();
  assert.deepEqual(journal(), ["w" + page.sent[0]!.body.split("\x1d")[1]]);
  assert.ok(journal()[0]!.includes("[redacted]"));
});

test("a slow store: the journal has what is sent and what is not, and gives up what comes to be written", async () => {
  page.answer = () => ({ status: 0 });
  const release = slowStore();
  const mine = tracker();
  mine.track("scOpen");
  await Promise.resolve();
  page.hide();
  mine.track("scView");
  await Promise.resolve();
  release();
  // The first was sent raw meanwhile: the plain row that is written now does not stand for it.
  await until(async () => (await rows("s" + site)).length === 2);
  page.hide();
  assert.deepEqual(journal().map((row) => row.slice(0, 3)), ["wc1", "wc1"]);
});

test("an acknowledgement that a page lives to hear takes calls out of store and journal", async () => {
  const mine = tracker();
  mine.track("scView");
  await until(async () => (await rows("s" + site)).length === 1);
  page.hide();
  assert.equal(journal().length, 1);
  await until(() => mine.stats().destinations[0]!.acknowledged === 1);
  await until(async () => (await rows("s" + site)).length === 0 && journal().length === 0);
});

test("without a core, other destinations than the first get nothing, and it says so", async () => {
  const mine = tracker({ destination: BOTH });
  const dropped: unknown[] = [];
  mine.on("dropped", (event) => dropped.push(event));
  const { id, settled } = mine.track("purchase", { orderId: "R1" });
  const { destinations } = await mine.flush();
  assert.deepEqual(dropped, [{ id, reason: "blocked" }]);
  assert.deepEqual(destinations.map(({ acknowledged, dropped, waiting }) => [acknowledged, dropped, waiting]), [[1, {}, 0], [0, { blocked: 1 }, 0]]);
  assert.deepEqual(page.sent.map(({ url }) => url), ["/hits/v1/raw"]);
  assert.equal((await settled).status, "durable");
});

test("a call that no request can carry is given up, and holds up no other", async () => {
  const mine = tracker();
  const large = Object.fromEntries(Array.from({ length: 20 }, (_, index) => ["field" + index, "x".repeat(4000)]));
  const dropped: unknown[] = [];
  mine.on("dropped", (event) => dropped.push(event));
  const { id, settled } = mine.track("scView", large);
  mine.track("purchase");
  const { destinations } = await mine.flush();
  // Its receipt may have said before that it is kept, if the store was faster than the engine.
  assert.notEqual((await settled).status, "memory");
  assert.deepEqual(dropped, [{ id, reason: "too_large" }]);
  assert.deepEqual([destinations[0]!.acknowledged, destinations[0]!.dropped], [1, { too_large: 1 }]);
  await until(async () => (await rows("s" + site)).length === 0);
});

test("a failing collector is not hammered by a flush", async () => {
  page.answer = () => ({ status: 503 });
  const mine = tracker();
  mine.track("purchase");
  await mine.flush({ timeoutMs: 300 });
  assert.ok(page.sent.length <= 3, String(page.sent.length));
  assert.equal(mine.stats().destinations[0]!.waiting, 1);
});

const problemsWith = async (options: object): Promise<Partial<Problem>[]> => {
  const told: Problem[] = [];
  tracker(options).on("invalid", ({ id, problems }) => {
    assert.equal(id, "");
    told.push(...problems);
  });
  // A listener hears of the options after what is only loaded for it is there.
  await new Promise((resolve) => setTimeout(resolve, 10));
  return briefly(told);
};

test("an option that is unknown is left out, with a suggestion, and the tracker works without it", async () => {
  const wrong = { consnet: "denied", zebra: 1, batch: { maxEvent: 3 }, destination: { kind: "collector", url: "/hits", uri: "/x" } };
  assert.deepEqual(await problemsWith(wrong), [
    { code: "unknown_option", place: "consnet", suggestion: "consent" },
    { code: "unknown_option", place: "zebra" },
    { code: "unknown_option", place: "batch.maxEvent", suggestion: "maxEvents" },
    { code: "unknown_option", place: "destination.uri", suggestion: "url" },
  ]);
  tracker().track("purchase");
  await tracker().flush();
  assert.equal(page.sent.length, 1);
});

test("nobody is told of options that are right", async () => {
  const right: Required<TrackerOptions> = {
    site: "s" + site, destination: BOTH, consent: "granted", currency: "EUR", events: {}, variables: {}, beforeSend: (call) => call,
    debug: false, batch: { maxEvents: 1, maxWaitMs: 1, maxBytes: 1 }, identity: "none", wasmUrl: "/core.wasm",
  };
  assert.deepEqual(await problemsWith(right), []);
});

test("without a site or a destination nothing is kept or sent, nothing throws, and it says so", async () => {
  const cases: [options: object, place: string][] = [
    [{ site: "" }, "site"],
    [{ destination: undefined }, "destination"],
    [{ destination: [] }, "destination"],
    [{ destination: { kind: "collector", url: "" } }, "destination.url"],
    [{ destination: [{ kind: "collector", url: "/hits" }, null] }, "destination.1"],
  ];
  for (const [options, place] of cases) {
    assert.deepEqual(await problemsWith(options), [{ code: "bad_option", place }]);
    const mine = tracker(options);
    mine.consent.set("granted");
    assert.equal((await mine.track("purchase").settled).reason, "denied");
    assert.deepEqual(await mine.ready, { engine: "raw", reason: "denied" });
    await mine.flush();
    page.hide();
    mine.destroy();
  }
  for (const options of [undefined, null, {}, "rivet"]) create(options as never, "https://shop.example/").destroy();
  assert.deepEqual([page.sent, page.storage.size, await indexedDB.databases()], [[], 0, []]);
});

test("in development the console says what is wrong with the options", async () => {
  const said: string[] = [];
  const { warn } = console;
  // What it waits for ten seconds to say must not keep the tests waiting.
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((...asked: Parameters<typeof setTimeout>) => setTimeout(...asked).unref()) as never;
  console.warn = (text: string) => said.push(text);
  tracker({ consnet: "denied", consent: "grantd", debug: true } as never);
  await new Promise((resolve) => setTimeout(resolve, 50));
  globalThis.setTimeout = setTimeout;
  console.warn = warn;
  assert.ok(said.some((text) => text.includes("`consnet` is not an option") && text.includes("did you mean `consent`?")), said.join());
  assert.ok(said.some((text) => text.includes("`consent`") && text.includes("did you mean `granted`?")), said.join());
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
  receipts.push(mine.link("/a", null as never), mine.link("/a", { get type(): string { throw 1; } }));
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
