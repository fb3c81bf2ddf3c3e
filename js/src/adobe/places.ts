// Adobe's destinations as the shim sees them: where they are, what the core needs to know of them, and by what Adobe knows the
// visitor. Only in the entry `caisse/adobe`.

import { UNIT } from "../snapshot";
import type { AdobeAnalyticsDestination, AdobeEdgeDestination, Destination } from "../types";

const EDGE_DOMAIN = "edge.adobedc.net";

/** A place without the slash at its end. */
const trimmed = (place: string): string => place.replace(/\/$/, "");

/** A host or an origin as an origin. */
const origin = (place: string | undefined): string => (place ? (place.includes("://") ? "" : "https://") + trimmed(place) : "");

/** Where a destination's requests go, without the format's path; nothing if it is not known. */
export function placeOf(to: Destination): string {
  if (to.kind === "adobe-edge") return to.datastreamId && origin(to.edgeDomain || EDGE_DOMAIN) + "/ee";
  if (to.kind === "adobe-analytics") return to.reportSuite && origin(to.trackingServer) + "/b/ss";
  return trimmed(to.url + "");
}

/** What the core is told of a destination beside its name; format: src/wire.rs. */
export function settingsOf(to: Destination, place: string): string {
  if (to.kind === "adobe-edge") return place + UNIT + to.datastreamId;
  if (to.kind !== "adobe-analytics") return place;
  const { reportSuite, timestamps, linkTrackVars, linkTrackEvents } = to;
  const listed = (names?: readonly string[]): string => (names ? names.join() || "None" : "");
  return [origin(to.trackingServer), reportSuite, timestamps && timestamps !== "none" ? 1 : "", listed(linkTrackVars), listed(linkTrackEvents)].join(UNIT);
}

/** Adobe's cookies that begin so, as they are. */
export const cookies = (start: string): { key: string; value: string }[] =>
  document.cookie.split("; ").flatMap((cookie) => {
    const [key, ...value] = cookie.split("=");
    return cookie.startsWith(start) ? [{ key: key!, value: value.join("=") }] : [];
  });

/** The value of the cookie of a name, or an empty one. */
export const cookieOf = (name: string): string => cookies(name + "=")[0]?.value || "";

/** What Edge Network's cookies of an organisation begin with. */
export const edgePrefix = (orgId: string): string => "kndctr_" + orgId.replace("@", "_") + "_";

/** By what Adobe knows the visitor and the browser; format: src/identity.rs. */
export function identityOf(destinations: Destination[]): { [fact: string]: string | number } {
  const adobe = destinations.filter((to): to is AdobeAnalyticsDestination | AdobeEdgeDestination => to.kind.startsWith("adobe"));
  if (!adobe.length) return {};
  const org = adobe.find(({ orgId }) => orgId)?.orgId || "";
  let mid = "";
  try {
    // Edge Network's own cookie is a protocol buffer in base64, with the ECID in plain digits.
    const state = cookieOf(edgePrefix(org) + "identity").replace(/-/g, "+").replace(/_/g, "/");
    mid = /\d{38}/.exec(atob(state))?.[0] || decodeURIComponent(cookieOf("AMCV_" + encodeURIComponent(org)));
  } catch {}
  return {
    org,
    mid,
    aid: /[\dA-F]{16}-[\dA-F]{16}/.exec(cookieOf("s_vi"))?.[0] || "",
    fid: cookieOf("s_fid"),
    language: navigator.language,
    offset: new Date().getTimezoneOffset(),
    screen: screen.width + "x" + screen.height,
    depth: screen.colorDepth,
    cookies: navigator.cookieEnabled ? "Y" : "N",
  };
}
