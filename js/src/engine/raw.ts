// The engine of a page where WebAssembly may not run: calls go to the collector as they were made, bluntly redacted, and
// the collector's core does the rest. One request at a time; only an echoed batch id is an acknowledgement.

import type { Call, Engine, Shim } from "../shim";

const BODY_BYTES_MAX = 16_384;
const WAIT_MS = 2_000;
const BACKOFF_MS_MAX = 300_000;

/** Starts the raw engine. */
export function startRaw(shim: Shim): Engine {
  const { kit, signal, store } = shim;
  let waiting: Call[] = [];
  let sending = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const schedule = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(pump, ms);
  };
  const pump = async (): Promise<void> => {
    const count = kit.fitting(waiting, BODY_BYTES_MAX);
    if (sending || !count || signal.aborted) return;
    sending = true;
    const gone = await kit.send(shim, waiting.slice(0, count), failures + 1)[1];
    sending = false;
    if (gone) waiting = waiting.filter((call) => !gone.includes(call));
    failures = gone ? 0 : failures + 1;
    if (waiting.length) schedule(gone ? 0 : Math.random() * Math.min(BACKOFF_MS_MAX, 1000 * 2 ** failures));
  };

  return {
    track(calls) {
      waiting.push(...calls);
      const soft = calls.filter((call) => !call.durable);
      if (soft.length) {
        store.write(soft.map((call) => [call.key, kit.blunt(call.text)]), []).then((kept) => {
          for (const call of soft) call.settle(kept ? "durable" : "memory");
        });
      }
      if (!failures) schedule(calls.some((call) => call.urgent) ? 0 : WAIT_MS);
    },
    flush: () => schedule(0),
    leave: () => kit.leaveRaw(shim, waiting, (left) => (waiting = left)),
    stop: () => clearTimeout(timer),
  };
}
