// Writes call snapshots: the one flat text that is the buffer between shim and core, the journal's record and the
// body of /v1/raw (format: src/call.rs). Copies what the page passed, once, by own properties; judges nothing.

export const GROUP = "\x1d";
export const RECORD = "\x1e";
export const UNIT = "\x1f";

const DEPTH_MAX = 4;
const FIELDS_MAX = 512;
/** UTF-16 units copied of a text: more than any field may keep, so that the core sees and tells that it was cut. */
const TEXT_MAX = 4096;

const clean = (text: string): string => text.replace(/[\0-\x1f]/g, " ");

const unusable = (path: string, why: string): string => RECORD + path + UNIT + "x" + why;

/** One field of a snapshot. */
export function field(path: string, value: unknown): string {
  const type = typeof value;
  if (type === "string") return RECORD + path + UNIT + "s" + clean((value as string).slice(0, TEXT_MAX));
  if (type === "number") return RECORD + path + UNIT + "n" + value;
  if (type === "boolean") return RECORD + path + UNIT + "b" + (value ? 1 : 0);
  return value == null ? RECORD + path + UNIT + "z" : unusable(path, type);
}

/** Flattens data into fields. `rename` gives the vocabulary's name for a top-level key that the shop declared. */
export function flatten(data: unknown, rename: (key: string) => string = (key) => key): string {
  let out = "";
  let left = FIELDS_MAX;
  const walk = (value: unknown, path: string, depth: number): void => {
    if (left < 0) return;
    if (!left--) {
      out += unusable(path, "fields");
    } else if (typeof value !== "object" || value === null) {
      out += field(path, value);
    } else if (depth === DEPTH_MAX) {
      out += unusable(path, "depth");
    } else {
      attempt(path, () => {
        for (const key of Object.keys(value)) {
          const name = key.slice(0, 100).replace(/[\0-\x1f>]/g, "_");
          const place = depth ? path + "." + name : rename(name);
          attempt(place, () => walk((value as { [key: string]: unknown })[key], place, depth + 1));
        }
      });
    }
  };
  // A getter or a proxy may throw; that costs its own field.
  const attempt = (path: string, work: () => void): void => {
    try {
      work();
    } catch {
      out += unusable(path, "getter");
    }
  };
  walk(data || {}, "", 0);
  return out;
}
