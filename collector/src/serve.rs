//! Serves a router over HTTP/1.1 with what `axum::serve` lacks: a deadline for a request's head, a bound on connections,
//! and an end although live reports never finish by themselves.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::limits::{CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_TIME, HEADERS_MAX, STOP_TIME};

/// Serves until `stop` is done, then lets open requests end for a moment.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
    let open = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
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
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely; asking again at once would only burn time.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        let connection = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let connection = open.watch(connection);
        tokio::spawn(async move {
            // Whoever goes away in the middle of a request has nobody to complain to.
            let _gone = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _late = tokio::time::timeout(STOP_TIME, open.shutdown()).await;
}
