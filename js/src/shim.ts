// What the tracker's eager part shares with its engines: the calls that wait, the counters and the world. Types only.

import type { local, randomId } from "./ids";
import type { post } from "./post";
import type { send } from "./raw";
import type { Store } from "./store";
import type { Destination, Problem, Receipt, Settled, Tracker as Typed, TrackerEvents, TrackerOptions } from "./types";

/** A call that has its number. */
export interface Call {
  seq: number;
  /** What the core reads. */
  snapshot: string;
  /** Whether it must not wait: a purchase or the start of a checkout. */
  urgent: boolean;
  /** The key of its row, if it was written without the core. */
  rowKey?: string;
  /** Whether the store has that row. */
  durable?: boolean;
  /** Whether it was sent raw: then it stays raw. */
  frozen?: boolean;
  /** Whether somebody else counts it from now on: the core, or an acknowledgement that came. */
  counted?: boolean;
  /** How often an instance of the core trapped on it. */
  traps?: number;
  /** Tells the page: the receipt only the first time, listeners also what comes later. */
  settle(status: Settled["status"], reason?: string, problems?: Problem[]): void;
}

/** Counters of one destination; see `DestinationStats`. */
export interface Counters {
  destination: string;
  /** Where its beacons go, without the format's path. */
  url: string;
  /** What the page said of it; in the entry with Adobe's destinations. */
  to?: Destination;
  /** What the core is told of it there; format: src/wire.rs. */
  settings?: string;
  tracked: number;
  acknowledged: number;
  dropped: { [reason: string]: number };
  adopted: number;
  bytes: number;
}

/** Counts hits that a destination will not get. */
export type Drop = (counter: Counters, reason: string, count: number) => void;

/** The eager part, as an engine sees it. Functions are handed over, not imported: a chunk of their own would cost a request. */
export interface Shim {
  options: TrackerOptions;
  /** What a browser keeps for the site has names that begin so. */
  prefix: string;
  /** 32 hex digits: this page load and grant of consent. */
  stream: string;
  store: Store;
  counters: Counters[];
  /** Calls that no core has taken, in sequence. */
  untaken: Call[];
  /** Who listens, and to what. */
  listeners: Set<[name: string, listener: (event: never) => void]>;
  /** Whether this page has to do without the core. */
  raw?: boolean;
  /** Ends with consent, or with the tracker. */
  signal: AbortSignal;
  emit<Name extends keyof TrackerEvents>(name: Name, event: TrackerEvents[Name]): void;
  /** Writes calls to the store as they are, bluntly redacted. */
  keep(calls: Call[]): void;
  drop: Drop;
  local: typeof local;
  randomId: typeof randomId;
  post: typeof post;
  send: typeof send;
}

/** What delivers. */
export interface Engine {
  /** There are new calls among those that wait. */
  track(): void;
  /** Sends what waits, now. */
  flush(): void;
  /** The page is leaving; so many bytes may still be sent. */
  leave(budget: number): void;
  stop(): void;
}

/** The tracker without what the types know of names: at run time any may come, and the core judges them. */
export interface Tracker extends Omit<Typed, "track" | "page" | "link" | "setContext"> {
  track(name: string, data?: any): Receipt;
  page(data?: any): Receipt;
  link(link: string | { href: string }, data?: any): Receipt;
  setContext(data: any): void;
}
