// The package's default entry. Importing it does nothing.

import { create } from "./tracker";
import type { CreateTracker } from "./types";

export type * from "./types";

/** Makes the tracker of a site; a second call for the same site answers the first one's tracker. */
export const createTracker: CreateTracker = (options) => create(options, import.meta.url);
