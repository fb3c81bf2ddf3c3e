// What Edge Network is told of a visitor's consent. Loaded only where a page asks for it. A withdrawal is not told: from then on nothing is
// sent at all.

import type { Answer } from "../post";
import type { Shim } from "../shim";
import type { AdobeEdgeDestination } from "../types";

type Consent = NonNullable<AdobeEdgeDestination["consent"]>;

/** The items of `consent` in a request: the visitor agreed, at this time. */
export function consents(consent: Consent, now: number): object[] {
  if (consent === "adobe-1.0") return [{ standard: "Adobe", version: "1.0", value: { general: "in" } }];
  const time = new Date(now).toISOString();
  if (consent === "adobe-2.0") return [{ standard: "Adobe", version: "2.0", value: { collect: { val: "y" }, metadata: { time } } }];
  const { tcf, gdprApplies = true, containsPersonalData = false } = consent;
  return [{ standard: "IAB TCF", version: "2.0", value: tcf, gdprApplies, gdprContainsPersonalData: containsPersonalData }];
}

/** Tells it, unless it knows already; says whether it does now. `url` is that of the hits that follow, `cookies` what the names of its
 * cookies begin with. */
export async function tell(
  consent: Consent,
  { local, prefix, store }: Shim,
  cookies: string,
  url: string,
  ask: (url: string, body: string) => Promise<Answer>,
): Promise<boolean> {
  const key = prefix + ".e";
  const said = JSON.stringify(consent);
  // Without its cookies it has forgotten.
  if (local.get(key) === said && document.cookie.includes(cookies + "identity=")) return true;
  // A page that leaves would not live to do both; and who says something that is no standard is not taken to have agreed.
  if (store.leaving || !(/^adobe-[12]\.0$/.test(consent as string) || (consent as { tcf?: string }).tcf)) return false;
  const body = JSON.stringify({ consent: consents(consent, Date.now()), query: { identity: { fetch: ["ECID"] } } });
  const [status] = await ask(url.replace("/v1/collect", "/v1/privacy/set-consent"), body);
  const heard = status >= 200 && status < 300;
  if (heard) local.set(key, said);
  return heard;
}
