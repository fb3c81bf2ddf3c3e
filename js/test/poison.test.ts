// A call on which every instance of the core traps: its page, as instances are counted by the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "../src/tracker";
import { glue } from "./glue";
import { balance, openPage, until } from "./page";

test("a call that traps twice is given up without its data, and the core goes on", async () => {
  const page = openPage();
  page.wasm = true;
  glue.traps = (verb, text) => verb === "track" && text.includes("boom");
  const mine = create({ site: "poison", destination: { kind: "collector", url: "/hits" }, consent: "granted" }, "https://shop.example/caisse/index.js");
  const { id, settled } = mine.track("purchase", { orderId: "boom" });
  assert.deepEqual(await settled, { status: "dropped", reason: "poison", problems: [] });
  assert.equal(glue.instances, 3);
  const last = glue.entered.filter(([verb]) => verb === "track").at(-1)![1];
  assert.match(last, new RegExp("^\\x1dc1\\x1f" + id.replace("-", "\\x1f") + "\\x1f\\d+\\x1ft\\x1fpurchase\\x1fpoison$"));
  const { settled: next } = mine.track("scView");
  assert.equal((await next).status, "durable");
  await until(() => mine.stats().destinations[0]!.dropped["poison"] === 1);
  balance(mine.stats());
  mine.destroy();
});
