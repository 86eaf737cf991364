//! Texts an author wrote, places in them, and what there is to say about them.
//!
//! Every room that reads an author's text (policies, facts, configuration) reports through [`Diagnostic`]. JSON, which machines
//! write, is read here as well, as strictly.

pub mod characters;
pub mod codes;
pub mod diagnostic;
pub mod json;
pub mod lookalike;
pub mod problems;
pub mod render;
pub mod source;
pub mod suggest;
pub mod yaml;

pub use codes::Code;
pub use diagnostic::{Diagnostic, Severity};
pub use problems::Problems;
pub use source::{Source, SourceId, Sources, Span};
