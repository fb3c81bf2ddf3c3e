// Sends bodies with `fetch` and keepalive, so that they outlive the page, and keeps the account of the bytes under way.
// Knows no format; decides nothing.

import type { Counters, Shim } from "./shim";

/** Bytes that all keepalive requests of a page may carry at once. */
const QUOTA = 65_536;
/** Milliseconds after which an attempt has failed, its answer's body included. */
const DEADLINE_MS = 10_000;

let underway = 0;

/** Bytes that may still be sent with keepalive now. */
export const budget = (): number => QUOTA - underway;

/** Status (0 if there was no answer), body and headers. */
export type Answer = [status: number, body: string, headers?: Headers];

/** Bytes of a body, UTF-8 if it is a text. */
export const bytes = (body: string | Blob): number => new Blob([body]).size;

/** Posts a body to a place of a destination; never rejects. */
export async function post({ signal, store }: Shim, to: Counters, url: string, body: string | Blob): Promise<Answer> {
  const size = bytes(body);
  to.bytes += size;
  underway += size;
  try {
    // Firefox before 133 has no request that outlives its page. A beacon has no answer, and acknowledges nothing.
    if (signal.aborted || (store.leaving && !("keepalive" in Request.prototype) && navigator.sendBeacon(url, body))) return [0, ""];
    // Not `AbortSignal.timeout`, which never comes where the page was in the back/forward cache meanwhile.
    const deadline = new AbortController();
    const abort = (): void => deadline.abort();
    setTimeout(abort, DEADLINE_MS);
    // Until then: the controller stands for `{ signal }`.
    signal.addEventListener("abort", abort, deadline);
    const response = await fetch(url, {
      method: "POST",
      // A text makes this a simple request, of type text/plain: no preflight, whose answer a leaving page would not live to see.
      body,
      // Half of it is the shop's own as long as the page stays, which can do without if need be.
      keepalive: underway <= QUOTA >> +!store.leaving,
      redirect: "error",
      referrerPolicy: "origin",
      signal: deadline.signal,
    });
    return [response.status, await response.text(), response.headers];
  } catch {
    return [0, ""];
  } finally {
    underway -= size;
  }
}
