// The entry with Adobe's destinations: where they are, what the core is told of them, and how requests travel.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { consents } from "../src/adobe/consent";
import { cookies, identityOf, placeOf, settingsOf } from "../src/adobe/places";
import { problemsOf } from "../src/options";
import { create } from "../src/tracker";
import type { AdobeAnalyticsDestination, AdobeEdgeDestination, Destination, Tracker } from "../src/types";
import { glue } from "./glue";
import { balance, openPage, type Page, until } from "./page";

const UNIT = "\x1f";
const ORG = "97D1F3F459CE0AD80A495CBE@AdobeOrg";
const ECID = "12345678901234567890123456789012345678";
const ANALYTICS: AdobeAnalyticsDestination = { kind: "adobe-analytics", reportSuite: "rivet", trackingServer: "smetrics.shop.example", orgId: ORG };
const EDGE: AdobeEdgeDestination = { kind: "adobe-edge", datastreamId: "stream-1", orgId: ORG };

let page: Page;
let site = 0;
let tracker: Tracker;
/** Cookies of the page. */
let jar: string[];

beforeEach(() => {
  page = openPage();
  page.wasm = true;
  site++;
  jar = [];
  glue.entered = [];
  Object.defineProperty(document, "cookie", {
    configurable: true,
    get: () => jar.join("; "),
    set: (cookie: string) => void (jar = [...jar.filter((known) => known.split("=")[0] !== cookie.split("=")[0]), cookie.split("; ")[0]!]),
  });
});

afterEach(() => {
  balance(tracker.stats());
  tracker.destroy();
});

const open = (...destination: Destination[]): Tracker =>
  (tracker = create({ site: "a" + site, destination, consent: "granted" }, "https://shop.example/caisse/adobe.js"));

/** What the core was told of the destinations. */
const told = (): string[] => glue.entered.find(([verb]) => verb === "start")![1].split("\x1e").slice(1);

test("destinations are where they say, and what is missing is told", () => {
  open(ANALYTICS);
  assert.equal(placeOf(ANALYTICS), "https://smetrics.shop.example/b/ss");
  assert.equal(placeOf({ ...ANALYTICS, trackingServer: "http://127.0.0.1:8787/hits/" }), "http://127.0.0.1:8787/hits/b/ss");
  assert.equal(placeOf(EDGE), "https://edge.adobedc.net/ee");
  assert.equal(placeOf({ ...EDGE, edgeDomain: "edge.shop.example" }), "https://edge.shop.example/ee");
  assert.equal(settingsOf(ANALYTICS, placeOf(ANALYTICS)), ["https://smetrics.shop.example", "rivet", "", "", ""].join(UNIT));
  const strict = { ...ANALYTICS, timestamps: "required", linkTrackVars: ["events", "eVar1"], linkTrackEvents: [] } as const;
  assert.equal(settingsOf(strict, ""), ["https://smetrics.shop.example", "rivet", "1", "events,eVar1", "None"].join(UNIT));
  assert.equal(settingsOf(EDGE, placeOf(EDGE)), ["https://edge.adobedc.net/ee", "stream-1"].join(UNIT));
  const codes = (destination: object): string[] => problemsOf({ site: "s", destination } as never).map(({ code, place }) => code + " " + place);
  assert.deepEqual(codes(ANALYTICS).concat(codes(EDGE), codes([{ kind: "collector", url: "/hits" }, EDGE])), []);
  assert.deepEqual(codes({ kind: "adobe-edge", orgId: ORG }), ["bad_option destination.datastreamId"]);
  assert.deepEqual(codes({ ...ANALYTICS, timestamps: "always", reportSuit: "x" }), ["unknown_option destination.reportSuit", "bad_option destination.timestamps"]);
});

test("the core is told of each, and a visitor's ids only with consent", async () => {
  jar = ["s_vi=[CS]v1|2F1A2B3C4D5E6F70-1A2B3C4D5E6F7081[CE]", "other=secret", "AMCV_" + encodeURIComponent(ORG) + "=1|MCMID|" + ECID];
  tracker = create({ site: "a" + site, destination: [{ kind: "collector", url: "/hits" }, ANALYTICS] as never }, "https://shop.example/caisse/adobe.js");
  let reads = 0;
  const [value] = [jar.join("; ")];
  Object.defineProperty(document, "cookie", { configurable: true, get: () => (reads++, value) });
  tracker.track("purchase");
  await Promise.resolve();
  assert.equal(reads, 0);
  tracker.consent.set("granted");
  await until(() => glue.entered.some(([verb]) => verb === "track"));
  assert.deepEqual(told().map((text) => text.split(UNIT)[0]), ["collector", "adobe-analytics2"]);
  const call = glue.entered.find(([verb]) => verb === "track")![1];
  for (const fact of ["@aid" + UNIT + "s2F1A2B3C4D5E6F70-1A2B3C4D5E6F7081", "@org" + UNIT + "s" + ORG, "|" + ECID]) assert.ok(call.includes(fact), call);
  assert.ok(!call.includes("secret"));
});

test("ids are found in Adobe's cookies", () => {
  open(EDGE);
  // Protocol buffers: field 1, a text of 38 bytes.
  const state = btoa("\n&" + ECID).replace(/\+/g, "-").replace(/\//g, "_");
  jar = ["kndctr_" + ORG.replace("@", "_") + "_identity=" + state, "s_fid=4888888888888888-2888888888888888", "a=b=c"];
  assert.deepEqual(cookies("a"), [{ key: "a", value: "b=c" }]);
  const { mid, fid } = identityOf([EDGE]);
  assert.deepEqual([mid, fid], [ECID, "4888888888888888-2888888888888888"]);
  assert.deepEqual(identityOf([{ kind: "collector", url: "/hits" }]), {});
  jar = ["kndctr_" + ORG.replace("@", "_") + "_identity=%%%"];
  assert.equal(identityOf([EDGE])["mid"], "");
});

test("Edge Network: the first request is alone and asks who the visitor is; the next ones carry its cookies", async () => {
  const prefix = "kndctr_" + ORG.replace("@", "_") + "_";
  const store = (key: string, value: string) => ({ key: prefix + key, value, maxAge: 3600, attrs: { SameSite: "None" } });
  page.answer = ({ url }) => ({
    status: url.includes("interact") ? 200 : 207,
    body: JSON.stringify({
      requestId: "r",
      handle: [{ type: "state:store", payload: [store("identity", "id-1"), store("cluster", "irl1"), { key: "stranger", value: "x" }] }],
      errors: [{ status: 503, report: { eventIndex: 1 } }, { status: 422 }],
    }),
  });
  open(EDGE);
  tracker.track("purchase");
  await until(() => glue.entered.some(([verb]) => verb === "answered"));
  assert.deepEqual(jar, [prefix + "identity=id-1", prefix + "cluster=irl1"]);
  assert.match(page.sent[0]!.url, /^https:\/\/edge\.adobedc\.net\/ee\/v1\/interact\?/);
  const meta = (body: string): unknown => (JSON.parse(body) as { meta: unknown }).meta;
  assert.deepEqual(meta(page.sent[0]!.body), { state: { domain: "shop.example", cookiesEnabled: true, entries: [] } });
  tracker.track("purchase");
  await until(() => glue.entered.filter(([verb]) => verb === "answered").length === 2);
  assert.match(page.sent[1]!.url, /^https:\/\/edge\.adobedc\.net\/ee\/irl1\/v1\/collect\?/);
  const entries = [{ key: prefix + "identity", value: "id-1" }, { key: prefix + "cluster", value: "irl1" }];
  assert.deepEqual(meta(page.sent[1]!.body), { state: { domain: "shop.example", cookiesEnabled: true, entries } });
  const answers = glue.entered.filter(([verb]) => verb === "answered").map(([, text]) => text);
  // What is said of events matters where some were refused.
  assert.deepEqual(answers.map((text) => text.split(UNIT).join("|")), ["200||", "207||1:503,0:422"]);
});

test("Edge Network is told of consent before the first hit, once", async () => {
  const prefix = "kndctr_" + ORG.replace("@", "_") + "_";
  let refuses = true;
  page.answer = ({ url }) => {
    if (url.includes("set-consent") && refuses) return { status: 503 };
    return { status: 200, body: JSON.stringify({ handle: [{ type: "state:store", payload: [{ key: prefix + "identity", value: "id-1" }] }] }) };
  };
  open({ ...EDGE, consent: "adobe-1.0" });
  tracker.track("purchase");
  await until(() => glue.entered.some(([verb]) => verb === "answered"));
  // Refused: the hits wait.
  assert.deepEqual(page.sent.map(({ url }) => url.split("/v1/")[1]!.split("?")[0]), ["privacy/set-consent"]);
  refuses = false;
  await tracker.flush();
  tracker.track("purchase");
  await tracker.flush();
  assert.deepEqual(page.sent.map(({ url }) => url.split("/v1/")[1]!.split("?")[0]).slice(1), ["privacy/set-consent", "collect", "collect"]);
  const { meta, ...body } = JSON.parse(page.sent[1]!.body) as { meta: unknown };
  assert.ok(meta);
  assert.deepEqual(body, { consent: [{ standard: "Adobe", version: "1.0", value: { general: "in" } }], query: { identity: { fetch: ["ECID"] } } });
});

test("what is no standard of consent is no consent", async () => {
  open({ ...EDGE, consent: "adobe1" as never });
  tracker.track("purchase");
  await until(() => glue.entered.some(([verb]) => verb === "answered"));
  assert.equal(page.sent.length, 0);
});

// What Adobe's Web SDK was seen to send (2.33.1).
test("consent is told in the words of each standard", () => {
  open(EDGE);
  assert.deepEqual(consents("adobe-1.0", 0), [{ standard: "Adobe", version: "1.0", value: { general: "in" } }]);
  const metadata = { time: "2026-11-21T00:00:00.000Z" };
  assert.deepEqual(consents("adobe-2.0", Date.UTC(2026, 10, 21)), [{ standard: "Adobe", version: "2.0", value: { collect: { val: "y" }, metadata } }]);
  const value = "CO052l-O052l-DGAMBFRACBgAIBAAAAABIYgEawAQEagAAAA";
  assert.deepEqual(consents({ tcf: value }, 0), [{ standard: "IAB TCF", version: "2.0", value, gdprApplies: true, gdprContainsPersonalData: false }]);
});

test("Adobe Analytics: an image, and when the page leaves a request that outlives it", async () => {
  const images: { src?: string; onload?: () => void; onerror?: () => void }[] = [];
  Object.defineProperty(globalThis, "Image", { configurable: true, value: function (this: object) { images.push(this); } });
  open(ANALYTICS);
  tracker.track("purchase");
  await until(() => images.length === 1);
  assert.match(images[0]!.src!, /^https:\/\/smetrics\.shop\.example\/b\/ss\//);
  images[0]!.onload!();
  await until(() => tracker.stats().destinations[0]!.acknowledged === 1);
  const [stats] = tracker.stats().destinations;
  assert.deepEqual(Object.keys(stats!).sort(), ["acknowledged", "adopted", "bytes", "destination", "dropped", "tracked", "url", "waiting"]);
  tracker.track("purchase");
  await until(() => images.length === 2);
  images[1]!.onerror!();
  await until(() => glue.entered.filter(([verb]) => verb === "answered").length === 2);
  assert.deepEqual(glue.entered.filter(([verb]) => verb === "answered").map(([, text]) => text.split(UNIT)[0]), ["200", "0"]);
  assert.equal(page.sent.length, 0);
  page.hide();
  await until(() => page.sent.length > 0);
  assert.ok(page.sent.every(({ url, keepalive }) => url.includes("/b/ss/") && keepalive));
});

test("without WebAssembly only a collector gets hits", async () => {
  page.wasm = false;
  open(ANALYTICS, { kind: "collector", url: "/hits" });
  tracker.track("purchase");
  assert.equal((await tracker.ready).engine, "raw");
  await until(() => tracker.stats().destinations[1]!.acknowledged === 1);
  assert.deepEqual(tracker.stats().destinations[0]!.dropped, { blocked: 1 });
  tracker.destroy();
  site++;
  // A policy refuses every module.
  const { Module } = WebAssembly;
  WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError("refused"); } } as never;
  open(EDGE);
  const { settled } = tracker.track("purchase");
  await tracker.ready;
  WebAssembly.Module = Module;
  assert.deepEqual((({ status, reason }) => [status, reason])(await settled), ["dropped", "blocked"]);
  assert.deepEqual(tracker.stats().destinations[0]!.dropped, { blocked: 1 });
  assert.ok(page.sent.every(({ url }) => url.startsWith("/hits")));
});
