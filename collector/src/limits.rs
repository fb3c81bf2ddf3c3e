//! Every number the collector obeys, with its unit and its reason. Nothing here decides anything.

use std::time::Duration;

/// Bytes of a body on the wire: what a page may send while leaving.
pub const WIRE_BYTES_MAX: usize = 65_536;
/// Bytes of a body after inflating; a gzip bomb ends here.
pub const INFLATED_BYTES_MAX: usize = 1_048_576;
/// Bytes of a too large body that are still read, so that its sender sees the 413 and not a reset connection.
pub const DRAINED_BYTES_MAX: usize = 1_048_576;
/// Time a body may take.
pub const BODY_TIME: Duration = Duration::from_secs(10);
/// Time a request's head may take; an idle connection is closed after it as well. A page's beacons are seconds apart or in a row.
pub const HEAD_TIME: Duration = Duration::from_secs(5);
/// Bytes of a request's head. A shop's cookies come along when the collector is on the shop's own host.
pub const HEAD_BYTES_MAX: usize = 32_768;
/// Header lines of a request.
pub const HEADERS_MAX: usize = 64;
/// Depth of JSON: twice that of the deepest field of XDM that is read.
pub const JSON_DEPTH_MAX: usize = 32;
/// Values in a body of JSON: two hundred hits of thirty products of ten fields. A tree of them takes some megabytes.
pub const JSON_VALUES_MAX: usize = 65_536;
/// Bodies that are inflated and decoded at once; each takes some megabytes while it is.
pub const DECODERS_MAX: usize = 4;
/// Connections at once.
pub const CONNECTIONS_MAX: usize = 2_048;
/// Connections of one address at once: browsers hold six each, and an office has one address.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 64;
/// Time that open requests have to end when the server stops; live reports would never end by themselves.
pub const STOP_TIME: Duration = Duration::from_secs(3);

/// Requests a second of one address, on average, unless the operator says otherwise: a hundred pages of an office, all at work.
pub const ADDRESS_PER_S: u32 = 50;
/// Beacons a second of one site, unless the operator says otherwise: about what one disk syncs.
pub const SITE_PER_S: u32 = 1_000;
/// Seconds of its rate that a bucket holds: what may come at once after a pause.
pub const BURST_S: u64 = 10;
/// Addresses, or sites, of which it is known how much they sent; the others share one bucket while there are so many.
pub const BUCKETS_MAX: usize = 65_536;
/// Time for which the rest of a refused request's body is still read, so that its sender sees the 429.
pub const REFUSED_BODY_TIME: Duration = Duration::from_secs(1);
/// Milliseconds between two lines in the log about senders that were refused.
pub const REFUSALS_LOG_MS: u64 = 60_000;

/// Beacons that may wait for the disk before the next ones are told to come again.
pub const WAITING_MAX: usize = 1_024;
/// Beacons that share one transaction, and so one sync to disk.
pub const GROUP_MAX: usize = 128;

/// Seconds after which a page may ask again with a version that this collector does not know.
pub const RETRY_VERSION_S: u32 = 900;
/// Seconds after which a page may try again when nothing can be stored.
pub const RETRY_STORAGE_S: u32 = 60;
/// Seconds after which a page may try again when too many others wait.
pub const RETRY_BUSY_S: u32 = 5;
/// Seconds after which a page may try again when its address or its site sent too much: a bucket is full by then.
pub const RETRY_RATE_S: u32 = 10;
/// Seconds for which a browser may keep the answer to a preflight.
pub const PREFLIGHT_AGE_S: u32 = 7_200;

/// Bytes of a request id that are echoed; the Web SDK's has 36.
pub const REQUEST_ID_BYTES_MAX: usize = 64;
/// Seconds that Edge Network's identity cookie lives: 395 days (Adobe: `client-state`).
pub const IDENTITY_AGE_S: u32 = 34_128_000;
/// Seconds that its consent cookie lives: 180 days (Adobe: `client-state`).
pub const CONSENT_AGE_S: u32 = 15_552_000;

/// Milliseconds between page and collector that count as the way, and not as a wrong clock.
pub const SKEW_MS_MIN: i64 = 5_000;
/// Milliseconds that a hit can have waited in a page: seven days in its store and one for the clock.
pub const AGE_MS_MAX: i64 = 8 * 24 * 3_600_000;
/// Highest sequence number believed: no page makes 10¹² calls, and gaps are counted from the highest.
pub const SEQ_MAX: u64 = 1 << 40;

/// Milliseconds without a hit after which a visit is over (Adobe: `components/metrics/visits`).
pub const VISIT_IDLE_MS: i64 = 30 * 60_000;
/// Milliseconds a visit can last (Adobe: `components/metrics/visits`).
pub const VISIT_MS_MAX: i64 = 12 * 3_600_000;
/// Milliseconds of silence after which an attempt to check out is abandoned: as long as a visit waits for its next hit.
pub const ATTEMPT_IDLE_MS: i64 = 30 * 60_000;
/// Rows of a breakdown, the most frequent values first.
pub const ROWS_MAX: usize = 1_000;
/// Rows of a breakdown that the report's page shows.
pub const PAGE_ROWS_MAX: usize = 50;
/// Bytes of a report's `site` and `by`.
pub const NAME_BYTES_MAX: usize = 100;

/// Live reports at once.
pub const LIVE_MAX: usize = 32;
/// Time after which a live report is worked out though nothing came: silence is what abandons an attempt.
pub const LIVE_AGAIN: Duration = Duration::from_secs(60);
/// Least time between two updates of a live report.
pub const LIVE_PAUSE: Duration = Duration::from_secs(1);
/// A live report rests for this many times what working it out took, so that watching costs a tenth at most.
pub const LIVE_REST: u32 = 10;

/// Months for which hits are kept, unless the operator says less: what the French regulator allows for measuring an audience.
pub const RETAIN_MONTHS: u32 = 25;
