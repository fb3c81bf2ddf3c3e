// Calls for a collector that will parse them itself, because this page has no core (yet): bluntly redacted, since the
// exact rules live in the core, and never changed again once they were sent.

import { randomId } from "./ids";
import { type Answer, budget, bytes, post } from "./post";
import type { Call, Counters, Shim } from "./shim";
import { GROUP, RECORD, UNIT } from "./snapshot";

const BODY_BYTES_MAX = 16_384;
const CALLS_MAX = 20;
/** Bytes kept free for the head of a body. */
const HEAD_BYTES = 256;

/** Takes out every long run of digits, every e-mail address, and the query and fragment of every URL. */
export const blunt = (snapshot: string): string =>
  snapshot
    .split(RECORD)
    .map((record, index) =>
      // The head and the visitor's id are our own.
      index < 2
        ? record
        : record
            .replace(/(:\/\/[^\s?#]*)[?#]\S*/g, "$1")
            .replace(/[^\s\x1f]+(@|%40)\S+\.\S+|\d([ \-/+\u00a0\u2010-\u2015]?\d){11,}/g, "[redacted]"),
    )
    .join(RECORD);

/** Whether a destination understands calls as they were made. */
export const takesRaw = ({ to }: Counters): boolean => to?.kind === "collector";

/** What there is to do with an answer; says whether the collector has the calls. */
export type Heard = (sent: Call[], batch: string, answer: Answer) => boolean;

/** Sends the first of `calls` that fit into one body (format: src/decode/raw.rs); from now on they stay raw. There is no promise if nothing fits.
 * A page that leaves does not hear the answer; should it come back, the collector says of the same calls that it has them. */
export function send(shim: Shim, calls: Call[], attempt: number, heard?: Heard): Promise<boolean | void> | undefined {
  // Adobe's formats have no raw form.
  if (ADOBE && !shim.counters.some(takesRaw)) return;
  let size = HEAD_BYTES;
  const sent = calls.filter(
    ({ snapshot }, index) => index < CALLS_MAX && (size += bytes(snapshot) + 1) <= budget() && (!index || size <= BODY_BYTES_MAX),
  );
  if (!sent.length) return;
  const batch = randomId();
  const body = [["r1", shim.options.site, batch, attempt, Date.now()].join(UNIT)];
  for (const call of sent) {
    const text = blunt(call.snapshot);
    body.push(text);
    call.frozen = true;
    // So that the journal has it as it was sent (format: src/row.rs).
    shim.store.soft.set(call.rowKey!, "w" + text);
  }
  const to = ADOBE ? shim.counters.find(takesRaw)! : shim.counters[0]!;
  return post(shim, to, to.url + "/v1/raw", body.join(GROUP)).then((answer) => heard?.(sent, batch, answer));
}
