// Names that the build puts in: see xtask. Nothing here reaches a page.

/** File name of the core, with its content's hash. */
declare const WASM_FILE: string;
/** Subresource integrity of the core: shim and core of different builds refuse each other by it. */
declare const WASM_INTEGRITY: string;

declare module "caisse-glue" {
  export function initSync(options: { module: WebAssembly.Module }): unknown;
  /** The core's one export: see src/browser/mod.rs. */
  export function enter(handle: number, verb: number, text: string, number: number, now: number): string;
}
