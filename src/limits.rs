//! Every number the core obeys, with its unit and its reason. Nothing here decides anything.

/// Wire and store version. The collector accepts this one and the one before it.
pub const VERSION: u32 = 1;

/// Hits in one batch. Twenty checkout events fit into [`BATCH_BYTES_MAX`] with room for the envelope.
pub const BATCH_HITS_MAX: usize = 20;
/// Bytes of one beacon's body. Four such bodies fit into the 64 KiB that a page may send while leaving.
pub const BATCH_BYTES_MAX: usize = 16_384;
/// Milliseconds the oldest hit waits for company. Longer, and funnels lose people who leave the page.
pub const BATCH_WAIT_MS: u64 = 2_000;

/// Hits one destination keeps waiting before it sheds the least important.
pub const QUEUE_HITS_MAX: usize = 10_000;
/// Bytes one destination keeps waiting (9 MB), well below any browser's quota for a site.
pub const QUEUE_BYTES_MAX: usize = 9_000_000;
/// Milliseconds a hit may wait: 7 days, the age at which Safari clears what a script stored.
pub const HIT_AGE_MS_MAX: u64 = 7 * 24 * 3_600_000;

/// Milliseconds after which a hit is no longer sent to Adobe Analytics without its time, which would be counted as now: a visit's half hour.
pub const ADOBE_TIMELESS_AGE_MS_MAX: u64 = 30 * 60_000;
/// Events in one request to Adobe Edge Network.
pub const ADOBE_EDGE_HITS_MAX: usize = 10;

/// First pause after a failed attempt, in milliseconds; doubles with each further one.
pub const BACKOFF_MS_MIN: u64 = 1_000;
/// Longest pause between attempts, in milliseconds.
pub const BACKOFF_MS_MAX: u64 = 300_000;
/// Pause when the collector refuses us as a whole (401, 403, 404, 410): 15 minutes.
pub const PARK_MS: u64 = 900_000;
/// Pause for a `Retry-After` that cannot be read, in seconds.
pub const RETRY_AFTER_S_DEFAULT: u64 = 60;
/// Longest `Retry-After` believed, in seconds: one day.
pub const RETRY_AFTER_S_MAX: u64 = 86_400;
/// Failed attempts in a row after which one small batch probes before the rest follows.
pub const BREAKER_FAILURES: u32 = 5;
/// Hits in a probing batch.
pub const PROBE_HITS_MAX: usize = 1;

/// Levels of nesting a call's data may have; deeper values are refused.
pub const DEPTH_MAX: usize = 4;
/// Fields one call may have after flattening.
pub const FIELDS_MAX: usize = 512;
/// Products in one hit. Adobe says that more than 20 add processing latency; more than this is a mistake.
pub const PRODUCTS_MAX: usize = 100;
/// Bytes of a text nobody documented a shorter limit for.
pub const TEXT_BYTES_MAX: usize = 1_024;
/// Bytes of a URL or another fact about the page; longer ones are left out.
pub const CONTEXT_BYTES_MAX: usize = 2_048;
/// Bytes of an encoded hit; a larger one cannot share a beacon with anything.
pub const HIT_BYTES_MAX: usize = 12_288;

/// Bytes of the facts of an event, or of a product, after which no more are taken: twice what a hit may have, which is given up
/// as too large. More would only cost the page time and memory.
pub const FACTS_BYTES_MAX: usize = 2 * HIT_BYTES_MAX;

/// Bytes of an eVar or `campaign` (Adobe: `page-vars/evar`).
pub const EVAR_BYTES_MAX: usize = 255;
/// Bytes of a prop, page name, channel, server, product name or category (Adobe: `page-vars/prop`, `products`).
pub const PROP_BYTES_MAX: usize = 100;
/// Bytes of an order id or an event's serial; Adobe cuts longer ones, and two may then collide.
pub const ID_BYTES_MAX: usize = 20;
/// Bytes of all context data, keys and values together, that Adobe takes (Adobe: `page-vars/contextdata`).
pub const CONTEXT_DATA_BYTES_MAX: usize = 32_768;
/// Bytes that the advisor remembers of a visit: some three hundred products.
pub const MEMORY_BYTES_MAX: usize = 16_384;
/// Highest eVar, prop, list and custom event numbers (Adobe: `page-vars/*`).
pub const EVAR_MAX: u32 = 250;
/// Highest prop number.
pub const PROP_MAX: u32 = 75;
/// Highest list variable number.
pub const LIST_MAX: u32 = 3;
/// Highest hierarchy variable number.
pub const HIER_MAX: u32 = 5;
/// Highest custom event number.
pub const EVENT_MAX: u32 = 1_000;
/// Digits after the point kept of a price: a bolt may cost 0.0125.
pub const SCALE_MAX: u8 = 6;

/// Bytes of a request's URL to Adobe Analytics beyond which it goes by POST, where AppMeasurement 2.27.0 draws the line.
pub const ADOBE_GET_BYTES_MAX: usize = 2_047;
/// Units of UTF-16 of a page's URL that Adobe keeps in one parameter; the rest goes in another (AppMeasurement 2.27.0).
pub const ADOBE_URL_UNITS_MAX: usize = 255;

/// Steps of one checkout. Ten would be too many for a visitor; more than this is a mistake.
pub const CHECKOUT_STEPS_MAX: usize = 30;
/// Refused fields that are told of one step of a checkout: the first ones say what stops people.
pub const CHECKOUT_ERRORS_MAX: u64 = 20;
/// Milliseconds after a sign of somebody in which they are still there: reading an address aloud takes less.
pub const CHECKOUT_IDLE_MS: u64 = 60_000;
/// Milliseconds between a form or a link of the checkout and the end of the page, in which the page was not left but gone on from.
pub const CHECKOUT_GOING_MS: u64 = 1_000;
