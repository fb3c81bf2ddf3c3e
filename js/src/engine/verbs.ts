// What the core can be asked to do. Gone once the package is built: numbers stand in its place.

/** The core's verbs; the table in src/browser/entry.rs. */
export const enum Verb {
  Start,
  Track,
  Adopt,
  AdoptStored,
  Answered,
  Tick,
  Flush,
  Leave,
}
