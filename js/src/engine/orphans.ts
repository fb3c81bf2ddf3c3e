// What other pages left: rows and journals of streams on which nobody has a lease any more. Loaded only where there is something, or where a
// page cannot deliver and may leave something itself. A lease is the time until which a page says that a stream is its own. It saves
// requests and nothing else: whoever sends a hit, the collector counts it once. No lock is held, which would cost a page its back/forward
// cache.

import type { Shim } from "../shim";
import { Verb } from "./verbs";

/** Longer than the minute for which a browser may keep the timers of a hidden page. */
const LEASE_MS = 90_000;
const RENEW_MS = 30_000;

/** Gives the core rows; tells it from which journals they are. */
type Hand = (verb: Verb, rows: string[], calls?: [], journals?: string[]) => void;

/** Takes over what other pages left, now, and until this page's stream ends whatever they leave of what they had; after a replacement of
 * the core (`again`), what this page had as well. */
export type Look = (again?: boolean) => void;

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

  const take = async (again?: boolean): Promise<void> => {
    // A hidden page may be about to go, and must begin no transaction then.
    if (!again && (document.hidden || !left)) return;
    const isFree = (of: string): boolean => {
      if (own.has(of) || !isLeased(leases + of)) return true;
      left = true;
      return false;
    };
    // Its own stream's only for a new core, to which this page's calls are handed over, not given back.
    const mayAdopt = (row: string): boolean => {
      const of = streamOf(row);
      return of === stream ? !!again && !row.startsWith("c1") : isFree(of);
    };
    const kept = (await store.run<string[]>((rows) => rows.getAll())) || [];
    if (signal.aborted) return;
    left = false;
    const rows = kept.filter(mayAdopt);
    // What a newer version wrote is left where it is.
    const known = (key: string): boolean => /^((r1|w?c1)\x1f[^\x1d]*\x1d?)*$/.test(local.get(key));
    const journals = local.keys(prefix + ".j.").filter((key) => !key.endsWith(stream) && known(key) && isFree(streamOf(key)));
    const others = [...journals.map(local.get), ...(again ? [...store.soft.values()].filter(mayAdopt) : [])];
    for (const text of [...rows, ...journals]) own.add(streamOf(text));
    // Of pages that are gone without a word.
    for (const key of local.keys(leases)) if (!isLeased(key)) local.set(key, "");
    renew();
    hand(Verb.Adopt, others, [], journals);
    hand(Verb.AdoptStored, rows);
  };

  // One after the other: what one has taken is not there for the next.
  let taken = Promise.resolve();
  const look: Look = (again) => void (taken = taken.then(() => take(again)));

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
  renew();
  return look;
}
