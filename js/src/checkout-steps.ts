// tracker.checkout: the funnel without the element, by the same rules. Knows which calls there are, and judges none.

import { attemptId, now, report, texts, trackers, type Tracking } from "./checkout";
import { Verb } from "./notice";
import type { CheckoutPlan } from "./checkout-types";

/** Signs of somebody are reported at most so often. */
const SIGN_MS = 1000;

const VERBS = new Map<unknown, Verb>([
  ["enter", Verb.Enter],
  ["complete", Verb.Complete],
  ["error", Verb.Error],
  ["skip", Verb.Skip],
  ["finish", Verb.Finish],
]);

/** What a page has told for one of its trackers. */
interface Page {
  tell(verb: Verb, ...parts: unknown[]): void;
  /** The step that it shows. */
  step: string;
  /** How the visitor got to the next one, as far as the page knows. */
  via: string;
  clicks: number;
}

const pages = new Map<Tracking, Page>();

/** Tells the funnel of a call of `tracker.checkout`: its name, and what was passed. A name that is none of the five does nothing. `base` is where
 * the package's files are. */
export function tellFunnel(tracker: Tracking, base: string, name: unknown, [first, second, third]: unknown[]): void {
  const verb = VERBS.get(name);
  if (verb === undefined) return;
  const known = pages.get(tracker);
  const page = known || watch(tracker, base);
  if (!known || (verb === Verb.Enter && second)) {
    const { checkoutId, flow = "b2c", checkoutStep, variant, steps = [] } = (second || {}) as CheckoutPlan;
    page.tell(Verb.Plan, checkoutId, attemptId(), flow, checkoutStep, variant, ...steps);
  }
  if (!known && !document.hidden) page.tell(Verb.There);
  if (verb === Verb.Enter) {
    page.tell(verb, (page.step = String(first)), page.via);
    page.via = "";
  } else if (verb === Verb.Error) page.tell(verb, third, first, second);
  else page.tell(verb, first, second);
}

/** Reports signs of somebody and the end of the page, until the tracker is destroyed. */
function watch(tracker: Tracking, base: string): Page {
  const life = new AbortController();
  const options = { signal: life.signal, capture: true, passive: true };
  const page: Page = {
    tell(verb, ...parts) {
      // A tracker that is no more says `denied`: what the next one keeps of the attempt would be forgotten.
      if (!trackers().includes(tracker)) return life.abort();
      report([verb, texts(...parts.map((part) => String(part ?? ""))), page.clicks, now()], tracker, base);
      page.clicks = 0;
    },
    step: "",
    via: "",
    clicks: 0,
  };
  pages.set(tracker, page);
  let signed = performance.now();
  const sign = (): void => {
    if (document.hidden || performance.now() - signed < SIGN_MS) return;
    signed = performance.now();
    page.tell(Verb.There);
  };
  for (const name of ["pointerdown", "pointermove", "keydown", "scroll"]) document.addEventListener(name, sign, options);
  document.addEventListener("click", () => page.clicks++, options);
  document.addEventListener("submit", () => page.tell(Verb.Going, "form"), options);
  document.addEventListener("visibilitychange", () => (document.hidden ? page.tell(Verb.Away) : sign()), options);
  addEventListener("popstate", () => (page.via = "history"), options);
  // Before the tracker's own listener, which sends what is there.
  addEventListener("pagehide", ({ persisted }) => page.tell(Verb.Leave, page.step, persisted ? "kept" : "closed"), options);
  addEventListener("pageshow", ({ persisted }) => persisted && page.tell(Verb.Enter, page.step, "history"), options);
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (navigation?.type === "back_forward") page.via = "history";
  return page;
}
