//! `portcullis fmt`: policies in one layout, or in the other form.

mod replace;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use self::replace::{convert, replace};
use super::terminal::{complain, complain_of, say};
use super::{Exit, configured};
use crate::bundle::{self, PolicyFile};
use crate::document::{Code, Diagnostic, Source, Sources};
use crate::language::syntax::{self, Form};
use crate::model::limits::SOURCE_BYTES_MAX;

/// Lay policies out as everybody's are, or turn one form into the other
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files and directories, or `-` for standard input to standard output; the configured directory, if left out
    #[arg(value_name = "DIR|FILE")]
    paths: Vec<PathBuf>,
    /// Change nothing: name the files that are laid out otherwise, and fail if there are any
    #[arg(long)]
    check: bool,
    /// Print a file in this form; the file itself stays
    #[arg(long, value_name = "FORM", conflicts_with = "check")]
    to: Option<To>,
    /// Put each file in the other form in its place, `a.yaml` in that of `a.policy`, instead of printing it
    #[arg(long, requires = "to")]
    write: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    /// `.policy`
    Policy,
    /// `.yaml`
    Yaml,
}

/// A file as it is, and as it is to be.
struct Layout {
    path: PathBuf,
    text: String,
    to: Form,
    formatted: String,
}

pub fn fmt(arguments: &Arguments) -> Exit {
    let mut paths = arguments.paths.clone();
    if paths.iter().any(|path| path.as_os_str() == "-") {
        if paths.len() > 1 || arguments.write {
            complain("error: `-` stands for standard input and can't be combined with files or --write\n");
            return Exit::WrongUsage;
        }
        return standard_input(arguments);
    }
    if paths.is_empty() {
        match configured::policies(None) {
            Ok((policies, _)) => paths.push(policies),
            Err(exit) => return exit,
        }
    }
    let layouts = match layouts(&paths, arguments.to) {
        Ok(layouts) => layouts,
        // All or nothing: half of a policy set in a new layout helps nobody who still has to mend the other half.
        Err(exit) => return exit,
    };
    if arguments.to.is_some() && !arguments.write {
        let [layout] = layouts.as_slice() else {
            complain(
                "error: only a single file is printed\nhelp: name one, or put each in its place with --write\n",
            );
            return Exit::WrongUsage;
        };
        say(&layout.formatted);
        return Exit::Fine;
    }
    let mut worst = Exit::Fine;
    for layout in layouts.iter().filter(|layout| layout.is_change()) {
        worst = worse(worst, if arguments.check { layout.tell() } else { layout.write() });
    }
    if !arguments.check && layouts.iter().any(Layout::is_change) {
        for path in &paths {
            remind(path);
        }
    }
    worst
}

/// The layouts of all files, or how the process ends after what is wrong was told.
fn layouts(paths: &[PathBuf], to: Option<To>) -> Result<Vec<Layout>, Exit> {
    let mut layouts = Vec::new();
    let mut worst = Exit::Fine;
    for path in paths {
        match bundle::policy_files(path) {
            Ok(files) => {
                for file in files {
                    match lay_out(file, to) {
                        Ok(layout) => layouts.push(layout),
                        Err(exit) => worst = worse(worst, exit),
                    }
                }
            }
            Err(problem) => worst = worse(worst, told(problem)),
        }
    }
    if worst == Exit::Fine { Ok(layouts) } else { Err(worst) }
}

fn lay_out(file: PolicyFile, to: Option<To>) -> Result<Layout, Exit> {
    let PolicyFile { path, content } = file;
    let text = content.map_err(told)?;
    let name = path.display().to_string();
    let to = to.map_or_else(|| Form::of(&name), To::form);
    let formatted = formatted(&name, &text, to)?;
    Ok(Layout { path, text, to, formatted })
}

impl To {
    fn form(self) -> Form {
        match self {
            To::Policy => Form::Policy,
            To::Yaml => Form::Yaml,
        }
    }
}

impl Layout {
    fn is_change(&self) -> bool {
        self.text != self.formatted
    }

    fn tell(&self) -> Exit {
        let name = self.path.display().to_string();
        let line = first_change(&self.text, &self.formatted);
        say(&if Form::of(&name) == self.to {
            format!("{name}:{line} would change\n")
        } else {
            format!("{name} would change\n")
        });
        Exit::Failed
    }

    fn write(&self) -> Exit {
        let name = self.path.display();
        let done = if Form::of(&name.to_string()) == self.to {
            replace(&self.path, &self.formatted).map(|()| format!("{name} changed\n"))
        } else {
            let path = self.path.with_extension(self.to.extension());
            convert(&self.path, &path, &self.formatted)
                .map(|()| format!("{name} is {} now\n", path.display()))
        };
        match done {
            Ok(done) => {
                say(&done);
                Exit::Fine
            }
            Err(error) => {
                complain(&format!("error: can't write `{name}`: {error}\n"));
                Exit::Failed
            }
        }
    }
}

/// A `bundle.yaml` lists the files as they were.
fn remind(path: &Path) {
    let directory = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let manifest = directory.join("bundle.yaml");
    if manifest.exists() {
        let (manifest, directory) = (manifest.display(), directory.display());
        complain(&format!(
            "note: `{manifest}` lists the files as they were; list them anew with `portcullis check --write-bundle {directory}`\n"
        ));
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

fn standard_input(arguments: &Arguments) -> Exit {
    let mut text = String::new();
    // One byte more than may be: the language says that it is too large.
    let bytes_max = SOURCE_BYTES_MAX as u64 + 1;
    if let Err(error) = io::stdin().lock().take(bytes_max).read_to_string(&mut text) {
        complain(&format!("error: can't read standard input: {error}\n"));
        return Exit::Failed;
    }
    let form = Form::guess(&text);
    // The name tells the form, here as elsewhere.
    let name = match form {
        Form::Policy => "standard input",
        Form::Yaml => "standard input.yaml",
    };
    match formatted(name, &text, arguments.to.map_or(form, To::form)) {
        Ok(formatted) if !arguments.check => {
            say(&formatted);
            Exit::Fine
        }
        Ok(formatted) if formatted == text => Exit::Fine,
        Ok(formatted) => {
            say(&match arguments.to {
                None => format!("standard input:{} would change\n", first_change(&text, &formatted)),
                Some(_) => "standard input would change\n".to_owned(),
            });
            Exit::Failed
        }
        Err(exit) => exit,
    }
}

/// The first line that is not as it was; line ends count.
fn first_change(text: &str, formatted: &str) -> usize {
    let (lines, others) = (text.split_inclusive('\n'), formatted.split_inclusive('\n'));
    1 + lines.zip(others).take_while(|(line, other)| line == other).count()
}

/// The text laid out, or how the process ends after the text's mistakes were told.
fn formatted(name: &str, text: &str, to: Form) -> Result<String, Exit> {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: name.to_owned(), text: text.to_owned() });
    syntax::format(&sources, id, to).map_err(|diagnostics| {
        complain_of(&diagnostics, &sources);
        Exit::InvalidPolicy
    })
}
