// Delivers to Adobe as Adobe's own libraries do: an image, a form or a leaving request for Adobe Analytics; for Edge Network its cookies
// with every request, and what it wants kept put into cookies. Decides nothing about hits.

import { type Answer, post } from "../post";
import type { Counters, Shim } from "../shim";
import type { AdobeEdgeDestination } from "../types";
import { cookieOf, cookies, edgePrefix } from "./places";

/** Milliseconds after which a request to Adobe Analytics has failed. */
const DEADLINE_MS = 5_000;
/** The status of a request that nobody will hear of again; src/retry.rs. */
const HANDED_OVER = 1;

/** Sends a request of a destination, as its kind wants it; never rejects. */
export function postTo(shim: Shim, counter: Counters, url: string, body: string | Blob): Promise<Answer> {
  const to = counter.to!;
  // Only what goes to a collector is ever compressed.
  if (to.kind === "adobe-edge") return postToEdge(to, shim, counter, url, body as string);
  if (to.kind === "adobe-analytics") return postToAnalytics(shim, counter, url, body as string);
  return post(shim, counter, url, body);
}

async function postToAnalytics({ store }: Shim, counter: Counters, url: string, body: string): Promise<Answer> {
  counter.bytes += url.length + body.length;
  const leaving = store.leaving;
  if (!body && !leaving) {
    return new Promise((resolve) => {
      const image = new Image();
      const end = (status: number) => () => resolve([status, ""]);
      image.onload = end(200);
      image.onerror = end(0);
      setTimeout(end(0), DEADLINE_MS);
      image.src = url;
    });
  }
  try {
    const { status } = await fetch(url, {
      ...(body && { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded" } }),
      credentials: "include",
      // Whether Adobe lets a page read its answer is its own business; a page that leaves does not hear it.
      ...(leaving && { keepalive: true, mode: "no-cors" }),
    });
    return [leaving ? HANDED_OVER : status, ""];
  } catch {
    return [0, ""];
  }
}

interface EdgeAnswer {
  handle?: { type: string; payload: { key: string; value: string; maxAge?: number; attrs?: { SameSite?: string } }[] }[];
  errors?: { status?: number; report?: { eventIndex?: number } }[];
}

/** Whether a request asks who the visitor is: a second one at the same time would make a second visitor. */
let asking = false;

async function postToEdge({ orgId, consent }: AdobeEdgeDestination, shim: Shim, counter: Counters, url: string, body: string): Promise<Answer> {
  const prefix = edgePrefix(orgId);
  const ask = (url: string, body: string): Promise<Answer> => askEdge(prefix, shim, counter, url, body);
  // Before the first hit. A page that leaves would not live to do both.
  if (consent && !(await import("./consent").then(({ tell }) => tell(consent, shim, prefix, url, ask), () => 0))) return [0, ""];
  return ask(url, body);
}

async function askEdge(prefix: string, shim: Shim, counter: Counters, url: string, body: string): Promise<Answer> {
  if (!cookieOf(prefix + "identity")) {
    if (asking) return [0, ""];
    asking = true;
    url = url.replace("/v1/collect", "/v1/interact");
  }
  // Where Edge Network wants this visitor's requests.
  const cluster = cookieOf(prefix + "cluster");
  if (cluster) url = url.replace("/v1/", "/" + cluster + "/v1/");
  const state = JSON.stringify({ state: { domain: location.hostname, cookiesEnabled: navigator.cookieEnabled, entries: cookies(prefix) } });
  const [status, text, headers] = await post(shim, counter, url, body.slice(0, -1) + ',"meta":' + state + "}");
  asking = false;
  let refused = "";
  try {
    const { handle, errors } = JSON.parse(text) as EdgeAnswer;
    for (const { type, payload } of handle || []) {
      if (type !== "state:store" || shim.signal.aborted) continue;
      for (const { key, value, maxAge, attrs } of payload) {
        if (!key.startsWith(prefix)) continue;
        const same = attrs?.SameSite || "";
        // What is empty browsers leave out.
        document.cookie = key + "=" + value + "; path=/; max-age=" + (maxAge ?? "") + "; samesite=" + same + (same === "None" ? "; secure" : "");
      }
    }
    // Of the events of one request some may be refused; format: src/retry.rs.
    refused = (errors || []).map(({ status, report }) => (report?.eventIndex || 0) + ":" + (status || 0)).join();
  } catch {}
  return [status, status === 207 ? refused : "", headers];
}
