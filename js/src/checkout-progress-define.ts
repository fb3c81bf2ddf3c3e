// Registers <checkout-progress>. The only file of the package, besides the script tag's, whose import does something.

import { CheckoutProgress } from "./checkout-progress.js";

if (globalThis.customElements && !customElements.get("checkout-progress")) customElements.define("checkout-progress", CheckoutProgress);
