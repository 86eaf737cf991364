//! What is asked, and how an answer is known that allows.

use std::collections::HashMap;

use bytes::BufMut;
use envoy_types::pb::envoy::config::core::v3::address::Address as Kind;
use envoy_types::pb::envoy::config::core::v3::{Address, SocketAddress};
use envoy_types::pb::envoy::service::auth::v3::attribute_context::{HttpRequest, Peer, Request};
use envoy_types::pb::envoy::service::auth::v3::{AttributeContext, CheckRequest, CheckResponse};
use prost::Message;

use crate::client::Transport;
use crate::http2;

pub const EVALUATION: &str = "/access/v1/evaluation";
pub const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";
const LENGTH: &[u8] = b"content-length: ";

/// Dan, a data scientist, reads a set of data: allowed at any hour, and decided anew each time, because it is cheaper
/// than the cache.
const TEXTS: [(&str, &str); 4] = [
    (
        EVALUATION,
        "POST /access/v1/evaluation HTTP/1.1\r\nhost: portcullis\r\ncontent-type: application/json\r\n\
         content-length: 156\r\n\r\n\
         {\"subject\":{\"type\":\"user\",\"id\":\"dan\"},\"action\":{\"name\":\"read\"},\
         \"resource\":{\"type\":\"data\",\"id\":\"set-1\"},\
         \"context\":{\"ip\":\"192.168.7.7\",\"device_trusted\":true}}",
    ),
    (
        "/authz/auth-request",
        "GET /authz/auth-request HTTP/1.1\r\nhost: portcullis\r\nx-original-subject: dan\r\n\
         x-original-method: GET\r\nx-original-uri: /data/set-1\r\nx-original-host: hackai.example\r\n\
         x-original-proto: https\r\nx-original-ip: 192.168.7.7\r\n\r\n",
    ),
    (
        "/authz/forward-auth",
        "GET /authz/forward-auth HTTP/1.1\r\nhost: portcullis\r\nx-portcullis-user: dan\r\n\
         x-forwarded-method: GET\r\nx-forwarded-uri: /data/set-1\r\nx-forwarded-host: hackai.example\r\n\
         x-forwarded-proto: https\r\nx-forwarded-for: 192.168.7.7\r\n\r\n",
    ),
    (
        "/authz/ext-authz/data/set-1",
        "GET /authz/ext-authz/data/set-1 HTTP/1.1\r\nhost: hackai.example\r\nx-portcullis-user: dan\r\n\
         x-forwarded-proto: https\r\nx-forwarded-for: 192.168.7.7\r\n\r\n",
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Http1,
    Http2,
}

pub struct Question {
    pub path: &'static str,
    pub form: Form,
}

pub enum Form {
    /// All of the request.
    Http1(Vec<u8>),
    /// The message of a call, and that of the answer that allows, once it is known.
    Grpc { message: Vec<u8>, allow: Vec<u8> },
}

impl Question {
    /// One for each front door.
    pub fn all() -> Vec<Question> {
        let check = Question { path: CHECK, form: Form::Grpc { message: check(), allow: Vec::new() } };
        let texts = TEXTS.into_iter().map(|(path, text)| Question::http1(path, text));
        texts.chain([check]).collect()
    }

    pub fn http1(path: &'static str, text: &str) -> Question {
        Question { path, form: Form::Http1(text.as_bytes().to_vec()) }
    }

    pub fn protocol(&self) -> Protocol {
        match self.form {
            Form::Http1(_) => Protocol::Http1,
            Form::Grpc { .. } => Protocol::Http2,
        }
    }

    /// Takes the message of an answer, which has to allow, for what every other answer has to say.
    pub fn learn(&mut self, answer: &[u8]) {
        let Form::Grpc { allow, .. } = &mut self.form else { return };
        let head = position(answer, b"\r\n\r\n").expect("a head");
        *allow = answer[head + 4..].to_vec();
        let response = CheckResponse::decode(&allow[5..]).expect("a message behind its length");
        assert_eq!(response.status.map(|status| status.code), Some(0), "it should allow");
    }

    /// What it is called in a row.
    pub fn name(&self) -> &'static str {
        if self.path == CHECK { "grpc/Check" } else { self.path }
    }

    /// Over TLS one of each kind is asked, and Envoy's calls where Envoy makes them.
    pub fn is_asked_over(&self, transport: Transport) -> bool {
        match transport {
            Transport::Tcp => true,
            Transport::Unix => self.protocol() == Protocol::Http1,
            Transport::Tls => [EVALUATION, "/authz/auth-request", CHECK].contains(&self.path),
        }
    }
}

/// What Envoy asks about the same request.
fn check() -> Vec<u8> {
    let socket = SocketAddress { address: "192.168.7.7".to_owned(), ..SocketAddress::default() };
    let source =
        Peer { address: Some(Address { address: Some(Kind::SocketAddress(socket)) }), ..Peer::default() };
    let headers = [("x-portcullis-user", "dan"), ("x-forwarded-proto", "https")];
    let owned = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let http = HttpRequest {
        method: "GET".to_owned(),
        path: "/data/set-1".to_owned(),
        host: "hackai.example".to_owned(),
        scheme: "https".to_owned(),
        headers: HashMap::from(owned),
        ..HttpRequest::default()
    };
    let request = CheckRequest {
        attributes: Some(AttributeContext {
            source: Some(source),
            request: Some(Request { time: None, http: Some(http) }),
            ..AttributeContext::default()
        }),
    };
    let mut message = vec![0];
    message.put_u32(request.encoded_len().try_into().expect("a short message"));
    request.encode(&mut message).expect("room");
    message
}

/// One end of a connection: what it says next, and what it has heard of the answer.
#[derive(Default)]
pub struct Talk {
    asked: u32,
    said: Vec<u8>,
    heard: Vec<u8>,
}

impl Talk {
    /// The bytes of the next request.
    pub fn next<'a>(&'a mut self, question: &'a Question, transport: Transport) -> &'a [u8] {
        let message = match &question.form {
            Form::Http1(text) => return text,
            Form::Grpc { message, .. } => message,
        };
        self.said.clear();
        match self.asked {
            0 => http2::put_greeting(&mut self.said),
            // By now its settings have come.
            1 => http2::put_agreement(&mut self.said),
            _ => {}
        }
        let scheme = if transport == Transport::Tls { "https" } else { "http" };
        let headers = [("content-type", "application/grpc"), ("te", "trailers")];
        let head = http2::head(scheme, "portcullis", question.path, &headers);
        http2::put_request(&mut self.said, &head, message, 2 * self.asked + 1);
        self.asked += 1;
        &self.said
    }

    /// Whether that was the end of the answer. Any that doesn't allow ends the run, because it would measure something else.
    pub fn hears(&mut self, question: &Question, bytes: &[u8]) -> bool {
        assert!(!bytes.is_empty(), "it should answer");
        self.heard.extend_from_slice(bytes);
        if let Form::Grpc { allow, .. } = &question.form {
            return http2::take_answer(&mut self.heard, allow);
        }
        let is_whole = is_whole(&self.heard);
        if is_whole {
            assert!(self.heard.starts_with(b"HTTP/1.1 200 "), "it should allow");
            self.heard.clear();
        }
        is_whole
    }
}

/// Whether the head is there, and as much of a body as it says.
pub fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = position(answer, b"\r\n\r\n") else { return false };
    let length = position(&answer[..head], LENGTH).expect("an answer says how long it is") + LENGTH.len();
    let digits = answer[length..].iter().take_while(|byte| byte.is_ascii_digit());
    let body = digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
    answer.len() == head + 4 + body
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window.eq_ignore_ascii_case(part))
}
