//! `api_keys:`, `certificates:` and `callers:` of the configuration file.

use super::Config;
use super::identity::{ApiKey, CallerKind, Certificates, Scope};
use super::part::{each, read, refuse};
use super::value::{self, Wrong};
use crate::document::characters::is_visible;
use crate::document::yaml::{self, Content, Fields, Node};
use crate::document::{Problems, suggest};
use crate::model::limits::{API_KEYS_MAX, REQUEST_TEXT_BYTES_MAX};

const KNOWN: [&str; 5] = ["id", "sha256", "subject", "scopes", "expires"];
const CERTIFICATES: [&str; 4] = ["trust_domains", "subject_type", "forwarded", "scopes"];

/// The keys, as far as they are right.
pub(super) fn api_keys(node: &Node<'_>, problems: &mut Problems) -> Vec<ApiKey> {
    let items = yaml::list(node, "a list of keys", problems).unwrap_or_default();
    if items.len() > API_KEYS_MAX {
        let help = "for so many callers use tokens";
        refuse(node, format!("there are more than {API_KEYS_MAX} keys"), help, problems);
        return Vec::new();
    }
    let mut keys: Vec<ApiKey> = Vec::with_capacity(items.len());
    for item in items {
        let Some(key) = api_key(item, problems) else { continue };
        if keys.iter().any(|known| known.id == key.id) {
            refuse(
                item,
                format!("the key `{}` is there twice", key.id),
                "give each an id of its own",
                problems,
            );
        }
        if let Some(known) = keys.iter().find(|known| known.sha256 == key.sha256) {
            let message = format!("the hash is that of the key `{}`", known.id);
            refuse(item, message, "`portcullis key new` makes another key for each entry", problems);
        }
        keys.push(key);
    }
    keys
}

fn api_key(node: &Node<'_>, problems: &mut Problems) -> Option<ApiKey> {
    let before = problems.errors();
    let fields = Fields::read(node, "an API key", &KNOWN, problems)?;
    let make = "`portcullis key new` makes a key and the entry for it";
    let id = fields.required("id", make, problems).and_then(|node| read(node, problems, key_id));
    let sha256 = fields.required("sha256", make, problems).and_then(|node| read(node, problems, sha256));
    let subject = fields.required("subject", make, problems).and_then(|node| read(node, problems, subject));
    let scopes = fields.get("scopes").and_then(|node| scopes(node, problems)).unwrap_or_default();
    let expires = fields.get("expires").and_then(|node| yaml::instant(node, problems));
    if problems.errors() > before {
        return None;
    }
    let (kind, subject) = subject?;
    Some(ApiKey { id: id?, sha256: sha256?, kind, subject, scopes, expires })
}

/// Letters, digits and `-`: the rest of the key begins at the `_` behind it.
pub(super) fn key_id(text: &str) -> Result<String, Wrong> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=64).contains(&text.len()) && text.bytes().all(is_plain) {
        return Ok(text.to_owned());
    }
    Err(Wrong {
        message: format!("`{text}` is not the id of a key"),
        help: "write up to 64 small letters, digits and `-`, as `ci`".to_owned(),
    })
}

/// `service:ci`
pub(super) fn subject(text: &str) -> Result<(String, String), Wrong> {
    let wrong = || Wrong {
        message: format!("`{text}` names no subject"),
        help: "write its type and its id, as `service:ci`".to_owned(),
    };
    let (kind, id) = text.split_once(':').ok_or_else(wrong)?;
    if id.is_empty() || id.len() > REQUEST_TEXT_BYTES_MAX {
        return Err(wrong());
    }
    if !is_visible(id) {
        return Err(Wrong {
            message: "the subject's id has blanks around it, or characters that nobody can see".to_owned(),
            help: "write it without them: no token and no proxy can name such a subject".to_owned(),
        });
    }
    value::type_name(kind).map(|kind| (kind, id.to_owned()))
}

fn sha256(text: &str) -> Result<[u8; 32], Wrong> {
    let wrong = || Wrong {
        message: format!("`{text}` is not a SHA-256"),
        help: "write 64 digits from 0 to f, in quotes; `portcullis key new` prints them".to_owned(),
    };
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| {
            digit.to_digit(16).filter(|_| !digit.is_uppercase()).and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()
        .ok_or_else(wrong)?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high * 16 + low).collect();
    bytes.try_into().ok().filter(|_| rest.is_empty()).ok_or_else(wrong)
}

fn scopes(node: &Node<'_>, problems: &mut Problems) -> Option<Vec<Scope>> {
    each(node, problems, |text| {
        named(text, "what a caller may do", &Scope::ALL.map(|scope| (scope.text(), scope)))
    })
}

/// Whose certificates are believed; nothing if the mapping is empty.
pub(super) fn certificates(node: &Node<'_>, problems: &mut Problems) -> Certificates {
    let nobody = Certificates::default();
    let Some(fields) = Fields::read(node, "the mapping of certificates", &CERTIFICATES, problems) else {
        return nobody;
    };
    if matches!(&node.content, Content::Mapping(entries) if entries.is_empty()) {
        return nobody;
    }
    let help = "write the names that stand behind `spiffe://`, as `[example.com]`";
    let trust_domains =
        fields.required("trust_domains", help, problems).and_then(|node| each(node, problems, trust_domain));
    let kind = fields
        .get("subject_type")
        .map_or(Some("service".to_owned()), |node| read(node, problems, value::type_name));
    let forwarded =
        fields.get("forwarded").map_or(Some(false), |node| yaml::bool(node, "`true` or `false`", problems));
    let scopes = fields.get("scopes").map_or(Some(Vec::new()), |node| scopes(node, problems));
    match (trust_domains, kind, forwarded, scopes) {
        (Some(trust_domains), Some(kind), Some(forwarded), Some(scopes)) => {
            Certificates { trust_domains, kind, forwarded, scopes }
        }
        _ => nobody,
    }
}

fn trust_domain(text: &str) -> Result<String, Wrong> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    if (1..=255).contains(&text.len()) && text.bytes().all(is_plain) {
        return Ok(text.to_owned());
    }
    Err(Wrong {
        message: format!("`{text}` is not the name of a trust domain"),
        help: "write it in small letters and without `spiffe://`, as `example.com`".to_owned(),
    })
}

/// How callers may show who they are; none: nobody has to.
pub(super) fn callers(text: &str) -> Result<CallerKind, Wrong> {
    named(text, "how callers show who they are", &CallerKind::ALL.map(|kind| (kind.text(), kind)))
}

/// What keeps every caller of a kind from being one, and what to do about it.
pub(super) fn missing(config: &Config, kind: CallerKind) -> Option<(&'static str, &'static str)> {
    match kind {
        CallerKind::Tokens if config.tokens.iter().all(|issuer| issuer.scopes.is_none()) => Some((
            "no token is a caller's: no issuer has `scopes`",
            "write below `tokens` which claim says what callers may, as `scopes: scope`",
        )),
        CallerKind::ApiKeys if config.api_keys.iter().all(|key| key.scopes.is_empty()) => Some((
            "no API key is a caller's: none has `scopes`",
            "write below `api_keys` what each may, as `scopes: [decide]`",
        )),
        CallerKind::Certificates if config.certificates.scopes.is_empty() => Some((
            "no certificate is a caller's: they have no `scopes`",
            "write `certificates` with its `trust_domains` and `scopes`",
        )),
        CallerKind::Tokens | CallerKind::ApiKeys | CallerKind::Certificates => None,
    }
}

fn named<T: Copy>(text: &str, what: &str, known: &[(&str, T)]) -> Result<T, Wrong> {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let found = known.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    found.ok_or_else(|| Wrong {
        message: format!("`{text}` is not {what}"),
        help: suggest::did_you_mean(text, names.iter().copied())
            .unwrap_or_else(|| format!("it is one of `{}`", names.join("`, `"))),
    })
}
