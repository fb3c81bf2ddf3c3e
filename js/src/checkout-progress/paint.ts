// Paints the steps into a shadow root: made once, then changed in place, so that whoever has the focus keeps it. Knows no
// attribute and reports nothing.

import type { Shown, View } from "./list";
import { fill, type Said, type Words } from "./messages";

/** How the steps are laid out. `open`: compact, with all steps shown. */
export type Layout = "full" | "compact" | "vertical";

/** What a paint is made of. */
export interface Picture extends View {
  words: Words;
  label: string;
  layout: Layout;
  open: boolean;
}

/** An element with parts, and its class for the style sheet, which cannot ask for parts. */
export function make<Name extends keyof HTMLElementTagNameMap>(name: Name, part: string, ...children: (Node | string)[]): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  set(element, part);
  element.append(...children);
  return element;
}

/** Gives an element an attribute, or takes it away. */
function attribute(element: Element, name: string, value: string | false): void {
  if (value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function set(element: Element, part: string): void {
  attribute(element, "class", part);
  attribute(element, "part", part);
}

/** Writes a text with names filled in, each in a direction of its own; nothing if it stands there. */
function say(element: HTMLElement, text: Said | false | undefined, ...names: string[]): void {
  const [template, language] = text || ["", ""];
  const key = [language, template, ...names].join();
  if (said.get(element) === key) return;
  said.set(element, key);
  attribute(element, "lang", language || false);
  element.replaceChildren(
    ...template.split(/\{(\d)\}/).map((piece, index) => {
      if (index % 2 === 0) return piece;
      const name = document.createElement("bdi");
      name.textContent = names[+piece]!;
      return name;
    }),
  );
}

/** Writes a text of the author's. */
const name = (element: HTMLElement, text: string): void => say(element, ["{0}", ""], text);

const said = new WeakMap<HTMLElement, string>();

/** A step's element and what is changed in it. */
interface Item {
  item: HTMLLIElement;
  box: HTMLElement;
  marker: HTMLElement;
  word: HTMLElement;
  label: HTMLElement;
  hint: HTMLElement;
  edit: HTMLElement;
}

/** The element's shadow, painted as often as it has to be. */
export class Painting {
  readonly toggle = make("button", "toggle");
  readonly #list = make("ol", "list");
  readonly #position = make("span", "position");
  readonly #name = make("b", "");
  readonly #next = make("span", "");
  readonly #root: HTMLElement;
  readonly #status = make("p", "status vh");
  readonly #items = new Map<string, Item>();

  constructor(shadow: ShadowRoot) {
    const counter = make("p", "counter", this.#position, " ", this.#name, " ", this.#next);
    counter.dir = "auto";
    // Safari takes lists without bullets for no lists.
    attribute(this.#list, "role", "list");
    this.#root = make("div", "root", counter, this.toggle, this.#list);
    attribute(this.#status, "role", "status");
    const after = make("slot", "after");
    after.name = "after";
    shadow.append(this.#root, this.#status, after);
  }

  /** Says something to those who cannot see it. */
  announce(text: string): void {
    this.#status.textContent = text;
  }

  paint(picture: Picture): void {
    const { steps, words, layout, open, finished } = picture;
    const compact = layout === "compact";
    set(this.#root, ["root", layout, compact && (open ? "vertical" : "bar")].filter(Boolean).join(" "));
    // A landmark is for what leads somewhere.
    attribute(this.#root, "role", steps.some((step) => step.linked) ? "navigation" : "group");
    attribute(this.#root, "aria-label", picture.label);
    attribute(this.toggle, "aria-expanded", String(open));
    say(this.toggle, words("all"));
    this.#count(picture);
    const items = steps.map((step, index) => {
      const known = this.#items.get(step.id) || this.#add(step.id);
      this.#change(known, step, words, index, finished);
      return known.item;
    });
    for (const [id, { item }] of this.#items) {
      if (!items.includes(item)) {
        item.remove();
        this.#items.delete(id);
      }
    }
    // Moved only if it has to be: what is taken out loses the focus.
    items.forEach((item, index) => this.#list.children[index] === item || this.#list.insertBefore(item, this.#list.children[index] || null));
  }

  /** The line above the steps. */
  #count({ steps, at, finished, words }: Picture): void {
    const next = at >= 0 && steps.slice(at + 1).find((step) => step.state !== "skipped");
    say(this.#position, finished ? words("finished") : at >= 0 && words("position"), ...[at + 1, steps.length].map(words.number));
    name(this.#name, steps[at]?.label || "");
    say(this.#next, next && words("next"), next ? next.label : "");
  }

  #add(id: string): Item {
    const span = (part: string): HTMLElement => make("span", part);
    const [connector, marker, box] = [span("connector"), span("marker"), span("box")] as const;
    for (const sign of [connector, marker]) attribute(sign, "aria-hidden", "true");
    const made: Item = { item: make("li", "", connector, box), box, marker, word: span("vh"), label: span("label"), hint: span("hint"), edit: span("vh") };
    box.append(...this.#inside(made));
    this.#items.set(id, made);
    return made;
  }

  /** In the order in which they are read. */
  #inside({ marker, word, label, hint, edit }: Item): (Node | string)[] {
    return [marker, word, label, " ", hint, " ", edit];
  }

  #change(made: Item, step: Shown, words: Words, index: number, finished: boolean): void {
    const { item, marker, word, label, hint, edit } = made;
    const now = step.current && !finished;
    set(item, "step " + step.state + (/complete|skipped/.test(step.state) ? " passed" : "") + (now ? " now" : ""));
    attribute(item, "aria-current", now && "step");
    if (step.linked !== (made.box.localName === "a")) {
      const box = step.linked ? make("a", "box link") : make("span", "box");
      box.append(...this.#inside(made));
      made.box.replaceWith(box);
      made.box = box;
    }
    if (step.linked) {
      (made.box as HTMLAnchorElement).href = step.href!;
      made.box.dataset.step = step.id;
    }
    marker.textContent = step.state === "error" ? "!" : step.state === "complete" ? "" : words.number(index + 1);
    const state = step.state !== "current" && words(step.state);
    say(word, state && [fill(words("colon")[0], state[0], ""), state[1]]);
    name(label, step.label);
    const own = (step.state === "error" && step.error) || step.summary;
    if (own) name(hint, own);
    else say(hint, step.optional && words("optional"));
    say(edit, step.linked && words("edit"));
  }
}
