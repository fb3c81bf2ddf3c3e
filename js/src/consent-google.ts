// Feeds a tracker with Google Consent Mode: what a page tells Google's tags with `gtag("consent", …)` is told to the tracker as well. An entry
// of its own, `caisse/consent/google`. Knows the tracker by its public `consent.set` only. Whatever it cannot understand means no.

import { type Consent, type Consenting, DENIED, feed, type FeedOptions } from "./consent-feed";

export type { Consent, Consenting };

export interface GoogleOptions extends FeedOptions {
  /** The page's data layer, if it is not `dataLayer`. */
  dataLayer?: string;
}

/** What Google's consent types say, by name. */
interface Told {
  [type: string]: unknown;
}

/** Handing hits to others for ends of their own takes all of these. */
const SHARE = ["ad_storage", "ad_user_data", "ad_personalization"];
/** The longest that a page may ask to wait for its consent platform, in milliseconds. */
const WAIT_MS_MAX = 60_000;

/** What Google's consent types mean. */
export function consentOf(told: Told): Consent {
  const measured = told.analytics_storage === "granted";
  // Nothing is shared that may not be measured.
  const shared = measured && SHARE.every((type) => told[type] === "granted");
  return { analytics: measured ? "granted" : "denied", share: shared ? "granted" : "denied" };
}

/** Feeds a tracker from now on; the answer ends it. What stands in the data layer already is read first. Consent is pending until the page says
 * its `default`, and with `wait_for_update` until the update comes or the wait is over. */
export function followGoogle(tracker: Consenting, { dataLayer = "dataLayer", shares }: GoogleOptions = {}): () => void {
  const page = globalThis as unknown as { [name: string]: unknown };
  const layer = (page[dataLayer] ??= []) as unknown[];
  const told: Told = {};
  let ended = false;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const say = feed(tracker, { shares });
  const tell = (consent: Consent): void => {
    if (!ended) say(consent);
  };
  const settle = (): void => {
    clearTimeout(waiting);
    waiting = undefined;
    tell(consentOf(told));
  };
  const take = (command: unknown, types: Told): void => {
    // For which regions a default is only Google's servers know: one that denies is taken, one that grants is not.
    const elsewhere = command === "default" && types.region !== undefined;
    for (const type of ["analytics_storage", ...SHARE])
      if (types[type] !== undefined && !(elsewhere && types[type] === "granted")) told[type] = types[type];
    const wait = command === "default" ? Number(types.wait_for_update) : 0;
    if (wait > 0) {
      clearTimeout(waiting);
      waiting = setTimeout(settle, Math.min(wait, WAIT_MS_MAX));
    } else if (command === "update" || waiting === undefined) settle();
  };
  /** An entry is what `gtag` was called with: not an array, but alike. */
  const read = (entry: unknown): void => {
    try {
      const [name, command, types] = Array.from(entry as ArrayLike<unknown>);
      if (name === "consent" && (command === "default" || command === "update")) take(command, types as Told);
    } catch {
      tell(DENIED);
    }
  };
  const isCall = (entry: unknown): boolean => {
    try {
      return typeof entry === "object" && entry !== null && "length" in entry;
    } catch {
      return false;
    }
  };
  const hear = (entries: ArrayLike<unknown>): void => Array.from(entries).filter(isCall).forEach(read);
  hear(layer);
  const push = layer.push;
  const heard = function (this: unknown, ...entries: unknown[]): number {
    const length = push.apply(layer, entries) as number;
    hear(entries);
    return length;
  };
  layer.push = heard;
  return () => {
    ended = true;
    clearTimeout(waiting);
    // Somebody else may have put theirs around ours; then ours stays, and is silent.
    if (layer.push === heard) layer.push = push;
  };
}
