//! `portcullis eval`: one decision, with its reason.

mod ask;
mod tell;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::time::SystemTime;

use clap::{ArgGroup, Args};

use super::terminal::{complain, complain_of, say, say_json};
use super::{Exit, Format, configured};
use crate::bundle::{self, Bundle, LoadError, LoadErrorKind};
use crate::document::render;
use crate::engine::Question;
use crate::engine::explain::Account;
use crate::model::Instant;
use crate::server;
use ask::AskError;
use tell::Told;

/// Decide one request, and say why
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["action", "http", "request"]))]
#[command(group = ArgGroup::new("flags").multiple(true).conflicts_with("request")
    .args(["subject", "resource", "host", "context", "property", "understands"]))]
pub struct Arguments {
    /// The directory of policies and facts
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
    /// Who asks: `user:alice`; nobody, if it is left out
    #[arg(long, value_name = "TYPE:ID")]
    subject: Option<String>,
    /// What is asked for: `read`
    #[arg(long, value_name = "NAME", requires = "resource")]
    action: Option<String>,
    /// On what: `incidents:inc-1`, or `incidents` for the type as a whole
    #[arg(long, value_name = "TYPE[:ID]", requires = "action")]
    resource: Option<String>,
    /// An HTTP request, whose action and resource the routes say: `GET /incidents/1`
    #[arg(long, value_name = "METHOD PATH")]
    http: Option<String>,
    /// The host of the HTTP request
    #[arg(long, value_name = "NAME", requires = "http")]
    host: Option<String>,
    /// A context attribute: `ip=192.168.1.5`; elements of a set are parted by commas
    #[arg(long, value_name = "NAME=VALUE")]
    context: Vec<String>,
    /// A property of the subject, the resource or the action: `resource.severity=3`; elements of a set are parted by commas
    #[arg(long, value_name = "PARTY.NAME=VALUE")]
    property: Vec<String>,
    /// An obligation that the caller understands
    #[arg(long, value_name = "NAME")]
    understands: Vec<String>,
    /// The time of the request, as in `2026-03-29T01:00:00Z`; now, if it is left out
    #[arg(long, value_name = "INSTANT")]
    at: Option<String>,
    /// A file with the body of an AuthZEN evaluation request, `-` for standard input
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// More than any server accepts by default.
const REQUEST_BYTES_MAX: u64 = 16 * 1024 * 1024;

pub fn eval(arguments: &Arguments) -> Exit {
    let asked = at(arguments).and_then(|now| Ok((now, ask::original(arguments)?)));
    let (now, original) = match asked {
        Ok(asked) => asked,
        Err(error) => return refuse(&error),
    };
    let (policies, configuration) = match configured::policies(arguments.policies.as_deref()) {
        Ok(policies) => policies,
        Err(exit) => return exit,
    };
    let bundle = match bundle::load(&policies, &configuration) {
        Ok(bundle) => bundle,
        Err(error) => return invalid(&error, arguments.format),
    };
    let body = match arguments.request.as_ref().map(read).transpose() {
        Ok(body) => body,
        Err(error) => {
            complain(&format!("error: {error}\n"));
            return Exit::Failed;
        }
    };
    let question = match &body {
        Some(body) => server::read_question(body, now).map(Some).map_err(AskError::Body),
        None => ask::question(arguments, original.as_ref(), &bundle, now),
    };
    match question {
        Ok(question) => answer(arguments, &bundle, question.as_ref(), now),
        Err(error) => refuse(&error),
    }
}

/// No question is an HTTP request that no route knows.
fn answer(arguments: &Arguments, bundle: &Bundle, question: Option<&Question<'_>>, now: Instant) -> Exit {
    let decision = question.map(|question| bundle.engine.answer(&bundle.facts, question));
    let account = Account {
        engine: &bundle.engine,
        sources: &bundle.sources,
        question,
        decision: decision.as_ref(),
        http: arguments.http.as_deref(),
        now,
    };
    let told = Told { account, revision: &bundle.revision };
    match arguments.format {
        Format::Text => say(&told.text()),
        Format::Json => say_json(&told.json()),
    }
    if decision.is_some_and(|decision| decision.is_allow()) { Exit::Fine } else { Exit::Denied }
}

fn at(arguments: &Arguments) -> Result<Instant, AskError> {
    if let Some(text) = &arguments.at {
        return Instant::parse(text).ok_or_else(|| AskError::At(text.clone()));
    }
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok(Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX)))
}

fn read(path: &PathBuf) -> Result<Vec<u8>, String> {
    let failed = |error: io::Error| format!("can't read `{}`: {error}", path.display());
    let source: Box<dyn io::Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    let mut body = Vec::new();
    source.take(REQUEST_BYTES_MAX).read_to_end(&mut body).map_err(failed)?;
    Ok(body)
}

fn refuse(error: &AskError) -> Exit {
    complain(&format!("error: {error}\n"));
    if let Some(help) = error.help() {
        complain(&format!("help: {help}\n"));
    }
    Exit::WrongUsage
}

fn invalid(error: &LoadError, format: Format) -> Exit {
    match format {
        Format::Text => complain_of(&error.diagnostics, &error.sources),
        Format::Json => say_json(&serde_json::json!({
            "valid": false,
            "diagnostics": render::json(&error.diagnostics, &error.sources),
        })),
    }
    match error.kind {
        LoadErrorKind::Unreadable => Exit::Failed,
        LoadErrorKind::Invalid => Exit::InvalidPolicy,
    }
}
