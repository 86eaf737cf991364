//! What the service says to a question.

use crate::engine::{Decision, Reason};

/// A decision, or why there is none; what is no decision is a deny.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub cause: Cause,
    /// None where policies and facts had no part in it.
    pub decision: Option<Decision>,
}

/// Why, as a stable code: what the engine found, or what kept the question from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Decided(Reason),
    /// No policy has been loaded yet.
    NoPolicy,
    /// No route says which permission the request asks for.
    NoRoute,
    /// A defect of ours.
    InternalError,
    /// By now the answer would be worth nothing to the caller.
    DeadlineExceeded,
    /// What the application behind the proxy has to be told doesn't fit the head of an answer.
    AnswerTooLarge,
}

impl Cause {
    pub const ALL: [Cause; Reason::ALL.len() + 5] = [
        Cause::NoPolicy,
        Cause::NoRoute,
        Cause::InternalError,
        Cause::DeadlineExceeded,
        Cause::AnswerTooLarge,
        Cause::Decided(Reason::Allowed),
        Cause::Decided(Reason::DeniedByRule),
        Cause::Decided(Reason::NoRuleApplies),
        Cause::Decided(Reason::UnknownAttribute),
        Cause::Decided(Reason::UnknownType),
        Cause::Decided(Reason::UnknownAction),
        Cause::Decided(Reason::OrganizationConflict),
        Cause::Decided(Reason::ObligationUnsupported),
    ];

    /// The position in [`Cause::ALL`].
    pub const fn number(self) -> usize {
        match self {
            Cause::NoPolicy => 0,
            Cause::NoRoute => 1,
            Cause::InternalError => 2,
            Cause::DeadlineExceeded => 3,
            Cause::AnswerTooLarge => 4,
            Cause::Decided(reason) => 5 + reason as usize,
        }
    }

    pub const fn code(self) -> &'static str {
        match self {
            Cause::Decided(reason) => reason.code(),
            Cause::NoPolicy => "no_policy",
            Cause::NoRoute => "no_route",
            Cause::InternalError => "internal_error",
            Cause::DeadlineExceeded => "deadline_exceeded",
            Cause::AnswerTooLarge => "answer_too_large",
        }
    }

    pub fn is_allow(self) -> bool {
        self == Cause::Decided(Reason::Allowed)
    }
}

impl Answer {
    /// A deny that policies and facts had no part in.
    pub fn refusal(cause: Cause) -> Answer {
        Answer { cause, decision: None }
    }

    /// Only if the reason and the effect agree: anything else is a defect, and no defect allows.
    pub fn is_allow(&self) -> bool {
        self.cause.is_allow() && self.decision.as_ref().is_some_and(Decision::is_allow)
    }
}

impl From<Decision> for Answer {
    fn from(decision: Decision) -> Answer {
        Answer { cause: Cause::Decided(decision.reason), decision: Some(decision) }
    }
}
