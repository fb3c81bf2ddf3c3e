// The words of the element, by language. English and French are there; others are imported (`caisse/checkout-progress/messages/de`) or set.

import { en } from "./messages/en";
import { fr } from "./messages/fr";

/** What the element says in a language. `{0}` and `{1}` stand for what is filled in. */
export interface Messages {
  /** Name of the landmark. */
  label: string;
  /** `{0}` the number of the current step, `{1}` how many there are. */
  position: string;
  /** `{0}` a state or a position, `{1}` a step. */
  colon: string;
  /** `{0}` the next step. */
  next: string;
  upcoming: string;
  complete: string;
  error: string;
  skipped: string;
  locked: string;
  optional: string;
  /** Behind a link that leads back. */
  edit: string;
  finished: string;
  all: string;
  /** `{0}` a step that is no longer needed. */
  gone: string;
  /** Names of the presets' steps by their ids. */
  steps: { [id: string]: string };
}

/** The messages in the order in which a language of the package writes them, separated by bars; the steps' names are the rest. */
const KEYS = "label position colon next upcoming complete error skipped locked optional edit finished all gone".split(" ");
/** Every step of a preset; `done`, which ends each, comes last. */
const STEPS = [...new Set(CHECKOUT_PRESETS.match(/\b\w+\b(?!\|)/g))];

const known = new Map<string, Partial<Messages>>();
/** Who wants to know that there are other words. */
export const listeners = new Set<() => void>();

/** The languages that there are. */
export const messages = {
  /** Adds a language, or changes one. What it lacks is said in English. */
  set(language: string, words: Partial<Messages>): void {
    known.set(language.toLowerCase(), words);
    for (const listener of listeners) listener();
  },
  /** @internal A language of the package. */
  add(language: string, text: string): void {
    const parts = text.split("|");
    const steps = STEPS.map((id, index) => [id, parts[KEYS.length + index]]);
    messages.set(language, { ...Object.fromEntries(KEYS.map((key, index) => [key, parts[index]])), steps: Object.fromEntries(steps) });
  },
};

messages.add("en", en);
messages.add("fr", fr);

/** A text, and the language that it is in if that is another one than asked for. */
export type Said = [text: string, language: string];

/** The words for one language. */
export interface Words {
  (key: Exclude<keyof Messages, "steps">): Said;
  /** The name of a preset's step. */
  step(id: string): string;
  /** A number as the messages' language writes it. */
  number(value: number): string;
}

/** A text with what it stands for filled in. */
export const fill = (text: string, ...names: string[]): string => text.replace(/\{(\d)\}/g, (_, index: string) => names[+index]!);

/** The words for a language, or for the one that comes closest; the page's numbers would not go with them otherwise. */
export function wordsFor(asked: string): Words {
  const exact = asked.toLowerCase();
  const primary = exact.split("-")[0]!;
  const language = [exact, primary].find((name) => known.has(name)) || "en";
  const [own, english] = [known.get(language)!, known.get("en")!];
  const said = (used: string): string => (used.split("-")[0] === primary ? "" : used);
  const words = ((key) => (own[key] ? [own[key]!, said(language)] : [english[key]!, said("en")])) as Words;
  words.step = (id) => own.steps?.[id] || english.steps![id] || id;
  const format = new Intl.NumberFormat(language);
  words.number = (value) => format.format(value);
  return words;
}
