//! The configuration of this process: its file, its environment, its flags.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::terminal::{complain, complain_of};
use super::{Exit, explain};
use crate::bundle::Configuration;
use crate::config::{self, Config, FILE_VARIABLE, FileProblem, Flags, Tls};

/// Read if it is there and no other is named.
const DEFAULT_FILE: &str = "portcullis.yaml";

/// The configuration of file, environment and flags, or how the process ends after its mistakes were told. Whether the
/// files of TLS are looked into is the caller's to say: where nothing is served they needn't be there.
pub fn read(
    named: Option<PathBuf>,
    flags: Flags,
    inspect: impl FnOnce(&Tls) -> Vec<FileProblem>,
) -> Result<Config, Exit> {
    let is_asked_for = named.is_some();
    let path = named.unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
    let name = path.display().to_string();
    let file = match std::fs::read_to_string(&path) {
        Ok(text) => Some((name.as_str(), text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_asked_for => None,
        Err(error) => {
            complain(&format!("error: can't read `{name}`: {error}\n"));
            return Err(Exit::Failed);
        }
    };
    // What is no text is no value either; it is told of as a wrong one.
    let lossy = |text: OsString| text.to_string_lossy().into_owned();
    let environment = env::vars_os().map(|(name, value)| (lossy(name), lossy(value)));
    config::load(file, environment, flags, inspect).map_err(|(sources, diagnostics)| {
        complain_of(&diagnostics, &sources);
        if let Some(hint) = explain::hint(&diagnostics) {
            complain(&format!("\n{hint}"));
        }
        Exit::WrongUsage
    })
}

/// The directory of policies that was named, or else the configured one, and what a revision has to know.
pub fn policies(named: Option<&Path>) -> Result<(PathBuf, Configuration), Exit> {
    let config = read(env::var_os(FILE_VARIABLE).map(PathBuf::from), Flags::default(), |_| Vec::new())?;
    let decisive = decisive(&config);
    Ok((named.map_or(config.policies, Path::to_owned), decisive))
}

/// What decisions depend on. Every key is named here, so that whoever adds one says whether they do.
///
/// Who may ask, and in which header the answer to who is asking stands, is settled before there is a request.
pub fn decisive(config: &Config) -> Configuration {
    let Config {
        subject_type,
        understood_obligations,
        policies: _,
        listen: _,
        tls: _,
        admin: _,
        socket_mode: _,
        trusted_peers: _,
        explain_peers: _,
        trusted_hops: _,
        subject_header: _,
        forwarded_subject_header: _,
        envoy_subject_header: _,
        envoy_query_parameters: _,
        max_age_seconds: _,
        login_url: _,
        challenge: _,
        public_url: _,
        log_level: _,
        access_log: _,
        drain_seconds: _,
        poll_seconds: _,
        body_bytes_max: _,
        header_timeout_ms: _,
        request_timeout_ms: _,
        deadline_ms: _,
        connections_max: _,
        connections_per_peer_max: _,
        streams_max: _,
        allow_remote: _,
        // It answers what would be decided without it.
        cache: _,
        require_tests: _,
        // Who is asking is settled before there is a request as well.
        callers: _,
        tokens: _,
        api_keys: _,
        certificates: _,
    } = config;
    Configuration {
        subject_type: subject_type.clone(),
        understood_obligations: understood_obligations.clone(),
    }
}
