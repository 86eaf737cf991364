//! From three sources to one configuration. A later source replaces what an earlier one says of a key, but each is
//! checked: a mistake that is overridden today is found today.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use super::addresses::{self, Remote};
use super::key::{Key, Shape, is_service_link};
use super::value::{self, Wrong};
use super::{
    AccessLog, Caching, CallerKind, Certificates, Config, FileProblem, Listener, LogLevel, Tls, TrustedPeers,
    keys, sharing, tls, tokens,
};
use crate::document::yaml::{self, Bounds, Entry, Node};
use crate::document::{Code, Diagnostic, Problems, Source, Sources, Span, suggest};
use crate::model::Networks;
use crate::model::limits::FORWARDED_ADDRESSES_MAX;

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    pub policies: Option<String>,
    /// Empty stands for none given.
    pub listen: Vec<String>,
    pub admin: Option<String>,
    pub log_level: Option<String>,
}

/// All our environment variables start so.
pub const ENVIRONMENT_PREFIX: &str = "PORTCULLIS_";
/// Names the configuration file; whoever opens the file reads it.
pub const FILE_VARIABLE: &str = "PORTCULLIS_CONFIG";

/// From what holds a thousand answers or so to what no sidecar has.
const CACHE_BYTES: RangeInclusive<u64> = 1024 * 1024..=64 * 1024 * 1024 * 1024;
const TIMEOUT_MS: RangeInclusive<u64> = 100..=600_000;

/// Where a value comes from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    File(Span),
    /// As in "environment variable `PORTCULLIS_LISTEN`".
    Named(String),
}

/// A value, or one element of a list, as text.
struct Word {
    text: String,
    origin: Origin,
}

/// A configuration on its way, with what the last checks need to name places.
struct Draft {
    config: Config,
    listen: Vec<(Listener, Origin)>,
    admin: (Listener, Origin),
    tls: tls::Said,
    callers: Vec<(CallerKind, Origin)>,
    /// Of each issuer the place of what bounds it.
    bounded: Vec<Option<Span>>,
    problems: Problems,
}

/// Reads all three; whatever is wrong anywhere is told at once, also what `inspect` finds in the files of TLS.
pub fn load(
    file: Option<(&str, String)>,
    environment: impl Iterator<Item = (String, String)>,
    flags: Flags,
    inspect: impl FnOnce(&Tls) -> Vec<FileProblem>,
) -> Result<Config, (Sources, Vec<Diagnostic>)> {
    let mut sources = Sources::default();
    let mut draft = Draft::new();
    let mut is_readable = true;
    let source = file.map(|(name, text)| sources.add(Source { name: name.to_owned(), text }));
    if let Some(source) = source {
        match yaml::parse(&sources, source, Bounds::FILE, &mut draft.problems) {
            Some(tree) => draft.file(&tree),
            None => is_readable = false,
        }
    }
    draft.environment(environment);
    draft.flags(flags);
    // Without the file nobody knows whether it allows what the others ask for.
    if is_readable {
        let all: Vec<&(Listener, Origin)> = draft.listen.iter().chain([&draft.admin]).collect();
        let remote = Remote {
            is_allowed: draft.config.allow_remote,
            has_certificates: draft.tls.requires_certificates(),
            has_callers: !draft.callers.is_empty(),
        };
        addresses::check(&all, remote, &mut draft.problems);
        draft.config.tls = draft.tls.check(&draft.listen, inspect, &mut draft.problems);
        draft.check_callers();
        sharing::check(&draft.config, &draft.bounded, &mut draft.problems);
    }
    draft.finish().map_err(|diagnostics| (sources, diagnostics))
}

impl Draft {
    fn new() -> Draft {
        let default = || Origin::Named("the default".to_owned());
        let local = |port: u16| Listener::Tcp((IpAddr::from([127, 0, 0, 1]), port).into());
        let loopback = ["127.0.0.0/8", "::1"].map(|text| value::peer(text).ok().flatten());
        let networks: Vec<ipnet::IpNet> = loopback.into_iter().flatten().collect();
        let local_peers = TrustedPeers { networks: Networks::new(&networks), unix: true };
        let config = Config {
            policies: PathBuf::from("policies"),
            listen: Vec::new(),
            tls: None,
            admin: local(8182),
            socket_mode: 0o660,
            trusted_peers: local_peers.clone(),
            explain_peers: local_peers,
            trusted_hops: 1,
            subject_header: "X-Original-Subject".to_owned(),
            forwarded_subject_header: None,
            envoy_subject_header: None,
            envoy_query_parameters: Vec::new(),
            subject_type: "user".to_owned(),
            understood_obligations: Vec::new(),
            max_age_seconds: 0,
            login_url: None,
            challenge: "Bearer".to_owned(),
            public_url: None,
            log_level: LogLevel::Info,
            access_log: AccessLog::Off,
            drain_seconds: 10,
            poll_seconds: 2,
            body_bytes_max: 1024 * 1024,
            header_timeout_ms: 10_000,
            request_timeout_ms: 10_000,
            deadline_ms: 10_000,
            connections_max: 10_000,
            connections_per_peer_max: 2_500,
            streams_max: 100,
            allow_remote: false,
            cache: Caching::default(),
            require_tests: false,
            callers: Vec::new(),
            tokens: Vec::new(),
            api_keys: Vec::new(),
            certificates: Certificates::default(),
        };
        Draft {
            config,
            listen: vec![(local(8181), default())],
            admin: (local(8182), default()),
            tls: tls::Said::default(),
            callers: Vec::new(),
            bounded: Vec::new(),
            problems: Problems::default(),
        }
    }

    fn file(&mut self, tree: &Node<'_>) {
        let names = Key::ALL.map(Key::name);
        let what = "the configuration";
        if yaml::Fields::read(tree, what, &names, &mut self.problems).is_none() {
            return;
        }
        for entry in yaml::entries(tree, what, &mut self.problems).unwrap_or_default() {
            let Some(key) = Key::ALL.into_iter().find(|key| key.name() == entry.key.text) else { continue };
            self.tree(key, &entry.value);
            if let Some(words) = words(key, entry, &mut self.problems) {
                self.set(key, &words, &Origin::File(entry.value.span));
            }
        }
    }

    fn environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        // The environment has no order, but messages should have one.
        let mut variables: Vec<(String, String)> = variables
            .filter(|(name, _)| name.starts_with(ENVIRONMENT_PREFIX) && name != FILE_VARIABLE)
            .filter(|(name, _)| !is_service_link(name))
            .collect();
        variables.sort();
        for (name, text) in variables {
            let Some(key) = Key::ALL.into_iter().find(|key| variable(*key) == name) else {
                self.unknown_variable(&name);
                continue;
            };
            let origin = Origin::Named(format!("environment variable `{name}`"));
            if key.shape() == Shape::Tree {
                let message = format!("`{}` stands in the file alone", key.name());
                let problem = told(&origin, Code::ConfigValue, &message);
                self.problems.push(problem.help("write it there, and unset the variable"));
                continue;
            }
            let texts: Vec<&str> = match key.shape() {
                Shape::Texts if text.is_empty() => Vec::new(),
                Shape::Texts => text.split(',').map(str::trim).collect(),
                Shape::Text | Shape::Int | Shape::Bool | Shape::Tree => vec![text.as_str()],
            };
            let word = |text: &str| Word { text: text.to_owned(), origin: origin.clone() };
            self.set(key, &texts.into_iter().map(word).collect::<Vec<Word>>(), &origin);
        }
    }

    fn flags(&mut self, flags: Flags) {
        let given = [
            (Key::Policies, flags.policies.into_iter().collect()),
            (Key::Listen, flags.listen),
            (Key::Admin, flags.admin.into_iter().collect()),
            (Key::LogLevel, flags.log_level.into_iter().collect::<Vec<String>>()),
        ];
        for (key, texts) in given.into_iter().filter(|(_, texts)| !texts.is_empty()) {
            let origin = Origin::Named(format!("flag `--{}`", key.name().replace('_', "-")));
            let word = |text| Word { text, origin: origin.clone() };
            self.set(key, &texts.into_iter().map(word).collect::<Vec<Word>>(), &origin);
        }
    }

    /// Takes over what only the file can say.
    fn tree(&mut self, key: Key, node: &Node<'_>) {
        match key {
            Key::Tokens => {
                let read = tokens::issuers(node, &mut self.problems);
                (self.config.tokens, self.bounded) = (read.issuers, read.bounded);
            }
            Key::ApiKeys => self.config.api_keys = keys::api_keys(node, &mut self.problems),
            Key::Certificates => self.config.certificates = keys::certificates(node, &mut self.problems),
            _ => {}
        }
    }

    /// Takes over what one source says of a key, if it is right.
    fn set(&mut self, key: Key, words: &[Word], whole: &Origin) {
        let (config, problems) = (&mut self.config, &mut self.problems);
        match key {
            Key::Listen => self.set_listen(words, whole),
            Key::Callers => self.callers = self.read_all(words, keys::callers),
            Key::Tokens | Key::ApiKeys | Key::Certificates => {}
            Key::TrustedPeers => {
                if let Some(peers) = self.peers(words) {
                    self.config.trusted_peers = peers;
                }
            }
            Key::ExplainPeers => {
                if let Some(peers) = self.peers(words) {
                    self.config.explain_peers = peers;
                }
            }
            Key::Admin => {
                if let Some(read) = self.read_all(words, value::admin).pop() {
                    self.admin = read;
                }
            }
            Key::TlsCertificate => self.tls.certificate = self.file_named(words),
            Key::TlsSecret => self.tls.key = self.file_named(words),
            Key::TlsClientCa => self.tls.client_ca = self.file_named(words),
            Key::TlsClient => {
                if let Some(read) = self.read_all(words, value::tls_client).pop() {
                    self.tls.client = Some(read);
                }
            }
            Key::Policies => assign(&mut config.policies, words, value::path, problems),
            Key::SocketMode => assign(&mut config.socket_mode, words, value::socket_mode, problems),
            Key::SubjectHeader => assign(&mut config.subject_header, words, value::header_name, problems),
            Key::ForwardedSubjectHeader => {
                assign(&mut config.forwarded_subject_header, words, value::some_header_name, problems);
            }
            Key::EnvoySubjectHeader => {
                assign(&mut config.envoy_subject_header, words, value::some_header_name, problems);
            }
            Key::EnvoyQueryParameters => {
                self.config.envoy_query_parameters = self.read_set(words, value::query_parameter);
            }
            Key::TrustedHops => {
                let read = number(1..=FORWARDED_ADDRESSES_MAX as u64, "proxies");
                assign(&mut config.trusted_hops, words, |text| read(text).map(size), problems);
            }
            Key::SubjectType => assign(&mut config.subject_type, words, value::type_name, problems),
            Key::UnderstoodObligations => {
                self.config.understood_obligations = self.read_set(words, value::obligation);
            }
            Key::MaxAgeSeconds => {
                assign(&mut config.max_age_seconds, words, number(0..=86_400, "seconds"), problems);
            }
            Key::LoginUrl => assign(&mut config.login_url, words, value::login_url, problems),
            Key::Challenge => assign(&mut config.challenge, words, value::header_value, problems),
            Key::PublicUrl => assign(&mut config.public_url, words, value::public_url, problems),
            Key::AccessLog => assign(&mut config.access_log, words, value::access_log, problems),
            Key::LogLevel => assign(&mut config.log_level, words, value::log_level, problems),
            Key::RequireTests => assign(&mut config.require_tests, words, value::truth, problems),
            Key::AllowRemote => assign(&mut config.allow_remote, words, value::truth, problems),
            Key::Cache => assign(&mut config.cache.mode, words, value::cache_mode, problems),
            Key::CacheBytesMax => {
                assign(&mut config.cache.bytes_max, words, number(CACHE_BYTES, "bytes"), problems);
            }
            Key::CacheVerifyEvery => {
                let read = number(0..=1_000_000_000, "answers");
                assign(&mut config.cache.verify_every, words, read, problems);
            }
            Key::DrainSeconds => {
                assign(&mut config.drain_seconds, words, number(0..=3_600, "seconds"), problems);
            }
            Key::PollSeconds => {
                assign(&mut config.poll_seconds, words, number(1..=3_600, "seconds"), problems);
            }
            Key::HeaderTimeoutMs => {
                assign(&mut config.header_timeout_ms, words, number(TIMEOUT_MS, "milliseconds"), problems);
            }
            Key::RequestTimeoutMs => {
                assign(&mut config.request_timeout_ms, words, number(TIMEOUT_MS, "milliseconds"), problems);
            }
            Key::DeadlineMs => {
                assign(&mut config.deadline_ms, words, number(TIMEOUT_MS, "milliseconds"), problems);
            }
            Key::BodyBytesMax => {
                let read = number(1_024..=64 * 1024 * 1024, "bytes");
                assign(&mut config.body_bytes_max, words, |text| read(text).map(size), problems);
            }
            Key::ConnectionsMax => {
                let read = number(1..=1_000_000, "connections");
                assign(&mut config.connections_max, words, |text| read(text).map(size), problems);
            }
            Key::ConnectionsPerPeerMax => {
                let read = number(1..=1_000_000, "connections");
                assign(&mut config.connections_per_peer_max, words, |text| read(text).map(size), problems);
            }
            Key::StreamsMax => {
                let read = number(1..=10_000, "requests");
                let streams = |text: &str| read(text).map(|most| u32::try_from(most).unwrap_or(u32::MAX));
                assign(&mut config.streams_max, words, streams, problems);
            }
        }
    }

    fn set_listen(&mut self, words: &[Word], whole: &Origin) {
        let read = self.read_all(words, value::listener);
        if words.is_empty() {
            let problem = told(whole, Code::ConfigValue, "there is nothing to listen on");
            self.problems.push(problem.help("name at least one address"));
        } else if read.len() == words.len() {
            self.listen = read;
        }
    }

    /// No text at all names no file.
    fn file_named(&mut self, words: &[Word]) -> Option<(PathBuf, Origin)> {
        let (path, origin) = self.read_all(words, value::file).pop()?;
        Some((path?, origin))
    }

    /// None at all is right too: then nobody may.
    fn peers(&mut self, words: &[Word]) -> Option<TrustedPeers> {
        let read = self.read_all(words, value::peer);
        let networks: Vec<ipnet::IpNet> = read.iter().filter_map(|(peer, _)| *peer).collect();
        let unix = read.iter().any(|(peer, _)| peer.is_none());
        (read.len() == words.len()).then(|| TrustedPeers { networks: Networks::new(&networks), unix })
    }

    /// Reads each word, and says of each wrong one what is wrong.
    fn read_all<T>(&mut self, words: &[Word], read: impl Fn(&str) -> Result<T, Wrong>) -> Vec<(T, Origin)> {
        let mut values = Vec::with_capacity(words.len());
        for word in words {
            match read(&word.text) {
                Ok(value) => values.push((value, word.origin.clone())),
                Err(wrong) => self.problems.push(refused(word, wrong)),
            }
        }
        values
    }

    /// Reads each word; in order, and without doubles.
    fn read_set<T: Ord>(&mut self, words: &[Word], read: impl Fn(&str) -> Result<T, Wrong>) -> Vec<T> {
        let values: BTreeSet<T> = self.read_all(words, read).into_iter().map(|(value, _)| value).collect();
        values.into_iter().collect()
    }

    /// Somebody has to be able to be a caller.
    fn check_callers(&mut self) {
        for (kind, origin) in &self.callers {
            if let Some((message, help)) = keys::missing(&self.config, *kind) {
                self.problems.push(told(origin, Code::ConfigValue, message).help(help));
            }
        }
    }

    fn unknown_variable(&mut self, name: &str) {
        let known = Key::ALL.map(variable);
        let message = format!("environment variable `{name}` means nothing");
        let problem = Diagnostic::error(Code::ConfigUnknown, message);
        let help = suggest::did_you_mean(name, known.iter().map(String::as_str));
        self.problems.push(problem.help(help.unwrap_or_else(|| "unset it".to_owned())));
    }

    fn finish(self) -> Result<Config, Vec<Diagnostic>> {
        if self.problems.errors() > 0 {
            return Err(self.problems.into_diagnostics());
        }
        let listen = self.listen.into_iter().map(|(listener, _)| listener).collect();
        let callers = self.callers.into_iter().map(|(kind, _)| kind).collect();
        Ok(Config { listen, admin: self.admin.0, callers, ..self.config })
    }
}

fn number(bounds: RangeInclusive<u64>, unit: &'static str) -> impl Fn(&str) -> Result<u64, Wrong> {
    move |text| value::number(text, bounds.clone(), unit)
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn assign<T>(
    field: &mut T,
    words: &[Word],
    read: impl Fn(&str) -> Result<T, Wrong>,
    problems: &mut Problems,
) {
    for word in words {
        match read(&word.text) {
            Ok(value) => *field = value,
            Err(wrong) => problems.push(refused(word, wrong)),
        }
    }
}

/// The words of a key in the file, if they have its shape.
fn words(key: Key, entry: &Entry<'_>, problems: &mut Problems) -> Option<Vec<Word>> {
    let node = &entry.value;
    let word = |text: String, node: &Node<'_>| Word { text, origin: Origin::File(node.span) };
    Some(match key.shape() {
        Shape::Text => vec![word(yaml::text(node, "a text", problems)?.to_owned(), node)],
        Shape::Int => vec![word(yaml::int(node, "a number", problems)?.to_string(), node)],
        Shape::Bool => vec![word(yaml::bool(node, "`true` or `false`", problems)?.to_string(), node)],
        Shape::Tree => return None,
        Shape::Texts => {
            let items = yaml::list(node, "a list", problems)?;
            let texts: Vec<Option<Word>> = items
                .iter()
                .map(|item| yaml::text(item, "a text", problems).map(|text| word(text.to_owned(), item)))
                .collect();
            texts.into_iter().collect::<Option<Vec<Word>>>()?
        }
    })
}

fn refused(word: &Word, wrong: Wrong) -> Diagnostic {
    told(&word.origin, Code::ConfigValue, &wrong.message).help(wrong.help)
}

pub(super) fn told(origin: &Origin, code: Code, message: &str) -> Diagnostic {
    match origin {
        Origin::File(span) => Diagnostic::error(code, message).at(*span, ""),
        Origin::Named(name) => Diagnostic::error(code, format!("{name}: {message}")),
    }
}

fn variable(key: Key) -> String {
    format!("{ENVIRONMENT_PREFIX}{}", key.name().to_ascii_uppercase())
}
