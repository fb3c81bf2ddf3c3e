// The shim around the core: what the core asks for is done, and what it keeps survives the page.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { create } from "../src/tracker";
import type { Tracker, TrackerOptions } from "../src/types";
import { glue, type Verb } from "./glue";
import { acknowledge, balance, briefly, nextPage, onTransaction, openPage, type Page, rows, slowStore, until } from "./page";

const [GROUP, RECORD, UNIT] = ["\x1d", "\x1e", "\x1f"] as const;
const BOTH = [{ kind: "collector", url: "/hits" }, { kind: "collector", url: "https://other.example/h" }] as const;

let page: Page;
let site = 0;

beforeEach(() => {
  page = openPage();
  page.wasm = true;
  site++;
  glue.entered = [];
});

// The trackers of a page share its core: one that a test leaves behind would have its say in the next.
afterEach(() => {
  balance(tracker().stats());
  tracker().destroy();
});

const tracker = (options: Partial<TrackerOptions> = {}): Tracker =>
  create({ site: "c" + site, destination: { ...BOTH[0] }, consent: "granted", ...options }, "https://shop.example/caisse/index.js");

const running = async (options?: Partial<TrackerOptions>): Promise<Tracker> => {
  const mine = tracker(options);
  // Something urgent loads the core.
  mine.track("purchase");
  assert.equal((await mine.ready).engine, "wasm");
  await mine.flush();
  return mine;
};

/** Of calls; what the browser counted stands before them. */
const names = (text: string): string[] => text.split(GROUP).slice(1).map((snapshot) => snapshot.split(RECORD)[0]!.split(UNIT)[5]!);

const texts = (verb: Verb): string[] => glue.entered.filter(([known]) => known === verb).map(([, text]) => text);

const stored = (): Promise<string[]> => rows("c" + site);

const journal = (): string[] => [...page.storage].flatMap(([key, text]) => (key.includes(".j.") ? text.split(GROUP) : []));

const reopen = (): void => void (page = nextPage(page));

test("calls of one task enter the core together, with what waited before it", async () => {
  const mine = tracker();
  mine.track("scOpen");
  mine.track("purchase");
  assert.equal((await mine.ready).engine, "wasm");
  await until(() => texts("track").length > 0);
  assert.deepEqual(texts("track").map(names), [["scOpen", "purchase"]]);
  const [seed, stream, ...options] = glue.entered[0]![1].split(UNIT);
  assert.match(seed + stream!, /^[\da-f]{64}$/);
  assert.deepEqual(options.join(UNIT).split(RECORD), [["c" + site, "", "", ""].join(UNIT), "collector" + UNIT + "/hits"]);
});

test("options of batches reach the core", async () => {
  await running({ batch: { maxEvents: 3, maxBytes: 500 } });
  assert.equal(texts("start")[0]!.split(RECORD)[0]!.split(UNIT).slice(3).join(), "3,,500");
});

test("the core's rows are written in one transaction that also removes those written before it was there", async () => {
  page.answer = () => new Promise(() => {});
  const begun: IDBTransaction[] = [];
  const stop = onTransaction((transaction) => begun.push(transaction));
  const mine = tracker();
  const { settled } = mine.track("purchase");
  mine.track("scView");
  await until(async () => (await settled).status === "durable");
  stop();
  // The calls as they were, what earlier pages left, the core's rows.
  assert.equal(begun.length, 3);
  assert.deepEqual((await stored()).map((row) => row.split(UNIT)[0]), ["r1", "r1"]);
});

test("beacons are posted and answered, and news is told", async () => {
  const mine = tracker();
  const heard: unknown[] = [];
  mine.on("acknowledged", ({ destination, hits }) => heard.push([destination, hits]));
  mine.on("accepted", ({ status }) => heard.push(status));
  const { settled } = mine.track("scview");
  const purchase = mine.track("purchase");
  const { problems, ...outcome } = await settled;
  assert.deepEqual(outcome, { status: "durable", reason: undefined });
  assert.deepEqual(briefly(problems), [{ code: "unknown_event", place: "scview", suggestion: "scView" }]);
  assert.deepEqual((await purchase.settled).problems, []);
  await until(() => heard.length === 3);
  assert.deepEqual(heard.sort(), ["durable", "durable", ["collector", 2]].sort());
  const [stats] = mine.stats().destinations;
  assert.deepEqual([stats!.tracked, stats!.acknowledged, stats!.waiting], [2, 2, 0]);
  assert.equal(stats!.bytes, new TextEncoder().encode(page.sent[0]!.body).length);
  assert.ok(texts("answered")[0]!.startsWith(["200", "", '{"batch":"collector-1"'].join(UNIT)));
  await until(async () => (await stored()).length === 0);
});

test("what the core drops is counted and told, at once", async () => {
  const mine = await running({ destination: [...BOTH] });
  const dropped: unknown[] = [];
  mine.on("dropped", (event) => dropped.push(event));
  const { id, settled } = mine.track("bad");
  assert.equal((await settled).reason, "invalid");
  assert.deepEqual(dropped, [{ id, reason: "invalid" }]);
  assert.deepEqual(mine.stats().destinations.map((known) => known.dropped), [{ invalid: 1 }, { invalid: 1 }]);
});

test("what is told late is told all the same", async () => {
  const mine = tracker({ consent: "pending" });
  const told: unknown[] = [];
  mine.on("invalid", ({ problems }) => told.push(problems[0]!.code));
  mine.on("accepted", ({ status }) => told.push(status));
  const { settled } = mine.track("scview");
  assert.equal((await settled).status, "held");
  mine.consent.set("granted");
  await mine.flush();
  await until(() => told.length > 1);
  assert.deepEqual(told, ["held", "unknown_event"]);
});

test("what a collector refuses is dropped for that destination alone", async () => {
  const mine = await running({ destination: [...BOTH] });
  page.answer = (sent) => (sent.url.startsWith("/") ? { status: 400 } : acknowledge(sent));
  mine.track("purchase");
  const { destinations } = await mine.flush();
  assert.deepEqual(destinations.map(({ acknowledged, dropped }) => [acknowledged, dropped]), [[1, { rejected: 1 }], [2, {}]]);
});

test("the next page adopts the rows and the journal of earlier ones, and removes the journal once they are written", async () => {
  page.answer = () => ({ status: 0 });
  const first = tracker();
  first.track("purchase");
  await until(async () => (await stored()).some((row) => row.startsWith("r1")));
  first.destroy();
  reopen();
  const left = ["c1", "f".repeat(32), 7, 1, "t", "scView", ""].join(UNIT) + RECORD + "flow" + UNIT + "sb2c";
  page.storage.set("caisse.c" + site + ".j." + "f".repeat(32), "w" + left);
  const mine = await running();
  await until(() => mine.stats().destinations[0]!.adopted === 2);
  assert.deepEqual(texts("adopt"), ["w" + left]);
  assert.ok(page.sent.some(({ url, body }) => url === "/hits/v1/raw" && body.split(GROUP)[1] === left));
  await until(async () => !journal().length && !(await stored()).length);
});

test("a journal of an earlier page stays until what was in it is kept elsewhere", async () => {
  const key = "caisse.c" + site + ".j." + "f".repeat(32);
  page.storage.set(key, ["c1", "f".repeat(32), 7, 1, "t", "scView", ""].join(UNIT));
  page.answer = () => ({ status: 0 });
  let open = 0;
  const stop = onTransaction((transaction) => {
    open++;
    assert.ok(page.storage.has(key));
    transaction.addEventListener("complete", () => open--);
  });
  tracker().track("purchase");
  await until(() => !page.storage.has(key));
  stop();
  assert.ok((await stored()).some((row) => row.includes("f".repeat(32))));
});

test("a receipt says durable once its row is on disk, and memory where the store refuses: then the journal has it", async () => {
  const mine = await running();
  page.answer = () => ({ status: 0 });
  assert.equal((await mine.track("scView").settled).status, "durable");
  assert.deepEqual(journal(), []);
  const stop = onTransaction((transaction) => transaction.abort());
  const second = mine.track("scOpen");
  assert.equal((await second.settled).status, "memory");
  stop();
  assert.equal(journal().length, 1);
  assert.ok(journal()[0]!.includes("scOpen"));
  // A journal that is of use stays, though the next row is written.
  assert.equal((await mine.track("scAdd").settled).status, "durable");
  assert.equal(journal().length, 1);
  page.answer = acknowledge;
  await mine.flush();
  await until(() => journal().length === 0);
});

test("what the store has not yet written when the page leaves is in the journal, until it is written", async () => {
  const release = slowStore();
  page.answer = () => ({ status: 0 });
  const mine = tracker();
  mine.track("scOpen");
  mine.track("purchase");
  assert.equal((await mine.ready).engine, "wasm");
  await until(() => texts("track").length > 0);
  assert.deepEqual(journal(), []);
  page.hide();
  assert.deepEqual(journal().map((row) => row.split(UNIT)[0]), ["r1", "r1"]);
  release();
  await until(() => journal().length === 0);
  assert.equal((await stored()).length, 2);
});

test("a browser counts an order once, across pages, for thirteen months", async () => {
  const outcome = async (mine: Tracker, orderId: string) => (await mine.track("purchase", { orderId }).settled).reason;
  const mine = await running();
  assert.deepEqual([await outcome(mine, "R1"), await outcome(mine, "R2"), await outcome(mine, "R1")], [undefined, undefined, "duplicate_purchase"]);
  assert.deepEqual(mine.stats().destinations[0]!.dropped, { duplicate_purchase: 1 });
  await until(() => page.storage.get("caisse.c" + site + ".o")?.split(" ").length === 2);
  mine.destroy();
  reopen();
  const next = await running();
  assert.deepEqual([await outcome(next, "R1"), await outcome(next, "R3")], ["duplicate_purchase", undefined]);
  const key = "caisse.c" + site + ".o";
  await until(() => page.storage.get(key)!.split(" ").length === 3);
  page.storage.set(key, page.storage.get(key)!.replace(/\.\d+\./g, "." + (Date.now() - 396 * 86_400_000) + "."));
  next.destroy();
  reopen();
  assert.equal(await outcome(await running(), "R1"), undefined);
});

test("a call that another page adopted and counted first is no duplicate of itself", async () => {
  const mine = tracker();
  const { id, settled } = mine.track("purchase", { orderId: "R1" });
  page.storage.set("caisse.c" + site + ".o", ["R1", Date.now(), id].join("."));
  assert.equal((await settled).reason, undefined);
  await mine.flush();
  assert.equal(mine.stats().destinations[0]!.acknowledged, 1);
  // Another call with that order is one.
  assert.equal((await mine.track("purchase", { orderId: "R1" }).settled).reason, "duplicate_purchase");
});

test("a store that the browser closed is opened again", async () => {
  const mine = await running();
  const begun: IDBDatabase[] = [];
  const stop = onTransaction(({ db }) => begun.push(db));
  await mine.track("scView").settled;
  begun[0]!.close();
  begun[0]!.onclose!(new Event("close"));
  assert.equal((await mine.track("scView").settled).status, "durable");
  stop();
});

test("an order whose hit was dropped, or is not durable, may be counted again", async () => {
  const mine = await running();
  page.answer = () => ({ status: 400 });
  const dropped: string[] = [];
  mine.on("dropped", ({ reason }) => dropped.push(reason));
  mine.track("purchase", { orderId: "R1" });
  await until(() => dropped.length === 1);
  page.answer = acknowledge;
  assert.equal((await mine.track("purchase", { orderId: "R1" }).settled).status, "durable");
  const stop = onTransaction((transaction) => transaction.abort());
  assert.equal((await mine.track("purchase", { orderId: "R2" }).settled).status, "memory");
  stop();
  assert.match(page.storage.get("caisse.c" + site + ".o")!, /^R1\.\d+\.[\da-f]{32}-\d+$/);
});

test("an order is not remembered once consent is withdrawn, nor what an advisor would compare", async () => {
  const mine = await running();
  mine.on("invalid", () => {});
  // While the order is being written, and its advisor, which no test before this one asked for, is being loaded.
  let wrote = false;
  const stop = onTransaction((transaction) => {
    transaction.addEventListener("complete", () => (wrote = true));
    queueMicrotask(() => mine.consent.set("denied"));
  });
  const { settled } = mine.track("purchase", { orderId: "R1" });
  await until(() => wrote);
  stop();
  await settled;
  // Whoever heard of it has done what they do.
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual([...page.storage.keys()], []);
});

test("who listens to problems gets advice, and nobody else loads it", async () => {
  const mine = await running();
  assert.deepEqual((await mine.track("odd").settled).problems, []);
  const heard: string[] = [];
  const stop = mine.on("invalid", ({ problems }) => heard.push(...briefly(problems).map(({ code, place }) => code + place)));
  assert.deepEqual(briefly((await mine.track("odd").settled).problems), [{ code: "no_checkout", place: "1" }]);
  // What it remembers outlives the page, but not the visit.
  await mine.track("odd").settled;
  const key = "caisse.c" + site + ".a";
  page.storage.set(key, page.storage.get(key)!.replace(/^\d+/, String(Date.now() - 31 * 60_000)));
  await mine.track("odd").settled;
  assert.deepEqual(heard, ["no_checkout1", "no_checkout2", "no_checkout1"]);
  // An advisor that traps says nothing, and another one takes its place.
  assert.deepEqual((await mine.track("trap").settled).problems, []);
  assert.deepEqual(briefly((await mine.track("odd").settled).problems), [{ code: "no_checkout", place: "2" }]);
  stop();
  assert.deepEqual((await mine.track("odd").settled).problems, []);
});

test("a journal has whole rows, and is bounded", async () => {
  const mine = await running();
  const stop = onTransaction((transaction) => transaction.abort());
  page.answer = () => ({ status: 0 });
  for (let index = 0; index < 60; index++) mine.track("scView", { text: "x".repeat(2600) });
  mine.track("scOpen");
  await until(() => journal().length > 0);
  stop();
  const rows = journal();
  assert.ok(rows.join(GROUP).length <= 131_072 && rows.length > 40, String(rows.length));
  assert.ok(rows.every((row) => row.startsWith("r1" + UNIT) && /x{2600}|scOpen/.test(row)));
  // What comes after one that does not fit may fit.
  assert.ok(rows.at(-1)!.includes("scOpen"));
});

test("calls that were sent raw before the core was there stay raw, for every destination", async () => {
  page.busy = true;
  page.answer = () => ({ status: 0 });
  const mine = tracker({ destination: [...BOTH] });
  mine.track("scView", { flow: "b2c" });
  page.hide();
  assert.deepEqual(page.sent.map(({ url }) => url), ["/hits/v1/raw"]);
  const [, sent] = page.sent[0]!.body.split(GROUP);
  assert.deepEqual(journal(), ["w" + sent]);
  page.sent = [];
  page.answer = acknowledge;
  const { destinations } = await mine.flush();
  assert.deepEqual(texts("adopt"), ["w" + sent]);
  assert.deepEqual(page.sent.map(({ url, body }) => [url, body.split(GROUP)[1]]), [["/hits/v1/raw", sent], ["https://other.example/h/v1/raw", sent]]);
  assert.deepEqual(destinations.map(({ acknowledged }) => acknowledged), [1, 1]);
  await until(async () => !journal().length && !(await stored()).length);
});

test("with several destinations, what the first has on the raw path goes to the others all the same", async () => {
  page.busy = true;
  const mine = tracker({ destination: [...BOTH] });
  mine.track("scView");
  page.hide();
  await until(() => page.sent.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(mine.stats().destinations.map(({ waiting }) => waiting), [1, 1]);
  const { destinations } = await mine.flush();
  assert.deepEqual(destinations.map(({ acknowledged, dropped }) => [acknowledged, dropped]), [[1, {}], [1, {}]]);
});

test("what was sent raw by a page that did not leave is sent once more, as it was, and counted once", async () => {
  page.busy = true;
  const mine = tracker();
  mine.track("scView");
  page.hide();
  const [raw] = page.sent;
  mine.track("purchase");
  await mine.flush();
  assert.deepEqual(texts("track").map(names), [["purchase"]]);
  assert.equal(texts("adopt").length, 1);
  const again = page.sent.find(({ url }, index) => index && url.endsWith("/v1/raw"));
  assert.equal(again!.body.split(GROUP)[1], raw!.body.split(GROUP)[1]);
  const [counted] = mine.stats().destinations;
  assert.deepEqual([counted!.tracked, counted!.acknowledged, counted!.waiting], [2, 2, 0]);
});

test("a listener may call back in", async () => {
  const mine = tracker();
  mine.on("accepted", () => {
    if (seen++ < 2) mine.track("scView");
    void mine.flush({ timeoutMs: 10 });
  });
  let seen = 0;
  mine.track("purchase");
  await until(() => seen === 3 && texts("flush").length > 0);
});

test("leaving asks the core once the calls of this task are in, and begins no transaction", async () => {
  const mine = await running();
  page.answer = () => new Promise(() => {});
  glue.entered = [];
  mine.track("scView");
  let begun = 0;
  const stop = onTransaction(() => begun++);
  page.hide();
  assert.deepEqual(glue.entered.map(([verb]) => verb), ["track", "leave"]);
  assert.ok(glue.entered[1]![2] > 60_000);
  assert.equal(journal().length, 1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  stop();
  assert.equal(begun, 0);
});

test("what was sent raw and is the core's meanwhile is counted once", async () => {
  page.busy = true;
  let answer!: () => void;
  page.answer = (sent) => new Promise((resolve) => (answer = () => resolve(acknowledge(sent))));
  const mine = tracker();
  mine.track("scView");
  page.hide();
  page.answer = acknowledge;
  await mine.flush();
  assert.equal(mine.stats().destinations[0]!.acknowledged, 1);
  answer();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(mine.stats().destinations[0]!.acknowledged, 1);
});

test("an earlier page's hit that is refused is told about, and not counted as this page's", async () => {
  page.storage.set("caisse.c" + site + ".j." + "f".repeat(32), ["c1", "f".repeat(32), 7, 1, "t", "scView", ""].join(UNIT));
  page.answer = () => ({ status: 400 });
  const mine = tracker();
  const dropped: unknown[] = [];
  mine.on("dropped", ({ id }) => dropped.push(id));
  mine.track("purchase");
  await mine.flush();
  await until(() => dropped.length === 2);
  assert.ok(dropped.includes("f".repeat(32) + "-7"));
  assert.deepEqual(mine.stats().destinations[0]!.dropped, { rejected: 1 });
});

test("the core is told how long a collector asks to be left alone, in seconds", async () => {
  const mine = await running();
  const told = async (after: string): Promise<string> => {
    page.answer = () => ({ status: 503, after });
    glue.entered = [];
    mine.track("purchase");
    await until(() => texts("answered").length > 0);
    return texts("answered")[0]!.split(UNIT)[1]!;
  };
  assert.equal(await told("120"), "120");
  const date = +(await told(new Date(Date.now() + 90_000).toUTCString()));
  assert.ok(date > 80 && date <= 90, String(date));
  // What is over, and what is nonsense, is no number of seconds: the core has a pause for that.
  assert.ok(+(await told(new Date(0).toUTCString())) < 0);
  assert.equal(await told("soon"), "NaN");
});

test("nothing comes back once consent is withdrawn", async () => {
  const mine = await running();
  page.answer = () => ({ status: 0 });
  // It fails when there is no consent any more to keep its rows elsewhere.
  const stop = onTransaction((transaction) => transaction.abort());
  mine.track("scView");
  page.hide();
  mine.track("scView");
  await Promise.resolve();
  assert.equal(texts("track").length, 3);
  assert.equal(journal().length, 1);
  mine.consent.set("denied");
  glue.entered = [];
  await new Promise((resolve) => setTimeout(resolve, 30));
  stop();
  assert.deepEqual([journal(), glue.entered, await indexedDB.databases()], [[], [], []]);
});
