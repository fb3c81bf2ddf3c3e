// The steps of a checkout: read from the author's list, and what each is shown as. Follows from the list alone; paints and
// reports nothing.

export type StepState = "upcoming" | "current" | "complete" | "error" | "skipped" | "locked";

/** A step, as a page gives it. */
export interface Step {
  /** The site's own, unique in the list. */
  id: string;
  label: string;
  /** Where its page is. */
  href?: string;
  /** What it is, if that does not follow from the current step. */
  state?: StepState;
  optional?: boolean;
  /** A few words on what was chosen: "Standard, €4.90". */
  summary?: string;
  /** What is wrong with it. */
  error?: string;
  /** Not needed this time: neither shown nor counted. */
  hidden?: boolean;
}

/** What was said about a step through the element's methods; outlives a list that is written anew. */
export interface Said {
  state?: StepState | undefined;
  error?: string | undefined;
  reason?: string | undefined;
}

/** A step as it is shown. */
export interface Shown extends Step {
  state: StepState;
  current: boolean;
  /** Whether it can be gone to. */
  linked: boolean;
}

/** What a list comes to. */
export interface View {
  steps: Shown[];
  /** Place of the current step; -1 without one. */
  at: number;
  /** Everything is done: nothing can be gone back to. */
  finished: boolean;
}

/** The author's list. */
export const listOf = (host: Element): Element | null => host.querySelector("ol");

/** The steps in the author's list; those without an id are none. */
export const readList = (list: Element): Step[] =>
  [...list.querySelectorAll<HTMLElement>("li[data-step]")].map((item) => {
    const { step, state, error, summary, optional } = item.dataset;
    const link = item.querySelector("a");
    return {
      id: step!,
      label: ((link || item).textContent || "").trim().replace(/\s+/g, " "),
      href: link?.href || undefined,
      state: state as StepState | undefined,
      error,
      summary,
      optional: optional !== undefined && optional !== "false",
      hidden: !!item.hidden,
    };
  });

/** The ids of a preset's steps. */
export function preset(flow: string): string[] {
  const words = CHECKOUT_PRESETS.split("|");
  return (words[words.indexOf(flow) + 1] || words[1])!.split(" ");
}

/** What each step is shown as, with `current` as the current one. */
export function viewOf(all: Step[], current: string, said: Map<string, Said>): View {
  const visible = all.filter((step) => !step.hidden);
  const at = visible.findIndex((step) => step.id === current);
  const stateOf = (step: Step): StepState | undefined => said.get(step.id)?.state || step.state;
  const finished = at >= 0 && at === visible.length - 1 && stateOf(visible[at]!) === "complete";
  const steps = visible.map((step, index): Shown => {
    const own = said.get(step.id);
    const error = own?.error || step.error;
    let state = error ? "error" : stateOf(step) || (index < at ? "complete" : "upcoming");
    if (finished) state = "complete";
    // The current step can be wrong; whatever else it is, it is the current one.
    else if (index === at && state !== "error") state = "current";
    const linked = !!step.href && !finished && index !== at && /complete|error|skipped/.test(state);
    return { ...step, error, summary: own?.reason || step.summary, state, current: index === at, linked };
  });
  return { steps, at, finished };
}
