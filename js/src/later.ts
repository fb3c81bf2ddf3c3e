// What few pages ask of a tracker, so that the others do not load it: words for what is wrong, and the funnel of a checkout.

import { tellFunnel } from "./checkout-steps";
import type { Tracker, TrackerEvents, TrackerOptions } from "./types";

/** Does what was asked for: "invalid" is a listener's, or for the console without one; any other name is a call of `tracker.checkout`. `base` is
 * where the package's files are. */
export async function later(tracker: Tracker, options: TrackerOptions, base: string, name?: unknown, ...parts: unknown[]): Promise<void> {
  if (name !== "invalid") return tellFunnel(tracker, base, name, parts);
  const { explain } = await import("./debug");
  explain(tracker, options, parts[0] as (event: TrackerEvents["invalid"]) => void);
}
