// The fields that the types know are those that the core knows.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

// Where npm runs the tests: the package's folder.
const types = readFileSync("src/types.ts", "utf8");
const vocabulary = readFileSync("../src/vocabulary.rs", "utf8");

/** The words of a list of the core's; `each` 2 for every other one. */
const words = (list: string, each = 1): string[] => {
  const [, text] = new RegExp(`const ${list}: &str =\\s*"([^"]*)"`).exec(vocabulary) || [];
  return text!.replace(/\\\n/g, "").split(/[ |]/).filter((_, index) => index % each === 0);
};

/** The properties of an interface, without those of a pattern. */
const properties = (name: string): string[] => {
  const [, body] = new RegExp(`export interface ${name}\\b[^{]*\\{\\n([^]*?)\\n\\}`).exec(types) || [];
  return [...body!.matchAll(/^  (\w+)\??:/gm)].map(([, property]) => property!);
};

const same = (typed: string[], known: string[]): void => assert.deepEqual(typed.sort(), [...new Set(known)].sort());

test("the types know the fields of events", () => {
  const numbered = ["list", "hier"].flatMap((kind) => Array.from({ length: kind === "list" ? 3 : 5 }, (_, index) => kind + (index + 1)));
  const lists = [...words("NUMBERS"), ...words("SCALARS"), ...words("FREE_TEXT"), ...words("NAMED", 2)];
  same(properties("EventFields"), [...lists, ...numbered, "serial", "products", "contextData"]);
});

test("the types know the fields of products", () => {
  const [, pairs] = /const PRODUCT: [^=]*=\s*\[(.*?)\];/s.exec(vocabulary)!;
  const names = [...pairs!.matchAll(/\("(\w+)", "\w+"\)/g)].map(([, name]) => name!);
  same(properties("Product"), [...names, "events", "eVars"]);
});
