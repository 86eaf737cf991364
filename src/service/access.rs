//! The access log: a line for each decision, and for each request that got none.
//!
//! It says what was decided and by what, never about whom: no ids, no properties, no paths and no addresses. The lines are
//! events of [`TARGET`]; what they have in common with others of their request stands in the span around them.

use tracing::info;

use super::{Answer, Cause, Refusal, World};
use crate::config::AccessLog;
use crate::engine::{Question, Reason};

pub const TARGET: &str = "portcullis::access";

pub(super) fn decided(
    log: AccessLog,
    world: Option<&World>,
    question: Option<&Question<'_>>,
    answer: &Answer,
) {
    let is_wanted = match log {
        AccessLog::Off => false,
        AccessLog::Denies => !answer.is_allow(),
        AccessLog::All => true,
    };
    if !is_wanted {
        return;
    }
    let deciding = answer.decision.as_ref().zip(world).map(|(decision, world)| {
        let names = decision.deciding.iter().map(|decider| world.engine.decider_name(*decider));
        names.collect::<Vec<String>>().join(", ")
    });
    // What the policies don't declare may be anything that somebody made up.
    let declared = question.filter(|_| is_of_declared(answer.cause));
    info!(
        target: TARGET,
        decision = if answer.is_allow() { "allow" } else { "deny" },
        reason = answer.cause.code(),
        rules = deciding.filter(|names| !names.is_empty()),
        revision = world.map(World::revision_text),
        resource_type = declared.map(|question| &*question.resource.kind),
        action = declared.map(|question| &*question.action),
        "decided"
    );
}

pub(super) fn refused(log: AccessLog, refusal: Refusal) {
    if log != AccessLog::Off {
        info!(target: TARGET, reason = refusal.code(), "refused");
    }
}

/// Whether type and action are those of a policy.
fn is_of_declared(cause: Cause) -> bool {
    match cause {
        Cause::AnswerTooLarge => true,
        Cause::Decided(reason) => !matches!(reason, Reason::UnknownType | Reason::UnknownAction),
        Cause::NoPolicy | Cause::NoRoute | Cause::InternalError | Cause::DeadlineExceeded => false,
    }
}
