// Order ids that look like card numbers: without the shop's word they are taken for one, with it they are kept, and nothing else is.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { problemsOf } from "../src/options";
import { create } from "../src/tracker";
import type { Tracker, TrackerOptions } from "../src/types";
import { openPage, type Page, rows, until } from "./page";

const ORDER = "4242424242424242";
const CARD = "5555555555554444";
const PATTERN = /42\d{14}/;

let page: Page;
let site = 0;
let tracker: Tracker;

beforeEach(() => {
  page = openPage();
  site++;
});

afterEach(() => tracker.destroy());

const open = (options: Partial<TrackerOptions>): Tracker => {
  const asked = { site: "o" + site, destination: { kind: "collector", url: "/hits" }, consent: "granted", ...options } as const;
  return (tracker = create(asked, "https://shop.example/caisse/index.js") as Tracker);
};

const sent = (): string => page.sent.map(({ body }) => body).join();

const journals = (): string => [...page.storage].filter(([key]) => key.includes(".j.")).join();

test("an order id that the pattern matches is on the raw path and in store and journal as it is, and no other field", async () => {
  page.answer = () => ({ status: 503 });
  open({ orderIdPattern: PATTERN });
  tracker.track("purchase", { orderId: ORDER, eVar1: ORDER, checkoutId: CARD, label: "for " + ORDER, products: [{ id: ORDER }] });
  await until(() => page.sent.length > 0);
  await until(async () => (await rows("o" + site)).length > 0);
  page.hide();
  tracker.track("scView", { orderId: ORDER });
  page.hide();
  for (const text of [sent(), (await rows("o" + site)).join(), journals()]) {
    assert.match(text, new RegExp("\x1eorderId>orderId>\x1fs" + ORDER));
    assert.equal(text.replaceAll("orderId>orderId>\x1fs" + ORDER, "").includes(ORDER), false, text);
    assert.ok(!text.includes(CARD));
  }
});

test("without the pattern, or where it does not match wholly, such an id is taken for a card number", async () => {
  const cases: [id: unknown, pattern?: unknown][] = [
    [ORDER], [CARD, PATTERN], [ORDER + "0", PATTERN], ["x" + ORDER, PATTERN], [ORDER, "42.*"], [ORDER, { exec: null }], [+ORDER, PATTERN],
    [{ toString: () => ORDER }, PATTERN], [[ORDER], PATTERN],
  ];
  for (const [orderId, orderIdPattern] of cases) {
    site++;
    page = openPage();
    open({ orderIdPattern } as never);
    tracker.track("purchase", { orderId } as never);
    await tracker.flush();
    assert.equal(page.sent.length, 1);
    assert.ok(!/\d{12}/.test(sent().split("\x1eorderId")[1] ?? ""), sent());
    assert.ok(!sent().includes("orderId>"), sent());
    tracker.destroy();
  }
});

test("a value that rides on every call is no order's, and a getter that throws costs its own field", async () => {
  open({ orderIdPattern: PATTERN });
  tracker.setContext({ orderId: ORDER });
  tracker.track("scView");
  tracker.track("scAdd", { get orderId(): string { throw new Error("mine"); }, flow: "b2c" });
  await tracker.flush();
  assert.ok(!sent().includes(ORDER));
  assert.match(sent(), /orderId\x1fxgetter\x1eflow\x1fsb2c/);
});

test("what is no pattern is told", () => {
  open({});
  const problems = (orderIdPattern: unknown): string[] =>
    problemsOf({ site: "s", destination: { kind: "collector", url: "/hits" }, orderIdPattern } as never).map(({ code, place }) => code + " " + place);
  assert.deepEqual(problems(PATTERN), []);
  for (const wrong of ["42", /42/g, /42/y, {}]) assert.deepEqual(problems(wrong), ["bad_option orderIdPattern"]);
});
