// Delivers to Adobe as Adobe's own libraries do: an image, a form or a leaving request for Adobe Analytics; for Edge Network its cookies
// with every request, and what it wants kept put into cookies. Decides nothing about hits.

import { type Answer, post } from "../post";
import type { Counters, Shim } from "../shim";
import type { AdobeEdgeDestination } from "../types";
import { cookies, edgePrefix } from "./places";

/** Milliseconds after which a request to Adobe Analytics has failed. */
const DEADLINE_MS = 5_000;
/** The status of a request that nobody will hear of again; src/retry.rs. */
const HANDED_OVER = 1;

/** Sends a request of a destination, as its kind wants it; never rejects. */
export function postTo(shim: Shim, counter: Counters, url: string, body: string): Promise<Answer> {
  const to = counter.to!;
  if (to.kind === "adobe-edge") return postToEdge(to, shim, counter, url, body);
  if (to.kind === "adobe-analytics") return postToAnalytics(shim, counter, url, body);
  return post(shim, counter, url, body);
}

async function postToAnalytics({ signal, store }: Shim, counter: Counters, url: string, body: string): Promise<Answer> {
  counter.bytes += url.length + body.length;
  const leaving = store.leaving;
  if (!body && !leaving) {
    return new Promise((resolve) => {
      const image = new Image();
      const end = (status: number) => () => resolve([status, ""]);
      image.onload = end(200);
      image.onerror = image.onabort = end(0);
      setTimeout(end(0), DEADLINE_MS);
      signal.addEventListener("abort", end(0));
      image.src = url;
    });
  }
  const form: RequestInit = body
    ? { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded" } }
    : {};
  try {
    // Whether Adobe lets a page read its answer is its own business; a page that leaves does not hear it.
    const sent = fetch(url, { ...form, credentials: "include", keepalive: leaving, ...(leaving && { mode: "no-cors" }) });
    if (leaving) return sent.then(() => [HANDED_OVER, ""], () => [0, ""]);
    return [(await sent).status, ""];
  } catch {
    return [0, ""];
  }
}

interface EdgeAnswer {
  handle?: { type: string; payload: { key: string; value: string; maxAge?: number; attrs?: { SameSite?: string } }[] }[];
  errors?: { status?: number; report?: { eventIndex?: number } }[];
}

/** Requests of pages that have no identity yet: a second one at the same time would make a second visitor. */
const first = new Map<string, unknown>();

async function postToEdge({ orgId }: AdobeEdgeDestination, shim: Shim, counter: Counters, url: string, body: string): Promise<Answer> {
  const prefix = edgePrefix(orgId);
  const entries = cookies(prefix).map(([key, value]) => ({ key, value }));
  const of = (name: string): string | undefined => entries.find(({ key }) => key === prefix + name)?.value;
  const known = of("identity");
  if (!known) {
    if (first.has(prefix)) return [0, ""];
    first.set(prefix, url);
    url = url.replace("/v1/collect", "/v1/interact");
  }
  // Where Edge Network wants this visitor's requests.
  const cluster = of("cluster");
  if (cluster) url = url.replace("/v1/", "/" + cluster + "/v1/");
  const state = JSON.stringify({ state: { domain: location.hostname, cookiesEnabled: navigator.cookieEnabled, entries } });
  const [status, text, headers] = await post(shim, counter, url, body.slice(0, -1) + ',"meta":' + state + "}");
  first.delete(prefix);
  let refused = "";
  try {
    const { handle, errors } = JSON.parse(text) as EdgeAnswer;
    for (const { type, payload } of shim.signal.aborted ? [] : handle || []) {
      if (type !== "state:store") continue;
      for (const { key, value, maxAge, attrs } of payload) {
        const same = attrs?.SameSite;
        if (!key.startsWith(prefix)) continue;
        document.cookie =
          [key + "=" + value, "path=/"].join("; ") + (maxAge == null ? "" : "; max-age=" + maxAge) + (same ? "; samesite=" + same + (same === "None" ? "; secure" : "") : "");
      }
    }
    // Of the events of one request some may be refused; format: src/retry.rs.
    refused = (errors || []).map(({ status, report }) => (report?.eventIndex || 0) + ":" + (status || 0)).join();
  } catch {}
  return [status, status === 207 ? refused : "", headers];
}
