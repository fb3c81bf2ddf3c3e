// What a visitor answers, for each purpose: what may be kept and sent, what may be passed on, and that nothing else ever is.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { problemsOf } from "../src/options";
import { create } from "../src/tracker";
import type { ConsentState, Purposes, Tracker, TrackerOptions } from "../src/types";
import { glue } from "./glue";
import { acknowledge, balance, briefly, openPage, type Page, rows, until } from "./page";

const UNIT = "\x1f";
const STATES: ConsentState[] = ["pending", "granted", "denied"];

let page: Page;
let site = 0;
let tracker: Tracker;

beforeEach(() => {
  page = openPage();
  glue.entered = [];
  site++;
});

afterEach(() => {
  balance(tracker.stats());
  tracker.destroy();
});

const open = (options: Partial<TrackerOptions> = {}): Tracker =>
  (tracker = create({ site: "c" + site, destination: { kind: "collector", url: "/hits" }, ...options }, "https://shop.example/caisse/index.js") as Tracker);

const holds = (): ConsentState[] => [tracker.consent.get(), tracker.consent.get("analytics"), tracker.consent.get("share")];

/** The facts of a name in what was sent. */
const sent = (name: string): string[] =>
  page.sent.flatMap(({ body }) => body.split("\x1d").slice(1).map((call) => new RegExp("\x1e@" + name + UNIT + "(.[^\x1e]*)").exec(call)?.[1] ?? ""));

const declarePrivacy = (value: unknown): void => void Object.assign(navigator, { globalPrivacyControl: value });

test("one word is for both purposes, and each may be said on its own", () => {
  open();
  assert.deepEqual(holds(), ["pending", "pending", "pending"]);
  for (const word of STATES) {
    tracker.consent.set(word);
    assert.deepEqual(holds(), [word, word, word]);
    for (const share of STATES) {
      tracker.consent.set({ analytics: word, share });
      assert.deepEqual(holds(), [word, word, share]);
    }
  }
});

test("a wrong value or shape fails closed", async () => {
  open({ consent: "granted" });
  const thrower = { get analytics(): never { throw new Error("mine"); }, share: "granted" };
  const wrong = [undefined, null, "", "Granted", "yes", true, 1, [], ["granted"], {}, new String("granted"), { toString: () => "granted" }, () => "granted"];
  for (const said of wrong) {
    tracker.consent.set("granted");
    tracker.consent.set(said as never);
    assert.deepEqual(holds(), ["denied", "denied", "denied"], String(said));
  }
  for (const said of wrong.filter((said) => said !== undefined)) {
    tracker.consent.set({ analytics: "granted", share: said } as never);
    assert.deepEqual(holds(), ["granted", "granted", "denied"]);
    tracker.consent.set({ analytics: said, share: "granted" } as never);
    assert.deepEqual(holds(), ["denied", "denied", "granted"]);
  }
  tracker.consent.set(thrower as never);
  assert.deepEqual(holds(), ["denied", "denied", "granted"]);
  tracker.consent.set({ analytics: "granted" } as never);
  assert.deepEqual(holds(), ["granted", "granted", "denied"]);
  tracker.consent.set({ share: "granted" } as never);
  assert.deepEqual(holds(), ["denied", "denied", "granted"]);
  const { settled } = tracker.track("purchase");
  assert.equal((await settled).reason, "denied");
});

test("what is wrong with the option is told", () => {
  open();
  const problems = (consent: unknown) =>
    briefly(problemsOf({ site: "s", destination: { kind: "collector", url: "/hits" }, consent } as never));
  assert.deepEqual(problems({ analytics: "granted", share: "denied" }), []);
  assert.deepEqual(problems({ analytics: "granted", shares: "denied" }), [
    { code: "unknown_option", place: "consent.shares", suggestion: "share" },
    { code: "bad_option", place: "consent.share" },
  ]);
});

test("every call says what may be passed on, as it was when the call went through the gate", async () => {
  open({ consent: { analytics: "pending", share: "granted" } });
  tracker.track("scView");
  tracker.consent.set({ analytics: "granted", share: "pending" });
  tracker.track("scAdd");
  tracker.consent.set({ analytics: "granted", share: "granted" });
  tracker.track("scRemove");
  // Its stream goes on: the gate is open all the time.
  tracker.consent.set({ analytics: "granted", share: "denied" });
  const { id } = tracker.track("scOpen");
  assert.match(id, /-3$/);
  await tracker.flush();
  assert.deepEqual(sent("share"), ["spending", "spending", "sgranted", "sdenied"]);
  assert.deepEqual(sent("gpc"), ["s", "s", "s", "s"]);
});

test("Global Privacy Control denies sharing, whatever the page says, and is passed on", async () => {
  declarePrivacy(true);
  open({ consent: "granted" });
  assert.deepEqual(holds(), ["granted", "granted", "denied"]);
  tracker.track("scView");
  tracker.consent.set({ analytics: "granted", share: "granted" });
  assert.equal(tracker.consent.get("share"), "denied");
  tracker.track("scView");
  await tracker.flush();
  assert.deepEqual([sent("share"), sent("gpc")], [["sdenied", "sdenied"], ["n1", "n1"]]);
});

test("a browser that says no is not taken to have said yes", async () => {
  declarePrivacy(false);
  open({ consent: "granted" });
  tracker.track("scView");
  await tracker.flush();
  assert.deepEqual([sent("share"), sent("gpc")], [["sgranted"], ["s"]]);
});

/** Numbers that a seed gives, below `bound`. */
function dice(seed: number): (bound: number) => number {
  return (bound) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * bound);
  };
}

const kept = async (): Promise<boolean> => {
  const databases = await indexedDB.databases();
  return page.storage.size > 0 || (databases.some(({ name }) => name === "caisse.c" + site) && (await rows("c" + site)).length > 0);
};

/** Calls that a text of ours carries, by the note that each was made with. */
const notes = (text: string): string[] => text.match(/note\d+/g) ?? [];

// Everything a page can do, in any order; judged by what is on disk and on the wire.
test("nothing is kept or sent before `analytics` is granted, nor after it was withdrawn", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    site++;
    page = openPage();
    page.wasm = seed % 2 > 0;
    declarePrivacy(seed % 3 === 0);
    const roll = dice(seed);
    const words = (): ConsentState | Purposes =>
      [STATES[roll(3)]!, { analytics: STATES[roll(3)]!, share: STATES[roll(3)]! }, "yes" as never, { analytics: "granted" } as never][roll(4)]!;
    /** Notes of calls that may be sent: made while it was granted, or held and then granted. */
    const allowed = new Set<string>();
    let held: string[] = [];
    let streams = new Set<string>();
    let number = 0;
    let complaint = "";
    page.answer = (request) => {
      if (tracker.consent.get() !== "granted") complaint ||= "sent while " + tracker.consent.get();
      for (const note of notes(request.body)) if (!allowed.has(note)) complaint ||= note + " was sent";
      return roll(3) ? acknowledge(request) : { status: [0, 503, 200][roll(3)]! };
    };
    const heard = (): void => {
      const state = tracker.consent.get();
      if (state === "granted") held.splice(0).forEach((note) => allowed.add(note));
      if (state === "denied") held = [];
      // What was not delivered when consent was withdrawn must never be.
      if (state !== "granted") allowed.clear();
    };
    const steps: (() => unknown)[] = [
      () => {
        const before = tracker.consent.get();
        tracker.consent.set(words());
        if (before === "granted" && tracker.consent.get() !== "granted") streams = new Set();
        heard();
        if (tracker.consent.get() === "denied" && page.storage.size) complaint ||= "denied, and in the same task there is " + [...page.storage.keys()].join();
      },
      () => page.hide(),
      () => page.fire("pagehide"),
      () => tracker.flush({ timeoutMs: roll(30) }),
      () => new Promise((resolve) => setTimeout(resolve, roll(8))),
      () => page.fire("online"),
      () => tracker.reset(),
    ];
    const call = (): void => {
      const note = "note" + ++number;
      const state = tracker.consent.get();
      if (state === "granted") allowed.add(note);
      if (state === "pending" && held.length < 100) held.push(note);
      const { id } = tracker.track(["purchase", "scView", "scAdd"][roll(3)]!, { label: note, orderId: "R" + number });
      assert.equal(id !== "", state === "granted");
      if (id) streams.add(id.slice(0, 32));
      assert.ok(streams.size <= 1, "one stream for each grant");
    };
    open({ consent: roll(2) ? words() : undefined });
    heard();
    for (let step = 0; step < 25 && !complaint; step++) {
      if (roll(2)) call();
      else await steps[roll(steps.length)]!();
      const state = tracker.consent.get();
      if (state !== "granted") assert.ok(notes([...page.storage.values()].join()).length === 0 || state === "pending", "seed " + seed);
    }
    assert.equal(complaint, "", "seed " + seed);
    tracker.consent.set("denied");
    const total = page.sent.length;
    await until(async () => !(await kept()));
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual([page.sent.length, await kept(), page.storage.size], [total, false, 0], "seed " + seed);
    balance(tracker.stats());
    tracker.destroy();
  }
});
