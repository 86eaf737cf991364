//! The sidecar's listeners, over real sockets.

mod admin;
mod auth_request;
mod bodies;
mod callers;
mod crowds;
mod dialects;
mod doors;
mod evaluation;
mod evaluations;
mod explanations;
mod gate;
mod grpc;
mod headers;
mod http2;
pub mod identity;
mod interop;
mod keys;
mod labels;
mod metadata;
pub mod sidecar;
mod slow;
mod tls;
mod transport;
mod values;
mod world;
