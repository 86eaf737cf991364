//! Texts an author wrote, places in them, and what there is to say about them.
//!
//! Every room that reads an author's text (policies, facts, configuration) reports through [`Diagnostic`].

pub mod codes;
pub mod diagnostic;
pub mod source;

pub use codes::Code;
pub use diagnostic::{Diagnostic, Severity};
pub use source::{Source, SourceId, Sources, Span};
