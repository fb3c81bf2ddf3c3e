// What feeds of consent have in common: whom they tell, and that they tell it once.

/** What a visitor's answer means for each purpose. */
export interface Consent {
  analytics: State;
  share: State;
}

export type State = "granted" | "denied" | "pending";

/** What is fed: a tracker, by its public `consent.set`. */
export interface Consenting {
  consent: { set(consent: Consent): void };
}

export const DENIED: Consent = { analytics: "denied", share: "denied" };
const PENDING: Consent = { analytics: "pending", share: "pending" };

/** Says that consent is pending, and answers the way to say what it is; it says nothing twice in a row. */
export function feed(tracker: Consenting): (consent: Consent) => void {
  let last: Consent | undefined;
  const tell = (consent: Consent): void => {
    if (consent.analytics === last?.analytics && consent.share === last.share) return;
    last = consent;
    tracker.consent.set({ ...consent });
  };
  tell(PENDING);
  return tell;
}
