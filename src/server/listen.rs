//! Connections: who may come, how slowly, and how all of it ends.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;

use super::shared::Peer;

/// The head of a request may come so slowly, and a connection be idle so long.
const HEAD: Duration = Duration::from_secs(20);
/// So many connections at once; the others wait until they are accepted.
const CONNECTIONS: usize = 1024;
/// Bytes of a request's head.
const HEAD_BYTES: usize = 64 << 10;
/// So long a client may read nothing of an answer that is being sent.
const UNREAD: Duration = Duration::from_secs(20);

/// How it ended.
pub struct Ended {
    /// Connections whose requests weren't answered in time.
    pub dropped: usize,
    /// When all else must have ended.
    pub until: Instant,
}

/// Answers connections until `stop` is there, then finishes what runs, for as long as `grace`.
pub async fn listen(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> Ended {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let permit = room.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let Some((permit, accepted)) = unless(stop.as_mut(), next).await else {
            break;
        };
        let Ok((stream, address)) = accepted else {
            // Out of file descriptors, or a client that was gone at once: there may be room again soon.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let inner = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(address));
            inner.call(request)
        });
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(UNREAD));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(Box::pin(stream)), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that breaks off is its own affair.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    let until = Instant::now() + grace;
    // Who has no request under way goes at once.
    let all = tokio::time::timeout(grace, graceful.shutdown()).await;
    Ended {
        // A permit goes a little after its connection.
        dropped: match all {
            Ok(()) => 0,
            Err(_) => CONNECTIONS - room.available_permits(),
        },
        until,
    }
}

/// Whether `thread` ends before `until`; it isn't waited for any longer.
pub fn ends(thread: JoinHandle<()>, until: Instant) -> std::thread::Result<bool> {
    while !thread.is_finished() {
        if Instant::now() >= until {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    thread.join().map(|()| true)
}

/// What `work` gives, unless `stop` is there before.
async fn unless<T>(
    mut stop: std::pin::Pin<&mut impl Future<Output = ()>>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| match stop.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => work.as_mut().poll(context).map(Some),
    })
    .await
}

/// The signal to stop: Ctrl-C, or what a service manager sends.
///
/// # Errors
/// If the system lets nobody listen for it.
#[cfg(unix)]
pub fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        poll_fn(|context| {
            let ready = interrupt.poll_recv(context).is_ready();
            match ready || terminate.poll_recv(context).is_ready() {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    })
}

/// The signal to stop: Ctrl-C.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler the system ends the process itself.
        let _ = tokio::signal::ctrl_c().await;
    })
}
