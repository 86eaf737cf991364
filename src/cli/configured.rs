//! The configuration of this process: its file, its environment, its flags.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use super::Exit;
use super::terminal::{complain, complain_of};
use crate::config::{self, Config, FILE_VARIABLE, Flags};

/// Read if it is there and no other is named.
const FILE: &str = "portcullis.yaml";

/// The configuration, or how the process ends after its mistakes were told.
pub fn read(flags: Flags) -> Result<Config, Exit> {
    let named = env::var_os(FILE_VARIABLE).map(PathBuf::from);
    let path = named.clone().unwrap_or_else(|| PathBuf::from(FILE));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => None,
        Err(error) => {
            complain(&format!("error: can't read `{}`: {error}\n", path.display()));
            return Err(Exit::Failed);
        }
    };
    let name = path.display().to_string();
    let file = text.map(|text| (name.as_str(), text));
    config::load(file, env::vars_os().filter_map(as_text), flags).map_err(|(sources, diagnostics)| {
        complain_of(&diagnostics, &sources);
        Exit::Failed
    })
}

/// The directory of policies that was named, or else the configured one.
pub fn policies(named: Option<&Path>) -> Result<PathBuf, Exit> {
    match named {
        Some(named) => Ok(named.to_owned()),
        None => read(Flags::default()).map(|config| config.policies),
    }
}

/// Variables that are no text are none of ours, or their reader says that they are wrong.
fn as_text((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
}
