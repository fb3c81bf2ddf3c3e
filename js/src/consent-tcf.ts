// Feeds a tracker with what visitors answer in a consent platform of IAB Europe's Transparency and Consent Framework (TCF 2.2): an entry of
// its own, `caisse/consent/tcf`. Knows the tracker by its public `consent.set` only. Whatever it cannot understand means no.

import { type Consent, type Consenting, DENIED, feed, type FeedOptions } from "./consent-feed";

export type { Consent, Consenting };

export interface TcfOptions extends FeedOptions {
  /** TCF purposes that must all be consented to before anything is measured: 1 (store and access information) and 8 (measure the performance
   * of content), unless you name others. */
  analytics?: number[];
  /** Those for handing hits to others for ends of their own: 1, 2, 3, 4 and 7 (advertising), unless you name others. */
  share?: number[];
  /** The number of a vendor of the Global Vendor List who must have been consented to as well. */
  vendor?: number;
}

/** The part of TCF's `TCData` that is read. */
interface TcData {
  eventStatus?: string;
  gdprApplies?: boolean;
  listenerId?: number;
  purpose?: { consents?: { [purpose: string]: unknown } };
  vendor?: { consents?: { [vendor: string]: unknown } };
}

type Api = (command: string, version: number, callback: (data: TcData, success: boolean) => void, parameter?: unknown) => void;

/** What an answer means; nothing while there is none yet. */
export function consentOf(data: TcData, { analytics = [1, 8], share = [1, 2, 3, 4, 7], vendor }: TcfOptions = {}): Consent | undefined {
  if (data.eventStatus !== "tcloaded" && data.eventStatus !== "useractioncomplete") return undefined;
  // Only the platform's plain word that the law does not apply makes the answer unnecessary.
  if (data.gdprApplies === false) return { analytics: "granted", share: "granted" };
  // Consent, and no legitimate interest: reading and storing on a device needs the first.
  const may = (purposes: number[]): "granted" | "denied" =>
    purposes.length > 0 &&
    purposes.every((purpose) => data.purpose?.consents?.[purpose] === true) &&
    (vendor === undefined || data.vendor?.consents?.[vendor] === true)
      ? "granted"
      : "denied";
  const measured = may(analytics);
  // Nothing is shared that may not be measured.
  return { analytics: measured, share: measured === "granted" ? may(share) : "denied" };
}

/** Feeds a tracker from now on; the answer ends it. Until the visitor has answered, consent is pending. The platform's `__tcfapi`, or its
 * stub, has to be on the page first; where it is not when the page has loaded, consent stays pending and nothing is kept or sent. */
export function followTcf(tracker: Consenting, options?: TcfOptions): () => void {
  let listener: number | undefined;
  let ended = false;
  const api = (): Api | undefined => (globalThis as { __tcfapi?: Api }).__tcfapi;
  const say = feed(tracker, options);
  const tell = (consent: Consent): void => {
    if (!ended) say(consent);
  };
  const hear = (data: TcData, success: boolean): void => {
    try {
      listener = data?.listenerId ?? listener;
      const consent = success === true ? consentOf(data, options) : DENIED;
      if (consent) tell(consent);
    } catch {
      tell(DENIED);
    }
  };
  const call = (command: string, callback: (data: TcData, success: boolean) => void, parameter?: unknown): void => {
    try {
      api()?.(command, 2, callback, parameter);
    } catch {
      tell(DENIED);
    }
  };
  const begin = (): void => {
    if (!ended) call("addEventListener", hear);
  };
  if (api() || document.readyState === "complete") begin();
  else addEventListener("load", begin, { once: true });
  return () => {
    ended = true;
    if (listener !== undefined) call("removeEventListener", () => undefined, listener);
  };
}
