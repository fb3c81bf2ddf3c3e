//! Lets through what one address and one site may send, and refuses the rest with a 429 that says when to come again. Stands behind `origin`,
//! so that a page can read the refusal. Counts requests and beacons, never what they hold.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use caisse::call::Millis;

use crate::address::{Cut, Peer, bucket, sender};
use crate::answer::Problem;
use crate::buckets::Buckets;
use crate::limits::REFUSALS_LOG_MS;
use crate::settings::Settings;
use crate::{Shared, body};

/// Who sent how much.
#[derive(Debug)]
pub(crate) struct Gate {
    addresses: Mutex<Buckets<IpAddr>>,
    sites: Mutex<Buckets<String>>,
    /// When the log was last told of an address.
    told: Mutex<Millis>,
}

impl Gate {
    pub(crate) fn new(settings: &Settings) -> Self {
        let addresses = Mutex::new(Buckets::new(settings.rates.address_per_s));
        Self { addresses, sites: Mutex::new(Buckets::new(settings.rates.site_per_s)), told: Mutex::new(0) }
    }

    /// Whether this address may ask once more.
    fn admits(&self, address: IpAddr, now: Millis) -> bool {
        let admits = lock(&self.addresses).take(&bucket(address), now);
        if !admits {
            let mut told = lock(&self.told);
            if now.saturating_sub(*told) >= REFUSALS_LOG_MS {
                *told = now;
                eprintln!("caisse-collector: refusing some of what {} sends: too many requests", Cut(address));
            }
        }
        admits
    }

    /// Whether this site may have one more beacon stored.
    pub(crate) fn admits_beacon(&self, site: &str, now: Millis) -> Result<(), Problem> {
        lock(&self.sites).take(site, now).then_some(()).ok_or_else(Problem::too_many)
    }
}

/// Counts are whole at any moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets a request through, or not. One whose other end is not known, as in another program's server, is not counted.
pub(crate) async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|Peer(address)| *address);
    let address = peer.map(|peer| sender(peer, request.headers(), &shared.settings.trusted_proxies));
    if address.is_none_or(|address| shared.gate.admits(address, (shared.clock)())) {
        return next.run(request).await;
    }
    body::discard(request.into_body()).await;
    Problem::too_many().into_response()
}
