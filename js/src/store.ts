// Rows in IndexedDB, one transaction a time, committed at once. Knows keys and texts; decides nothing. A browser
// that refuses makes every write fail, and hits live in memory.

import { attempt } from "./ids";

const OPEN_MS_MAX = 1000;

export interface Store {
  /** Puts and deletes in one transaction; says whether it is through. */
  write(puts: [key: string, row: string][], deletes: string[]): Promise<boolean>;
  /** Every row of the site. */
  rows(): Promise<string[]>;
}

const nameOf = (site: string): string => "caisse." + site;

/** Deletes everything kept for a site. */
export function purge(site: string): void {
  // A browser that refuses this has refused to keep anything.
  attempt<unknown>(() => indexedDB.deleteDatabase(nameOf(site)), null);
}

/** The store of a site. Nothing is opened before the first call. */
export function openStore(site: string): Store {
  let opening: Promise<IDBDatabase | null> | null = null;

  const open = (): Promise<IDBDatabase | null> =>
    (opening ||= new Promise((resolve) => {
      setTimeout(resolve, OPEN_MS_MAX, null);
      try {
        // A newer version's store is left untouched: opening it as version 1 fails.
        const request = indexedDB.open(nameOf(site), 1);
        request.onupgradeneeded = () => request.result.createObjectStore("rows");
        request.onerror = (event) => {
          event.preventDefault();
          resolve(null);
        };
        request.onsuccess = () => {
          const database = request.result;
          database.onversionchange = () => {
            database.close();
            opening = null;
          };
          resolve(database);
        };
      } catch {
        resolve(null);
      }
    }));

  const run = <T>(mode: IDBTransactionMode, failed: T, work: (rows: IDBObjectStore) => IDBRequest<T> | void): Promise<T> =>
    open().then(
      (database) =>
        new Promise((resolve) => {
          try {
            const transaction = database!.transaction("rows", mode);
            const request = work(transaction.objectStore("rows"));
            transaction.oncomplete = () => resolve(request ? request.result : (true as T));
            transaction.onabort = () => resolve(failed);
            transaction.commit?.();
          } catch {
            resolve(failed);
          }
        }),
    );

  return {
    write: (puts, deletes) =>
      run<boolean>("readwrite", false, (rows) => {
        for (const [key, row] of puts) rows.put(row, key);
        for (const key of deletes) rows.delete(key);
      }),
    rows: () => run<string[]>("readonly", [], (rows) => rows.getAll()),
  };
}
