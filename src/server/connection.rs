//! Connections: accepting them, bounding them, and ending them.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper::{Request, Version};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tracing::{debug, error};

use super::admin::admin;
use super::decisions::decisions;
use super::head::HEAD_BYTES_MAX;
use super::http2::{self, Activity};
use super::listen::{Socket, Stream};
use super::refusal::{refuse, turn_down};
use super::reply::{self, Body, Reply};
use super::shield::shielded;
use super::slots::Slots;
use super::strict::Strict;
use super::tls::{Protocol, Secured};
use super::{Context, body, trace};
use crate::identity::{Peer, Place};
use crate::sabotage::Guard;
use crate::service::{Endpoint, Refusal, Service, Stage};

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
    slots: Arc<Slots>,
) {
    let mut draining = pin!(reached(phase.clone(), Phase::Draining));
    loop {
        let accepted = tokio::select! {
            // Whoever is connected already is served before the end is looked at.
            biased;
            accepted = socket.accept() => accepted,
            () = &mut draining => return,
        };
        match accepted {
            Ok((stream, place)) => {
                let served = start(stream, place, surface, &context, &phase, &slots);
                if let Some(served) = served.filter(|_| !Guard::OwnTasks.stands()) {
                    drop(served.await);
                }
            }
            Err(_) if !Guard::AcceptErrors.stands() => return,
            Err(error) => pause(&error).await,
        }
    }
}

/// A server that has gone has reached every phase.
pub(super) async fn reached(mut phase: watch::Receiver<Phase>, wanted: Phase) {
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
    place: Place,
    surface: Surface,
    context: &Arc<Context>,
    phase: &watch::Receiver<Phase>,
    slots: &Arc<Slots>,
) -> Option<JoinHandle<()>> {
    let Some(slot) = slots.take(place) else {
        context.service.metrics().connection_refused();
        return None;
    };
    let (context, phase) = (Arc::clone(context), phase.clone());
    Some(tokio::spawn(async move {
        let _open = context.service.metrics().connection_opened();
        let served = pin!(async {
            match stream {
                Stream::Tcp(stream) => serve(stream, place.into(), surface, None, &context, phase).await,
                Stream::Unix(stream) => serve(stream, place.into(), surface, None, &context, phase).await,
                Stream::Tls(stream) => secure(stream, place, surface, &context, phase).await,
            }
        });
        // A defect in here ends one connection.
        shielded(&context.service, served).await;
        drop(slot);
    }))
}

/// Serves what comes once the keys are made out.
async fn secure(
    stream: TcpStream,
    place: Place,
    surface: Surface,
    context: &Arc<Context>,
    phase: watch::Receiver<Phase>,
) {
    let Some(tls) = &context.tls else { return };
    let secured = tokio::select! {
        secured = tls.accept(stream, Guard::HeadTime.bounds(context.settings.header_timeout)) => secured,
        () = reached(phase.clone(), Phase::Closing) => return,
    };
    if let Some(Secured { stream, certificate, protocol }) = secured {
        serve(stream, Peer { place, certificate }, surface, protocol, context, phase).await;
    }
}

/// `agreed` is what the client chose to speak, where it could choose.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    peer: Peer,
    surface: Surface,
    agreed: Option<Protocol>,
    context: &Arc<Context>,
    phase: watch::Receiver<Phase>,
) {
    let settings = &context.settings;
    let head_time = Guard::HeadTime.bounds(settings.header_timeout);
    let answer_time = Guard::AnswerTime.bounds(settings.request_timeout);
    let mut stream = Strict::new(stream, answer_time).with_head_timeout(head_time);
    let is_http2 = tokio::select! {
        decided = timeout(head_time, stream.is_http2()) => decided,
        () = reached(phase.clone(), Phase::Closing) => return,
    };
    let is_http2 = match is_http2 {
        Ok(Ok(is_http2)) => is_http2,
        Err(_) if stream.is_within_head() => return head_too_slow(&context.service),
        // Whoever says nothing, or goes, is told nothing.
        Ok(Err(_)) | Err(_) => return,
    };
    if !speaks_as_agreed(agreed, is_http2) {
        debug!("a caller spoke another protocol than it had chosen");
        return;
    }
    let activity = Arc::new(Activity::default());
    let shared = (Arc::clone(context), Arc::clone(&activity), peer);
    let service = service_fn(move |request| {
        let (context, activity, peer) = shared.clone();
        async move {
            let _under_way = activity.begin();
            Ok::<Reply, Infallible>(answer(&context, surface, &peer, request).await)
        }
    });
    let ended = if is_http2 {
        http2::serve(stream, settings, &activity, phase, service).await
    } else {
        http1(stream, context, phase, service).await
    };
    if let Err(error) = ended {
        debug!(%error, "a connection broke");
    }
}

/// Whoever agrees on one protocol and speaks the other wants two programs to see two things (ALPACA).
fn speaks_as_agreed(agreed: Option<Protocol>, is_http2: bool) -> bool {
    agreed.is_none_or(|agreed| (agreed == Protocol::Http2) == is_http2)
}

async fn http1<S, H>(
    stream: Strict<S>,
    context: &Context,
    phase: watch::Receiver<Phase>,
    service: H,
) -> hyper::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: HttpService<Incoming, ResBody = Body> + Unpin,
    H::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let ending = phase.clone();
    let mut connection = http1::Builder::new()
        // `Strict` sees to it.
        .header_read_timeout(None)
        .max_header_size(if Guard::HeadBounds.stands() { HEAD_BYTES_MAX } else { usize::MAX })
        // Answers are short: to copy them behind their heads takes less time than to hand the system two pieces.
        .writev(false)
        .serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        ended = &mut connection => Some(ended),
        () = reached(phase, Phase::Closing) => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        Pin::new(&mut connection).graceful_shutdown();
        tokio::select! {
            ended = &mut connection => ended,
            () = reached(ending, Phase::Ending) => Ok(()),
        }
    };
    if connection.into_parts().io.into_inner().is_head_late {
        head_too_slow(&context.service);
    }
    ended
}

/// It came in part, and can't be answered: a status may only follow a whole one.
fn head_too_slow(service: &Service) {
    trace::span(Endpoint::Other, None, None).in_scope(|| service.refused(Refusal::HeadTooSlow));
}

/// Whatever happens on the way to an answer, there is one, and no defect allows.
async fn answer(context: &Context, surface: Surface, peer: &Peer, mut request: Request<Incoming>) -> Reply {
    let arrival = Stopwatch::now();
    let mut reply = match answered(context, surface, peer, arrival, &mut request).await {
        Some(reply) => reply,
        None if surface == Surface::Decisions => {
            turn_down(&context.service, &request, Refusal::InternalError)
        }
        None => refuse(&context.service, Refusal::InternalError),
    };
    // What nobody has read of a body stands between this request and the next of its connection. In HTTP/2 nothing does.
    let is_read = body::is_at_end(&request) || !Guard::UnreadBodies.stands();
    if request.version() != Version::HTTP_2 && !is_read {
        reply::close(&mut reply);
    }
    reply
}

/// Whether it is no longer known who asks on this connection, which was opened with a certificate that held then.
fn has_expired(context: &Context, peer: &Peer) -> bool {
    peer.certificate.as_ref().is_some_and(|certificate| certificate.is_expired(context.service.now()))
}

/// Its next connection needs a certificate that holds.
fn turn_away(context: &Context, request: &Request<Incoming>) -> Reply {
    let mut reply = turn_down(&context.service, request, Refusal::CertificateExpired);
    reply::close(&mut reply);
    reply
}

/// None if a defect of ours kept the answer from being made.
async fn answered(
    context: &Context,
    surface: Surface,
    peer: &Peer,
    arrival: Stopwatch,
    request: &mut Request<Incoming>,
) -> Option<Reply> {
    let answering = pin!(async {
        match surface {
            _ if context.service.fails_at(Stage::Arrive) => None,
            _ if has_expired(context, peer) => Some(turn_away(context, request)),
            Surface::Decisions => Some(decisions(context, peer, arrival, request).await),
            Surface::Admin => Some(admin(context, request)),
        }
    });
    shielded(&context.service, answering).await.flatten()
}
