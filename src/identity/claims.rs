//! From the claims of a verified token to a subject: what the configuration names, and nothing else.
//!
//! Texts are taken as they are: nothing here splits an address, changes the case of a name, or makes a role of what isn't one.

use std::borrow::Cow;

use super::{Role, Subject, TokenRefusal, subject_id};
use crate::config::identity::{ClaimPath, Claims, Scope, is_role_name};
use crate::model::limits::TOKEN_ROLES_MAX;
use crate::model::organization::{self, ROOT_PATH};
use crate::model::{Input, Instant};

/// How a token calls the scope `decide` of a caller: `portcullis/decision:decide`.
const SCOPE_PREFIX: &str = "portcullis/decision:";

/// Whom the claims name, if it is somebody who could be told apart, and what they say of their roles can be believed.
pub(super) fn subject(
    claims: &Input<'_>,
    wanted: &Claims,
    ends: Instant,
) -> Result<Subject<'static>, TokenRefusal> {
    let id = find(claims, &wanted.id).and_then(text).ok_or(TokenRefusal::Claims)?;
    let id = subject_id(std::iter::once(id.as_bytes())).ok().flatten().ok_or(TokenRefusal::Claims)?;
    let attribute = |(name, path): &(String, ClaimPath)| {
        find(claims, path).map(|value| (Cow::Owned(name.clone()), value.to_owned_input()))
    };
    Ok(Subject {
        kind: Cow::Owned(wanted.kind.clone()),
        id: Cow::Owned(id.to_owned()),
        attributes: wanted.attributes.iter().filter_map(attribute).collect(),
        organization: organization(claims, wanted).map(str::to_owned),
        roles: roles(claims, wanted)?,
        ends: Some(ends),
    })
}

/// The roles that the claims bring, each with the organization that it holds in. Of one without any nothing is known but its name: it
/// holds nowhere, and is left out. Otherwise leaving one out could leave out the one that a rule denies something to: what can't
/// be believed whole, and what is too much, is as good as no token.
fn roles(claims: &Input<'_>, wanted: &Claims) -> Result<Vec<Role>, TokenRefusal> {
    let Some(said) = wanted.roles.as_ref().and_then(|path| find(claims, path)) else {
        return Ok(Vec::new());
    };
    let own = wanted.organization.as_ref().and_then(|path| find(claims, path));
    let items = match said {
        Input::List(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    if items.len() > TOKEN_ROLES_MAX {
        return Err(TokenRefusal::Roles);
    }
    items.iter().filter_map(|item| role(item, own, wanted).transpose()).collect()
}

/// `"hackai/viewer"`, or `{"role": "hackai/viewer", "organization": "acme"}`; none if it is a word that is no role here, or if nothing
/// says in which organization it holds.
fn role(item: &Input<'_>, own: Option<&Input<'_>>, wanted: &Claims) -> Result<Option<Role>, TokenRefusal> {
    let (said, organization) = match item {
        Input::Text(name) => (name.as_ref(), own),
        Input::Record(_) => {
            let name = item.member("role").and_then(text).ok_or(TokenRefusal::Roles)?;
            (name, item.member("organization").or(own))
        }
        _ => return Err(TokenRefusal::Roles),
    };
    let Some((name, organization)) = role_name(said, &wanted.role_names)?.zip(organization) else {
        return Ok(None);
    };
    let organization = text(organization).filter(|path| is_believed(path, &wanted.organizations));
    let organization = organization.ok_or(TokenRefusal::Roles)?.to_owned();
    Ok(Some(Role { name, organization }))
}

/// `package/role`: what the claim says, or what the configuration says that it means. A word without a `/` is no policy's role.
fn role_name(said: &str, names: &[(String, String)]) -> Result<Option<String>, TokenRefusal> {
    if !names.is_empty() {
        return Ok(names.iter().find(|(known, _)| known == said).map(|(_, name)| name.clone()));
    }
    match (said.contains('/'), is_role_name(said)) {
        (false, _) => Ok(None),
        (true, true) => Ok(Some(said.to_owned())),
        // Perhaps two in one text.
        (true, false) => Err(TokenRefusal::Roles),
    }
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
