// What a page tells Google's tags about consent reaches the tracker, and whatever is not a plain yes does not.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { consentOf, followGoogle } from "../src/consent-google";

const page = globalThis as { dataLayer?: unknown[]; own?: unknown[] };
const ALL = { analytics_storage: "granted", ad_storage: "granted", ad_user_data: "granted", ad_personalization: "granted" };
const DENIED = { analytics: "denied", share: "denied" };
const GRANTED = { analytics: "granted", share: "granted" };

beforeEach(() => {
  page.dataLayer = [];
  mock.timers.enable({ apis: ["setTimeout"] });
});
afterEach(() => {
  delete page.dataLayer;
  mock.timers.reset();
});

/** As Google's snippet has it. */
function gtag(..._call: unknown[]): void {
  // eslint-disable-next-line prefer-rest-params
  page.dataLayer!.push(arguments);
}

function follow(shares?: boolean) {
  const told: string[] = [];
  const end = followGoogle({ consent: { set: (state) => void told.push(state) } }, { shares });
  return { told, end };
}

test("measuring and sharing are different things", () => {
  assert.deepEqual(consentOf(ALL), GRANTED);
  assert.deepEqual(consentOf({ analytics_storage: "granted" }), { analytics: "granted", share: "denied" });
  for (const type of ["ad_storage", "ad_user_data", "ad_personalization"])
    assert.deepEqual(consentOf({ ...ALL, [type]: "denied" }), { analytics: "granted", share: "denied" });
  assert.deepEqual(consentOf({ ...ALL, analytics_storage: "denied" }), DENIED);
  for (const word of ["yes", true, "GRANTED", null, undefined]) assert.deepEqual(consentOf({ ...ALL, analytics_storage: word }), DENIED);
});

test("what was said before counts, and what is said later", () => {
  gtag("js", new Date());
  gtag("consent", "default", { ...ALL, analytics_storage: "denied" });
  const { told, end } = follow();
  assert.deepEqual(told, ["pending", "denied"]);
  gtag("event", "purchase");
  gtag("consent", "update", { analytics_storage: "granted", ad_storage: "granted" });
  gtag("consent", "update", { analytics_storage: "granted" });
  gtag("consent", "update", { ad_user_data: "denied" });
  gtag("consent", "update", { analytics_storage: "denied" });
  assert.deepEqual(told.slice(2), ["granted", "denied"]);
  assert.equal(page.dataLayer!.length, 7, "Google's tags get everything");
  end();
  gtag("consent", "update", ALL);
  assert.equal(told.length, 4);
});

test("a tracker with destinations of others is granted what may be shared", () => {
  const { told } = follow(true);
  gtag("consent", "update", { analytics_storage: "granted" });
  gtag("consent", "update", ALL);
  gtag("consent", "update", { ad_user_data: "denied" });
  assert.deepEqual(told, ["pending", "denied", "granted", "denied"]);
});

test("nothing is granted before the page said so", () => {
  const { told } = follow();
  gtag("js", new Date());
  gtag("set", "consent", ALL);
  gtag("consent", "other", ALL);
  page.dataLayer!.push({ event: "consent" }, "consent", null, 5);
  assert.deepEqual(told, ["pending"]);
});

test("a default may wait for the platform", () => {
  const { told } = follow();
  gtag("consent", "default", { ...ALL, wait_for_update: 500 });
  mock.timers.tick(499);
  assert.deepEqual(told, ["pending"]);
  mock.timers.tick(1);
  assert.deepEqual(told, ["pending", "granted"]);
});

test("the update ends the wait", () => {
  const { told } = follow();
  gtag("consent", "default", { analytics_storage: "denied", wait_for_update: 500 });
  gtag("consent", "update", { analytics_storage: "granted" });
  mock.timers.tick(1_000);
  assert.deepEqual(told, ["pending", "granted"]);
});

test("of a region's default only a no is taken", () => {
  const { told } = follow();
  gtag("consent", "default", { ...ALL, region: ["US"] });
  assert.deepEqual(told, ["pending", "denied"]);
  gtag("consent", "default", ALL);
  gtag("consent", "default", { analytics_storage: "denied", region: ["FR"] });
  assert.deepEqual(told, ["pending", "denied", "granted", "denied"]);
});

test("what cannot be read is a no", () => {
  const { told } = follow();
  gtag("consent", "update", ALL);
  page.dataLayer!.push({ length: 3, get 0() { throw new Error("mine"); } });
  gtag("consent", "update", ALL);
  gtag("consent", "update", null);
  assert.deepEqual(told, ["pending", "granted", "denied", "granted", "denied"]);
});

test("a layer of another name, and one that does not exist yet", () => {
  delete page.dataLayer;
  const told: string[] = [];
  const end = followGoogle({ consent: { set: (state) => void told.push(state) } }, { dataLayer: "own" });
  page.own!.push(["consent", "update", ALL]);
  assert.deepEqual(told, ["pending", "granted"]);
  // Somebody put their own around ours: it is theirs.
  const [ours, theirs] = [page.own!.push, (...entries: unknown[]) => ours.apply(page.own, entries)];
  page.own!.push = theirs;
  end();
  assert.equal(page.own!.push, theirs);
  delete page.own;
});
