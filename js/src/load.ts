// Finds out which engine this page can have and loads it.

import type { Engine, Shim } from "./shim";

/** What became of loading. */
export type Loaded = [engine: Engine, ready: { engine: "wasm" | "raw"; reason?: string }];

/** Loads the core; where it may not run or cannot be had, the raw engine. Rejects if there is no network for either. */
export async function loadEngine(shim: Shim, wasmUrl: string | URL): Promise<Loaded> {
  let reason = "blocked";
  try {
    // Eight bytes that are a WebAssembly module: a policy that refuses them would refuse the core.
    new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    reason = "unreachable";
    const [{ startCore }, module] = await Promise.all([
      import("./engine/core"),
      fetch(wasmUrl, { integrity: WASM_INTEGRITY }).then((file) =>
        // A server with another idea of the MIME type costs the streaming, not the core.
        WebAssembly.compileStreaming(file.clone()).catch(async () => WebAssembly.compile(await file.arrayBuffer())),
      ),
    ]);
    return [startCore(shim, module), { engine: "wasm" }];
  } catch {
    const { startRaw } = await import("./engine/raw");
    return [startRaw(shim), { engine: "raw", reason }];
  }
}
