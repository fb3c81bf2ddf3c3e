// What the tracker's eager part shares with its engines: the calls that wait, the counters and the world. Types only.

import type { local, randomId } from "./ids";
import type { leaveRaw, send, writeJournal } from "./leave";
import type { budget, bytes, post } from "./post";
import type { blunt, fitting } from "./raw";
import type { Store } from "./store";
import type { Problem, Settled, TrackerEvents } from "./types";

/** A call that has its number. */
export interface Call {
  seq: number;
  /** The key of its row, until the core writes its own. */
  key: string;
  /** Its snapshot. */
  text: string;
  /** Whether it must not wait: a purchase or the start of a checkout. */
  urgent: boolean;
  /** Whether it was sent raw: then it stays raw. */
  frozen: boolean;
  /** Whether the store has it. */
  durable: boolean;
  /** Whether somebody else counts it from now on: the core, or an acknowledgement that came. */
  counted: boolean;
  /** How often an instance of the core trapped on it. */
  traps: number;
  /** Tells the page; only the first time counts. */
  settle(status: Settled["status"], reason?: string, problems?: Problem[]): void;
}

/** Counters of one destination; see `DestinationStats`. */
export interface Counters {
  destination: string;
  /** Where its beacons go, without the format's path. */
  url: string;
  tracked: number;
  acknowledged: number;
  dropped: { [reason: string]: number };
  adopted: number;
  bytes: number;
}

/** Functions that the engines share with the eager part. Handed over, not imported: a chunk of its own for them would cost a request. */
export interface Kit {
  local: typeof local;
  randomId: typeof randomId;
  budget: typeof budget;
  bytes: typeof bytes;
  post: typeof post;
  blunt: typeof blunt;
  fitting: typeof fitting;
  writeJournal: typeof writeJournal;
  leaveRaw: typeof leaveRaw;
  send: typeof send;
}

/** The eager part, as an engine sees it. */
export interface Shim {
  site: string;
  /** Where raw calls go: the first collector. */
  url: string;
  /** What the core needs of the options; format: src/options.rs. */
  options: string;
  /** 32 hex digits: this page load and grant of consent. */
  stream: string;
  store: Store;
  kit: Kit;
  counters: Counters[];
  /** Ends with consent, or with the tracker. */
  signal: AbortSignal;
  emit<Name extends keyof TrackerEvents>(name: Name, event: TrackerEvents[Name]): void;
}

/** What delivers. */
export interface Engine {
  track(calls: Call[]): void;
  /** Sends what waits, now. */
  flush(): void;
  /** The page is leaving. */
  leave(): void;
  stop(): void;
}
