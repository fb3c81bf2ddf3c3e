// Bundles the tests, each with a glue of its own in the core's place, and runs them with Node's test runner. (The compiler judges
// types.ts: `npm run types`.)

import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), "caisse-js-"));
const tests = readdirSync(here).filter((name) => name.endsWith(".test.ts"));
/** Lets a page replace its core as often as it likes. */
const unlimited = {
  name: "unlimited",
  setup: ({ onLoad }) =>
    onLoad({ filter: /engine.core\.ts$/ }, async ({ path }) => {
      const [limited, limit] = [await readFile(path, "utf8"), "const REPLACEMENTS_MAX = 2;"];
      if (!limited.includes(limit)) throw new Error("core.ts has another limit of replacements");
      return { contents: limited.replace(limit, "const REPLACEMENTS_MAX = Infinity;"), loader: "ts" };
    }),
};
/** Tests that need another bundle than the others, by the word that they begin with. */
const SPECIAL = ["adobe", "recovery"];
for (const word of [...SPECIAL, ""]) await build({
  entryPoints: tests.filter((name) => (SPECIAL.find((special) => name.startsWith(special)) ?? "") === word).map((name) => join(here, name)),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  plugins: word === "recovery" ? [unlimited] : [],
  alias: { "caisse-glue": join(here, word === "recovery" ? "shipped-glue.ts" : "glue.ts"), "caisse-advisor-glue": join(here, "advisor-glue.ts"), "caisse-checkout-glue": join(here, "checkout-glue.ts") },
  define: {
    // Those of Adobe's destinations are of the entry that has them.
    ADOBE: String(word === "adobe"),
    WASM_FILE: '"core.wasm"',
    WASM_INTEGRITY: '"sha256-none"',
    CHECKOUT_FILE: '"checkout.wasm"',
    CHECKOUT_INTEGRITY: '"sha256-none"',
    ADVISOR_FILE: '"advisor.wasm"',
    ADVISOR_INTEGRITY: '"sha256-none"',
    ALIASES: '"begin_checkout|scCheckout|price|unitPrice"',
    EVENTS: '"scOpen scAdd scView purchase"',
    FIELDS: '"orderId cartId searchTerm"',
    PRODUCT_FIELDS: '"id name quantity"',
  },
  logLevel: "warning",
});
const files = readdirSync(out).filter((name) => name.startsWith(process.argv[2] ?? "")).map((name) => join(out, name));
const { status } = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit", env: { ...process.env, CAISSE_ROOT: join(here, "../..") } });
rmSync(out, { recursive: true });
process.exit(status ?? 1);
