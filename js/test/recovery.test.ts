// The shipped core, trapped and replaced ten thousand times in a row. `run.mjs` lifts the limit of a page for this test, and for no other.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { create } from "../src/tracker";
import { balance, openPage, rows, until } from "./page";
import { core } from "./shipped-glue";

const TIMES = 10_000;
/** Calls between two looks at whether all were delivered. */
const ROUND = 50;

interface Batch {
  batch: string;
  groups: { stream: string; hits: { q: number }[] }[];
}

test("the core is replaced ten thousand times, and every call is delivered once", async () => {
  const page = openPage();
  const received = new Map<string, number>();
  page.answer = ({ url, body }) => {
    if (!url.endsWith("/v1/batch")) return { status: 503 };
    const { batch, groups } = JSON.parse(body) as Batch;
    for (const { stream, hits } of groups) for (const { q } of hits) received.set(stream + "-" + q, (received.get(stream + "-" + q) || 0) + 1);
    const accepted = groups.map(({ stream, hits }) => stream + ":" + hits.map(({ q }) => q)).join(";");
    return { status: 200, body: JSON.stringify({ batch, accepted, duplicate: "", rejected: "" }) };
  };
  // Where npm runs the tests: the package's folder.
  const file = readdirSync("dist").find((name) => /^caisse-.*\.wasm$/.test(name))!;
  const wasm = readFileSync("dist/" + file);
  const { fetch } = globalThis;
  globalThis.fetch = (url, init) => (String(url).endsWith(".wasm") ? Promise.resolve(new Response(wasm)) : fetch(url, init));

  const mine = create({ site: "recovery", destination: { kind: "collector", url: "/hits" }, consent: "granted" }, "https://shop.example/caisse/index.js");
  const ids = new Set([mine.track("purchase", { orderId: "R1" }).id]);
  assert.equal((await mine.ready).engine, "wasm");
  for (let time = 1; time <= TIMES; time++) {
    core.trapsNext = true;
    const { id, settled } = mine.track("scAdd", { cartId: "c" + time });
    ids.add(id);
    assert.equal((await settled).status, "durable");
    if (time % ROUND === 0) await mine.flush();
  }
  await mine.flush();
  const [stats] = mine.stats().destinations;
  assert.deepEqual([core.instances, stats!.tracked, stats!.acknowledged, stats!.waiting, stats!.dropped], [TIMES + 1, TIMES + 1, TIMES + 1, 0, {}]);
  assert.deepEqual([...received.keys()].sort(), [...ids].sort());
  await until(async () => !(await rows("recovery")).length);
  balance(mine.stats());
  mine.destroy();
});
