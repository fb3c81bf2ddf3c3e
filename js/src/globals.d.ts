// Names that the build puts in: see xtask. Nothing here reaches a page.

/** File name of the core, with its content's hash. */
declare const WASM_FILE: string;
/** Subresource integrity of the core: shim and core of different builds refuse each other by it. */
declare const WASM_INTEGRITY: string;

/** Names of the vocabulary (src/vocabulary.rs), separated by spaces. */
declare const EVENTS: string;
declare const FIELDS: string;
declare const PRODUCT_FIELDS: string;

declare module "caisse-glue" {
  /** Makes an instance of the core and answers its one export (see src/browser/entry.rs), which gives `ask` what it asks for. */
  export function instantiate(
    module: WebAssembly.Module,
    ask: (requests: string) => void,
  ): (verb: number, text: string, number: number, now: number) => void;
}
