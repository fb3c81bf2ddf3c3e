// What feeds of consent have in common: whom they tell, and that they tell it once.

/** What a visitor's answer means for each purpose. */
export interface Consent {
  analytics: State;
  share: State;
}

export type State = "granted" | "denied" | "pending";

/** What is fed: a tracker, by its public `consent.set`. */
export interface Consenting {
  consent: { set(state: State): void };
}

export interface FeedOptions {
  /** Whether the tracker also has destinations of others, such as Adobe's: then nothing is granted that may not be shared as well. */
  shares?: boolean;
}

export const DENIED: Consent = { analytics: "denied", share: "denied" };
const PENDING: Consent = { analytics: "pending", share: "pending" };

/** Says that consent is pending, and answers the way to say what it is; it says nothing twice in a row. */
export function feed(tracker: Consenting, { shares }: FeedOptions = {}): (consent: Consent) => void {
  let last: State | undefined;
  const tell = ({ analytics, share }: Consent): void => {
    // A tracker has one gate for all its destinations.
    const state = shares && analytics === "granted" ? share : analytics;
    if (state === last) return;
    last = state;
    tracker.consent.set(state);
  };
  tell(PENDING);
  return tell;
}
