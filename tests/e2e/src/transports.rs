//! Browsers that cannot send as they should, as scripts that a page runs before the package is there.

/// Names of faults, and how a page of the site is made to have them.
pub const TRANSPORT_FAULTS: [(&str, &str); 6] = [
    ("no_keepalive", "delete Request.prototype.keepalive;"),
    ("beacon_refused", "delete Request.prototype.keepalive; Navigator.prototype.sendBeacon = () => false;"),
    // It says that it was sent, and never is.
    ("beacon_lost", "delete Request.prototype.keepalive; Navigator.prototype.sendBeacon = () => true;"),
    ("beacon_throws", "delete Request.prototype.keepalive; Navigator.prototype.sendBeacon = () => { throw new TypeError('No') };"),
    ("no_beacon", "delete Request.prototype.keepalive; delete Navigator.prototype.sendBeacon;"),
    // The browser says that there is no network, though there is.
    ("never_online", "Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false });"),
];
