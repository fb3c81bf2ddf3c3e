// Leaving without a core: waiting calls go out raw, and all of them go to a journal that the next page reads.

import { local, randomId } from "./ids";
import { budget, bytes, post } from "./post";
import { blunt, fitting, rawBody } from "./raw";
import type { Call, Shim } from "./shim";
import { GROUP } from "./snapshot";

/** UTF-16 units a journal may have: localStorage is the page's too. */
const JOURNAL_MAX = 131_072;

/** Keeps rows synchronously, as many as may be kept; removes the journal if there are none. */
export function writeJournal({ site, stream }: Shim, rows: string): void {
  const kept = rows.length > JOURNAL_MAX ? rows.slice(0, rows.lastIndexOf(GROUP, JOURNAL_MAX)) : rows;
  local.set(site + ".j." + stream, kept || null);
}

/** Sends what fits and journals everything. The answer is what still waits; `settled` is told when that changes. */
export function leaveRaw(shim: Shim, waiting: Call[], settled: (waiting: Call[]) => void): void {
  let left = budget();
  let rest = waiting.filter((call) => !call.frozen);
  for (let count; (count = fitting(rest, left)); rest = rest.slice(count)) {
    const [body, done] = send(shim, rest.slice(0, count), 1);
    left -= bytes(body);
    done.then((gone) => gone && settled((waiting = waiting.filter((call) => !gone.includes(call)))));
  }
  writeJournal(shim, waiting.map((call) => (call.frozen ? "w" : "") + blunt(call.text)).join(GROUP));
}

/** Sends calls raw; from now on they stay raw. The promise answers the calls again if the collector has them now. */
export function send(shim: Shim, calls: Call[], attempt: number): [body: string, done: Promise<Call[] | null>] {
  const counter = shim.counters[0]!;
  const batch = randomId();
  const body = rawBody(shim.site, batch, attempt, calls);
  counter.bytes += bytes(body);
  for (const call of calls) call.frozen = true;
  const done = post(shim.url + "/v1/raw", body, shim.signal).then(([status, answer]) => {
    if (status !== 200 || !answer.includes('"batch":"' + batch + '"') || shim.signal.aborted) return null;
    // The core may have taken them over meanwhile, and will hear of them itself.
    const hits = calls.filter((call) => !call.counted);
    for (const call of hits) call.counted = true;
    counter.acknowledged += hits.length;
    shim.store.write([], hits.map((call) => call.key));
    shim.emit("acknowledged", { destination: counter.destination, batch, hits: hits.length });
    return calls;
  });
  return [body, done];
}
