// Sends bodies with `fetch` and keepalive, so that they outlive the page, and keeps the account of the bytes under way.
// Knows no format; decides nothing.

/** Bytes that all keepalive requests of a page may carry at once. */
const QUOTA = 65_536;
/** Milliseconds after which an attempt has failed, its answer's body included. */
const DEADLINE_MS = 10_000;

let underway = 0;

/** Bytes that may still be sent with keepalive now. */
export const budget = (): number => QUOTA - underway;

/** Status (0 if there was no answer), body and `Retry-After`. */
export type Answer = [status: number, body: string, retryAfter: string | null];

/** UTF-8 bytes of a text. */
export const bytes = (text: string): number => new Blob([text]).size;

/** Posts a body; never rejects. `signal` ends it early. */
export async function post(url: string, body: string, signal: AbortSignal): Promise<Answer> {
  const size = bytes(body);
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  underway += size;
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      // A simple request: no preflight, whose answer a leaving page would not live to see.
      headers: { "content-type": "text/plain;charset=utf-8" },
      // A shop's own code may hold the quota; then a page that stays can still do without.
      keepalive: underway <= QUOTA,
      redirect: "error",
      referrerPolicy: "origin",
      // Browsers before 2024 finish what is under way when consent is withdrawn; its answer is not heard.
      signal: AbortSignal.any ? AbortSignal.any([signal, deadline]) : deadline,
    });
    return [response.status, await response.text(), response.headers.get("retry-after")];
  } catch {
    return [0, "", null];
  } finally {
    underway -= size;
  }
}
