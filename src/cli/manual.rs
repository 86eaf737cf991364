//! `portcullis completions` and `portcullis man`: what shells and `man` know of the command line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgGroup, Args, Command};
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
    // `help` is a verb without a page of its own.
    command = command.disable_help_subcommand(true);
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
    for command in [&command].into_iter().chain(command.get_subcommands()) {
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
    let command = command.clone().override_usage(synopsis(command));
    clap_mangen::Man::new(command).render(&mut page)?;
    Ok(page)
}

/// How the command is called, with what its options take.
fn synopsis(command: &Command) -> String {
    let groups: Vec<&ArgGroup> = command.get_groups().filter(|group| group.is_required_set()).collect();
    let is_in_group = |arg: &Arg| groups.iter().any(|group| group.get_args().any(|id| id == arg.get_id()));
    let (positional, options): (Vec<&Arg>, Vec<&Arg>) = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set() && !is_in_group(arg))
        .partition(|arg| arg.is_positional());
    let mut words = vec![command.get_bin_name().unwrap_or(command.get_name()).to_owned()];
    for option in options {
        let dots = if matches!(option.get_action(), ArgAction::Append) { "..." } else { "" };
        words.push(if option.is_required_set() { option.to_string() } else { format!("[{option}]{dots}") });
    }
    for group in &groups {
        let members = command.get_arguments().filter(|arg| group.get_args().any(|id| id == arg.get_id()));
        words.push(format!("({})", members.map(ToString::to_string).collect::<Vec<_>>().join(" | ")));
    }
    words.extend(positional.into_iter().map(ToString::to_string));
    if command.has_subcommands() {
        words.push("<COMMAND>".to_owned());
    }
    words.join(" ")
}

fn failed(what: &str, error: &io::Error) -> Exit {
    complain(&format!("error: can't write {what}: {error}\n"));
    Exit::Failed
}
