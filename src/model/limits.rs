//! Every bound of the language and of a request, in one place.

/// The largest policy or facts file that is read.
pub const SOURCE_BYTES_MAX: usize = 1024 * 1024;
/// How deep expressions may nest, as the author wrote them and after definitions are put in.
pub const NESTING_MAX: usize = 64;
/// How many nodes one rule's condition may have once its definitions are put in.
pub const CONDITION_NODES_MAX: usize = 10_000;
/// How many elements a set or list from a request may have.
pub const REQUEST_SET_MAX: usize = 1_024;
/// How many attributes one object of a request may have.
pub const REQUEST_ATTRIBUTES_MAX: usize = 1_024;
/// How deep the JSON of a request may nest.
pub const REQUEST_NESTING_MAX: usize = 64;
/// The longest text of a request (an id, a name, an attribute).
pub const REQUEST_TEXT_BYTES_MAX: usize = 8 * 1024;
/// How many entities an attribute path may pass through.
pub const PATH_STEPS_MAX: usize = 3;
/// The highest priority a rule may have.
pub const PRIORITY_MAX: u32 = 1_000_000;
/// The longest identifier.
pub const IDENTIFIER_BYTES_MAX: usize = 128;
/// How many segments an organization path may have.
pub const ORGANIZATION_DEPTH_MAX: usize = 16;
