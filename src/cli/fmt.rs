//! `portcullis fmt`: policies in one layout.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::terminal::{complain, complain_of, say};
use super::{Exit, configured};
use crate::bundle::{self, PolicyFile};
use crate::document::{Code, Diagnostic, Source, Sources};
use crate::language;
use crate::model::limits::SOURCE_BYTES_MAX;

/// Lay policies out as everybody's are
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files and directories, or `-` for standard input to standard output; the configured directory, if left out
    #[arg(value_name = "DIR|FILE")]
    paths: Vec<PathBuf>,
    /// Change nothing: name the files that are laid out otherwise, and fail if there are any
    #[arg(long)]
    check: bool,
}

pub fn fmt(arguments: &Arguments) -> Exit {
    let mut paths = arguments.paths.clone();
    if paths.iter().any(|path| path.as_os_str() == "-") {
        if paths.len() > 1 {
            complain("error: `-` stands for standard input and can't be combined with files\n");
            return Exit::WrongUsage;
        }
        return standard_input(arguments.check);
    }
    if paths.is_empty() {
        match configured::policies(None) {
            Ok((policies, _)) => paths.push(policies),
            Err(exit) => return exit,
        }
    }
    let mut layouts = Vec::new();
    let mut worst = Exit::Fine;
    for path in &paths {
        match bundle::policy_files(path) {
            Ok(files) => {
                for file in files {
                    match lay_out(file) {
                        Ok(layout) => layouts.push(layout),
                        Err(exit) => worst = worse(worst, exit),
                    }
                }
            }
            Err(problem) => worst = worse(worst, told(problem)),
        }
    }
    layouts.retain(|layout| layout.text != layout.formatted);
    if worst != Exit::Fine {
        // All or nothing: half of a policy set in a new layout helps nobody who still has to mend the other half.
        return worst;
    }
    for layout in layouts {
        worst = worse(worst, if arguments.check { layout.tell() } else { layout.write() });
    }
    worst
}

/// A file as it is, and as it is to be.
struct Layout {
    path: PathBuf,
    text: String,
    formatted: String,
}

fn lay_out(file: PolicyFile) -> Result<Layout, Exit> {
    let PolicyFile { path, content } = file;
    let text = content.map_err(told)?;
    let formatted = formatted(&path.display().to_string(), &text)?;
    Ok(Layout { path, text, formatted })
}

impl Layout {
    fn tell(&self) -> Exit {
        say(&format!("{} would change\n", self.path.display()));
        Exit::Failed
    }

    fn write(&self) -> Exit {
        let name = self.path.display();
        match replace(&self.path, &self.formatted) {
            Ok(()) => {
                say(&format!("{name} changed\n"));
                Exit::Fine
            }
            Err(error) => {
                complain(&format!("error: can't write `{name}`: {error}\n"));
                Exit::Failed
            }
        }
    }
}

fn told(problem: Diagnostic) -> Exit {
    let exit = if problem.code == Code::Unreadable { Exit::Failed } else { Exit::InvalidPolicy };
    complain_of(&[problem], &Sources::default());
    exit
}

/// An invalid policy is told before anything else that went wrong.
fn worse(one: Exit, other: Exit) -> Exit {
    match (one, other) {
        (Exit::Fine, other) => other,
        (_, Exit::InvalidPolicy) => Exit::InvalidPolicy,
        (one, _) => one,
    }
}

fn standard_input(is_check: bool) -> Exit {
    let mut text = String::new();
    // One byte more than may be: the language says that it is too large.
    let bytes_max = SOURCE_BYTES_MAX as u64 + 1;
    if let Err(error) = io::stdin().lock().take(bytes_max).read_to_string(&mut text) {
        complain(&format!("error: can't read standard input: {error}\n"));
        return Exit::Failed;
    }
    match formatted("standard input", &text) {
        Ok(formatted) if !is_check => {
            say(&formatted);
            Exit::Fine
        }
        Ok(formatted) if formatted == text => Exit::Fine,
        Ok(_) => {
            say("standard input would change\n");
            Exit::Failed
        }
        Err(exit) => exit,
    }
}

/// The text laid out, or how the process ends after the text's mistakes were told.
fn formatted(name: &str, text: &str) -> Result<String, Exit> {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: name.to_owned(), text: text.to_owned() });
    language::syntax::format(id, text).map_err(|diagnostics| {
        complain_of(&diagnostics, &sources);
        Exit::InvalidPolicy
    })
}

/// Puts a new text in a file's place, so that whoever reads it meanwhile sees all of the old one or all of the new.
/// Links stay: what they lead to is replaced.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let permissions = fs::metadata(&path)?.permissions();
    // A new file could take the place of one that may not be written.
    OpenOptions::new().write(true).open(&path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // A hidden name, so that nobody takes it for a policy.
    let beside = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let written = write_new(&beside, text, permissions).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // It is there or not; the error that counts is the one before.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write_new(path: &Path, text: &str, permissions: fs::Permissions) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.set_permissions(permissions)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
