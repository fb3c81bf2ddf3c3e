//! Browsers that keep less than they should, as scripts that a page runs before the package is there.

/// Names of faults and how a page of the site is made to have them, before the package is there.
pub const STORAGE_FAULTS: [(&str, &str); 7] = [
    ("no_local_storage", "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('No', 'SecurityError') } });"),
    ("no_database", "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('No', 'SecurityError') } });"),
    (
        "neither",
        "for (const name of ['localStorage', 'indexedDB']) Object.defineProperty(window, name, { get() { throw new DOMException('No', 'SecurityError') } });",
    ),
    (
        "refused",
        "IDBFactory.prototype.open = function () {
            const request = new EventTarget();
            setTimeout(() => request.onerror?.(new Event('error', { cancelable: true })));
            return request;
        };",
    ),
    ("silent", "IDBFactory.prototype.open = () => new EventTarget();"),
    (
        "slow",
        "const own = Object.getOwnPropertyDescriptor(IDBRequest.prototype, 'onsuccess');
        Object.defineProperty(IDBOpenDBRequest.prototype, 'onsuccess', {
            set(heard) { own.set.call(this, function (event) { setTimeout(() => heard.call(this, event), 3000) }) },
        });",
    ),
    ("full", "IDBObjectStore.prototype.put = () => { throw new DOMException('Full', 'QuotaExceededError') };"),
];

/// Those of them with which a page has nowhere to put down what it has not delivered when it leaves.
pub const NO_JOURNAL: [&str; 2] = ["no_local_storage", "neither"];
