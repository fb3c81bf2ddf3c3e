// Reports what happens around an element: steps shown and left, refused fields, signs of somebody. Never reads what a field holds,
// and decides nothing: what follows of it is the funnel's (../checkout). Loaded by an element that tracks.

import { attemptId, now, report, texts, trackers, type Send, type Tracking } from "../checkout";
import { type Notice, Verb } from "../notice";
import type { Step, View } from "./list";

/** What an element needs of a tracker. */
export type Tracker = Tracking;

/** What a report needs of the element. */
interface Host extends HTMLElement {
  tracker: Tracker | undefined;
  track: string;
  flow: string;
  checkoutId: string;
  checkoutStep: string;
  variant: string;
  for: string;
}

/** Signs of somebody are reported at most so often. */
const SIGN_MS = 1000;
/** Reports that wait for a tracker. */
const WAITING_MAX = 100;
/** Of several elements on a page only one reports what happens around them. */
const reporters = new Set<Reporter>();

export class Reporter {
  #life: AbortController | undefined;
  #plan: string[] = [];
  #entered = "";
  #via = "";
  #visible = new Set<string>();
  #hidden = new Set<string>();
  #clicks = 0;
  #signed = 0;
  /** For attempts that the site does not name. */
  #spare = "";
  readonly #waiting: Notice[] = [];

  constructor(private readonly host: Host) {}

  /** The list was read: reports what is new about it. */
  changed(all: Step[], { steps, at }: View): void {
    if (this.#off()) return this.stop();
    if (!this.#life) this.#start();
    const ids = steps.map(({ id }) => id);
    const current = steps[at]?.id || "";
    const { host } = this;
    const plan = [host.checkoutId, this.#spare, host.flow, host.checkoutStep, host.variant, ...ids];
    if (plan.join() !== this.#plan.join()) this.#tell(Verb.Plan, ...(this.#plan = plan));
    const pending = all.slice(all.findIndex(({ id }) => id === current) + 1);
    for (const { id, hidden } of pending) if (hidden && this.#visible.has(id) && !this.#hidden.has(id)) this.#skipHidden(id);
    for (const { id, hidden } of all) if (!hidden) this.#visible.add(id), this.#hidden.delete(id);
    // The tracker may be what is new.
    this.#flush();
    if (!current || current === this.#entered) return;
    this.#tell(Verb.Enter, current, this.#via);
    this.#entered = current;
    this.#via = "";
  }

  complete(id: string): void {
    this.#tell(Verb.Complete, id);
  }

  skip(id: string, reason: string): void {
    this.#tell(Verb.Skip, id, reason);
  }

  error(id: string, field: string, rule: string): void {
    this.#tell(Verb.Error, id, field, rule);
  }

  /** The visitor goes on within the checkout, perhaps to another page. */
  going(via: string): void {
    this.#via = via;
    this.#tell(Verb.Going, via);
  }

  /** Another attempt begins. */
  renew(): void {
    this.#spare = attemptId();
    this.#plan = [];
    this.#entered = "";
    this.#tell(Verb.Finish);
  }

  stop(): void {
    this.#life?.abort();
    this.#life = undefined;
    reporters.delete(this);
  }

  #skipHidden(id: string): void {
    this.#hidden.add(id);
    this.#tell(Verb.Skip, id, "hidden");
  }

  #off(): boolean {
    return this.host.track === "off";
  }

  #start(): void {
    reporters.add(this);
    this.#life = new AbortController();
    this.#spare ||= attemptId();
    const options = { signal: this.#life.signal, capture: true, passive: true };
    const only = <Event>(work: (event: Event) => void) => (event: Event): void => void ([...reporters][0] === this && work(event));
    const sign = only(() => this.#sign());
    for (const name of ["pointerdown", "pointermove", "keydown", "scroll"]) document.addEventListener(name, sign, options);
    document.addEventListener("click", only((event: MouseEvent) => this.#clicked(event)), options);
    document.addEventListener("submit", only((event: Event) => this.#mine(event.target) && this.going("form")), options);
    document.addEventListener("invalid", only((event: Event) => this.#refused(event.target as HTMLInputElement)), options);
    document.addEventListener("visibilitychange", only(() => (document.hidden ? this.#tell(Verb.Away) : this.#sign())), options);
    addEventListener("popstate", () => (this.#via = "history"), options);
    // Before the tracker's own listener, which sends what is there.
    addEventListener("pagehide", only((event: PageTransitionEvent) => this.#tell(Verb.Leave, this.#entered, event.persisted ? "kept" : "closed")), options);
    addEventListener("pageshow", only((event: PageTransitionEvent) => event.persisted && this.#again()), options);
    addEventListener("load", () => this.#flush(), options);
    const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    if (navigation?.type === "back_forward") this.#via = "history";
    if (!document.hidden) queueMicrotask(() => this.#sign());
  }

  /** The page was kept, and is there again as it was; its tab may have been further meanwhile. */
  #again(): void {
    this.#tell(Verb.Plan, ...this.#plan);
    this.#tell(Verb.There);
    this.#tell(Verb.Enter, this.#entered, "history");
  }

  #sign(): void {
    const at = performance.now();
    if (this.#signed && at - this.#signed < SIGN_MS) return;
    this.#signed = at;
    this.#tell(Verb.There);
  }

  #clicked(event: MouseEvent): void {
    this.#clicks++;
    const link = event.composedPath().find((node): node is HTMLAnchorElement => (node as Element).localName === "a");
    const leads = (item: HTMLAnchorElement): boolean => item.pathname + item.search === link!.pathname + link!.search && item.host === link!.host;
    if (link?.href && [...this.host.querySelectorAll("a")].some(leads)) this.going("link");
  }

  /** Whether a form, or the form of a field, is the one to look at: the one named, the one around the element, or any. */
  #mine(target: EventTarget | null): boolean {
    const form = this.host.for ? document.getElementById(this.host.for) : this.host.closest("form");
    return !form || form === target || form === (target as HTMLInputElement).form;
  }

  #refused(field: HTMLInputElement): void {
    if (!this.#mine(field)) return;
    // A ValidityState has its keys as accessors of its prototype: for…in sees them.
    for (const rule in field.validity) {
      if (rule !== "valid" && field.validity[rule as keyof ValidityState]) return this.error("", field.dataset.trackAs || field.name || field.id, rule);
    }
  }

  #tell(verb: Verb, ...parts: string[]): void {
    if (this.#off()) return;
    const notice: Notice = [verb, texts(...parts), this.#clicks, now()];
    this.#clicks = 0;
    if (this.#waiting.length < WAITING_MAX) this.#waiting.push(notice);
    this.#flush();
  }

  /** Hands over what waits, if there is a tracker to track it. */
  #flush(): void {
    const tracker = this.host.tracker || trackers()[0];
    if (!tracker) return;
    for (const notice of this.#waiting.splice(0)) report(notice, tracker, import.meta.url, this.#send(tracker));
  }

  #send(tracker: Tracker): Send {
    return (name, data) => {
      const detail = { name, data };
      const event = new CustomEvent("checkout-track", { bubbles: true, composed: true, cancelable: true, detail });
      if (this.host.dispatchEvent(event)) tracker.track(detail.name, detail.data);
    };
  }
}
