// The engine of a page where WebAssembly may not run: calls go to the collector as they were made, bluntly redacted, and
// the collector's core does the rest. One request at a time; only an echoed batch id is an acknowledgement.

import type { Call, Counters, Engine, Shim } from "../shim";

const WAIT_MS = 2_000;
const BACKOFF_MS_MAX = 300_000;
/** Bytes of a call that a request can carry. */
const CALL_BYTES_MAX = 65_000;

/** The engine of a page without a destination that takes calls as they were made: where the core is refused they are lost, and where it
 * could not be had they wait in the store for the next page. */
function startNone(shim: Shim, reason: string): Engine {
  const track = (): void => {
    if (reason !== "blocked") return;
    const calls = shim.untaken.slice();
    for (const call of calls) call.settle("dropped", reason);
    done(shim, calls, shim.counters, reason);
  };
  track();
  return { track, flush() {}, leave() {}, stop() {} };
}

/** Starts the raw engine; `reason` is why there is no core. */
export function start(shim: Shim, reason: string): Engine {
  if (ADOBE && !shim.counters.some(({ to }) => to!.kind === "collector")) return startNone(shim, reason);
  const { untaken: waiting, signal } = shim;
  let sending = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  shim.raw = true;

  const schedule = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(pump, ms);
  };
  const pump = async (): Promise<void> => {
    const [next] = waiting;
    if (sending || !next || signal.aborted) return;
    const sent = shim.send(shim, waiting, failures + 1, (sent, batch, [status, answer]) => status === 200 && heard(shim, sent, batch, answer));
    if (sent) {
      sending = true;
      const gone = await sent;
      sending = false;
      failures = gone ? 0 : failures + 1;
      schedule(gone ? 0 : Math.random() * Math.min(BACKOFF_MS_MAX, 1000 * 2 ** failures));
    } else if (new Blob([next.snapshot]).size > CALL_BYTES_MAX) {
      // It would hold up all others.
      done(shim, [next], shim.counters, "too_large");
      next.settle("dropped", "too_large");
      schedule(0);
    } else schedule(WAIT_MS);
  };
  addEventListener("online", () => schedule(0), { signal });
  const hurry = (ms: number): void => {
    // A pause after a failure is kept, whoever asks.
    if (!failures) schedule(ms);
  };

  return {
    track: () => hurry(waiting.some((call) => call.urgent) ? 0 : WAIT_MS),
    flush: () => hurry(0),
    leave: () => {},
    stop: () => clearTimeout(timer),
  };
}

/** Whether an answer acknowledges the calls that were sent; then they are done with. */
function heard(shim: Shim, sent: Call[], batch: string, answer: string): boolean {
  const first = ADOBE ? shim.counters.find(({ to }) => to?.kind === "collector")! : shim.counters[0]!;
  const others = shim.counters.filter((counter) => counter !== first);
  // Other destinations get their hits from the core: that the first has them is the end only where there will be none.
  if (!answer.includes('"batch":"' + batch + '"') || shim.signal.aborted || (others.length && !shim.raw)) return false;
  // The core may have taken them over meanwhile, and will hear of them itself.
  const settled = sent.filter((call) => !call.counted);
  // What it will never take is listed with a reason behind its number.
  const isRefused = ({ seq }: Call): boolean => new RegExp(`${shim.stream}:([^;"]*,)?${seq}=`).test(answer);
  const refused = settled.filter(isRefused);
  const hits = settled.filter((call) => !isRefused(call));
  const tell = (calls: Call[], reason: string): void => {
    for (const { seq } of calls) shim.emit("dropped", { id: shim.stream + "-" + seq, reason });
  };
  if (hits.length) {
    first.acknowledged += hits.length;
    shim.emit("acknowledged", { destination: first.destination, batch, hits: hits.length });
  }
  shim.drop(first, "rejected", refused.length);
  if (settled.length) done(shim, settled, others, "blocked");
  tell(refused, "rejected");
  if (others.length) tell(hits, "blocked");
  return true;
}

/** Lets go of calls; these destinations do not get them. */
function done(shim: Shim, calls: Call[], lost: Counters[], reason: string): void {
  const { untaken: waiting, store } = shim;
  for (const call of calls) {
    call.counted = true;
    waiting.splice(waiting.indexOf(call), 1);
    for (const counter of lost) shim.drop(counter, reason, 1);
  }
  store.write(new Map(calls.map((call) => [call.rowKey!, ""])));
}
