// Names that the build puts in: see xtask. Nothing here reaches a page.

/** File name of the core, with its content's hash. */
declare const WASM_FILE: string;
/** Subresource integrity of the core: shim and core of different builds refuse each other by it. */
declare const WASM_INTEGRITY: string;

/** Whether this is the entry with Adobe's destinations. */
declare const ADOBE: boolean;

/** The same of the advisor. */
declare const ADVISOR_FILE: string;
declare const ADVISOR_INTEGRITY: string;

/** What others call events and fields, and what we call them (src/vocabulary.rs), by turns, separated by bars. */
declare const ALIASES: string;
/** Names of the vocabulary, separated by spaces. */
declare const EVENTS: string;
declare const FIELDS: string;
declare const PRODUCT_FIELDS: string;

declare module "caisse-advisor-glue" {
  /** Makes an instance of the advisor (see src/browser/advisor.rs), called like the core. */
  export { instantiate } from "caisse-glue";
}

declare module "caisse-glue" {
  /** Makes an instance of the core and answers its one export (see src/browser/entry.rs), which answers what the core asks for. */
  export function instantiate(module: WebAssembly.Module): (verb: number, text: string, number: number, now: number) => string;
}

/** Steps of the flows that have a name (src/checkout/notice.rs): flow, steps, by turns, separated by bars. */
declare const CHECKOUT_PRESETS: string;
/** The funnel's module. */
declare const CHECKOUT_FILE: string;
declare const CHECKOUT_INTEGRITY: string;

declare module "caisse-checkout-glue" {
  /** Makes an instance of the funnel (see src/browser/checkout.rs), called like the core. */
  export { instantiate } from "caisse-glue";
}

declare module "caisse-checkout-progress-styles" {
  /** What the element looks like (checkout-progress/styles.css), minified. */
  const styles: string;
  export default styles;
}

/** Whether the page is rendered before anybody asked for it; TypeScript does not know it yet. */
interface Document {
  readonly prerendering?: boolean;
}
