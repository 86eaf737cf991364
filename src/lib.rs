//! Portcullis, a policy decision point that runs as a sidecar: who may do what, answered in microseconds, with a reason.
//!
//! # Bird's-eye view
//!
//! Policy authors write `.policy` files; facts say who holds what. Both are loaded into one immutable value. A proxy or
//! an application asks over HTTP; the answer is a pure function of policy, facts, request and one clock reading.
//!
//! A policy as data: text → tree → checked policy → engine → revision → published.
//! A request as data: bytes → wire type → [`engine::Question`] → [`engine::Request`] → [`engine::Decision`] → wire type → bytes.
//!
//! # The rooms, bottom first
//!
//! - [`sabotage`]: the guards that tests can take out, in no release build.
//! - [`model`]: symbols, values, types, instants and windows, networks, the schema. Pure.
//! - [`document`]: author's texts with places in them, diagnostics, and YAML as a tree.
//! - [`language`]: text to checked policy. Pure.
//! - [`facts`]: who holds what. Pure.
//! - [`config`]: file, environment and flags to one validated configuration.
//! - [`engine`]: policy, facts and question to decision; and a naive reference evaluator that it is tested against. Pure.
//! - [`suite`]: policy tests.
//! - [`identity`]: who is asking, and who may say so.
//! - [`bundle`]: directory to revision; watching it.
//! - [`service`]: the running decision point: one immutable World, one clock, and what is counted.
//! - [`server`]: sockets and protocols: AuthZEN, proxies, TLS, the operators' listener.
//! - [`pep`]: enforcement inside an application: a layer for tower, deciding in process or by a sidecar.
//! - [`cli`]: one file per verb.
//!
//! Imports point from the later to the earlier ones, never back.
//!
//! # Invariants
//!
//! - **Fail closed.** No error, panic, time-out, missing fact or half-written file turns into an allow: unknown allows
//!   don't apply, unknown denies do.
//! - **One World a request.** Policy and facts are loaded once, together, and what a request began with it ends with.
//! - **Decide allocates nothing and compares no strings.** Names are resolved at load, a request's at its beginning.
//! - The pure rooms do no I/O, read no clock, and know no tokio, hyper or Prometheus; [`engine`] never sees syntax.
//! - Outside formats (wire, YAML) are private types of the room that owns them; core types are not serializable.

pub mod bundle;
pub mod cli;
pub mod config;
pub mod document;
pub mod engine;
pub mod facts;
pub mod identity;
pub mod language;
pub mod model;
pub mod pep;
pub mod sabotage;
pub mod server;
pub mod service;
pub mod suite;
