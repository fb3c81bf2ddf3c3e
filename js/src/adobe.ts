// The package's entry with Adobe's destinations beside the collector's. Importing it does nothing.

import { create } from "./tracker";
import type { CreateTracker, Destination } from "./types";

export type * from "./types";

/** Makes the tracker of a site; a second call for the same site answers the first one's tracker. */
export const createTracker: CreateTracker<Destination> = (options) => create(options, import.meta.url);
