// The funnel of a checkout: what a page reports of it goes to the core's own module (src/checkout.rs), and what comes of it is tracked.
// Loaded where there is something to report. Decides nothing but whether it may be kept: with consent, for the tab; without, not at all.

import { instantiate } from "caisse-checkout-glue";
import { type Notice, Verb } from "./notice";

const GROUP = "\x1d";
const RECORD = "\x1e";
const UNIT = "\x1f";

/** What a tab remembers of the attempt, and what was reported before there was somebody to hear it. */
const MEMORY = "caisse.checkout";
const UNHEARD = "caisse.checkout.unheard";
/** Notices that wait for the funnel. */
const WAITING_MAX = 100;

/** As much of a tracker as the funnel needs. */
export interface Tracking {
  track(name: string, data: { [field: string]: unknown }): unknown;
  consent?: { get(): string };
}

/** The page's trackers, in the order in which they were made; one that was destroyed is none of them. */
export function trackers(): Tracking[] {
  const all: Tracking[] = [];
  dispatchEvent(new CustomEvent("caisse", { detail: (tracker?: Tracking) => tracker && all.push(tracker) }));
  return all;
}

/** Twenty letters and digits, which is what Adobe takes of a serial. */
export const attemptId = (): string => Array.from(crypto.getRandomValues(new Uint8Array(20)), (byte) => (byte % 36).toString(36)).join("");

export type Send = (name: string, data: { [field: string]: string | number | boolean }) => void;

let enter: ReturnType<typeof instantiate> | undefined;
let loading: Promise<void> | undefined;
let memory = "";
let waiting: [notice: Notice, tracker: Tracking, send: Send][] = [];

const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {}
};

const get = (key: string): string => attempt(() => sessionStorage.getItem(key)) || "";
const set = (key: string, value: string): void =>
  attempt(() => (value ? sessionStorage.setItem(key, value) : sessionStorage.removeItem(key)));

/** `texts` of a notice: control characters would separate what belongs together. */
export const texts = (...parts: string[]): string => parts.map((part) => part.replace(/[\0-\x1f]/g, " ")).join(UNIT);

/** Milliseconds since 1970, which do not jump while the page lives. */
export const now = (): number => Math.round(performance.timeOrigin + performance.now());

/** Reports to the funnel, and tracks what follows. Loads it if need be, from `base`; never throws. */
export function report(notice: Notice, tracker: Tracking, base: string, send: Send = (name, data) => void tracker.track(name, data)): void {
  const consent = tracker.consent ? tracker.consent.get() : "granted";
  if (consent === "denied") return forget();
  if (enter) return hear(notice, consent === "granted", send);
  if (waiting.length < WAITING_MAX) waiting.push([notice, tracker, send]);
  loading ||= load(base).then(
    () => {
      if (consent === "granted") unheard(tracker);
      for (const [notice, tracker, send] of waiting.splice(0)) report(notice, tracker, base, send);
    },
    () => {
      // Another notice may try again.
      loading = undefined;
    },
  );
  if (notice[0] === Verb.Leave && consent === "granted") set(UNHEARD, JSON.stringify(waiting.map(([notice]) => notice)));
}

async function load(base: string): Promise<void> {
  const file = await fetch(new URL(CHECKOUT_FILE, base), { integrity: CHECKOUT_INTEGRITY });
  enter = instantiate(await WebAssembly.compile(await file.arrayBuffer()));
}

/** What the page before this one had no time to tell comes first. */
function unheard(tracker: Tracking): void {
  const told = attempt(() => JSON.parse(get(UNHEARD)) as Notice[]);
  set(UNHEARD, "");
  if (Array.isArray(told)) waiting.unshift(...told.map((notice): (typeof waiting)[0] => [notice, tracker, (name, data) => void tracker.track(name, data)]));
}

/** Consent was denied: nothing stays. */
function forget(): void {
  memory = "";
  waiting = [];
  set(MEMORY, "");
  set(UNHEARD, "");
}

function hear([verb, texts, clicks, at]: Notice, granted: boolean, send: Send): void {
  // Another page of this tab may have been there meanwhile.
  if (granted) memory = get(MEMORY) || memory;
  try {
    const [remembered, calls] = enter!(verb, memory + GROUP + texts, clicks, at).split(GROUP) as [string, string?];
    if (calls === undefined) return;
    memory = remembered;
    if (granted) set(MEMORY, memory);
    for (const call of calls.split(RECORD).slice(1)) send(...read(call));
  } catch {
    // An instance that trapped is thrown away; the next notice gets another.
    enter = loading = undefined;
  }
}

function read(call: string): Parameters<Send> {
  const [name, ...parts] = call.split(UNIT) as [string, ...string[]];
  const data: Parameters<Send>[1] = {};
  for (let index = 0; index < parts.length; index += 2) {
    const tagged = parts[index + 1]!;
    const text = tagged.slice(1);
    data[parts[index]!] = tagged[0] === "n" ? +text : tagged[0] === "b" ? text === "1" : text;
  }
  return [name, data];
}
