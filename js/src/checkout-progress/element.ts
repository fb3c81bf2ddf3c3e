// <checkout-progress>: reads the author's list, paints it at once, and says what happened. The list stays the author's; it is never
// written.

import styles from "caisse-checkout-progress-styles";
import { listOf, preset, readList, viewOf, type Said, type Step, type View } from "./list";
import { fill, listeners, wordsFor, type Words } from "./messages";
import { Painting, type Layout } from "./paint";
import type { Reporter, Tracker } from "./report";

/** Below this width of its own, in rem, the element is compact. */
const COMPACT_REM = 30;

/** Properties that mirror attributes of their names. */
const TEXTS = ["flow", "checkoutStep", "track", "checkoutId", "layout", "label", "announce", "for", "variant"];
/** What a property is without its attribute; the others are empty. */
const OTHERWISE: { [property: string]: string } = { flow: "b2c", track: "auto", layout: "auto", announce: "polite" };

const attributeOf = (property: string): string => property.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());

/** Shared by every element of a page. */
let sheet: CSSStyleSheet | undefined;

const paper = globalThis.matchMedia?.("print");

const sheetOf = (): CSSStyleSheet => {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
  }
  return sheet;
};

/** A server has no elements, but may import the class. */
const Base = globalThis.HTMLElement || (Object as unknown as typeof HTMLElement);

/** Shows how far a checkout has got, and tracks it. `docs/widget.md` has its attributes, events, parts and properties. */
export class CheckoutProgress extends Base {
  readonly #internals = this.attachInternals?.();
  readonly #painting: Painting;
  readonly #said = new Map<string, Said>();
  /** Whatever else changes in this task is painted with it. */
  readonly #later = (): void => {
    if (this.#waits || !this.isConnected) return;
    this.#waits = true;
    queueMicrotask(() => this.#waits && this.isConnected && this.#update());
  };
  readonly #observer = new MutationObserver(this.#later);
  /** Told at once of the size that was painted: most changes ask for no other layout. */
  readonly #sizes = new ResizeObserver(() => this.#layout() === this.#drawn || this.#later());
  #drawn: Layout | undefined;
  #reporter: Promise<Reporter | void> | undefined;
  #given: Step[] | undefined;
  #tracker: Tracker | undefined;
  #view: View = { steps: [], at: -1, finished: false };
  #all: Step[] = [];
  #current = "";
  #asked: { from: string; to: string; via: string } | undefined;
  #waits = false;
  #open = false;
  #prefix = "";
  #warned: string | null = null;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheetOf()];
    this.#painting = new Painting(shadow);
    shadow.addEventListener("click", (event) => this.#clicked(event as MouseEvent));
    this.#painting.toggle.addEventListener("click", () => {
      this.#open = !this.#open;
      this.#later();
    });
  }

  /** @internal */
  connectedCallback(): void {
    // What was set before the class was there hides the accessors.
    for (const property of Object.keys(this) as "label"[]) {
      const value = this[property];
      delete (this as { label?: string })[property];
      this[property] = value;
    }
    // The list and the attributes, which may be written together.
    this.#observer.observe(this, { childList: true, subtree: true, attributes: true, characterData: true });
    this.#sizes.observe(this);
    listeners.add(this.#later);
    paper.addEventListener("change", this.#later);
    document.addEventListener("DOMContentLoaded", this.#later);
    this.#update();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#observer.disconnect();
    this.#sizes.disconnect();
    listeners.delete(this.#later);
    paper.removeEventListener("change", this.#later);
    // An element that is only moved is there again before anybody can tell.
    queueMicrotask(() => this.isConnected || this.#report((reporter) => reporter.stop()));
  }

  /** The id of the current step. One that is not in the list is refused, with a warning. */
  get current(): string {
    // What was written in this task counts at once.
    this.#find();
    return this.#current;
  }
  set current(id: string) {
    this.setAttribute("current", id);
  }

  get updateTitle(): boolean {
    return this.hasAttribute("update-title");
  }
  set updateTitle(on: boolean) {
    this.toggleAttribute("update-title", on);
  }

  /** The steps: those of the author's list, or what was set here in its place; `null` goes back to the list. */
  get steps(): Step[] {
    return this.#view.steps.map(({ current, linked, ...step }) => step);
  }
  set steps(steps: Step[] | null) {
    this.#given = steps ? [...steps] : undefined;
    this.#later();
  }

  /** What tracks: the page's first tracker, unless another is set here. Until there is one, reports wait. */
  get tracker(): Tracker | undefined {
    return this.#tracker;
  }
  set tracker(tracker: Tracker | undefined) {
    this.#tracker = tracker;
    this.#later();
  }

  /** Asks to go to a step; answers whether it was allowed. */
  go(id: string): boolean {
    const to = this.#view.steps.find((step) => step.id === id);
    if (!to || id === this.#current || !this.#ask(id, to.href)) return false;
    const from = this.#current;
    this.#asked = { from, to: id, via: "script" };
    this.current = id;
    this.#update();
    return true;
  }

  /** Asks to go to the next step that is neither skipped nor locked. */
  next(): boolean {
    return this.#step(1);
  }

  /** Asks to go to the step before that is neither skipped nor locked. */
  previous(): boolean {
    return this.#step(-1);
  }

  #step(way: number): boolean {
    const { steps, at } = this.#view;
    let to = at + way;
    while (/skipped|locked/.test(steps[to]?.state || "")) to += way;
    return !!steps[to] && this.go(steps[to]!.id);
  }

  /** Marks a step, or the current one, as completed. */
  complete(id = this.current): void {
    this.#say(id, { state: "complete" });
    this.#report((reporter) => reporter.complete(id));
  }

  /** Marks a step as not needed. */
  skip(id: string, reason = ""): void {
    this.#say(id, { state: "skipped", reason });
    this.#report((reporter) => reporter.skip(id, reason));
  }

  /** Marks a step as wrong, in words for people, or with `null` as no longer so. The words are shown and not tracked. */
  setError(id: string, message: string | null): void {
    const { error, ...said } = this.#said.get(id) || {};
    this.#say(id, message ? { ...said, error: message } : said);
    if (message) this.#report((reporter) => reporter.error(id, "", "custom"));
  }

  /** Begins another attempt: what was said about steps is forgotten. */
  reset(): void {
    this.#said.clear();
    this.#report((reporter) => reporter.renew());
    this.#update();
  }

  /** Has something reported, in order. What reports is loaded the first time; an element that does not track never loads it. */
  #report(work: (reporter: Reporter) => void): void {
    if (this.track === "off" && !this.#reporter) return;
    this.#reporter ||= import("./report").then(
      ({ Reporter }) => new Reporter(this),
      () => (this.#reporter = undefined),
    );
    void this.#reporter.then((reporter) => reporter && work(reporter));
  }

  #say(id: string, said: Said): void {
    this.#said.set(id, said);
    this.#update();
  }

  /** Reads the list; answers the words that go with it, or nothing if the parser has not come to the list. */
  #find(): Words | undefined {
    const list = this.#given ? null : listOf(this);
    if (!this.#given && !list && document.readyState === "loading") return;
    const words = wordsFor(this.#language());
    this.#all = this.#given || (list ? readList(list) : preset(this.flow).map((id): Step => ({ id, label: words.step(id), optional: id === "approval" })));
    const wanted = this.getAttribute("current");
    const has = (id: string | null): boolean => this.#all.some((step) => step.id === id && !step.hidden);
    if (has(wanted)) this.#current = wanted!;
    else {
      if (wanted && wanted !== this.#warned) console.warn(`checkout-progress: \`${wanted}\` is no step`);
      this.#warned = wanted;
      if (!has(this.#current)) this.#current = (!wanted && this.#all.find((step) => !step.hidden)?.id) || "";
    }
    return words;
  }

  #update(): void {
    this.#waits = false;
    const before = this.#view;
    const previous = before.steps[before.at]?.id;
    const words = this.#find();
    if (!words) return;
    this.#view = viewOf(this.#all, this.#current, this.#said);
    this.#paint(words);
    if (previous && previous !== this.#current) this.#tell(before, words);
    this.#title(words);
    const [all, view] = [this.#all, this.#view];
    this.#report((reporter) => reporter.changed(all, view));
    const asked = this.#asked;
    if (asked && asked.to === this.#current) {
      this.#asked = undefined;
      this.#dispatch("checkout-step-change", asked);
    }
  }

  #paint(words: Words): void {
    const layout = (this.#drawn = this.#layout());
    this.#painting.paint({ ...this.#view, words, layout, open: this.#open, label: this.label || words("label")[0] });
    const { steps, finished } = this.#view;
    // Browsers before 2024 have none.
    const states = this.#internals?.states;
    states?.clear();
    if (layout === "compact") states?.add(layout);
    if (steps.some(({ state }) => state === "error")) states?.add("error");
    if (finished) states?.add("finished");
  }

  #layout(): Layout {
    const asked = this.layout;
    if (paper.matches) return "vertical";
    if (/^(full|compact|vertical)$/.test(asked)) return asked as Layout;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    return this.clientWidth && this.clientWidth < COMPACT_REM * rem ? "compact" : "full";
  }

  /** "Step 2 of 5: Delivery". */
  #position(words: Words): string {
    const { steps, at, finished } = this.#view;
    const position = finished ? words("finished")[0] : fill(words("position")[0], ...[at + 1, steps.length].map(words.number));
    return fill(words("colon")[0], position, steps[at]?.label || "");
  }

  /** Announces another step, and steps that are no longer counted. */
  #tell(before: View, words: Words): void {
    if (this.announce === "off") return;
    const gone = before.steps.filter((old) => !this.#view.steps.some(({ id }) => id === old.id));
    this.#painting.announce([this.#position(words), ...gone.map(({ label }) => fill(words("gone")[0], label))].join(". "));
  }

  #title(words: Words): void {
    const bare = document.title.startsWith(this.#prefix) ? document.title.slice(this.#prefix.length) : document.title;
    this.#prefix = this.updateTitle && this.#view.at >= 0 ? this.#position(words) + " – " : "";
    if (document.title !== this.#prefix + bare) document.title = this.#prefix + bare;
  }

  /** The language around the element, also through the shadow roots that it is in. */
  #language(): string {
    for (let node: Node | null = this; node; node = node.parentNode || (node as ShadowRoot).host) {
      const language = (node as Element).getAttribute?.("lang");
      if (language) return language;
    }
    return "en";
  }

  #clicked(event: MouseEvent): void {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-step]");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const id = link.dataset.step!;
    if (!this.#ask(id, link.href)) return event.preventDefault();
    this.#asked = { from: this.#current, to: id, via: "link" };
    this.#report((reporter) => reporter.going("link"));
    // The author's own link, which a router may listen to.
    const own = this.#given ? null : [...this.querySelectorAll<HTMLElement>("li[data-step]")].find((item) => item.dataset.step === id)?.querySelector("a");
    if (!own) return;
    event.preventDefault();
    own.click();
  }

  #ask(to: string, href?: string): boolean {
    return this.#dispatch("checkout-step-before-change", { from: this.#current, to, href }, true);
  }

  #dispatch(name: string, detail: object, cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, cancelable, detail }));
  }
}

/** What mirrors attributes. */
export interface CheckoutProgress {
  /** The name of a preset, or the site's own word; on every event. */
  flow: string;
  /** The step at which a checkout begins; the first after `cart` if empty. */
  checkoutStep: string;
  track: "auto" | "off";
  /** The attempt's id; made for each if empty. */
  checkoutId: string;
  layout: "auto" | Layout;
  /** Name of the landmark. */
  label: string;
  announce: "polite" | "off";
  /** Id of the form whose refused fields are counted. */
  for: string;
  /** The arm of an experiment; on every event. */
  variant: string;
}

for (const property of TEXTS) {
  const attribute = attributeOf(property);
  Object.defineProperty(CheckoutProgress.prototype, property, {
    get(this: Element) {
      return this.getAttribute(attribute) ?? (OTHERWISE[property] || "");
    },
    set(this: Element, value: unknown) {
      if (value == null) this.removeAttribute(attribute);
      else this.setAttribute(attribute, value as string);
    },
  });
}
