// tracker.checkout: what a page tells reaches the funnel in order, and what the funnel answers is tracked. In the funnel's place stands a glue that
// says what it was told (checkout-glue.ts).

import assert from "node:assert/strict";
import { test } from "node:test";
import { trackers } from "../src/checkout";
import { create } from "../src/tracker";
import type { Tracker, TrackerOptions } from "../src/types";
import { openPage, until } from "./page";

const DESTINATION = { kind: "collector", url: "/hits" } as const;

/** A tracker, and what its funnel was told. */
function open(site: string, more: Partial<TrackerOptions> = {}): { tracker: Tracker; said: string[] } {
  const said: string[] = [];
  const beforeSend: TrackerOptions["beforeSend"] = (call) => (said.push(call.data["option"] as string), call);
  return { tracker: create({ site, destination: DESTINATION, consent: "granted", beforeSend, ...more }, "https://shop.example/"), said };
}

test("what is told reaches the funnel, behind a plan, and is tracked", async () => {
  openPage().wasm = true;
  const { tracker, said } = open("steps");
  tracker.checkout.enter("delivery", { flow: "b2b", checkoutId: "k1", steps: ["cart", "delivery"] });
  tracker.checkout.error("postcode", "patternMismatch");
  tracker.checkout.skip("billing", "same");
  (tracker.checkout as unknown as { [name: string]: () => void })["constructor"]!();
  tracker.checkout.complete();
  tracker.checkout.finish();
  await until(() => said.length >= 7);
  assert.match(said[0]!, /^0 k1\/[0-9a-z]{20}\/b2b\/\/\/cart\/delivery$/);
  assert.deepEqual(said.slice(1), ["8 ", "1 delivery/", "3 /postcode/patternMismatch", "4 billing/same", "2 /", "7 /"]);
  assert.equal(tracker.stats().destinations[0]!.tracked, 7);
  tracker.destroy();
});

test("a visitor who said no is not asked about", async () => {
  const page = openPage();
  page.wasm = true;
  const { tracker, said } = open("silent", { consent: "denied" });
  tracker.checkout.enter("delivery");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual([said, page.sent], [[], []]);
  tracker.destroy();
});

test("a page's trackers are found in the order in which they were made, until they are destroyed", () => {
  openPage();
  const [{ tracker: one }, { tracker: two }] = [open("one"), open("two")];
  assert.deepEqual(trackers(), [one, two]);
  one.destroy();
  assert.deepEqual(trackers(), [two]);
  two.destroy();
  assert.deepEqual(trackers(), []);
});

test("a tracker that was destroyed tells no more, and leaves the next one what is remembered", async () => {
  const page = openPage();
  page.wasm = true;
  const session = new Map<string, string>();
  const items = {
    getItem: (key: string) => session.get(key) ?? null,
    setItem: (key: string, text: string) => void session.set(key, text),
    removeItem: (key: string) => void session.delete(key),
  };
  Object.defineProperty(globalThis, "sessionStorage", { value: items, configurable: true });
  const { tracker, said } = open("gone");
  tracker.checkout.enter("delivery", { checkoutId: "k2" });
  await until(() => said.length >= 3);
  const remembered = session.get("caisse.checkout");
  assert.ok(remembered);
  tracker.destroy();
  page.fire("pagehide");
  tracker.checkout.complete();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual([said.length, session.get("caisse.checkout")], [3, remembered]);
  Reflect.deleteProperty(globalThis, "sessionStorage");
});
