// The shim around the core: what the core asks for is done, and an instance that trapped is replaced.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { create } from "../src/tracker";
import type { Tracker } from "../src/types";
import { glue } from "./glue";
import { openPage, type Page, rows, until } from "./page";

const [FILE, GROUP, RECORD, UNIT] = ["\x1c", "\x1d", "\x1e", "\x1f"];
const VERBS = ["start", "track", "adopt journal", "adopt store", "stored", "failed", "answered", "tick", "flush", "leave", "stop"];

let page: Page;
let site = 0;
let entered: [verb: string, text: string, number: number][];
let behave: (verb: string, text: string) => string;

beforeEach(() => {
  page = openPage();
  page.wasm = true;
  site++;
  entered = [];
  behave = () => "";
  glue.enter = (_handle, verb, text, number) => {
    entered.push([VERBS[verb]!, text, number]);
    return behave(VERBS[verb]!, text);
  };
});

// The trackers of a page share its core: one that a test leaves behind would have its say in the next.
afterEach(() => tracker().destroy());

const tracker = (): Tracker =>
  create({ site: "c" + site, destination: { kind: "collector", url: "/hits" }, consent: "granted" }, "https://shop.example/caisse/index.js");

const calls = (text: string): string[] => text.split(GROUP).map((snapshot) => snapshot.split(RECORD)[0]!.split(UNIT)[5]!);

const seen = (verb: string): number => entered.filter(([known]) => known === verb).length;

test("calls of one task enter the core together, with what waited before it", async () => {
  const mine = tracker();
  mine.track("scOpen");
  mine.track("purchase");
  assert.equal((await mine.ready).engine, "wasm");
  const [, text] = entered.find(([verb]) => verb === "track")!;
  assert.deepEqual(calls(text), ["scOpen", "purchase"]);
  assert.equal(entered[0]![1].split(UNIT).slice(2).join(UNIT).split(RECORD)[1], "collector" + UNIT + "/hits");
});

test("rows are written in one transaction that also removes what was written before the core was there", async () => {
  behave = (verb) => (verb === "track" ? "w7" + UNIT + "+collector|x|0" + GROUP + "r1row" + FILE : "");
  const mine = tracker();
  mine.track("purchase");
  await mine.ready;
  await until(() => seen("stored") === 1);
  assert.deepEqual(entered.find(([verb]) => verb === "stored"), ["stored", "", 7]);
  assert.deepEqual(await rows("c" + site), ["r1row"]);
});

test("beacons are posted and answered, and news is told", async () => {
  const mine = tracker();
  const heard: unknown[] = [];
  mine.on("acknowledged", (event) => heard.push(event));
  behave = (verb) =>
    verb === "track" ? "s3" + UNIT + "/hits/v1/batch" + UNIT + '{"batch":"b"}' + FILE
    : verb === "answered" ? "nr" + UNIT + "0" + UNIT + "d" + UNIT + RECORD + "redacted" + UNIT + "orderId" + UNIT + FILE + "na" + UNIT + "collector" + UNIT + "b" + UNIT + "1" + UNIT + "2" + FILE
    : "";
  const { settled } = mine.track("purchase");
  assert.deepEqual(await settled, { status: "durable", reason: undefined, problems: [{ code: "redacted", place: "orderId" }] });
  await until(() => heard.length > 0);
  assert.deepEqual(heard, [{ destination: "collector", batch: "b", hits: 3 }]);
  const [stats] = mine.stats().destinations;
  assert.deepEqual([stats!.acknowledged, stats!.adopted, stats!.waiting, stats!.bytes], [1, 2, 0, 13]);
  assert.ok(entered.find(([verb]) => verb === "answered")![1].startsWith("200" + UNIT + UNIT));
});

test("the next page adopts the journal and the rows of earlier ones, and removes the journal once they are written", async () => {
  page.storage.set("caisse.c" + site + ".j.old", "wc1row");
  behave = (verb) => (verb === "adopt journal" ? "w1" + UNIT + "+*|old|0" + GROUP + "wc1row" + FILE : "");
  await tracker().ready.then(() => {}, () => {});
  tracker().track("purchase");
  await until(() => seen("adopt journal") === 1);
  await until(() => !page.storage.has("caisse.c" + site + ".j.old"));
});

test("a trapped instance is replaced, twice, and a call that traps twice is given up", async () => {
  const before = glue.instances;
  behave = (verb, text) => {
    if (verb === "track" && text.includes("purchase") && !text.includes(UNIT + "poison")) throw new WebAssembly.RuntimeError("unreachable");
    return "";
  };
  const mine = tracker();
  await mine.ready.then(() => {}, () => {});
  mine.track("purchase");
  await until(() => entered.some(([verb, text]) => verb === "track" && text.includes(UNIT + "poison")));
  assert.ok(glue.instances - before <= 3, String(glue.instances - before));
  mine.track("scView");
  await until(() => entered.some(([verb, text]) => verb === "track" && text.includes("scView")));
});

test("a listener may call back in", async () => {
  const mine = tracker();
  mine.on("accepted", () => void mine.flush({ timeoutMs: 10 }));
  behave = (verb) => (verb === "track" ? "nr" + UNIT + "0" + UNIT + "m" + UNIT + FILE : "");
  mine.track("purchase");
  await until(() => seen("flush") > 0);
});

test("leaving asks the core once the calls of this task are in", async () => {
  const mine = tracker();
  mine.track("purchase");
  await mine.ready;
  entered = [];
  mine.track("scView");
  page.hide();
  assert.deepEqual(entered.map(([verb]) => verb), ["track", "leave"]);
  assert.ok(entered[1]![2] > 60_000);
});
