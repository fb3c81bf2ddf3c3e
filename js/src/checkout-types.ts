// The part of the contract that is about `tracker.checkout`. Nothing here exists at run time.

/** What a site says about its checkout, with the first step of a page. */
export interface CheckoutPlan {
  /** The attempt's id, at most 20 letters and digits; made for each, if absent. */
  checkoutId?: string;
  /** A preset, or a word of your own; `"b2c"` if absent. */
  flow?: string;
  /** Where a checkout begins; at the first step that is not `cart`, if absent. */
  checkoutStep?: string;
  /** The arm of an experiment. */
  variant?: string;
  /** Every step in order; the preset's and others as they come, if absent. */
  steps?: readonly string[];
}

/** The funnel of a checkout without `<checkout-progress>`: what is told follows by the same rules. */
export interface Checkout {
  /** A step is shown. */
  enter(step: string, plan?: CheckoutPlan): void;
  /** The current step is completed, though no other is shown yet. */
  complete(): void;
  /** A field of the current step, or of the one named, was refused: its name and the rule, never its value. */
  error(field: string, rule: string, step?: string): void;
  /** A step is not needed. */
  skip(step: string, reason?: string): void;
  /** The attempt is over. */
  finish(): void;
}
