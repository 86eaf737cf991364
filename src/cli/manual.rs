//! `portcullis completions` and `portcullis man`: what shells and `man` know of the command line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_complete::Shell;

use super::Exit;
use super::terminal::{complain, say};

/// Print what a shell needs to complete the command line
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    #[arg(value_enum)]
    shell: Shell,
}

/// Print the manual page, or write one for each verb
#[derive(Debug, Args)]
pub struct ManArguments {
    /// The directory to write `portcullis.1`, `portcullis-serve.1` and the others into
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

pub fn completions(arguments: &CompletionsArguments, mut command: Command) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "portcullis", &mut script);
    say(&String::from_utf8_lossy(&script));
    Exit::Fine
}

pub fn man(arguments: &ManArguments, mut command: Command) -> Exit {
    command.build();
    let Some(directory) = &arguments.directory else {
        return match page(&command) {
            Ok(page) => {
                say(&String::from_utf8_lossy(&page));
                Exit::Fine
            }
            Err(error) => failed("the manual page", &error),
        };
    };
    let verbs = command.get_subcommands().filter(|verb| verb.get_name() != "help");
    for command in [&command].into_iter().chain(verbs) {
        if let Err(error) = write(command, directory) {
            return failed(&format!("into `{}`", directory.display()), &error);
        }
    }
    Exit::Fine
}

fn write(command: &Command, directory: &Path) -> io::Result<()> {
    // `portcullis serve` is what its page calls it, `portcullis-serve` what the page is called.
    let name = command.get_display_name().unwrap_or(command.get_name());
    fs::write(directory.join(format!("{name}.1")), page(command)?)
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}

fn failed(what: &str, error: &io::Error) -> Exit {
    complain(&format!("error: can't write {what}: {error}\n"));
    Exit::Failed
}
