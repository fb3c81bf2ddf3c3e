// The core in WebAssembly, and the world it asks for. Every call into it goes through one guarded function; an instance that
// trapped is thrown away and replaced. Translates, decides nothing.

import * as glue from "caisse-glue";
import type { Call, Engine, Shim } from "../shim";
import type { Problem } from "../types";

const GROUP = "\x1d";
const RECORD = "\x1e";
const UNIT = "\x1f";

/** Instances a page may use up; after that, calls wait in the store for the next page. */
const REPLACEMENTS_MAX = 2;
/** Traps after which a call is given up. */
const TRAPS_MAX = 2;

/** The core's verbs; the table in src/browser/mod.rs. */
const enum Verb {
  Start,
  Track,
  AdoptJournal,
  AdoptStore,
  Stored,
  Failed,
  Answered,
  Tick,
  Flush,
  Leave,
  Stop,
}

/** Ends each request in what the core answers. */
const FILE = "\x1c";

let compiled: WebAssembly.Module | undefined;
let handles = 0;
let replacements = 0;
let busy = false;
/** What is to be done once the core is free: it must not be entered twice. */
const later: (() => void)[] = [];
/** Starts every tracker of the page again, in a fresh instance. */
const revivals = new Set<() => void>();

/** Enters the core and answers what it asks for; nothing, if it trapped or is past replacing. */
function guarded(handle: number, verb: Verb, text: string, number: number): string | undefined {
  if (replacements > REPLACEMENTS_MAX) return;
  try {
    return glue.enter(handle, verb, text, number, Date.now());
  } catch {
    if (++replacements > REPLACEMENTS_MAX) return;
    glue.initSync({ module: compiled! });
    later.length = 0;
    later.push(...revivals);
    return;
  }
}

/** Starts the core for a tracker. */
export function startCore(shim: Shim, module: WebAssembly.Module): Engine {
  if (!compiled) glue.initSync({ module: (compiled = module) });
  const handle = handles++;
  const { site, store, stream, counters, signal, kit } = shim;
  const { local, randomId, bytes } = kit;
  const ownJournal = site + ".j." + stream;
  /** Calls whose receipt has not come yet, by number. */
  const handed = new Map<number, Call>();
  /** Keys written before the core was there; its own rows take their place. */
  let early: string[] = [];
  let journals: string[] = [];
  let writing = 0;
  let refused = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const counter = (name: string) => counters.find((known) => known.destination === name)!;

  /** Does one thing in the core, then what the core asks for. `blamed` are the calls to suspect if it traps. */
  const enter = (verb: Verb, text = "", number = 0, blamed: Iterable<Call> = []): void => {
    if (signal.aborted) return;
    if (busy) {
      later.push(() => enter(verb, text, number, blamed));
      return;
    }
    busy = true;
    const requests = guarded(handle, verb, text, number);
    if (requests === undefined) for (const call of blamed) call.traps++;
    else for (const request of requests.split(FILE)) if (request) serve[request[0] as keyof typeof serve](request.slice(1));
    busy = false;
    later.shift()?.();
  };

  const serve = {
    /** Store: write. */
    w(request: string): void {
      const [ticket, changes] = cut(request);
      const puts: [string, string][] = [];
      const deletes = early;
      early = [];
      const parts = changes.split(GROUP);
      for (let index = 0; index < parts.length; index++) {
        const key = parts[index]!.slice(1);
        if (parts[index]![0] === "+") puts.push([key, parts[++index]!]);
        else deletes.push(key);
      }
      const merged = journals;
      journals = [];
      writing++;
      store.write(puts, deletes).then((kept) => {
        if (signal.aborted) return;
        writing--;
        refused ||= !kept;
        enter(kept ? Verb.Stored : Verb.Failed, "", +ticket);
        // Where the store refuses, the journal takes its place: it holds what is soft, the earlier pages' rows among it.
        // Otherwise everything that was soft when the page was last hidden is durable now.
        if (refused) enter(Verb.Leave, "", 0);
        else if (!writing) local.set(ownJournal, null);
        for (const key of merged) if (key !== ownJournal) local.set(key, null);
      });
    },
    /** Store: journal. */
    j: (rows: string): void => kit.writeJournal(shim, rows),
    /** Transport: send. */
    s(request: string): void {
      const [flight, rest] = cut(request);
      const [url, body] = cut(rest);
      for (const known of counters) if (url.startsWith(known.url + "/v1/")) known.bytes += bytes(body);
      kit.post(url, body, signal).then(([status, answer, header]) => {
        // An HTTP date becomes seconds from now.
        const date = header && /\D/.test(header) && Math.max(0, Math.ceil((Date.parse(header) - Date.now()) / 1000));
        enter(Verb.Answered, [status, date === 0 || date ? date : header, answer].join(UNIT), +flight);
      });
    },
    /** Timer: wake at, or never. */
    t(at: string): void {
      clearTimeout(timer);
      if (at) timer = setTimeout(enter, Math.max(0, +at - Date.now()), Verb.Tick);
    },
    /** Listener: told. In a task of its own, as the page's listeners may call back. */
    n: (notice: string): void => queueMicrotask(() => hear(notice)),
  };

  const hear = (notice: string): void => {
    const [head, ...problems] = notice.split(RECORD);
    const [kind, ...parts] = head!.split(UNIT) as [string, string, string, string, string];
    if (kind === "r") {
      const [seq, fate, reason] = parts;
      const call = handed.get(+seq);
      handed.delete(+seq);
      if (reason) for (const known of counters) drop(known, reason);
      call?.settle(fate === "d" ? "durable" : fate === "m" ? "memory" : "dropped", reason || undefined, problems.map(readProblem));
    } else if (kind === "a") {
      const [destination, batch, own, adopted] = parts;
      counter(destination).acknowledged += +own;
      counter(destination).adopted += +adopted;
      shim.emit("acknowledged", { destination, batch, hits: +own + +adopted });
    } else {
      const [destination, of, seq, reason] = parts;
      if (of === stream) drop(counter(destination), reason);
      shim.emit("dropped", { id: of + "-" + seq, reason });
    }
  };

  const start = (): void => enter(Verb.Start, [randomId(), stream, shim.options].join(UNIT));

  const track = (calls: Call[]): void => {
    const fresh: string[] = [];
    const frozen: string[] = [];
    for (const call of calls) {
      handed.set(call.seq, call);
      call.counted = true;
      if (call.frozen) frozen.push("w" + kit.blunt(call.text));
      else fresh.push(call.traps < TRAPS_MAX ? call.text : poisoned(call.text));
    }
    if (fresh.length) enter(Verb.Track, fresh.join(GROUP), 0, calls);
    if (frozen.length) enter(Verb.AdoptJournal, frozen.join(GROUP), 0, calls);
  };

  /** Takes over what earlier pages left; after a replacement, what this page left as well. */
  const adopt = async (own: boolean): Promise<void> => {
    const rows = await store.rows();
    const keys = local.keys(site + ".j.").filter((key) => own || key !== ownJournal);
    const texts = keys.flatMap((key) => local.get(key) || []);
    journals.push(...keys);
    if (texts.length) enter(Verb.AdoptJournal, texts.join(GROUP));
    const kept = own ? rows : rows.filter((row) => !row.includes(stream));
    if (kept.length) enter(Verb.AdoptStore, kept.join(GROUP));
  };

  const revive = (): void => {
    start();
    adopt(true);
    // One at a time, so that the one that traps is known.
    for (const call of [...handed.values()]) track([call]);
  };

  revivals.add(revive);
  start();
  adopt(false);
  return {
    track(calls) {
      for (const call of calls) if (!call.frozen) early.push(call.key);
      track(calls);
    },
    flush: () => enter(Verb.Flush),
    leave: () => enter(Verb.Leave, "", kit.budget()),
    stop() {
      revivals.delete(revive);
      clearTimeout(timer);
      guarded(handle, Verb.Stop, "", 0);
    },
  };
}

/** The text before and after the first separator. */
function cut(text: string): [string, string] {
  const at = text.indexOf(UNIT);
  return [text.slice(0, at), text.slice(at + 1)];
}

function drop(counter: { dropped: { [reason: string]: number } }, reason: string): void {
  counter.dropped[reason] = (counter.dropped[reason] || 0) + 1;
}

/** The call without its data, reported as lost. */
function poisoned(text: string): string {
  const head = text.slice(0, text.indexOf(RECORD)).split(UNIT);
  head[6] = "poison";
  return head.join(UNIT);
}

function readProblem(text: string): Problem {
  const [code, place, suggestion] = text.split(UNIT) as [string, string, string];
  return suggestion ? { code, place, suggestion } : { code, place };
}
