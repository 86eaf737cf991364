//! `portcullis init`: something to begin with.

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::terminal::{complain, say, shell_word};
use super::{Exit, configured};

/// Write a first policy with its facts and its tests
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to: a directory that is not there yet or holds nothing but hidden files; the configured one, if left out
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// The policy comes last: without it whoever watches the directory doesn't load the others.
const FILES: [(&str, &str); 3] = [
    ("facts.yaml", include_str!("facts.yaml")),
    ("app.tests.yaml", include_str!("app.tests.yaml")),
    ("app.policy", include_str!("app.policy")),
];

pub fn init(arguments: &Arguments) -> Exit {
    let directory = match configured::policies(arguments.directory.as_deref()) {
        Ok((directory, _)) => directory,
        Err(exit) => return exit,
    };
    let name = directory.display();
    match others(&directory) {
        Ok(others) if others.is_empty() => {}
        Ok(others) => {
            complain(&format!("error: `{name}` is not empty: it holds `{}`\n", others.join("`, `")));
            complain(
                "help: name a directory that is not there yet, or holds nothing but hidden files; nothing was written\n",
            );
            return Exit::Failed;
        }
        Err(error) => {
            complain(&format!("error: can't read `{name}`: {error}\n"));
            return Exit::Failed;
        }
    }
    if let Err(error) = write(&directory) {
        complain(&format!("error: can't write into `{name}`: {error}; nothing was written\n"));
        return Exit::Failed;
    }
    for (file, _) in FILES {
        say(&format!("wrote {}\n", directory.join(file).display()));
    }
    let word = shell_word(&directory.to_string_lossy());
    say(&format!(
        "
next:
  portcullis check {word}
  portcullis test {word}
  portcullis eval --policies {word} --subject user:bob --action read --resource document:plan
  portcullis serve --policies {word}
"
    ));
    Exit::Fine
}

/// What stands in the directory, but for hidden names such as `.gitkeep`; nothing if there is none.
fn others(directory: &Path) -> io::Result<Vec<String>> {
    let entries = match directory.read_dir() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    Ok(names)
}

/// Writes all files, or none.
fn write(directory: &Path) -> io::Result<()> {
    let is_new = !directory.exists();
    fs::create_dir_all(directory)?;
    let written = put(directory);
    if written.is_err() && is_new {
        // It is empty or somebody else's; the error that counts is the one before.
        let _ = fs::remove_dir(directory);
    }
    written
}

fn put(directory: &Path) -> io::Result<()> {
    let hidden = |name: &str| directory.join(format!(".{name}.{}.new", std::process::id()));
    let whole = FILES.iter().try_for_each(|(name, text)| {
        let mut file = File::create_new(hidden(name))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let mut placed = Vec::new();
    // A link, unlike a rename, takes nobody's place.
    let written = whole.and_then(|()| {
        FILES.iter().try_for_each(|(name, _)| {
            fs::hard_link(hidden(name), directory.join(name))?;
            placed.push(directory.join(name));
            Ok(())
        })
    });
    for (name, _) in FILES {
        let _ = fs::remove_file(hidden(name));
    }
    if written.is_err() {
        for path in placed {
            let _ = fs::remove_file(path);
        }
    }
    written
}
