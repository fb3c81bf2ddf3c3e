// Says in the console what became of every call. Loaded in development only: on loopback, or with `debug: true`.

import { words } from "./words";
import type { Tracker, TrackerOptions } from "./types";

const SILENCE_MS = 10_000;

/** Explains a tracker's decisions; everything with `debug`, otherwise only what a developer should mend. */
export function explain(tracker: Tracker, options: TrackerOptions): void {
  const say = (text: string): void => console.warn("caisse: " + text);
  tracker.on("invalid", ({ id, problems }) => {
    for (const { code, place, suggestion } of problems) {
      say(`${words[code] || code} (${place || "the call"}${suggestion ? `; did you mean \`${suggestion}\`?` : ""}) [${code}, ${id}]`);
    }
  });
  if (!/^(pending|granted|denied|undefined)$/.test(String(options.consent))) say(`\`${options.consent}\` is not a consent state: nothing is sent, as with "denied"`);
  setTimeout(() => {
    if (tracker.consent.get() === "pending") say("nothing is sent: consent is still pending. Call tracker.consent.set() with your consent platform's answer");
  }, SILENCE_MS);
  tracker.ready.then(({ engine, reason }) => {
    if (engine === "raw" && reason !== "denied") say(`WebAssembly is ${reason} on this page: calls go to the collector raw`);
  });
  tracker.on("dropped", ({ id, reason }) => say(`${id || "a call"} was dropped: ${reason}`));
  if (!options.debug) return;
  tracker.on("accepted", ({ id, status }) => console.debug("caisse:", id, status));
  tracker.on("acknowledged", ({ destination, batch, hits }) => console.debug("caisse:", destination, "acknowledged", hits, "hits of", batch));
}
