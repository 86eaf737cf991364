//! From the claims of a verified token to a subject: what the configuration names, and nothing else.
//!
//! Texts are taken as they are: nothing here splits an address, changes the case of a name, or makes a role of what isn't one.

use std::borrow::Cow;

use super::{Role, Subject, subject_id};
use crate::config::identity::{ClaimPath, Claims, Scope};
use crate::model::limits::TOKEN_ROLES_MAX;
use crate::model::organization::{self, ROOT_PATH};
use crate::model::{Input, Instant};

/// How a token calls the scope `decide` of a caller: `portcullis/decision:decide`.
const SCOPE_PREFIX: &str = "portcullis/decision:";

/// Whom the claims name; none if they name nobody that could be told apart, or bring more roles than anybody has.
pub(super) fn subject(claims: &Input<'_>, wanted: &Claims, ends: Instant) -> Option<Subject<'static>> {
    let id = find(claims, &wanted.id).and_then(text)?;
    let id = subject_id(std::iter::once(id.as_bytes())).ok().flatten()?;
    let attribute = |(name, path): &(String, ClaimPath)| {
        find(claims, path).map(|value| (Cow::Owned(name.clone()), value.to_owned_input()))
    };
    Some(Subject {
        kind: Cow::Owned(wanted.kind.clone()),
        id: Cow::Owned(id.to_owned()),
        attributes: wanted.attributes.iter().filter_map(attribute).collect(),
        organization: organization(claims, wanted).map(str::to_owned),
        roles: roles(claims, wanted)?,
        ends: Some(ends),
    })
}

/// The roles that the claims bring, each with the organization that it holds in. Leaving some out could leave out those that
/// a rule denies something to: too many are as good as no token.
fn roles(claims: &Input<'_>, wanted: &Claims) -> Option<Vec<Role>> {
    let Some(said) = wanted.roles.as_ref().and_then(|path| find(claims, path)) else {
        return Some(Vec::new());
    };
    let own = organization(claims, wanted);
    let items = match said {
        Input::List(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    if items.len() > TOKEN_ROLES_MAX {
        return None;
    }
    Some(items.iter().filter_map(|item| role(item, own, wanted)).collect())
}

/// `"hackai/viewer"`, or `{"role": "hackai/viewer", "organization": "acme"}`.
fn role(item: &Input<'_>, own: Option<&str>, wanted: &Claims) -> Option<Role> {
    let (name, organization) = match item {
        Input::Text(name) => (name.as_ref(), own),
        Input::Record(_) => {
            let organization = match item.member("organization") {
                None => own,
                Some(other) => Some(text(other)?),
            };
            (item.member("role").and_then(text)?, organization)
        }
        _ => return None,
    };
    let organization = organization.filter(|path| is_believed(path, &wanted.organizations))?;
    Some(Role { name: role_name(name, &wanted.role_names)?, organization: organization.to_owned() })
}

/// `package/role`: what the claim says, or what the configuration says that it means.
fn role_name(said: &str, names: &[(String, String)]) -> Option<String> {
    if names.is_empty() {
        return said.contains('/').then(|| said.to_owned());
    }
    names.iter().find(|(known, _)| known == said).map(|(_, name)| name.clone())
}

/// The organization that the subject belongs to, as far as the source may speak of it.
fn organization<'i>(claims: &'i Input<'i>, wanted: &Claims) -> Option<&'i str> {
    let said = wanted.organization.as_ref().and_then(|path| find(claims, path)).and_then(text)?;
    is_believed(said, &wanted.organizations).then_some(said)
}

/// Whether the source may say who belongs there and holds what. Of everything at once none may.
fn is_believed(path: &str, within: &[String]) -> bool {
    let covers = |scope: &String| {
        path.strip_prefix(scope.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    organization::is_path(path) && path != ROOT_PATH && (within.is_empty() || within.iter().any(covers))
}

/// What a caller with this token may do: a list of names, or names with blanks between them (RFC 6749, 3.3).
pub(super) fn scopes(claims: &Input<'_>, path: &ClaimPath) -> Vec<Scope> {
    let names: Vec<&str> = match find(claims, path) {
        Some(Input::Text(names)) => names.split(' ').collect(),
        Some(Input::List(names)) => names.iter().filter_map(text).collect(),
        _ => Vec::new(),
    };
    let has = |scope: &Scope| {
        names.iter().any(|name| name.strip_prefix(SCOPE_PREFIX).is_some_and(|name| name == scope.text()))
    };
    Scope::ALL.into_iter().filter(has).collect()
}

/// The claim that a path leads to; JSON null is as good as absent.
fn find<'i>(claims: &'i Input<'i>, path: &ClaimPath) -> Option<&'i Input<'i>> {
    let mut found = claims;
    for name in &path.0 {
        found = found.member(name)?;
    }
    (*found != Input::Null).then_some(found)
}

fn text<'i>(input: &'i Input<'_>) -> Option<&'i str> {
    if let Input::Text(text) = input { Some(text) } else { None }
}
