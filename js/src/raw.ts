// Calls for a collector that will parse them itself, because this page has no core (yet): bluntly redacted, since the
// exact rules live in the core, and never changed again once they were sent.

import { bytes } from "./post";
import type { Call } from "./shim";
import { GROUP, RECORD, UNIT } from "./snapshot";

const BODY_BYTES_MAX = 16_384;
const CALLS_MAX = 20;

/** Takes out every long run of digits, every e-mail address, and the query and fragment of every URL. */
export const blunt = (snapshot: string): string =>
  snapshot
    .split(RECORD)
    .map((record, index) =>
      // The head and the visitor's id are our own.
      !index || record.startsWith("@visitor")
        ? record
        : record
            .replace(/(:\/\/[^\s?#]*)[?#]\S*/g, "$1")
            .replace(/[^\s\x1f]+(@|%40)\S+\.\S+/g, "[redacted]")
            .replace(/\d(?:[ \-/+\u00a0\u2010-\u2015]?\d){11,}/g, "[redacted]"),
    )
    .join(RECORD);

/** How many of `calls`, from the first, fit into one body of at most `left` bytes. */
export function fitting(calls: Call[], left: number): number {
  let size = 256;
  let count = 0;
  for (const call of calls) {
    size += bytes(call.text) + 1;
    if (count === CALLS_MAX || size > left || (count && size > BODY_BYTES_MAX)) break;
    count++;
  }
  return count;
}

/** The body of /v1/raw (format: src/decode/raw.rs). */
export const rawBody = (site: string, batch: string, attempt: number, calls: Call[]): string =>
  [["r1", site, batch, attempt, Date.now()].join(UNIT), ...calls.map((call) => blunt(call.text))].join(GROUP);
