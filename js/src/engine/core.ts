// The core in WebAssembly, and the world it asks for. Every call into it goes through one guarded function; an instance that
// trapped is thrown away and replaced. Translates, decides nothing.

import { instantiate } from "caisse-glue";
import type { Call, Engine, Shim } from "../shim";
import type { Changes } from "../store";
import type { Problem } from "../types";
import type { Kept, Look } from "./orphans";
import { Verb } from "./verbs";

/** Ends each request in what the core answers. */
const FILE = "\x1c";
const GROUP = "\x1d";
const RECORD = "\x1e";
const UNIT = "\x1f";

/** Instances a page may use up; after that, calls wait in the store for the next page. */
const REPLACEMENTS_MAX = 2;
/** Traps after which a call is given up. */
const TRAPS_MAX = 2;
/** 13 months: how long a browser remembers an order. */
const ORDER_MS = 395 * 86_400_000;
/** Fewer UTF-16 units than these are one packet on the wire, compressed or not. */
const PACKED_MIN = 2000;
/** A timer cannot count much longer; the core asks again. */
const TIMER_MS_MAX = 1e9;

/** Instances that the page has used up beside the first of each tracker. */
let replacements = 0;

/** Starts the core for a tracker. */
export async function start(shim: Shim, file: Response): Promise<Engine> {
  const module = await WebAssembly.compile(await file.arrayBuffer());
  const { prefix, stream, store, counters, untaken, signal, local } = shim;
  /** Calls of which the core has not told yet what it made, by number. */
  const handed: { [seq: string]: Call } = {};
  /** What is to be done once the core is free: it must not be entered twice. */
  const later: (() => void)[] = [];
  /** Orders that this page has counted, as `hash.time.id`. */
  let bought: string[] = [];
  const ordersKey = prefix + ".o";
  /** Sends a large batch, and knows better by the next. */
  let pack: typeof import("./gzip").pack = (body, send) => {
    send(body);
    import("./gzip").then((file) => (pack = file.pack)).catch(() => {});
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let busy = false;
  const make = (): typeof core => instantiate(module);
  let core: (verb: Verb, text: string, number: number, now: number) => string;
  /** Orders that this browser is known to have counted, joined by spaces, without those of some hits. */
  const orders = (also: string[], hits: string[] = []): string =>
    [...local.get(ordersKey).split(" "), ...also]
      .filter((order) => Date.now() - +order.split(".")[1]! < ORDER_MS && !hits.some((id) => order.endsWith(id)))
      .join(" ");
  const counter = (name: string) => counters.find((known) => known.destination === name)!;

  /** Does one thing in the core, then what the core asks for. The core takes over from `calls`, which are to suspect if it
   * traps; `then` is told whether its rows are kept. */
  const enter = (verb: Verb, text = "", number = 0, calls: Call[] = [], then?: Kept): void => {
    if (signal.aborted || replacements > REPLACEMENTS_MAX) return;
    if (busy) return void later.push(() => enter(verb, text, number, calls, then));
    busy = true;
    let asked = "";
    try {
      asked = core(verb, text, number, Date.now());
    } catch {
      if (verb === Verb.Track) {
        for (const call of calls) call.traps = (call.traps || 0) + 1;
        shim.keep(calls);
      }
      if (++replacements <= REPLACEMENTS_MAX) {
        core = make();
        later.splice(0, Infinity, revive);
      }
      calls = [];
      then = undefined;
    }
    serve(asked, calls, then);
    busy = false;
    later.shift()?.();
  };

  const serve = (requests: string, calls: Call[], then?: Kept): void => {
    // The core's rows take the place of those that were written without it.
    const changes: Changes = new Map(calls.flatMap(({ rowKey }) => (rowKey ? [[rowKey, ""]] : [])));
    const notices: string[] = [];
    const fresh: string[] = [];
    for (const request of requests.split(FILE)) {
      const [head, ...rest] = request.slice(1).split(UNIT);
      const kind = request[0];
      // Store.
      // A row that is to go has no text.
      if (kind === "+" || kind === "-") changes.set(head!, rest.join(UNIT));
      if (kind === "o") fresh.push([head, Date.now(), rest[0]].join("."));
      // Transport.
      if (kind === "s") post(head!, rest.shift()!, rest.join(UNIT));
      // Timer.
      if (kind === "t") {
        clearTimeout(timer);
        if (head) timer = setTimeout(enter, Math.min(+head - Date.now(), TIMER_MS_MAX), Verb.Tick);
      }
      // Listener.
      if (kind === "n") notices.push(request);
    }
    const stored: Promise<true | void> = changes.size ? store.write(changes) : Promise.resolve();
    bought.push(...fresh);
    stored.then((kept) => {
      then?.(kept);
      // Not one whose hit was dropped meanwhile, and none when consent was withdrawn.
      if (kept && fresh[0] && !signal.aborted) local.set(ordersKey, orders(bought.filter((order) => fresh.includes(order))));
    });
    // In a task of its own, as the page's listeners may call back.
    Promise.resolve().then(() => notices.forEach((notice) => hear(notice, stored)));
  };

  const post = (flight: string, url: string, body: string): void => {
    const instance = core;
    const to = counters.find((known) => url.startsWith(known.url + (ADOBE && known.to!.kind === "adobe-analytics" ? "/" : "/v1/")))!;
    const send = (body: string | Blob): unknown =>
      shim.post(shim, to, url, body).then(([status, answer, headers]) => {
        // Another instance's flight: this one would take it for its own of that number.
        if (instance !== core) return;
        // This page may have to leave something, and until then it is this page's.
        if (status !== 200) adopt();
        const after = headers?.get("retry-after") || "";
        // An HTTP date becomes seconds from now.
        const seconds = isNaN(+after) ? Math.ceil((Date.parse(after) - Date.now()) / 1000) : after;
        enter(Verb.Answered, [status, seconds, answer].join(UNIT), +flight);
      });
    (body.length < PACKED_MIN || store.leaving || (ADOBE && to.to!.kind !== "collector") ? send : pack)(body, send);
  };

  const hear = (notice: string, stored: Promise<true | void>): void => {
    const [[kind, ...parts], ...listed] = notice.split(RECORD).map((record) => record.split(UNIT)) as [string[], ...string[][]];
    if (kind === "nr") {
      judged(parts as [string, string], listed as [string, string][], stored);
    } else if (kind === "na") {
      const [destination, batch, own, adopted] = parts as [string, string, string, string];
      counter(destination).acknowledged += +own;
      counter(destination).adopted += +adopted;
      shim.emit("acknowledged", { destination, batch, hits: +own + +adopted });
    } else {
      const [destination, of, seq, reason] = parts as [string, string, string, string];
      const id = of + "-" + seq;
      if (of === stream) shim.drop(counter(destination), reason, 1);
      // An order that was not delivered may be counted again.
      bought = bought.filter((order) => !order.endsWith(id));
      local.set(ordersKey, orders([], [id]));
      shim.emit("dropped", { id, reason });
    }
  };

  /** What the core made of a call. */
  const judged = async ([seq, reason]: [string, string], listed: [string, string][], stored: Promise<true | void>): Promise<void> => {
    const call = handed[seq];
    delete handed[seq];
    if (reason) for (const known of counters) shim.drop(known, reason, 1);
    let problems = listed.map(([code, place]) => ({ code, place })) as Problem[];
    const heard = [...shim.listeners].some(([name]) => name === "invalid");
    // What they mean, and what else there is to say, is loaded only where somebody may want to know.
    if (heard || problems.length) {
      const snapshot = heard && !reason ? call?.snapshot : "";
      problems = await import("../debug").then(({ review }) => review(shim, problems, file.url, snapshot)).catch(() => problems);
    }
    if (reason) call?.settle("dropped", reason, problems);
    else call?.settle((await stored) ? "durable" : "memory", undefined, problems);
  };

  const { site, batch } = shim.options;
  /** What the core needs of the options; format: src/options.rs. */
  const options = [
    [site, batch?.maxEvents, batch?.maxWaitMs, batch?.maxBytes].join(UNIT),
    ...counters.map(({ destination, url, settings }) => destination + UNIT + (ADOBE ? settings : url)),
  ].join(RECORD);
  const begin = (): void => enter(Verb.Start, [shim.randomId(), stream, options].join(UNIT));

  /** Gives the core texts, if there are any. */
  const hand = (verb: Verb, texts: string[], calls?: Call[], then?: Kept): void => {
    if (texts.length) enter(verb, texts.join(GROUP), 0, calls, then);
  };

  const track = (calls: Call[]): void => {
    const fresh = calls.filter((call) => !call.frozen);
    const frozen = calls.filter((call) => call.frozen);
    for (const call of calls) call.counted = true;
    for (const call of fresh) handed[call.seq] = call;
    // One that is given up keeps its head, whose last part is the reason.
    const textOf = ({ snapshot, traps }: Call): string => (traps! >= TRAPS_MAX ? snapshot.replace(/[^\x1f]*\x1e[^]*/, "poison") : snapshot);
    // Another page may have adopted a call before this page's core was there, and counted its order: that is no other one.
    const ids = fresh.map(({ seq }) => stream + "-" + seq);
    if (fresh[0]) hand(Verb.Track, [orders(bought, ids).replace(/\.\S+/g, ""), ...fresh.map(textOf)], fresh);
    hand(Verb.Adopt, frozen.map(({ rowKey }) => store.soft.get(rowKey!)!), frozen);
  };

  let orphans: Promise<Look | void> | undefined;
  /** Takes over what earlier pages left; after a replacement, what this page had as well. */
  const adopt: Look = (had) => {
    orphans ||= import("./orphans").then(({ tend }) => tend(shim, hand, () => enter(Verb.Flush, "", 1))).catch(() => void (orphans = undefined));
    orphans.then((look) => look?.(had));
  };

  const revive = (): void => {
    begin();
    adopt(store.run<string[]>((rows) => rows.getAll()));
    // One at a time, so that the one that traps is known.
    for (const call of Object.values(handed)) track([call]);
  };

  core = make();
  begin();
  // Loaded only if another page's stream is named.
  store
    .run((rows) => rows.getAllKeys())
    .then((keys) => /[\da-f]{32}/.test([keys, local.keys(prefix + ".j.")].join().replaceAll(stream, "")) && adopt());
  return {
    track: () => track(untaken.splice(0)),
    flush: () => enter(Verb.Flush),
    leave: (budget) => enter(Verb.Leave, "", budget),
    stop: () => clearTimeout(timer),
  };
}
