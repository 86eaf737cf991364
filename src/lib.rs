//! Portcullis: a policy decision point that runs as a sidecar.

pub mod document;
pub mod engine;
pub mod facts;
pub mod language;
pub mod model;
