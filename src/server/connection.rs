//! Connections: accepting them, bounding them, and ending them.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, watch};
use tokio::time::sleep;
use tracing::{debug, error};

use super::Context;
use super::admin::admin;
use super::decisions::decisions;
use super::listen::{Socket, Stream};
use crate::identity::Peer;

/// The largest head of a request, its first line included.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// How long accepting rests after an error such as too many open files, which lasts until connections end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a listener answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    Decisions,
    Admin,
}

/// How far the server is from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Serving,
    /// Nothing new is accepted, and each reply ends its connection.
    Draining,
    /// Idle connections end; requests under way are finished.
    Closing,
    /// Time is up.
    Ending,
}

/// Accepts until the server drains. Nothing but that ends the loop.
pub(super) async fn accept(
    socket: Socket,
    surface: Surface,
    context: Arc<Context>,
    phase: watch::Receiver<Phase>,
    connections_max: usize,
) {
    let slots = Arc::new(Semaphore::new(connections_max));
    let mut draining = pin!(reached(phase.clone(), Phase::Draining));
    loop {
        let accepted = tokio::select! {
            // Whoever is connected already is served before the end is looked at.
            biased;
            accepted = socket.accept() => accepted,
            () = &mut draining => return,
        };
        match accepted {
            Ok((stream, peer)) => start(stream, peer, surface, &context, &phase, &slots),
            Err(error) => pause(&error).await,
        }
    }
}

/// A server that has gone has reached every phase.
async fn reached(mut phase: watch::Receiver<Phase>, wanted: Phase) {
    drop(phase.wait_for(|phase| *phase >= wanted).await);
}

async fn pause(error: &io::Error) {
    // A connection that ended before it was accepted is nobody's fault, and the next one may be waiting.
    if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) {
        return;
    }
    error!(%error, "can't accept connections");
    sleep(ACCEPT_PAUSE).await;
}

fn start(
    stream: Stream,
    peer: Peer,
    surface: Surface,
    context: &Arc<Context>,
    phase: &watch::Receiver<Phase>,
    slots: &Arc<Semaphore>,
) {
    let Ok(slot) = Arc::clone(slots).try_acquire_owned() else {
        context.service.metrics().connection_refused();
        return;
    };
    let (context, phase) = (Arc::clone(context), phase.clone());
    tokio::spawn(async move {
        let _open = context.service.metrics().connection_opened();
        match stream {
            Stream::Tcp(stream) => serve(stream, peer, surface, &context, phase).await,
            Stream::Unix(stream) => serve(stream, peer, surface, &context, phase).await,
        }
        drop(slot);
    });
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + 'static>(
    stream: S,
    peer: Peer,
    surface: Surface,
    context: &Context,
    phase: watch::Receiver<Phase>,
) {
    let ending = phase.clone();
    let service = service_fn(|request: Request<Incoming>| async move {
        match surface {
            Surface::Decisions => decisions(context, peer, request).await,
            Surface::Admin => admin(context, request).await,
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(context.settings.header_timeout)
            .max_header_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = reached(phase, Phase::Closing) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                () = reached(ending, Phase::Ending) => return,
            }
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection broke");
    }
}
