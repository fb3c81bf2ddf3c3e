// Bundles the tests, each with a glue of its own in the core's place, and runs them with Node's test runner. (The compiler judges
// types.ts: `npm run types`.)

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), "caisse-js-"));
const tests = readdirSync(here).filter((name) => name.endsWith(".test.ts"));
// Those of Adobe's destinations are of the entry that has them.
for (const adobe of [true, false]) buildSync({
  entryPoints: tests.filter((name) => name.startsWith("adobe") === adobe).map((name) => join(here, name)),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  alias: { "caisse-glue": join(here, "glue.ts"), "caisse-advisor-glue": join(here, "advisor-glue.ts") },
  define: {
    ADOBE: String(adobe),
    WASM_FILE: '"core.wasm"',
    WASM_INTEGRITY: '"sha256-none"',
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
const { status } = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
rmSync(out, { recursive: true });
process.exit(status ?? 1);
