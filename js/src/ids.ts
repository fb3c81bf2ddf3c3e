// Ids that nobody can guess, and the one that outlives a page. Reads and writes storage only when asked.

/** 13 months, the longest a visitor id may live; it is not renewed by visits. */
const VISITOR_MS = 395 * 86_400_000;

/** 32 random hex digits. */
export const randomId = (): string =>
  crypto.getRandomValues(new Uint8Array(16)).reduce((id, byte) => id + (byte + 256).toString(16).slice(1), "");

/** What `work` answers; nothing on a page that refuses. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {}
}

/** localStorage, by properties, which is shorter than by methods; survives a browser that refuses. */
export const local = {
  get: (key: string): string => attempt(() => localStorage[key]) || "",
  /** An empty value removes the key. */
  set: (key: string, value: string): void => void attempt(() => (value ? (localStorage[key] = value) : delete localStorage[key])),
  keys: (prefix: string): string[] => attempt(() => Object.keys(localStorage).filter((key) => key.startsWith(prefix))) || [],
};

/** The visitor's id that is kept under a key; made if there is none or it is too old. */
export function visitorId(key: string): string {
  const [id, made] = local.get(key).split(".");
  if (Date.now() - +made! < VISITOR_MS) return id!;
  const fresh = randomId();
  local.set(key, fresh + "." + Date.now());
  return fresh;
}
