// Finds out which engine this page can have and loads it.

import type { Engine, Shim } from "./shim";

/** What became of loading; without an engine if there was no network for either. */
export type Loaded = [engine: Engine | undefined, ready: { engine: "wasm" | "raw"; reason?: string }];

/** Loads the core; where it may not run or cannot be had, the raw engine. Never rejects. `base` is where the package's files are. */
export async function loadEngine(shim: Shim, base: string): Promise<Loaded> {
  let reason = "blocked";
  try {
    // Eight bytes that are a WebAssembly module: a policy that refuses them would refuse the core.
    new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    reason = "unreachable";
    const [{ start }, file] = await Promise.all([
      import("./engine/core"),
      fetch(shim.options.wasmUrl || new URL(WASM_FILE, base), { integrity: WASM_INTEGRITY }),
    ]);
    return [await start(shim, file), { engine: "wasm" }];
  } catch {
    const raw = await import("./engine/raw").catch(() => {});
    return [raw?.start(shim, reason), { engine: "raw", reason }];
  }
}
