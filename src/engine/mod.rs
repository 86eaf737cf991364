//! Policy, facts and request to decision. Pure: no clock, no I/O, no syntax.

pub mod decision;
pub mod question;

pub use decision::{Decider, Decision, Reason};
pub use question::{PartyInput, Question};
