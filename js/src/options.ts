// Finds what is wrong with the options of `createTracker`. Loaded only when somebody wants to know: the tracker works
// without what it does not understand, and stays silent without what it needs.

import { explained, type Found } from "./problems";
import { suggest } from "./suggest";
import type { AdobeAnalyticsDestination, AdobeEdgeDestination, CollectorDestination, Destination, Problem, TrackerOptions } from "./types";

/** Every option, so that the compiler notices one that is missing here. */
type Names<Options> = { [Name in keyof Required<Options>]: true };

const TRACKER: Names<TrackerOptions> = {
  site: true,
  destination: true,
  consent: true,
  currency: true,
  events: true,
  variables: true,
  beforeSend: true,
  debug: true,
  batch: true,
  identity: true,
  wasmUrl: true,
};
const BATCH: Names<NonNullable<TrackerOptions["batch"]>> = { maxEvents: true, maxWaitMs: true, maxBytes: true };
const DESTINATIONS = {
  collector: { kind: true, url: true } satisfies Names<CollectorDestination>,
  "adobe-analytics": {
    kind: true,
    reportSuite: true,
    trackingServer: true,
    orgId: true,
    timestamps: true,
    linkTrackVars: true,
    linkTrackEvents: true,
  } satisfies Names<AdobeAnalyticsDestination>,
  "adobe-edge": { kind: true, datastreamId: true, orgId: true, edgeDomain: true, consent: true } satisfies Names<AdobeEdgeDestination>,
};
/** What a destination is nothing without. */
const NEEDED = { collector: ["url"], "adobe-analytics": ["reportSuite", "trackingServer"], "adobe-edge": ["datastreamId", "orgId"] };
const KINDS = ADOBE ? Object.keys(DESTINATIONS) : ["collector"];

/** What is wrong, in the order of the options' documentation. */
export function problemsOf(options: TrackerOptions<any, any, any>): Problem[] {
  const problems: Found[] = [];
  const tell = (code: string, place: string, word: unknown, known: string[]): void => {
    const suggestion = suggest(String(word), known);
    problems.push(suggestion ? { code, place, suggestion } : { code, place });
  };
  const names = (given: object | undefined, known: object, path: string): void => {
    for (const name of Object.keys(given || {})) {
      if (!Object.hasOwn(known, name)) tell("unknown_option", path + name, name, Object.keys(known));
    }
  };
  const value = (place: string, given: unknown, allowed: string[]): void => {
    if (!allowed.includes(given as string)) tell("bad_option", place, given, allowed);
  };

  names(options, TRACKER, "");
  names(options.batch, BATCH, "batch.");
  if (!options.site) tell("bad_option", "site", "", []);
  value("consent", options.consent ?? "pending", ["granted", "pending", "denied"]);
  value("identity", options.identity ?? "visitor", ["visitor", "none"]);
  const destinations: Destination[] = [options.destination].flat();
  if (!destinations.length) destinations.push(undefined as never);
  destinations.forEach((destination, index) => {
    const path = destinations.length > 1 ? "destination." + index : "destination";
    if (!destination) return tell("bad_option", path, "", []);
    value(path + ".kind", destination.kind, KINDS);
    const kind = KINDS.includes(destination.kind) ? destination.kind : "collector";
    names(destination, DESTINATIONS[kind], path + ".");
    for (const name of NEEDED[kind]) if (!(destination as never)[name]) tell("bad_option", path + "." + name, "", []);
    if (destination.kind === "adobe-edge" && typeof destination.consent === "string") value(path + ".consent", destination.consent, ["adobe-1.0", "adobe-2.0"]);
    if (destination.kind === "adobe-analytics") value(path + ".timestamps", destination.timestamps ?? "none", ["none", "optional", "required"]);
  });
  return explained(problems);
}
