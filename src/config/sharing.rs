//! Who names the same subjects. A bound on an issuer is none if its tokens may name somebody of whom others say more.

use super::Config;
use crate::document::{Code, Diagnostic, Problems, Span};

/// No issuer that is bounded by `organizations` names subjects whom others name too, unless that is said.
pub(super) fn check(config: &Config, bounded: &[Option<Span>], problems: &mut Problems) {
    for (number, (issuer, place)) in config.tokens.iter().zip(bounded).enumerate() {
        let Some(place) = place else { continue };
        let kind = &issuer.subject.kind;
        if let Some(other) = other_source(config, number, kind) {
            let message = format!(
                "`organizations` bounds what its tokens say of somebody and not whom they name, and {other} names subjects of the type `{kind}` too"
            );
            let help = format!(
                "give its subjects a `type` of their own, or write `shared_ids: true` if its tokens may name every `{kind}`"
            );
            problems.push(Diagnostic::error(Code::ConfigValue, message).at(*place, "").help(help));
        }
    }
}

/// Who else names subjects of this type.
fn other_source(config: &Config, number: usize, kind: &str) -> Option<String> {
    let mut others = config.tokens.iter().enumerate().filter(|(other, _)| *other != number);
    if let Some((_, other)) = others.find(|(_, other)| may_be_same(&other.subject.kind, kind)) {
        return Some(format!("the issuer `{}`", other.issuer));
    }
    if let Some(key) = config.api_keys.iter().find(|key| may_be_same(&key.kind, kind)) {
        return Some(format!("the API key `{}`", key.id));
    }
    let certificates = &config.certificates;
    if certificates.forwarded && may_be_same(&certificates.kind, kind) {
        return Some("a client certificate".to_owned());
    }
    may_be_same(&config.subject_type, kind).then(|| "a proxy (`subject_type`)".to_owned())
}

/// Whether two names may be of one type: `user` is `hackai/user` where no other package has one.
fn may_be_same(one: &str, other: &str) -> bool {
    let bare = |name: &str| name.rsplit('/').next().map(str::to_owned);
    one == other || (!one.contains('/') || !other.contains('/')) && bare(one) == bare(other)
}
