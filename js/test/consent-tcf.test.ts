// What a consent platform of TCF says reaches the tracker as consent, and whatever is not a plain yes does not.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { consentOf, followTcf } from "../src/consent-tcf";

type Callback = (data: object, success: boolean) => void;
type Page = { __tcfapi?: unknown; document?: unknown; addEventListener?: unknown };
const page = globalThis as Page;
const YES = { 1: true, 2: true, 3: true, 4: true, 7: true, 8: true };
const DENIED = { analytics: "denied", share: "denied" };
const GRANTED = { analytics: "granted", share: "granted" };

afterEach(() => {
  for (const name of ["__tcfapi", "document", "addEventListener"] as const) delete page[name];
});

const answer = (consents: object, more: object = {}) => ({ eventStatus: "tcloaded", gdprApplies: true, purpose: { consents }, ...more });

/** A page with a consent platform; what it says, and what the tracker is told. */
function platform() {
  const told: string[] = [];
  const commands: unknown[][] = [];
  let callback: Callback = () => assert.fail("nobody listens");
  page.document = { readyState: "complete" };
  page.__tcfapi = (command: string, version: number, heard: Callback, parameter: unknown) => {
    commands.push([command, version, parameter]);
    if (command === "addEventListener") callback = heard;
  };
  const tracker = { consent: { set: (state: string) => void told.push(state) } };
  return { told, commands, tracker, say: (data: object, success = true) => callback(data, success) };
}

test("an answer is a plain yes to all purposes, or a no", () => {
  assert.deepEqual(consentOf(answer(YES)), GRANTED);
  assert.deepEqual(consentOf(answer({ ...YES, 7: false })), { analytics: "granted", share: "denied" });
  for (const missing of [1, 8]) assert.deepEqual(consentOf(answer({ ...YES, [missing]: undefined })), DENIED);
  for (const word of [1, "true", "1", {}, null]) assert.deepEqual(consentOf(answer({ ...YES, 8: word })), DENIED);
  assert.deepEqual(consentOf(answer({})), DENIED);
  assert.deepEqual(consentOf({ eventStatus: "tcloaded", gdprApplies: true }), DENIED);
  // Only `false` says that no answer is needed.
  assert.deepEqual(consentOf({ eventStatus: "tcloaded", gdprApplies: false }), GRANTED);
  for (const applies of [undefined, null, 0, ""]) assert.deepEqual(consentOf(answer({}, { gdprApplies: applies })), DENIED);
});

test("there is no answer before the visitor gave one", () => {
  for (const eventStatus of ["cmpuishown", "loading", undefined, "", "tcloadedd"]) assert.equal(consentOf(answer(YES, { eventStatus })), undefined);
});

test("purposes and a vendor may be named", () => {
  assert.deepEqual(consentOf(answer({ 1: true, 9: true }), { analytics: [1, 9], share: [9] }), GRANTED);
  assert.deepEqual(consentOf(answer(YES), { analytics: [], share: [] }), DENIED);
  assert.deepEqual(consentOf(answer(YES), { vendor: 565 }), DENIED);
  assert.deepEqual(consentOf(answer(YES, { vendor: { consents: { 565: true } } }), { vendor: 565 }), GRANTED);
});

test("a tracker hears what changes, once", () => {
  const { told, commands, tracker, say } = platform();
  const end = followTcf(tracker);
  assert.deepEqual(commands, [["addEventListener", 2, undefined]]);
  say({ ...answer(YES), eventStatus: "cmpuishown", listenerId: 7 });
  assert.deepEqual(told, ["pending"]);
  say(answer(YES));
  say(answer(YES));
  // The dialog is opened again: the old answer stands until there is a new one.
  say(answer({}, { eventStatus: "cmpuishown" }));
  say(answer({}, { eventStatus: "useractioncomplete" }));
  say(answer(YES, { eventStatus: "useractioncomplete" }));
  assert.deepEqual(told, ["pending", "granted", "denied", "granted"]);
  end();
  assert.deepEqual(commands.at(-1), ["removeEventListener", 2, 7]);
  say(answer({}));
  assert.equal(told.length, 4);
});

test("a tracker with destinations of others is granted what may be shared", () => {
  for (const [shares, expected] of [[true, "denied"], [false, "granted"]] as const) {
    const { told, tracker, say } = platform();
    followTcf(tracker, { shares });
    say(answer({ 1: true, 8: true }));
    assert.deepEqual(told, ["pending", expected]);
    say(answer(YES));
    assert.equal(told.at(-1), "granted");
  }
});

test("what went wrong is a no", () => {
  for (const [data, success] of [[answer(YES), false], [answer(YES), null], [answer(YES), 1], [null, true], [{ get eventStatus(): string { throw new Error("mine"); } }, true]]) {
    const { told, tracker, say } = platform();
    followTcf(tracker);
    say(answer(YES));
    say(data as object, success as boolean);
    assert.deepEqual(told, ["pending", "granted", "denied"]);
  }
  const { told, tracker } = platform();
  page.__tcfapi = () => {
    throw new Error("mine");
  };
  followTcf(tracker);
  assert.deepEqual(told, ["pending", "denied"]);
});

test("without a platform consent stays pending", () => {
  const { told, tracker } = platform();
  delete page.__tcfapi;
  page.document = { readyState: "loading" };
  let load = (): void => assert.fail("nobody waits");
  page.addEventListener = (kind: string, heard: () => void) => {
    assert.equal(kind, "load");
    load = heard;
  };
  followTcf(tracker);
  load();
  assert.deepEqual(told, ["pending"]);
});
