//! The command line: one file per verb.
//!
//! A verb writes what was asked for to standard output and what it has to say about it to standard error.

mod check;
mod configured;
mod eval;
mod explain;
mod fmt;
mod init;
mod key;
mod limits;
mod manual;
mod serve;
mod terminal;
mod test;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::bundle::LANGUAGE_VERSION;
use crate::model::zone;

/// A policy decision point that runs as a sidecar: allow or deny, with a reason.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version = VERSION.as_str(), after_help = EXIT_CODES)]
struct CommandLine {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Serve(serve::Arguments),
    Check(check::Arguments),
    Fmt(fmt::Arguments),
    Test(test::Arguments),
    Eval(Box<eval::Arguments>),
    Init(init::Arguments),
    Key(key::Arguments),
    Completions(manual::CompletionsArguments),
    Man(manual::ManArguments),
}

/// How the process ends. The numbers are a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or allowed.
    Fine = 0,
    Failed = 1,
    Denied = 2,
    InvalidPolicy = 3,
    TestFailed = 4,
    WrongUsage = 64,
}

/// Whom the output is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

const EXIT_CODES: &str = "Exit codes: 0 fine or allowed, 1 failed, 2 denied, 3 invalid policy, 4 policy test failed, 64 wrong usage.";

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let program = env!("CARGO_PKG_VERSION");
    format!("{program} (language {LANGUAGE_VERSION}, time zones {})", zone::database_version())
});

/// Runs the verb that these arguments ask for.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let exit = match CommandLine::try_parse_from(arguments) {
        Ok(CommandLine { verb: Verb::Serve(arguments) }) => serve::serve(arguments),
        Ok(CommandLine { verb: Verb::Check(arguments) }) => check::check(&arguments),
        Ok(CommandLine { verb: Verb::Fmt(arguments) }) => fmt::fmt(&arguments),
        Ok(CommandLine { verb: Verb::Test(arguments) }) => test::test(&arguments),
        Ok(CommandLine { verb: Verb::Eval(arguments) }) => eval::eval(&arguments),
        Ok(CommandLine { verb: Verb::Init(arguments) }) => init::init(&arguments),
        Ok(CommandLine { verb: Verb::Key(arguments) }) => key::key(&arguments),
        Ok(CommandLine { verb: Verb::Completions(arguments) }) => {
            manual::completions(&arguments, CommandLine::command())
        }
        Ok(CommandLine { verb: Verb::Man(arguments) }) => manual::man(&arguments, CommandLine::command()),
        Err(error) => {
            // Where there is nobody to read it there is nobody to tell that either.
            let _ = error.print();
            match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Fine,
                _ => Exit::WrongUsage,
            }
        }
    };
    ExitCode::from(exit as u8)
}
