//! The configuration of this process: its file, its environment, its flags.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::Exit;
use super::terminal::{complain, complain_of};
use crate::config::{self, Config, FILE_VARIABLE, Flags};

/// Read if it is there and no other is named.
const DEFAULT_FILE: &str = "portcullis.yaml";

/// The configuration of file, environment and flags, or how the process ends after its mistakes were told.
pub fn read(named: Option<PathBuf>, flags: Flags) -> Result<Config, Exit> {
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
    config::load(file, environment, flags).map_err(|(sources, diagnostics)| {
        complain_of(&diagnostics, &sources);
        Exit::WrongUsage
    })
}

/// The directory of policies that was named, or else the configured one.
pub fn policies(named: Option<&Path>) -> Result<PathBuf, Exit> {
    match named {
        Some(named) => Ok(named.to_owned()),
        None => read(env::var_os(FILE_VARIABLE).map(PathBuf::from), Flags::default())
            .map(|config| config.policies),
    }
}
