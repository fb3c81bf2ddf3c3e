// The script tag's entry: takes the place of the stub that the page defined as `window.caisse`, and does what was
// asked of it so far: caisse("create", options), then caisse("track", name, data) and the other methods by name.

import { create } from "./tracker";
import type { Tracker, TrackerOptions } from "./types";

type Stub = { (...call: unknown[]): unknown; q?: ArrayLike<unknown>[] };

const base = (document.currentScript as HTMLScriptElement | null)?.src || location.href;
const page = window as unknown as { caisse?: Stub };
let tracker: Tracker | undefined;

const caisse: Stub = (method, ...rest) => {
  if (method === "create") return (tracker = create(rest[0] as TrackerOptions, base));
  const member = tracker && (tracker as unknown as { [name: string]: unknown })[method as string];
  return typeof member === "function" ? member(...rest) : member;
};
const asked = page.caisse?.q || [];
page.caisse = Object.freeze(caisse);
for (const call of asked) caisse(...Array.from(call));
