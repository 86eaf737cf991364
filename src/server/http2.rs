//! HTTP/2, for clients that begin with it or have agreed on it: its bounds, and the end of idle connections.

use std::future::pending;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::HttpService;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::sleep;

use super::connection::{Phase, reached};
use super::reply::Body;
use super::settings::Settings;
use crate::sabotage::Guard;

/// Streams that the other side took back before they were begun, and that we did for its mistakes: beyond so many it
/// means harm, and the connection ends (CVE-2023-44487).
const RESETS_MAX: usize = 20;
/// What one stream, and all of a connection, may send before it is read.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// What is taken of a head. Beyond that the library answers 431 by itself; a head that is too large by less than that
/// is told so as all others are, and denied to proxies.
const HEAD_TAKEN_MAX: u32 = 64 * 1024;
/// What may wait to be sent on a stream.
const UNSENT_BYTES_MAX: usize = 64 * 1024;
/// How long whoever is idle gets to answer our goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// What happens on a connection.
#[derive(Debug, Default)]
pub(super) struct Activity {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// A request under way, until it is dropped.
pub(super) struct UnderWay<'a>(&'a Activity);

impl Activity {
    pub(super) fn begin(&self) -> UnderWay<'_> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        UnderWay(self)
    }

    /// Returns once there has been no request for so long.
    async fn idle(&self, limit: Duration) {
        let mut seen = self.begun.load(Ordering::Relaxed);
        loop {
            sleep(limit).await;
            let begun = self.begun.load(Ordering::Relaxed);
            if begun == seen && self.ended.load(Ordering::Relaxed) == begun {
                return;
            }
            seen = begun;
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// Serves a connection until it ends, is idle for too long, or the server goes.
pub(super) async fn serve<S, H>(
    stream: S,
    settings: &Settings,
    activity: &Activity,
    phase: watch::Receiver<Phase>,
    service: H,
) -> hyper::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: HttpService<Incoming, ResBody = Body>,
    H::Future: Send + 'static,
    H::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let ending = phase.clone();
    let resets_max = if Guard::StreamResets.stands() { RESETS_MAX } else { usize::MAX };
    let head_taken_max = if Guard::HeadBounds.stands() { HEAD_TAKEN_MAX } else { u32::MAX };
    let idle_max = Guard::IdleTime.bounds(settings.header_timeout);
    let mut connection = pin!(
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(settings.streams_max)
            .max_pending_accept_reset_streams(resets_max)
            .max_local_error_reset_streams(resets_max)
            .max_header_list_size(head_taken_max)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(UNSENT_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service)
    );
    let is_idle = tokio::select! {
        ended = connection.as_mut() => return ended,
        () = activity.idle(idle_max) => true,
        // It is told so at once, and what is under way is finished.
        () = reached(phase, Phase::Draining) => false,
    };
    connection.as_mut().graceful_shutdown();
    let patience = async {
        // Whoever is idle may be so forever, also in saying goodbye; a request that crosses ours is still answered.
        if is_idle { activity.idle(GOODBYE).await } else { pending().await }
    };
    tokio::select! {
        ended = connection => ended,
        () = patience => Ok(()),
        () = reached(ending, Phase::Ending) => Ok(()),
    }
}
