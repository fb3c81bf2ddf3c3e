// The element class, without side effects: `caisse/checkout-progress/define` registers it.

import { CheckoutProgress } from "./checkout-progress/element";
import type { Shown } from "./checkout-progress/list";

export { CheckoutProgress } from "./checkout-progress/element";
export { messages, type Messages } from "./checkout-progress/messages";
export type { Step, StepState } from "./checkout-progress/list";
export type { Tracker } from "./checkout-progress/report";

/** Before a step is changed to by the visitor or by `go`, `next` and `previous`; `preventDefault()` keeps the current one. */
export interface CheckoutStepBeforeChange {
  from: string;
  to: string;
  href?: string;
}

/** After such a change; not when the page sets `current`. */
export interface CheckoutStepChange {
  from: string;
  to: string;
  /** `link` or `script`. */
  via: string;
}

/** Before an event is tracked; `preventDefault()` drops it, and `data` may be added to. */
export interface CheckoutTrack {
  name: string;
  data: { [field: string]: unknown };
}

/** What the list comes to for a step, as the method `steps` answers it. */
export type ShownStep = Omit<Shown, "current" | "linked">;

declare global {
  interface HTMLElementTagNameMap {
    "checkout-progress": CheckoutProgress;
  }
  interface HTMLElementEventMap {
    "checkout-step-before-change": CustomEvent<CheckoutStepBeforeChange>;
    "checkout-step-change": CustomEvent<CheckoutStepChange>;
    "checkout-track": CustomEvent<CheckoutTrack>;
  }
}
