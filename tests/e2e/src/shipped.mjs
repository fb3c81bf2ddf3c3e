// Calls the modules of the package as they are shipped, without the shim. Reads lines of JSON, `[module's file name, texts]`, and answers
// each with what the last text got: a new instance is given the texts one after the other, each `[verb, text]`.

import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [folder] = process.argv.slice(2);
const modules = new Map();

function load(name) {
  const file = readdirSync(folder).find((file) => file.startsWith(name + "-") && file.endsWith(".wasm"));
  return new WebAssembly.Module(readFileSync(folder + "/" + file));
}

/** Imports and exports have one letter each; they are known by what they are. */
function instantiate(module) {
  const [{ module: from, name }] = WebAssembly.Module.imports(module);
  let asked = "";
  const take = (at, length) => (asked = new TextDecoder().decode(new Uint8Array(memory.buffer, at, length)));
  const exported = Object.values(new WebAssembly.Instance(module, { [from]: { [name]: take } }).exports);
  const memory = exported.find((item) => item instanceof WebAssembly.Memory);
  const takes = (parameters) => exported.find((item) => item.length === parameters && item !== memory);
  const [enter, malloc] = [takes(5), takes(2)];
  return (verb, text) => {
    const bytes = new TextEncoder().encode(text);
    const at = malloc(bytes.length, 1);
    new Uint8Array(memory.buffer).set(bytes, at);
    enter(verb, at, bytes.length, 0, 1_700_000_000_000);
    return asked;
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const [name, texts] = JSON.parse(line);
  if (!modules.has(name)) modules.set(name, load(name));
  let answer;
  try {
    const enter = instantiate(modules.get(name));
    for (const [verb, text] of texts) answer = enter(verb, text);
  } catch (error) {
    answer = "trap: " + error.message;
  }
  console.log(JSON.stringify(answer));
}
