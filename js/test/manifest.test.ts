// custom-elements.json says what docs/widget.md says and what the element has: neither more nor less.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = process.env["CAISSE_ROOT"]!;
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const manifest = JSON.parse(read("js/custom-elements.json"));
const declaration = manifest.modules[0].declarations[0];
const docs = read("docs/widget.md");

type Named = { name: string };
const names = (list: Named[]): string[] => list.map(({ name }) => name).sort();

/** First cells of the table under a head, as code: `name`. */
function table(head: string): string[] {
  const rows = docs.split("\n| " + head + " |")[1]!.split("\n\n")[0]!.split("\n").slice(2);
  return rows.map((row) => row.split("`")[1]!.replace(/\(.*\)$/, "")).sort();
}

test("the documentation's tables are the manifest's", () => {
  assert.deepEqual(table("attribute"), names(declaration.attributes));
  assert.deepEqual(table("member"), names(declaration.members.filter((member: { attribute?: string }) => !member.attribute)));
  assert.deepEqual(table("event"), names(declaration.events));
  assert.deepEqual(table("part"), names(declaration.cssParts));
  assert.deepEqual(table("custom property"), names(declaration.cssProperties));
  assert.deepEqual(docs.match(/(?<=\| `:state\()\w+/g)!.sort(), names(declaration.cssStates));
});

test("the element has what the manifest says, and nothing else", () => {
  const element = read("js/src/checkout-progress/element.ts");
  const [styles, paint] = [read("js/src/checkout-progress/styles.css"), read("js/src/checkout-progress/paint.ts")];
  const mirrored = element.match(/const TEXTS = \[(.*)\]/)![1]!.match(/\w+/g)!;
  const fields = declaration.members.filter((member: { kind: string }) => member.kind === "field");
  assert.deepEqual(names(fields), [...mirrored, "current", "updateTitle", "steps", "tracker"].sort());
  const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
  for (const { name, fieldName } of declaration.attributes) assert.equal(kebab(fieldName), name);
  const methods = declaration.members.filter((member: { kind: string }) => member.kind === "method");
  const own = [...element.matchAll(/^  (\w+)\(.*\): (?:void|boolean) \{/gm)].map(([, name]) => name!).filter((name) => !name.endsWith("Callback"));
  assert.deepEqual(names(methods), own.sort());
  const properties = new Set(styles.match(/--checkout-progress-[\w-]+/g));
  assert.deepEqual(names(declaration.cssProperties), [...properties].sort());
  const events = new Set((element + read("js/src/checkout-progress/report.ts")).match(/(?<=")checkout-(step-[\w-]+|track)(?=")/g));
  assert.deepEqual(names(declaration.events), [...events].sort());
  for (const { name } of declaration.cssParts) assert.ok(new RegExp(`[" ]${name}[" ]`).test(paint), name);
  for (const { name } of declaration.cssStates) assert.ok(element.includes(name === "compact" ? 'layout === "compact"' : `add("${name}")`), name);
});
