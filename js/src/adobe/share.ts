// What Adobe is told where a hit may not be passed on. Only in the entry `caisse/adobe`.

import type { ConsentState, Destination } from "../types";

/** Context data for Adobe's destinations, if there are any: nothing for data management platforms, nothing to be sold, nothing that its own
 * servers forward (its dimensions "CM opt-out"). Comes last in a call, so that nothing the page says stands against it. */
export const heldBack = (destinations: Destination[], share: ConsentState): object =>
  share !== "granted" && destinations.some(({ kind }) => kind !== "collector") ? { contextData: { opt: { dmp: "N", sell: "N" }, cm: { ssf: 1 } } } : {};
