// Owns durability: rows in IndexedDB, one transaction a time, committed at once; in the journal whatever is not known to be
// there. Knows keys and texts; decides nothing about hits. Where a browser refuses both, hits live in memory.

import { attempt, local } from "./ids";
import { GROUP } from "./snapshot";

const OPEN_MS_MAX = 1000;
/** UTF-16 units a journal may have: localStorage is the page's too. */
const JOURNAL_MAX = 131_072;

/** What one transaction does, by key: a row to put, or an empty text where one is to be deleted. */
export type Changes = Map<string, string>;

export interface Store {
  /** Rows that are not known to be on disk, by key. */
  soft: Map<string, string>;
  /** While the page leaves, no transaction is begun: Safari would suspend it, and every other page's with it. */
  leaving: boolean;
  /** Puts and deletes in one transaction; says whether it is through. */
  write(changes: Changes): Promise<true | void>;
  /** Keeps the soft rows synchronously, as many as may be kept; removes the journal if there are none. */
  journal(): void;
  /** One transaction; answers what `work` asked for, or nothing if it failed. */
  run<T = true>(work: (rows: IDBObjectStore) => IDBRequest<T> | void): Promise<T | void>;
}

/** Deletes everything kept under a prefix. */
export function purge(prefix: string): void {
  for (const key of local.keys(prefix + ".")) local.set(key, "");
  // A browser that refuses this has refused to keep anything.
  attempt(() => indexedDB.deleteDatabase(prefix));
}

/** The store under a prefix, for a page's stream. Nothing is opened before the first call. */
export function openStore(prefix: string, stream: string): Store {
  const soft = new Map<string, string>();
  let opening: Promise<IDBDatabase> | null = null;

  const open = (): Promise<IDBDatabase> =>
    (opening ||= new Promise((resolve, reject) => {
      setTimeout(reject, OPEN_MS_MAX);
      // A newer version's store is left untouched: opening it as version 1 fails.
      const request = indexedDB.open(prefix, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("rows");
      request.onerror = (event) => {
        event.preventDefault();
        reject();
      };
      request.onsuccess = () => {
        const database = request.result;
        // Somebody deletes it, or the browser has cleared it away.
        database.onclose = database.onversionchange = () => {
          database.close();
          opening = null;
        };
        resolve(database);
      };
    }));

  const run = <T = true>(work: (rows: IDBObjectStore) => IDBRequest<T> | void): Promise<T | void> =>
    open()
      .then(
        (database) =>
          new Promise<T>((resolve, reject) => {
            const transaction = database.transaction("rows", "readwrite");
            const request = work(transaction.objectStore("rows"));
            transaction.oncomplete = () => resolve(request ? request.result : (true as T));
            transaction.onabort = reject;
            transaction.commit();
          }),
      )
      .catch(() => {});

  const store: Store = {
    soft,
    leaving: false,
    async write(changes) {
      changes.forEach((row, key) => (row ? soft.set(key, row) : soft.delete(key)));
      if (store.leaving) return;
      const kept = await run((rows) => changes.forEach((row, key) => (row ? rows.put(row, key) : rows.delete(key))));
      // A row that was put again meanwhile is as soft as before.
      if (kept) changes.forEach((row, key) => soft.get(key) === row && soft.delete(key));
      if (!kept || !soft.size) store.journal();
      return kept;
    },
    journal() {
      let text = "";
      for (const row of soft.values()) if (text.length + row.length < JOURNAL_MAX) text += (text && GROUP) + row;
      local.set(prefix + ".j." + stream, text);
    },
    run,
  };
  return store;
}
