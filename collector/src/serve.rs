//! Serves a router over HTTP/1.1 with what `axum::serve` lacks: a deadline for a request's head, bounds on connections and on those of one
//! address, and an end although live reports never finish by themselves. Tells the router who is at the other end.

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::address::{Peer, bucket};
use crate::limits::{CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX, HEAD_BYTES_MAX, HEAD_TIME, HEADERS_MAX, STOP_TIME};

/// Serves until `stop` is done, then lets open requests end for a moment. A trusted proxy may hold as many connections as it likes.
pub async fn serve(listener: TcpListener, router: Router, proxies: &[IpAddr], stop: impl Future<Output = ()>) {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
    let open = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let seats = Seats::default();
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of file descriptors, most likely; asking again at once would only burn time.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        let peer = peer.ip().to_canonical();
        // Closed at once: whoever holds so many will not miss this one.
        let Some(seat) = seats.take(peer, proxies.contains(&peer)) else { continue };
        let router = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request| {
            request.extensions_mut().insert(Peer(peer));
            router.call(request)
        });
        let connection = open.watch(server.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // Whoever goes away in the middle of a request has nobody to complain to.
            let _gone = connection.await;
            drop((place, seat));
        });
    }
    drop(listener);
    let _late = tokio::time::timeout(STOP_TIME, open.shutdown()).await;
}

/// How many connections each address holds.
#[derive(Clone, Default)]
struct Seats(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One of them; given back when it is dropped.
struct Seat {
    seats: Seats,
    address: IpAddr,
}

impl Seats {
    /// Nothing, if this address holds as many as it may.
    fn take(&self, address: IpAddr, unbounded: bool) -> Option<Seat> {
        let address = bucket(address);
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= CONNECTIONS_PER_ADDRESS_MAX && !unbounded {
            return None;
        }
        *count += 1;
        Some(Seat { seats: self.clone(), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut held = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_so_many_connections() {
        let (seats, one, other) = (Seats::default(), IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let mut held: Vec<_> = (0..CONNECTIONS_PER_ADDRESS_MAX).map(|_| seats.take(one, false).expect("a seat")).collect();
        assert!(seats.take(one, false).is_none());
        assert!(seats.take(one, true).is_some() && seats.take(other, false).is_some());
        held.pop();
        assert!(seats.take(one, false).is_some());
        held.clear();
        assert!(seats.0.lock().expect("no panic").is_empty());
    }
}
