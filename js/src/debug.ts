// Says in the console what became of every call. Loaded in development only: on loopback, or with `debug: true`; what is wrong
// with the options also for who listens to "invalid", and what a problem means whenever a call has one.

import { problemsOf } from "./options";
import { advice } from "./advisor";
import { explained, type Found } from "./problems";
import type { Shim } from "./shim";
import type { Problem, Tracker, TrackerEvents, TrackerOptions } from "./types";

const SILENCE_MS = 10_000;

/** Problems of a call, with advice if it has a snapshot, in words. `url` is where the core came from. */
export async function review(shim: Shim, found: Found[], url: string, snapshot?: string): Promise<Problem[]> {
  const more = snapshot ? await advice(shim, snapshot, url) : [];
  return explained([...found, ...more], shim.options);
}

/** Tells a listener of "invalid" what is wrong with the options. Without one, explains the tracker's decisions in the console:
 * everything with `debug`, otherwise only what a developer should mend. */
export function explain(tracker: Tracker, options: TrackerOptions, listener?: (event: TrackerEvents["invalid"]) => void): void {
  if (listener) {
    const problems = problemsOf(options);
    if (problems.length) listener({ id: "", problems });
    return;
  }
  const say = (text: string): void => console.warn("caisse: " + text);
  tracker.on("invalid", ({ id, problems }) => {
    for (const { severity, code, place, suggestion, message, fix } of problems) {
      const hint = suggestion && severity === "error" ? `did you mean \`${suggestion}\`?` : fix;
      say(`${severity} at ${place || "the call"}: ${message} ${hint} [${id ? `${code}, ${id}` : code}]`);
    }
  });
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
