//! Text to checked policy. What leaves this room has no unknown name, no untyped node and no syntax.

pub mod policy;
