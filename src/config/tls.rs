//! What the configuration says of TLS, from its four keys.

use std::path::PathBuf;

use super::load::{Origin, told};
use super::{FileProblem, Listener, Tls, TlsClient, TlsFile};
use crate::document::{Code, Problems};

/// The keys as they were said, each with where.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) certificate: Option<(PathBuf, Origin)>,
    pub(super) key: Option<(PathBuf, Origin)>,
    pub(super) client_ca: Option<(PathBuf, Origin)>,
    pub(super) client: Option<(TlsClient, Origin)>,
}

impl Said {
    /// Whether whoever connects has to prove who they are.
    pub(super) fn requires_certificates(&self) -> bool {
        self.client.as_ref().is_some_and(|(client, _)| *client == TlsClient::Required)
    }

    /// All of it together; none if there is nothing to encrypt, or something is wrong.
    pub(super) fn check(
        &self,
        listen: &[(Listener, Origin)],
        inspect: impl FnOnce(&Tls) -> Vec<FileProblem>,
        problems: &mut Problems,
    ) -> Option<Tls> {
        let Some((listener, origin)) = listen.iter().find(|(one, _)| matches!(one, Listener::Tls(_))) else {
            self.complain_of_idleness(problems);
            return None;
        };
        let mut missing = |key: &str, what: &str| {
            let message = format!("`{listener}` has no {what}");
            let help = format!("name its file, in PEM, as `{key}`");
            problems.push(told(origin, Code::ConfigValue, &message).help(help));
        };
        if self.certificate.is_none() {
            missing("tls_certificate", "certificate");
        }
        if self.key.is_none() {
            missing("tls_key", "key");
        }
        let client = self.check_client(problems)?;
        let (certificate, key) = (self.certificate.as_ref()?, self.key.as_ref()?);
        let client_ca = self.client_ca.as_ref().map(|(path, _)| path.clone());
        let tls = Tls { certificate: certificate.0.clone(), key: key.0.clone(), client_ca, client };
        for problem in inspect(&tls) {
            let origin = match problem.file {
                TlsFile::Certificate => &certificate.1,
                TlsFile::Key => &key.1,
                TlsFile::ClientCa => self.client_ca.as_ref().map_or(origin, |(_, origin)| origin),
            };
            problems.push(told(origin, Code::ConfigValue, &problem.message).help(problem.help));
        }
        Some(tls)
    }

    /// Whether clients are asked for certificates, which takes both keys.
    fn check_client(&self, problems: &mut Problems) -> Option<TlsClient> {
        let asked = self.client.as_ref().filter(|(client, _)| *client != TlsClient::None);
        match (asked, &self.client_ca) {
            (None, None) => Some(TlsClient::None),
            (Some((client, _)), Some(_)) => Some(*client),
            (Some((client, origin)), None) => {
                let message = format!("`tls_client: {}` doesn't say whose certificates count", client.text());
                let help =
                    "name the file with the certificates of those who issue them, in PEM, as `tls_client_ca`";
                problems.push(told(origin, Code::ConfigValue, &message).help(help));
                None
            }
            (None, Some((_, origin))) => {
                let message = "`tls_client_ca` does nothing where no client is asked for a certificate";
                let help =
                    "write `tls_client: required` or `tls_client: optional`, or leave `tls_client_ca` out";
                problems.push(told(origin, Code::ConfigValue, message).help(help));
                None
            }
        }
    }

    /// Whoever configures TLS believes that there is some.
    fn complain_of_idleness(&self, problems: &mut Problems) {
        let asked = self.client.as_ref().filter(|(client, _)| *client != TlsClient::None);
        let files = [
            ("tls_certificate", &self.certificate),
            ("tls_key", &self.key),
            ("tls_client_ca", &self.client_ca),
        ];
        let files = files.into_iter().filter_map(|(key, said)| Some((key, &said.as_ref()?.1)));
        for (key, origin) in files.chain(asked.map(|(_, origin)| ("tls_client", origin))) {
            let message = format!("`{key}` is for `tls:` listeners, and there is none");
            let help = "listen on one, as `tls:127.0.0.1:8443`, or leave the key out";
            problems.push(told(origin, Code::ConfigValue, &message).help(help));
        }
    }
}
