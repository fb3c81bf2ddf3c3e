// Writes call snapshots: the one flat text that is the buffer between shim and core, the journal's record and the
// body of /v1/raw (format: src/call.rs). Copies what the page passed, once, by own properties; judges nothing.

export const GROUP = "\x1d";
export const RECORD = "\x1e";
export const UNIT = "\x1f";

const DEPTH_MAX = 4;
const FIELDS_MAX = 512;
/** UTF-16 units copied of a text: more than any field may keep, so that the core sees and tells that it was cut. */
const TEXT_MAX = 4096;

const record = (path: string, tagged: string): string => RECORD + path + UNIT + tagged;

/** One field of a snapshot. */
export function field(path: string, value: unknown): string {
  const type = typeof value;
  return record(
    path,
    type === "string" ? "s" + (value as string).slice(0, TEXT_MAX).replace(/[\0-\x1f]/g, " ")
    : type === "number" ? "n" + value
    : type === "boolean" ? "b" + +(value as boolean)
    : value == null ? "z"
    : "x" + type,
  );
}

/** Flattens data into fields. `rename` gives the vocabulary's name for a top-level key that the shop declared. */
export function flatten(data: unknown, rename: (key: string) => string): string {
  let out = "";
  let left = FIELDS_MAX;
  const walk = (read: () => unknown, path: string, depth: number): void => {
    if (left < 0) return;
    try {
      const value = left-- ? read() : null;
      if (left < 0) out += record(path, "xfields");
      else if (typeof value !== "object" || !value) out += field(path, value);
      else if (depth === DEPTH_MAX) out += record(path, "xdepth");
      else {
        for (const key of Object.keys(value)) {
          // Facts about the page, whose names begin with @, are not the caller's to tell.
          const name = key.slice(0, 100).replace(/[\0-\x1f>@]/g, "_");
          walk(() => (value as { [key: string]: unknown })[key], depth ? path + "." + name : rename(name), depth + 1);
        }
      }
    } catch {
      // A getter or a proxy may throw; that costs its own field.
      out += record(path, "xgetter");
    }
  };
  walk(() => data || {}, "", 0);
  return out;
}
