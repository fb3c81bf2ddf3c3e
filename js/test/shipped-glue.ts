// Stands in the place of wasm-bindgen's glue: the shipped core, which traps when it is told to, as it would when the memory that it may
// have is used up.

/** More than any core may have. */
const TOO_MUCH = 0x7fff_ffff;

export const core = {
  /** Whether the next calls that it is given trap. */
  trapsNext: false,
  /** How often an instance was made. */
  instances: 0,
};

type Enter = (verb: number, at: number, length: number, number: number, now: number) => void;
type Allocate = (bytes: number, align: number) => number;

export function instantiate(module: WebAssembly.Module): (verb: number, text: string, number: number, now: number) => string {
  core.instances++;
  let answer = "";
  const [asked] = WebAssembly.Module.imports(module);
  const ask = (at: number, length: number): void => void (answer = new TextDecoder().decode(new Uint8Array(memory.buffer, at, length)));
  const exports = Object.values(new WebAssembly.Instance(module, { [asked!.module]: { [asked!.name]: ask } }).exports);
  const memory = exports.find((known) => known instanceof WebAssembly.Memory)!;
  // They are named by single letters.
  const [enter, allocate] = [5, 2].map((parts) => exports.find((known) => typeof known === "function" && known.length === parts)) as unknown as [Enter, Allocate];
  return (verb, text, number, now) => {
    const bytes = new TextEncoder().encode(text);
    if (core.trapsNext && verb === 1) {
      core.trapsNext = false;
      allocate(TOO_MUCH, 1);
    }
    const at = allocate(bytes.length, 1);
    new Uint8Array(memory.buffer).set(bytes, at);
    enter(verb, at, bytes.length, number, now);
    return answer;
  };
}
