// What other pages left: rows and journals of streams on which nobody has a lease any more. Loaded only where there is something, or where a
// page cannot deliver and may leave something itself. A lease is the time until which a page says that a stream is its own. It saves
// requests and nothing else: whoever sends a hit, the collector counts it once. No lock is held, which would cost a page its back/forward
// cache.

import type { Shim } from "../shim";
import { Verb } from "./verbs";

const GROUP = "\x1d";
/** Longer than the minute for which a browser may keep the timers of a hidden page. */
const LEASE_MS = 90_000;
const RENEW_MS = 30_000;

/** Hears whether a transaction is through. */
export type Kept = (kept: true | void) => void;

/** Gives the core rows; what it makes of them is one transaction. */
type Hand = (verb: Verb, rows: string[], calls?: [], then?: Kept) => void;

/** Takes over what other pages left, now, and until this page's stream ends whatever they leave of what they had. After a replacement of
 * the core `had` is all that was in the store then: from it this page's own is taken as well. Read any later it would hold what the new
 * core has delivered meanwhile. */
export type Look = (had?: Promise<string[] | void>) => void;

const streamOf = (row: string): string => /[\da-f]{32}/.exec(row)?.[0] || "";

/** Begins to hold leases for a page, and to tell the core when there is a network again. */
export function tend({ prefix, stream, store, local, signal }: Shim, hand: Hand, online: () => void): Look {
  // Consent may have been withdrawn while this was loaded.
  if (signal.aborted) return () => {};
  const leases = prefix + ".l.";
  /** This page's stream, and those that it has adopted. */
  const own = new Set([stream]);
  /** Whether something was left to the page that has the lease. */
  let left = true;

  // A clock that was set back makes no lease that never ends.
  const isLeased = (key: string): boolean => Math.abs(Date.now() - +local.get(key) + LEASE_MS / 2) <= LEASE_MS / 2;
  const renew = (): void => own.forEach((of) => local.set(leases + of, Date.now() + LEASE_MS + ""));
  const release = (): void => own.forEach((of) => local.set(leases + of, ""));

  const take = async (had?: Promise<string[] | void>): Promise<void> => {
    // A hidden page may be about to go, and must begin no transaction then.
    if (!had && (document.hidden || !left)) return;
    const isFree = (of: string): boolean => {
      if (own.has(of) || !isLeased(leases + of)) return true;
      left = true;
      return false;
    };
    // Its own stream's only for a new core, to which this page's calls are handed over, not given back.
    const mayAdopt = (row: string): boolean => {
      const of = streamOf(row);
      return of === stream ? !!had && !row.startsWith("c1") : isFree(of);
    };
    const kept = (await (had || store.run<string[]>((rows) => rows.getAll()))) || [];
    if (signal.aborted) return;
    left = false;
    const rows = kept.filter(mayAdopt);
    // What a newer version wrote is left where it is.
    const known = (key: string): boolean => /^((r1|w?c1)\x1f[^\x1d]*\x1d?)*$/.test(local.get(key));
    const journals = local.keys(prefix + ".j.").filter((key) => !key.endsWith(stream) && known(key) && isFree(streamOf(key)));
    const texts = journals.map(local.get);
    // Another page may have had some of this stream before this page claimed it, which has, or had, everything itself.
    const rest = texts.flatMap((text) => text.split(GROUP)).filter((row) => streamOf(row) !== stream || mayAdopt(row));
    const others = [...rest, ...(had ? [...store.soft.values()].filter(mayAdopt) : [])];
    for (const text of [...rows, ...journals]) own.add(streamOf(text));
    // Of pages that are gone without a word.
    for (const key of local.keys(leases)) if (!isLeased(key)) local.set(key, "");
    renew();
    hand(Verb.Adopt, others, [], (kept) =>
      journals.forEach((key, index) => {
        // A page that lives on may have written more into it meanwhile.
        if (local.get(key) !== texts[index]) left = true;
        // What the store has not got is in this page's own journal, if there is room.
        else if (kept || local.get(prefix + ".j." + stream).split(GROUP).filter(Boolean).length === store.soft.size) local.set(key, "");
      }),
    );
    hand(Verb.AdoptStored, rows);
  };

  // One after the other: what one has taken is not there for the next.
  let taken = Promise.resolve();
  const look: Look = (had) => void (taken = taken.then(() => take(had)));

  const timer = setInterval(() => {
    renew();
    look();
  }, RENEW_MS);
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    release();
  });
  // What waits is another page's to send from now on, unless this one comes back.
  addEventListener("pagehide", release, { signal });
  addEventListener("pageshow", renew, { signal });
  document.addEventListener("visibilitychange", () => look(), { signal });
  addEventListener("online", online, { signal });
  // A page that left while this was loaded has let go already, and would hold its lease from the back/forward cache.
  if (!document.hidden) renew();
  return look;
}
