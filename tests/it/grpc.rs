//! A client of `Check` that frames its calls by hand, with the messages of Envoy's API as others have published them.

use std::collections::HashMap;
use std::net::SocketAddr;

use bytes::{BufMut, Bytes, BytesMut};
use envoy_types::pb::envoy::config::core::v3::address::Address as Kind;
use envoy_types::pb::envoy::config::core::v3::{Address, SocketAddress};
use envoy_types::pb::envoy::service::auth::v3::attribute_context::{HttpRequest, Peer, Request};
use envoy_types::pb::envoy::service::auth::v3::check_response::HttpResponse;
use envoy_types::pb::envoy::service::auth::v3::{
    AttributeContext, CheckRequest, CheckResponse, DeniedHttpResponse, OkHttpResponse,
};
use hyper::HeaderMap;
use prost::Message;
use tokio::net::TcpStream;

pub const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

/// All that came back.
#[derive(Debug)]
pub struct Called {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub trailers: HeaderMap,
}

/// What Envoy asks about a request of nobody in particular, from 10.1.2.3.
pub fn asking(method: &str, path: &str, headers: &[(&str, &str)]) -> CheckRequest {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let http = HttpRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        host: "docs.example.com".to_owned(),
        scheme: "https".to_owned(),
        headers: headers.iter().map(owned).collect::<HashMap<String, String>>(),
        ..HttpRequest::default()
    };
    CheckRequest {
        attributes: Some(AttributeContext {
            source: Some(source("10.1.2.3")),
            request: Some(Request { time: None, http: Some(http) }),
            ..AttributeContext::default()
        }),
    }
}

pub fn source(address: &str) -> Peer {
    let socket = SocketAddress { address: address.to_owned(), ..SocketAddress::default() };
    Peer { address: Some(Address { address: Some(Kind::SocketAddress(socket)) }), ..Peer::default() }
}

/// The HTTP request within, to change it.
pub fn http(request: &mut CheckRequest) -> &mut HttpRequest {
    request.attributes.as_mut().unwrap().request.as_mut().unwrap().http.as_mut().unwrap()
}

pub fn framed(message: &[u8]) -> Vec<u8> {
    let mut body = BytesMut::new();
    body.put_u8(0);
    body.put_u32(message.len().try_into().unwrap());
    body.put_slice(message);
    body.to_vec()
}

pub fn call(address: SocketAddr, request: &CheckRequest) -> Called {
    call_raw(address, CHECK, &[], framed(&request.encode_to_vec()))
}

/// With these bytes for a body.
pub fn call_raw(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Called {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = TcpStream::connect(address).await.unwrap();
        exchange(stream, path, headers, body).await
    })
}

/// Many calls on one connection, one after the other; how many were answered with a message.
pub fn exchange_many(address: SocketAddr, path: &str, bodies: impl Iterator<Item = Vec<u8>>) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = TcpStream::connect(address).await.unwrap();
        let (send, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let mut answered = 0;
        for body in bodies {
            let request = hyper::Request::post(format!("http://pdp{path}"));
            let request = request.header("content-type", "application/grpc").header("te", "trailers");
            let mut send = send.clone().ready().await.unwrap();
            let (answer, mut stream) = send.send_request(request.body(()).unwrap(), false).unwrap();
            stream.send_data(body.into(), true).unwrap();
            let mut incoming = answer.await.unwrap().into_body();
            let message = incoming.data().await.unwrap().unwrap();
            incoming.flow_control().release_capacity(message.len()).unwrap();
            let trailers = incoming.trailers().await.unwrap().unwrap_or_default();
            answered += usize::from(message.len() > 5 && trailers["grpc-status"] == "0");
        }
        answered
    })
}

pub async fn exchange<S>(stream: S, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Called
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (send, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let mut send = send.ready().await.unwrap();
    let mut request = hyper::Request::post(format!("http://pdp{path}"));
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/grpc").header("te", "trailers");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (answer, mut stream) = send.send_request(request.body(()).unwrap(), false).unwrap();
    // The server may have had enough before the end.
    let mut rest = Bytes::from(body);
    while !rest.is_empty() {
        stream.reserve_capacity(rest.len());
        let Some(Ok(room)) = std::future::poll_fn(|cx| stream.poll_capacity(cx)).await else { break };
        let piece = rest.split_to(room.min(rest.len()));
        if stream.send_data(piece, false).is_err() {
            break;
        }
    }
    let _ = stream.send_data(Bytes::new(), true);
    let (head, mut incoming) = answer.await.expect("an answer").into_parts();
    let mut body = Vec::new();
    while let Some(Ok(data)) = incoming.data().await {
        incoming.flow_control().release_capacity(data.len()).unwrap();
        body.extend_from_slice(&data);
    }
    let trailers = incoming.trailers().await.ok().flatten().unwrap_or_default();
    Called { status: head.status.as_u16(), headers: head.headers, body, trailers }
}

impl Called {
    /// Status and reason of a denial, or `allowed`; nothing if there is no message.
    pub fn said(&self) -> Option<String> {
        let message = self.body.get(5..).filter(|_| self.status == 200)?;
        match CheckResponse::decode(message).ok()?.http_response? {
            HttpResponse::OkResponse(_) => Some("allowed".to_owned()),
            HttpResponse::DeniedResponse(denied) => {
                let reason = header(&denied.headers, "portcullis-reason").unwrap_or_default();
                Some(format!("{} {reason}", denied.status?.code))
            }
            HttpResponse::ErrorResponse(_) => None,
        }
    }

    /// The answer, after all has been seen of it that gRPC prescribes.
    #[track_caller]
    pub fn response(&self) -> CheckResponse {
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(self.headers["content-type"], "application/grpc");
        assert_eq!(self.trailers["grpc-status"], "0");
        let (prefix, message) = self.body.split_at(5);
        assert_eq!(prefix, &framed(message)[..5]);
        let response = CheckResponse::decode(message).unwrap();
        assert!(response.status.is_some(), "without a status Envoy lets the request pass");
        response
    }

    #[track_caller]
    pub fn allowed(&self) -> OkHttpResponse {
        let response = self.response();
        assert_eq!(response.status.unwrap().code, 0);
        match response.http_response {
            Some(HttpResponse::OkResponse(ok)) => ok,
            other => panic!("an allow, but {other:?}"),
        }
    }

    /// The status that the client gets, and why.
    #[track_caller]
    pub fn denied(&self) -> (i32, String) {
        let (denied, reason) = self.denial();
        (denied.status.unwrap().code, reason)
    }

    #[track_caller]
    pub fn denial(&self) -> (DeniedHttpResponse, String) {
        let response = self.response();
        let code = response.status.unwrap().code;
        match response.http_response {
            Some(HttpResponse::DeniedResponse(denied)) => {
                let expected = if denied.status.as_ref().unwrap().code == 401 { 16 } else { 7 };
                assert_eq!(code, expected);
                let reason = header(&denied.headers, "portcullis-reason").unwrap();
                (denied, reason)
            }
            other => panic!("a denial, but {other:?}"),
        }
    }
}

type Headers = [envoy_types::pb::envoy::config::core::v3::HeaderValueOption];

/// The value of a header that is there once, and takes the place of whatever was there before.
pub fn header(headers: &Headers, name: &str) -> Option<String> {
    let mut found = headers.iter().filter(|option| option.header.as_ref().unwrap().key == name);
    let option = found.next()?;
    assert!(found.next().is_none(), "{name} is there twice");
    assert_eq!(option.append_action().as_str_name(), "OVERWRITE_IF_EXISTS_OR_ADD");
    Some(option.header.as_ref().unwrap().value.clone())
}
