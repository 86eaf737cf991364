//! What the configuration names and only policies can have: types of subjects, roles, obligations.
//!
//! A name that they don't have is no error: policies come and go while the configuration stays. But it is most likely a typing
//! error, and all that is seen of it is that whoever it was meant for is denied. So each revision is held against them.

use crate::config::Config;
use crate::engine::Engine;

/// The names, each with the key that has it.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// Of those whom proxies name. Without a route no proxy asks.
    of_proxies: Option<String>,
    types: Vec<(String, String)>,
    roles: Vec<(String, String)>,
    obligations: Vec<String>,
}

impl Named {
    pub fn by(config: &Config) -> Named {
        let mut named = Named {
            of_proxies: Some(config.subject_type.clone()),
            obligations: config.understood_obligations.clone(),
            ..Named::default()
        };
        for issuer in &config.tokens {
            let key = format!("tokens of {}", issuer.issuer);
            let names = &issuer.subject.role_names;
            named.roles.extend(names.iter().map(|(_, role)| (format!("{key}: role_names"), role.clone())));
            // Those of callers have to name nobody that policies know.
            if issuer.scopes.is_none() {
                named.types.push((format!("{key}: type"), issuer.subject.kind.clone()));
            }
        }
        for key in config.api_keys.iter().filter(|key| key.scopes.is_empty()) {
            named.types.push((format!("API key {}: subject", key.id), key.kind.clone()));
        }
        if config.certificates.forwarded {
            named.types.push(("certificates: subject_type".to_owned(), config.certificates.kind.clone()));
        }
        named
    }

    /// What of it these policies don't have, in words.
    pub(super) fn unknown(&self, engine: &Engine) -> Vec<String> {
        let of_proxies = self.of_proxies.iter().filter(|_| !engine.policy().routes.is_empty());
        let of_proxies = of_proxies.map(|name| ("subject_type", name.as_str()));
        let types = self.types.iter().map(|(key, name)| (key.as_str(), name.as_str()));
        let types = of_proxies.chain(types).filter(|(_, name)| !engine.has_subjects(name));
        let types = types.map(|(key, name)| format!("{key}: no policy declares `subject {name}`"));
        let roles = self.roles.iter().filter(|(_, name)| !engine.has_role(name));
        let roles = roles.map(|(key, name)| format!("{key}: no policy declares the role `{name}`"));
        let is_obliged = |name: &str| {
            let rules = engine.policy().rules.rows();
            rules.flat_map(|rule| &rule.obligations).any(|obligation| obligation.name.text() == name)
        };
        let obligations = self.obligations.iter().filter(|name| !is_obliged(name));
        let obligations =
            obligations.map(|name| format!("understood_obligations: no rule obliges to `{name}`"));
        types.chain(roles).chain(obligations).collect()
    }
}
