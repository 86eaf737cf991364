//! A request as it comes from outside, before policy and facts give it meaning.

use std::borrow::Cow;

use crate::model::{Input, Instant};

/// May this subject do this action on this resource, here and now?
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// None is the anonymous subject.
    pub subject: Option<PartyInput<'a>>,
    pub action: Cow<'a, str>,
    pub action_properties: Vec<(Cow<'a, str>, Input<'a>)>,
    pub resource: PartyInput<'a>,
    pub context: Vec<(Cow<'a, str>, Input<'a>)>,
    /// The names of the obligations that the caller understands.
    pub understands: Vec<Cow<'a, str>>,
    /// What is vouched for besides.
    pub vouched: Vouched<'a>,
    /// The one clock reading of the request.
    pub now: Instant,
}

/// A subject or resource as the caller names it.
#[derive(Debug, Clone)]
pub struct PartyInput<'a> {
    /// `package/type`, or `type` where only one package has it.
    pub kind: Cow<'a, str>,
    /// A route without an `on` asks about a type without an id.
    pub id: Option<Cow<'a, str>>,
    /// They win over stored attributes, but for the subject's `organization`, which the facts alone give. A
    /// resource's `organization` must agree with the stored one.
    pub properties: Vec<(Cow<'a, str>, Input<'a>)>,
}

/// What a source that may speak for it, such as a verified token, says of the subject: in this request it is as if it stood in
/// the facts. Nobody is vouched for who has no id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vouched<'a> {
    /// The path of the organization it belongs to, which must agree with the stored one.
    pub organization: Option<Cow<'a, str>>,
    pub roles: Vec<VouchedRole<'a>>,
}

/// A role in one organization and below. One whose organization is none, or the root of all, is not held at all: what comes with
/// a request never reaches everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VouchedRole<'a> {
    /// `package/role`.
    pub role: Cow<'a, str>,
    pub organization: Cow<'a, str>,
}
