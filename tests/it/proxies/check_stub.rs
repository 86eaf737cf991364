//! What might answer Envoy's `Check` in the place of Portcullis: it speaks HTTP/2 and the protocol of gRPC, and none of it is an allow.

use std::net::TcpListener;
use std::thread;

use bytes::Bytes;
use envoy_types::pb::envoy::service::auth::v3::check_response::HttpResponse;
use envoy_types::pb::envoy::service::auth::v3::{CheckResponse, DeniedHttpResponse, OkHttpResponse};
use envoy_types::pb::google::protobuf::value::Kind;
use envoy_types::pb::google::protobuf::{Struct, Value};
use h2::Reason;
use h2::server::SendResponse;
use hyper::{HeaderMap, Response};
use prost::Message;
use tokio::sync::oneshot;

use crate::grpc::framed;
use crate::process::{PATIENCE, wait_until};

/// What it says to every call.
#[derive(Clone)]
pub(super) struct Says {
    status: u16,
    body: Vec<u8>,
    /// How gRPC ends, or that the stream is broken off.
    end: End,
}

#[derive(Clone, Copy)]
enum End {
    /// With this `grpc-status`.
    Status(&'static str),
    WithoutTrailers,
    Reset,
    Never,
}

pub(super) struct CheckStub {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Each, and what it is.
pub(super) fn all() -> Vec<(&'static str, Says)> {
    let allow = framed(&allow().encode_to_vec());
    let half = allow[..allow.len() - 3].to_vec();
    let denied_by_half = CheckResponse {
        http_response: Some(HttpResponse::DeniedResponse(DeniedHttpResponse::default())),
        ..CheckResponse::default()
    };
    let ok_alone = CheckResponse {
        http_response: Some(HttpResponse::OkResponse(OkHttpResponse::default())),
        ..CheckResponse::default()
    };
    let says = |status, body: &[u8], end| Says { status, body: body.to_vec(), end };
    vec![
        ("it is ill", says(500, &[], End::WithoutTrailers)),
        ("it is ill, with an allow", says(500, &allow, End::Status("0"))),
        ("it is somebody else", says(404, b"no such page", End::WithoutTrailers)),
        ("it is somebody else who answers all", says(200, b"hello", End::WithoutTrailers)),
        ("its call fails", says(200, &[], End::Status("14"))),
        ("its call fails after an allow", says(200, &allow, End::Status("13"))),
        ("its status is none", says(200, &allow, End::Status("x"))),
        ("its frame is half", says(200, &half, End::Status("0"))),
        ("its frame is half and breaks off", says(200, &half, End::Reset)),
        ("its frame is half and never ends", says(200, &half, End::Never)),
        ("its body is empty", says(200, &[], End::Status("0"))),
        ("its body is empty, without trailers", says(200, &[], End::WithoutTrailers)),
        ("its message is garbage", says(200, &framed(b"\xff\xff\xff\xff"), End::Status("0"))),
        ("its message is empty", says(200, &framed(b""), End::Status("0"))),
        (
            "its message denies without a status",
            says(200, &framed(&denied_by_half.encode_to_vec()), End::Status("0")),
        ),
        (
            "its message says nothing of a decision",
            says(200, &framed(&ok_alone.encode_to_vec()), End::Status("0")),
        ),
        ("it says nothing", says(200, &[], End::Never)),
    ]
}

/// An answer that lets a request pass: the others are worth nothing if this one is none.
pub(super) fn whole() -> Says {
    Says { status: 200, body: framed(&allow().encode_to_vec()), end: End::Status("0") }
}

fn allow() -> CheckResponse {
    let decision = Value { kind: Some(Kind::BoolValue(true)) };
    CheckResponse {
        http_response: Some(HttpResponse::OkResponse(OkHttpResponse::default())),
        dynamic_metadata: Some(Struct { fields: [("decision".to_owned(), decision)].into() }),
        ..CheckResponse::default()
    }
}

impl CheckStub {
    pub(super) fn start(port: u16, says: Says) -> CheckStub {
        let mut listener = None;
        wait_until(PATIENCE, || {
            listener = TcpListener::bind(("127.0.0.1", port)).ok();
            listener.is_some()
        });
        let listener = listener.expect("the port is free");
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = serve(listener, says) => {}
                }
            });
        });
        CheckStub { stop: Some(stop), thread: Some(thread) }
    }
}

async fn serve(listener: TcpListener, says: Says) {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        let says = says.clone();
        tokio::spawn(async move {
            let mut connection = h2::server::handshake(stream).await.ok()?;
            // What was sent without an end goes on while this is here.
            let mut open = Vec::new();
            while let Some(Ok((request, respond))) = connection.accept().await {
                open.push((request, answer(respond, &says).ok()?));
            }
            Some(())
        });
    }
}

fn answer(mut respond: SendResponse<Bytes>, says: &Says) -> Result<h2::SendStream<Bytes>, h2::Error> {
    let head =
        Response::builder().status(says.status).header("content-type", "application/grpc").body(()).unwrap();
    let is_over = matches!(says.end, End::WithoutTrailers);
    let mut stream = respond.send_response(head, is_over && says.body.is_empty())?;
    if !says.body.is_empty() {
        stream.send_data(Bytes::from(says.body.clone()), is_over)?;
    }
    match says.end {
        End::Status(status) => {
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", status.parse().unwrap());
            stream.send_trailers(trailers)?;
        }
        End::Reset => stream.send_reset(Reason::INTERNAL_ERROR),
        End::WithoutTrailers | End::Never => {}
    }
    Ok(stream)
}

impl Drop for CheckStub {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
