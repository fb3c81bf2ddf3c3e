//! A proxy between pages and a shop's collector, which does to requests what a test has planned. One request a connection:
//! a browser sends again by itself what went wrong on a connection that it used before, and the plan would not know.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::fault::{Fault, Head};
use crate::place::Place;
use crate::server::lock;
use crate::shop::Shop;

/// How long a test waits for a request. Only one that fails waits that long.
const WAIT_MAX: Duration = Duration::from_secs(60);
const ASK_EVERY: Duration = Duration::from_millis(20);
/// How long another program may keep the proxy's port while nobody listens there.
const PORT_WAIT_MAX: Duration = Duration::from_secs(10);
/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16_384;
/// What a page may post to in order to have a request under way for as long as nothing heals.
const HELD: &str = "/held";

/// A request that came, and what happened to it.
#[derive(Clone, Debug)]
pub struct Request {
    /// When its head had come.
    pub at: Instant,
    /// What happened to it.
    pub fault: Fault,
    /// Bytes of its body.
    pub bytes: usize,
    /// When the collector had taken it in.
    pub committed: Option<Instant>,
}

/// A running proxy.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    inside: Arc<Inside>,
    serving: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Inside {
    collector: String,
    plan: Mutex<VecDeque<Fault>>,
    standing: Mutex<Fault>,
    requests: Mutex<Vec<Request>>,
    /// Whether a page went where a redirect pointed.
    followed: Mutex<bool>,
    /// Grows when everything that hangs is to be cut.
    healed: watch::Sender<u64>,
}

impl Proxy {
    /// Opens a proxy before a shop's collector.
    ///
    /// # Panics
    /// If it cannot listen.
    #[track_caller]
    pub fn before(shop: &Shop) -> impl Future<Output = Self> {
        let (place, collector) = (Place::here(), shop.authority().to_owned());
        async move {
            let listener = place.expect("a port", TcpListener::bind(("127.0.0.1", 0)).await);
            let address = place.expect("a port", listener.local_addr());
            let inside = Arc::new(Inside {
                collector,
                plan: Mutex::default(),
                standing: Mutex::new(Fault::None),
                requests: Mutex::default(),
                followed: Mutex::default(),
                healed: watch::Sender::new(0),
            });
            let serving = Some(tokio::spawn(accept(listener, inside.clone())));
            Self { address, inside, serving }
        }
    }

    /// An address behind the proxy; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What happens to the next requests, one after the other. What comes after them is passed on, or whatever
    /// [`Proxy::always`] says.
    pub fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.inside.plan).extend(faults);
    }

    /// What happens to every request that is not in the plan, until the proxy heals.
    pub fn always(&self, fault: Fault) {
        *lock(&self.inside.standing) = fault;
    }

    /// From now on nothing happens to a request; those that hang are cut.
    pub fn heal(&self) {
        lock(&self.inside.plan).clear();
        self.always(Fault::None);
        self.inside.healed.send_modify(|healed| *healed += 1);
    }

    /// Refuses connections, and cuts those there are.
    pub async fn close(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            // It ends because of that, and with it the listener.
            let _ = serving.await;
        }
    }

    /// Listens again, at the same address, unless it does.
    ///
    /// # Panics
    /// If the port is taken.
    #[track_caller]
    pub fn open(&mut self) -> impl Future<Output = ()> {
        let place = Place::here();
        async move {
            if self.serving.is_some() {
                return;
            }
            let end = Instant::now() + PORT_WAIT_MAX;
            let listener = loop {
                match TcpListener::bind(self.address).await {
                    Ok(listener) => break listener,
                    Err(error) if Instant::now() > end => place.fail(format_args!("the proxy's port: {error}")),
                    Err(_) => tokio::time::sleep(ASK_EVERY).await,
                }
            };
            self.serving = Some(tokio::spawn(accept(listener, self.inside.clone())));
        }
    }

    /// The requests for the collector so far, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.inside.requests).clone()
    }

    /// Whether a page went where a redirect pointed.
    pub fn followed(&self) -> bool {
        *lock(&self.inside.followed)
    }

    /// Waits until the requests are as they should be.
    ///
    /// # Panics
    /// If they are not in time.
    #[track_caller]
    pub fn until(&self, what: impl Fn(&[Request]) -> bool) -> impl Future<Output = ()> {
        let place = Place::here();
        async move {
            let end = Instant::now() + WAIT_MAX;
            while !what(&self.requests()) {
                if Instant::now() > end {
                    place.fail(format_args!("waited for a request in vain: {:?}", self.requests()));
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

/// Serves until it is aborted; its connections end with it.
async fn accept(listener: TcpListener, inside: Arc<Inside>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        // A page that has gone, or a fault of our own: nobody is left to tell.
        let inside = inside.clone();
        connections.spawn(async move { serve(stream, &inside).await.unwrap_or_default() });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(mut stream: TcpStream, inside: &Inside) -> io::Result<()> {
    let mut healed = inside.healed.subscribe();
    healed.mark_unchanged();
    let Some((head, mut body)) = read_head(&mut stream).await? else { return Ok(()) };
    if !head.path.starts_with("/hits/") {
        *lock(&inside.followed) |= head.path == "/elsewhere";
        if head.path == HELD {
            healed.changed().await.unwrap_or_default();
        }
        return reset(stream);
    }
    let planned = if head.method == "POST" { lock(&inside.plan).pop_front() } else { Some(Fault::None) };
    let fault = planned.unwrap_or_else(|| *lock(&inside.standing));
    let number = {
        let mut requests = lock(&inside.requests);
        requests.push(Request { at: Instant::now(), fault, bytes: head.length, committed: None });
        requests.len() - 1
    };
    if fault == Fault::ResetBefore {
        return reset(stream);
    }
    while body.len() < head.length {
        if stream.read_buf(&mut body).await? == 0 {
            return Ok(());
        }
    }
    if let Some(answer) = fault.answer(&head, &body) {
        stream.write_all(&answer).await?;
        return stream.shutdown().await;
    }
    if let Fault::Late(millis) = fault {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    let mut answer = Vec::new();
    if fault != Fault::Stall(false) {
        answer = pass_on(inside, &head, &body).await?;
        lock(&inside.requests)[number].committed = Some(Instant::now());
    }
    finish(stream, fault, &answer, (inside, &head, &body), healed).await
}

/// What is left to happen once the collector has answered.
async fn finish(
    mut stream: TcpStream,
    fault: Fault,
    answer: &[u8],
    (inside, head, body): (&Inside, &Head, &[u8]),
    mut healed: watch::Receiver<u64>,
) -> io::Result<()> {
    match fault {
        Fault::ResetAfter => return reset(stream),
        Fault::Stall(_) => {
            // Ends as well when the page has given up: its connection then answers that there is no more to read.
            tokio::select! {
                _ = healed.changed() => {}
                _ = stream.read_u8() => {}
            }
            return reset(stream);
        }
        Fault::HalfBody => {
            let start = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
            stream.write_all(&answer[..(start + answer.len()) / 2]).await?;
        }
        Fault::Drip => {
            for byte in answer {
                stream.write_all(&[*byte]).await?;
                tokio::select! {
                    _ = healed.changed() => return reset(stream),
                    () = tokio::time::sleep(Duration::from_secs(1)) => {}
                }
            }
        }
        Fault::Twice => stream.write_all(&pass_on(inside, head, body).await?).await?,
        Fault::Unreadable => {
            let text = String::from_utf8_lossy(answer);
            stream.write_all(text.replace("access-control-allow-origin", "x-nothing").as_bytes()).await?;
        }
        // The others have been answered by now, or need no more than the answer.
        Fault::None
        | Fault::ResetBefore
        | Fault::Status(_)
        | Fault::RetryAfter(..)
        | Fault::RetryAt(_)
        | Fault::TooLarge(_)
        | Fault::Poison(_)
        | Fault::Redirect
        | Fault::Captive
        | Fault::WrongBatch
        | Fault::Lie
        | Fault::NoContent
        | Fault::Late(_) => stream.write_all(answer).await?,
    }
    stream.shutdown().await
}

/// The head of a request and what has come of its body; nothing if the browser had nothing to say.
async fn read_head(stream: &mut TcpStream) -> io::Result<Option<(Head, Vec<u8>)>> {
    let mut bytes = Vec::new();
    while bytes.len() < HEAD_BYTES_MAX {
        if stream.read_buf(&mut bytes).await? == 0 {
            break;
        }
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let body = bytes.split_off(end + 4);
            return Ok(Some((Head::read(&String::from_utf8_lossy(&bytes[..end])), body)));
        }
    }
    Ok(None)
}

/// The collector's answer to a request, byte for byte.
async fn pass_on(inside: &Inside, head: &Head, body: &[u8]) -> io::Result<Vec<u8>> {
    let mut collector = TcpStream::connect(&inside.collector).await?;
    collector.write_all(&head.to(&inside.collector, body)).await?;
    let mut answer = Vec::new();
    collector.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Ends a connection so that the browser hears of a reset, not of an end.
fn reset(stream: TcpStream) -> io::Result<()> {
    stream.set_zero_linger()
}
