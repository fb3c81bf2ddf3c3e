// Ids that nobody can guess, and the one that outlives a page. Reads and writes storage only when asked.

/** 13 months, the longest a visitor id may live; it is not renewed by visits. */
const VISITOR_MS = 395 * 86_400_000;

/** 32 random hex digits. */
export const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1)).join("");

/** What `work` answers, or `failed` on a page that refuses. */
export function attempt<T>(work: () => T, failed: T): T {
  try {
    return work();
  } catch {
    return failed;
  }
}

/** localStorage under a prefix of its own; every method survives a browser that refuses. */
export const local = {
  get: (key: string): string | null => attempt(() => localStorage.getItem("caisse." + key), null),
  set: (key: string, value: string | null): void =>
    attempt(() => (value === null ? localStorage.removeItem("caisse." + key) : localStorage.setItem("caisse." + key, value)), undefined),
  /** Keys that begin with `prefix`, without "caisse." */
  keys: (prefix: string): string[] =>
    attempt(() => Object.keys(localStorage).flatMap((key) => (key.startsWith("caisse." + prefix) ? [key.slice(7)] : [])), []),
};

/** The visitor's id for a site; made if there is none or it is too old. */
export function visitorId(site: string): string {
  const [id, made] = (local.get(site + ".v") || "").split(".");
  if (id && Date.now() - +made! < VISITOR_MS) return id;
  const fresh = randomId();
  local.set(site + ".v", fresh + "." + Date.now());
  return fresh;
}
