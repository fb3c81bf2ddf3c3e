// The advisor: what is probably a mistake, though the core had nothing to change for it (src/advice.rs). A module of wasm of its
// own. Loaded only where somebody listens.

import { instantiate } from "caisse-advisor-glue";
import type { Found } from "./problems";
import type { Shim } from "./shim";

// Not imported: a file that two others share would be one more request for every page.
const GROUP = "\x1d";
const RECORD = "\x1e";
const UNIT = "\x1f";

/** A visit ends after half an hour of silence, and with it what the advisor remembers. */
const VISIT_MS = 30 * 60_000;

type Advisor = (call: string, remembered: string) => string;

let loading: Promise<Advisor> | undefined;

async function load(url: string): Promise<Advisor> {
  const file = await fetch(url, { integrity: ADVISOR_INTEGRITY });
  const enter = instantiate(await WebAssembly.compile(await file.arrayBuffer()));
  return (call, remembered) => enter(0, remembered + GROUP + call, 0, 0);
}

/** Advice on a call's snapshot, beside what was said in this visit before; never rejects. `url` is where the core came from. */
export async function advice({ local, prefix, signal }: Shim, snapshot: string, url: string): Promise<Found[]> {
  const key = prefix + ".a";
  let answer: string;
  try {
    const advisor = await (loading ||= load(new URL(ADVISOR_FILE, url).href));
    // Consent may have been withdrawn meanwhile.
    if (signal.aborted) return [];
    const [at, known] = local.get(key).split(GROUP) as [string, string?];
    answer = advisor(snapshot, (Date.now() - +at < VISIT_MS && known) || "");
  } catch {
    // It could not be had, or an instance trapped: the next call gets another one.
    loading = undefined;
    return [];
  }
  const [remembered, problems] = answer.split(GROUP) as [string, string];
  local.set(key, Date.now() + GROUP + remembered);
  return problems.split(RECORD).slice(1).map((problem) => {
    const [code, place] = problem.split(UNIT) as [string, string];
    return { code, place };
  });
}
