//! An answer to a response body. The bodies stay bare: some callers compare them byte for byte.

use bytes::Bytes;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::super::wire::Wire;
use crate::engine::{Decision, Question, explain};
use crate::language::policy::Directive;
use crate::service::{Answer, World};

const ALLOW: Bytes = Bytes::from_static(br#"{"decision":true}"#);
pub(super) const DENY: Bytes = Bytes::from_static(br#"{"decision":false}"#);

#[derive(Serialize)]
struct Body<'a> {
    decision: bool,
    context: Context<'a>,
}

#[derive(Serialize)]
struct Context<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obligations: Vec<Wire<&'a Directive>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    advice: Vec<Wire<&'a Directive>>,
    #[serde(flatten)]
    explanation: Option<Explanation<'a>>,
}

/// Why, for whoever asked and may know. `reason_admin` names rules; `reason_user` is what they say to users.
#[derive(Serialize)]
struct Explanation<'a> {
    reason_admin: Wire<(&'static str, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_user: Option<Wire<(&'static str, String)>>,
    /// The rules, roles and grants that decided; the first is the one that is named.
    deciding: Vec<String>,
    unknown: Vec<&'a str>,
    valid_until: Option<String>,
    revision: &'a str,
}

/// The body of an answer that this World gave; with the reasons if there is a question to explain it by. None if it
/// can't be said: an allow whose obligations nobody hears is none.
pub(super) fn body(
    world: Option<&World>,
    answer: &Answer,
    explained: Option<&Question<'_>>,
) -> Option<Bytes> {
    let is_allow = answer.is_allow();
    let bare = if is_allow { ALLOW } else { DENY };
    let (Some(world), Some(decision)) = (world, &answer.decision) else { return Some(bare) };
    let obligations: Vec<_> = world.engine.obligations(decision).into_iter().map(Wire).collect();
    let advice: Vec<_> = world.engine.advice(decision).into_iter().map(Wire).collect();
    let explanation = explained.map(|question| Explanation::new(world, question, decision));
    if obligations.is_empty() && advice.is_empty() && explanation.is_none() {
        return Some(bare);
    }
    let whole = Body { decision: is_allow, context: Context { obligations, advice, explanation } };
    serde_json::to_vec(&whole).ok().map(Bytes::from)
}

impl<'a> Explanation<'a> {
    fn new(world: &'a World, question: &Question<'_>, decision: &'a Decision) -> Explanation<'a> {
        let policy = world.engine.policy();
        let code = decision.reason.code();
        let mut because = decision.deciding.iter().filter_map(|decider| explain::because(policy, *decider));
        Explanation {
            reason_admin: Wire((code, explain::sentence(&world.engine, question, decision))),
            reason_user: because.next().map(|because| Wire((code, because.to_owned()))),
            deciding: decision.deciding.iter().map(|decider| world.engine.decider_name(*decider)).collect(),
            unknown: decision.unknown.iter().map(|leaf| leaf.text()).collect(),
            valid_until: decision.valid_until.map(|until| until.to_string()),
            revision: world.revision_text(),
        }
    }
}

/// A sentence under its code, as AuthZEN's examples have it.
impl Serialize for Wire<(&'static str, String)> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (code, sentence) = &self.0;
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(code, sentence)?;
        map.end()
    }
}
