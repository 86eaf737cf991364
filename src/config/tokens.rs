//! `tokens:` of the configuration file: from a tree to issuers, with every mistake told.

use std::ops::RangeInclusive;

use super::identity::{Algorithm, ClaimPath, Claims, Issuer, KeySource, is_role_name};
use super::part::{each, integer, read, refuse, text_of, texts};
use super::value;
use crate::document::yaml::{self, Content, Fields, Node};
use crate::document::{Problems, Span, suggest};
use crate::model::limits::ISSUERS_MAX;
use crate::model::organization;

const KNOWN: [&str; 11] = [
    "issuer",
    "audiences",
    "algorithms",
    "keys",
    "keys_ca",
    "keys_refresh_seconds",
    "keys_age_max_seconds",
    "leeway_seconds",
    "types",
    "scopes",
    "subject",
];
const SUBJECT: [&str; 8] =
    ["type", "id", "organization", "organizations", "shared_ids", "roles", "role_names", "attributes"];

/// The issuers, and of each the place of its `organizations` if it is bounded by them and doesn't say that it may name whom others name.
#[derive(Debug, Default)]
pub(super) struct Issuers {
    pub(super) issuers: Vec<Issuer>,
    pub(super) bounded: Vec<Option<Span>>,
}

/// Twice as much as any clock is wrong that somebody looks after.
const LEEWAY_SECONDS: RangeInclusive<i64> = 0..=300;
/// Looking more often is refused: whoever runs the issuer would take it for an attack.
const REFRESH_SECONDS: RangeInclusive<i64> = 10..=86_400;
const AGE_SECONDS: RangeInclusive<i64> = 30..=604_800;

/// The issuers, as far as they are right.
pub(super) fn issuers(node: &Node<'_>, problems: &mut Problems) -> Issuers {
    let items = yaml::list(node, "a list of issuers", problems).unwrap_or_default();
    if items.len() > ISSUERS_MAX {
        refuse(node, format!("there are more than {ISSUERS_MAX} issuers"), "one entry for each", problems);
        return Issuers::default();
    }
    let mut read = Issuers::default();
    for item in items {
        let Some((issuer, bounded)) = issuer(item, problems) else { continue };
        if read.issuers.iter().any(|known| known.issuer == issuer.issuer) {
            let message = format!("the issuer `{}` is there twice", issuer.issuer);
            refuse(item, message, "a token's `iss` has to pick one entry: put both into one", problems);
        }
        read.issuers.push(issuer);
        read.bounded.push(bounded);
    }
    read
}

fn issuer(node: &Node<'_>, problems: &mut Problems) -> Option<(Issuer, Option<Span>)> {
    let before = problems.errors();
    let fields = Fields::read(node, "an issuer", &KNOWN, problems)?;
    let issuer = fields
        .required("issuer", "write what stands in the `iss` of its tokens", problems)
        .and_then(|node| text_of(node, "a text", problems));
    let audiences = fields
        .required("audiences", "one of them has to be in the `aud` of a token", problems)
        .and_then(|node| texts(node, problems));
    let algorithms = fields
        .required("algorithms", "write those that the issuer signs with, as `[ES256]`", problems)
        .and_then(|node| each(node, problems, algorithm));
    let keys = fields
        .required("keys", "write the address of its keys (the `jwks_uri`), or the path of a file", problems)
        .and_then(|node| read(node, problems, key_source));
    let subject = fields
        .required("subject", "write the type of its subjects and the claim of their ids", problems)
        .and_then(|node| claims(node, problems));
    let keys_ca = fields.get("keys_ca").and_then(|node| read(node, problems, value::path));
    let scopes = fields.get("scopes").and_then(|node| claim_path(node, problems));
    let types = match fields.get("types") {
        Some(node) => texts(node, problems),
        None => Some(vec!["JWT".to_owned(), "at+jwt".to_owned()]),
    };
    let from_file = matches!(keys, Some(KeySource::File(_)));
    let over_tls = matches!(&keys, Some(KeySource::Url(url)) if url.starts_with("https:"));
    if let (Some(node), true) = (fields.get("keys_ca"), keys.is_some() && !over_tls) {
        let message = "`keys_ca` is about an `https` address, and the keys are at none";
        refuse(node, message, "leave it out", problems);
    }
    if let (Some(node), true) = (fields.get("keys_refresh_seconds"), from_file) {
        let message = "`keys_refresh_seconds` is about an address, and the keys are in a file";
        refuse(node, message, "leave it out: a file is looked at every `poll_seconds`", problems);
    }
    let mut seconds = |key, bounds: RangeInclusive<i64>, default| match fields.get(key) {
        Some(node) => integer(node, &bounds, "seconds", problems),
        None => Some(default),
    };
    let leeway_seconds = seconds("leeway_seconds", LEEWAY_SECONDS, 30);
    let keys_refresh_seconds = seconds("keys_refresh_seconds", REFRESH_SECONDS, 300);
    let keys_age_max_seconds = seconds("keys_age_max_seconds", AGE_SECONDS, 3_600);
    if let (Some(refresh), Some(most)) = (keys_refresh_seconds, keys_age_max_seconds)
        && refresh >= most
        && !from_file
    {
        let message =
            format!("keys that are looked at each {refresh} seconds are older than {most} in between");
        let help = "make `keys_refresh_seconds` less than `keys_age_max_seconds`";
        refuse(fields.get("keys_age_max_seconds").unwrap_or(node), message, help, problems);
    }
    if problems.errors() > before {
        return None;
    }
    let (subject, bounded) = subject?;
    let issuer = Issuer {
        issuer: issuer?,
        audiences: audiences?,
        algorithms: algorithms?,
        keys: keys?,
        keys_ca,
        keys_refresh_seconds: keys_refresh_seconds?,
        keys_age_max_seconds: keys_age_max_seconds?,
        leeway_seconds: leeway_seconds?,
        types: types?,
        scopes,
        subject,
    };
    Some((issuer, bounded))
}

fn claims(node: &Node<'_>, problems: &mut Problems) -> Option<(Claims, Option<Span>)> {
    let fields = Fields::read(node, "the subject of a token", &SUBJECT, problems)?;
    let kind =
        fields.get("type").map_or(Some("user".to_owned()), |node| read(node, problems, value::type_name));
    let id = fields
        .required("id", "write the claim that says who it is, as `sub`", problems)
        .and_then(|node| claim_path(node, problems));
    let organization = fields.get("organization").and_then(|node| claim_path(node, problems));
    let roles = fields.get("roles").and_then(|node| claim_path(node, problems));
    let organizations =
        fields.get("organizations").map_or(Some(Vec::new()), |node| each(node, problems, organization_path));
    let shared_ids = fields
        .get("shared_ids")
        .map_or(Some(false), |node| yaml::bool(node, "`true` or `false`", problems))?;
    let before = problems.errors();
    let role_names = named(&fields, "role_names", problems, |node, problems| read(node, problems, role_name));
    let attributes = named(&fields, "attributes", problems, claim_path);
    // Taken for none it would let claims name roles that the mapping was there to keep from them.
    let names_none = role_names.is_empty() && problems.errors() == before;
    if let (Some(node), true) = (fields.get("role_names"), names_none) {
        let help = "name at least one, as `editors: docs/editor`, or leave `role_names` out: then claims name roles themselves";
        refuse(node, "`role_names` names no role".to_owned(), help, problems);
    }
    if let (Some(node), None) = (fields.get("role_names"), fields.get("roles")) {
        let message = "`role_names` is about roles, and no claim says them";
        refuse(node, message, "write `roles` with the claim, or leave this out", problems);
    }
    let claims = Claims {
        kind: kind?,
        id: id?,
        organization,
        organizations: organizations?,
        roles,
        role_names,
        attributes,
    };
    Some((claims, fields.get("organizations").filter(|_| !shared_ids).map(|node| node.span)))
}

/// A mapping whose keys are free; what is wrong in it is told and left out.
fn named<T>(
    fields: &Fields<'_, '_>,
    key: &str,
    problems: &mut Problems,
    mut value: impl FnMut(&Node<'_>, &mut Problems) -> Option<T>,
) -> Vec<(String, T)> {
    let Some(node) = fields.get(key) else { return Vec::new() };
    let entries = yaml::entries(node, "a mapping", problems).unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| value(&entry.value, problems).map(|value| (entry.key.text.to_string(), value)))
        .collect()
}

/// `realm_access.roles`, or a list of names where a name has a dot in it.
fn claim_path(node: &Node<'_>, problems: &mut Problems) -> Option<ClaimPath> {
    if let Content::List(_) = &node.content {
        return texts(node, problems).map(ClaimPath);
    }
    let text = text_of(node, "the name of a claim", problems)?;
    let names: Vec<String> = text.split('.').map(str::to_owned).collect();
    if names.iter().any(String::is_empty) {
        let help = "write names with dots between them, as `realm_access.roles`, or a list of names: \
                    `[\"https://example.com/roles\"]`";
        refuse(node, format!("`{text}` leads to no claim"), help, problems);
        return None;
    }
    Some(ClaimPath(names))
}

fn algorithm(text: &str) -> Result<Algorithm, value::Wrong> {
    let names = Algorithm::ALL.map(Algorithm::text);
    let help = || {
        suggest::did_you_mean(text, names).unwrap_or_else(|| format!("it is one of `{}`", names.join("`, `")))
    };
    Algorithm::named(text).ok_or_else(|| value::Wrong {
        message: format!("`{text}` is no algorithm that tokens may be signed with"),
        help: if text.starts_with("HS") || text == "none" {
            "only what the issuer alone can sign is believed, as `ES256`".to_owned()
        } else {
            help()
        },
    })
}

fn key_source(text: &str) -> Result<KeySource, value::Wrong> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return value::path(text).map(KeySource::File);
    };
    let authority = rest.split('/').next().unwrap_or("");
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let is_local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[]%?=&".contains(&byte);
    if host.is_empty() || !rest.bytes().all(is_plain) {
        return Err(value::Wrong {
            message: format!("`{text}` is not the address of keys"),
            help: "write it as `https://idp.example.com/jwks`, without a name or password in it".to_owned(),
        });
    }
    match scheme {
        "https" => Ok(KeySource::Url(text.to_owned())),
        "http" if is_local => Ok(KeySource::Url(text.to_owned())),
        _ => Err(value::Wrong {
            message: format!("whoever is between could change what `{text}` says"),
            help: "write an `https` address; `http` is for 127.0.0.1, [::1] and localhost".to_owned(),
        }),
    }
}

fn organization_path(text: &str) -> Result<String, value::Wrong> {
    if organization::is_path(text) && text != organization::ROOT_PATH {
        return Ok(text.to_owned());
    }
    Err(value::Wrong {
        message: format!("`{text}` is not the path of an organization"),
        help: "write it as `acme` or `acme/security`; leave the list out for all of them".to_owned(),
    })
}

fn role_name(text: &str) -> Result<String, value::Wrong> {
    if is_role_name(text) {
        return Ok(text.to_owned());
    }
    Err(value::Wrong {
        message: format!("`{text}` is not the name of a role"),
        help: "write it with its package, as `hackai/viewer`".to_owned(),
    })
}
