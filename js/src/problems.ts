// What each code of a problem means: from the one table, which docs/problems.md is made of as well. Loaded only when something
// is wrong.

import table from "./problems.json";
import { suggest } from "./suggest";
import type { Problem, TrackerOptions } from "./types";

type Explanation = Pick<Problem, "severity" | "adobe" | "fix"> & { meaning: string };

/** A problem as it was found. */
export interface Found {
  code: string;
  place: string;
  suggestion?: string;
}

/** Says what was probably meant: a name of the vocabulary, or one of the shop's own. */
function meant({ code, place }: Found, { events, variables }: Partial<TrackerOptions>): string {
  const [, field] = /^(?:products|items)\.\d+\.(.*)/.exec(place) || [];
  if (code === "unknown_event") return suggest(place, [...EVENTS.split(" "), ...Object.keys(events || {})]);
  if (code === "alias") return ALIASES.split("|").find((_, index, names) => index % 2 && names[index - 1] === (field || place)) || "";
  if (code !== "unknown_field") return "";
  if (field) return suggest(field, PRODUCT_FIELDS.split(" "));
  return suggest(place, [...FIELDS.split(" "), ...Object.keys(variables || {})]);
}

/** Problems in words, with what was probably meant. A code of a newer core has none. */
export const explained = (problems: Found[], options: Partial<TrackerOptions> = {}): Problem[] =>
  problems.map((found) => {
    const { code, place } = found;
    const suggestion = found.suggestion || meant(found, options);
    const { meaning, ...rest } = (table as { [code: string]: Explanation })[code] || { severity: "warning", meaning: code, fix: "" };
    const message = meaning.replace("%", place).replace("@", suggestion);
    return { code, place, ...(suggestion && { suggestion }), message, ...rest };
  });
