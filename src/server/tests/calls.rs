//! T-78 for calls of gRPC: a defect at any stage is a denial in a `CheckResponse`, and no error, which Envoy may be told to go on at.

use super::stages::{serve, world};
use super::*;
use crate::service::Stage;

/// `Check` for `GET /docs/4`, by ann, as it stands on the wire.
fn call() -> Vec<u8> {
    let field = |number: u8, bytes: &[u8]| {
        let length = u8::try_from(bytes.len()).expect("a short one");
        [&[number << 3 | 2, length], bytes].concat()
    };
    let header = [field(1, b"x-ann"), field(2, b"ann")].concat();
    let http = [field(2, b"GET"), field(3, &header), field(4, b"/docs/4"), field(5, b"docs")].concat();
    let message = field(1, &field(4, &field(2, &http)));
    [&[0, 0, 0, 0, u8::try_from(message.len()).expect("a short one")][..], &message].concat()
}

/// The body of the answer, after what gRPC wants around it.
async fn answer(address: std::net::SocketAddr) -> Vec<u8> {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (send, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::post("http://pdp/envoy.service.auth.v3.Authorization/Check");
    let request = request.header("content-type", "application/grpc").body(()).unwrap();
    let mut send = send.ready().await.unwrap();
    let (answer, mut body) = send.send_request(request, false).unwrap();
    // A defect may be answered before it is there.
    let _ = body.send_data(call().into(), true);
    let (head, mut body) = answer.await.unwrap().into_parts();
    assert_eq!(head.status, 200);
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        bytes.extend_from_slice(&data.unwrap());
    }
    let trailers = body.trailers().await.unwrap().expect("trailers");
    assert_eq!(trailers["grpc-status"], "0");
    bytes
}

fn check(stage: Stage, is_panic: bool) {
    let (runtime, server, service) = serve(move |at| {
        assert!(at != stage || !is_panic, "the fault that this test injects");
        at == stage
    });
    service.publish(world("allow", "one"));
    let Listener::Tcp(address) = &server.decisions()[0] else { panic!("TCP was asked for") };
    let answer = runtime.block_on(answer(*address));
    // The first field is the status, which is there: with nothing in it, it is an allow.
    let is_allow = answer[5..].starts_with(&[0x0a, 0]);
    // Nobody asks why, so nothing is explained.
    assert_eq!(is_allow, stage == Stage::Explain, "{stage:?}, panic: {is_panic}");
    if !is_allow {
        // PERMISSION_DENIED.
        assert!(answer[5..].starts_with(&[0x0a, 2, 8, 7]), "{stage:?}: {answer:?}");
    }
    runtime.block_on(server.stop());
}

#[test]
fn a_defect_in_a_call_is_a_denial() {
    for stage in Stage::ALL {
        check(stage, false);
        check(stage, true);
    }
}
