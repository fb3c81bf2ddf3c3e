-- Schema 1. Times are milliseconds since 1970 (UTC); amounts are minor units of the hit's currency.

-- One row for each hit, as first delivered.
CREATE TABLE hits (
    id          INTEGER PRIMARY KEY,
    site        TEXT    NOT NULL,
    stream      TEXT    NOT NULL,               -- 32 hex digits: a page load and a grant of consent
    seq         INTEGER NOT NULL,               -- its number within the stream, from 0
    form        TEXT    NOT NULL CHECK (form IN ('hit', 'raw')),
    kind        TEXT    NOT NULL CHECK (kind IN ('track', 'custom', 'page', 'link')),
    name        TEXT    NOT NULL,
    at          INTEGER NOT NULL,               -- by the page's clock
    corrected   INTEGER NOT NULL,               -- by ours
    received    INTEGER NOT NULL,
    visitor     TEXT    NOT NULL,               -- the stream where the page gave no visitor id
    customer    TEXT,                           -- hashed by the shop
    url         TEXT,                           -- reduced to a path template and campaign parameters
    referrer    TEXT,
    language    TEXT,
    viewport    TEXT,
    screen      TEXT,
    utc_offset  TEXT,                           -- minutes west of UTC, as the page said
    currency    TEXT,
    order_id    TEXT,
    checkout_id TEXT,
    said        INTEGER NOT NULL,               -- the figures it names, a bit each (`counted::Figure`)
    counts      INTEGER NOT NULL,               -- those it counts in: without what another hit counts for
    units       INTEGER NOT NULL,               -- pieces of all lines
    revenue     INTEGER NOT NULL,               -- line totals of all lines
    problems    TEXT    NOT NULL,               -- codes, separated by spaces
    leaked      INTEGER NOT NULL,               -- personal data was found here that the page should have found
    digest      INTEGER NOT NULL,               -- of its contents, to notice another hit under the same id
    repeats     INTEGER NOT NULL DEFAULT 0,     -- deliveries after the first
    conflicts   INTEGER NOT NULL DEFAULT 0,     -- those of them with other contents
    UNIQUE (site, stream, seq)
) STRICT;
CREATE INDEX hits_by_visitor ON hits (site, visitor, corrected, stream, seq);
CREATE INDEX hits_by_time ON hits (corrected);

-- Which hit counts for a site's order (purchase), checkout (scCheckout) or serial (other events): the earliest one.
CREATE TABLE serials (
    site   TEXT    NOT NULL,
    event  TEXT    NOT NULL,
    serial TEXT    NOT NULL,
    hit    INTEGER NOT NULL REFERENCES hits,
    PRIMARY KEY (site, event, serial)
) STRICT, WITHOUT ROWID;

-- Adobe's events of a hit; line -1 is the hit itself, others are its products.
CREATE TABLE metrics (
    hit    INTEGER NOT NULL REFERENCES hits,
    line   INTEGER NOT NULL,
    name   TEXT    NOT NULL,
    value  TEXT,                                -- exact decimal; none counts one
    serial TEXT,
    PRIMARY KEY (hit, line, name)
) STRICT, WITHOUT ROWID;

-- Products of a hit.
CREATE TABLE lines (
    hit      INTEGER NOT NULL REFERENCES hits,
    line     INTEGER NOT NULL,
    product  TEXT    NOT NULL,
    name     TEXT,
    category TEXT,
    quantity INTEGER,
    total    INTEGER,                           -- minor units of the hit's currency
    PRIMARY KEY (hit, line)
) STRICT, WITHOUT ROWID;

-- Page variables under their names on Adobe's wire (v5, c3, pageName); line as in metrics.
CREATE TABLE variables (
    hit   INTEGER NOT NULL REFERENCES hits,
    line  INTEGER NOT NULL,
    key   TEXT    NOT NULL,
    value TEXT    NOT NULL,
    PRIMARY KEY (hit, line, key)
) STRICT, WITHOUT ROWID;

-- Everything else that a hit carries: flow, step, durationMs, contextData.
CREATE TABLE data (
    hit   INTEGER NOT NULL REFERENCES hits,
    path  TEXT    NOT NULL,
    value TEXT    NOT NULL,
    PRIMARY KEY (hit, path)
) STRICT, WITHOUT ROWID;

-- Sequence numbers first..last that a page reports as yielding no hit.
CREATE TABLE lost (
    site     TEXT    NOT NULL,
    stream   TEXT    NOT NULL,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    reason   TEXT    NOT NULL,
    received INTEGER NOT NULL,
    PRIMARY KEY (site, stream, first, last, reason)
) STRICT, WITHOUT ROWID;

-- Hits that could not be read.
CREATE TABLE rejected (
    site     TEXT    NOT NULL,
    stream   TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    code     TEXT    NOT NULL,
    received INTEGER NOT NULL,
    times    INTEGER NOT NULL,
    PRIMARY KEY (site, stream, seq, code)
) STRICT, WITHOUT ROWID;

-- Fields that nobody here knows, as a newer page may send them.
CREATE TABLE ignored (
    site   TEXT    NOT NULL PRIMARY KEY,
    fields INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
