//! `portcullis key`: make API keys.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::terminal::{complain, complain_of, say, say_json};
use super::{Exit, Format};
use crate::config::{self, Flags};
use crate::identity::new_key;

/// Make an API key
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    New(NewArguments),
}

/// Print a new key, once, and the entry for `api_keys` that knows it by its hash
#[derive(Debug, Args)]
struct NewArguments {
    /// What the key is called: small letters, digits and `-`
    #[arg(long, value_name = "ID")]
    id: String,
    /// Who shows it, as TYPE:ID [default: `service:` and the id]
    #[arg(long, value_name = "TYPE:ID")]
    subject: Option<String>,
    /// What a caller with it may do: decide, explain or proxy; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// When it ends, as `2027-01-01T00:00:00Z`
    #[arg(long, value_name = "INSTANT")]
    expires: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub fn key(arguments: &Arguments) -> Exit {
    match &arguments.action {
        Action::New(arguments) => new(arguments),
    }
}

fn new(arguments: &NewArguments) -> Exit {
    let Ok(made) = new_key(&arguments.id) else {
        complain("error: the system gives no random bytes\n");
        return Exit::Failed;
    };
    let mut entry = json!({
        "id": arguments.id,
        "sha256": made.sha256,
        "subject": arguments.subject.clone().unwrap_or_else(|| format!("service:{}", arguments.id)),
    });
    if let Some(entry) = entry.as_object_mut() {
        if !arguments.scopes.is_empty() {
            entry.insert("scopes".to_owned(), json!(arguments.scopes));
        }
        if let Some(expires) = &arguments.expires {
            entry.insert("expires".to_owned(), json!(expires));
        }
    }
    let line = line(&entry);
    // Whatever a configuration would refuse is refused here, in the same words.
    let file = ("the entry", format!("api_keys:\n{line}\n"));
    if let Err((sources, problems)) =
        config::load(Some(file), std::iter::empty(), Flags::default(), |_| Vec::new())
    {
        complain_of(&problems, &sources);
        return Exit::WrongUsage;
    }
    match arguments.format {
        Format::Json => say_json(&json!({ "key": made.key, "entry": entry })),
        Format::Text => say(&format!(
            "{}\n\nKeep it: nothing can show it again. Below `api_keys:` of the configuration stands only its hash:\n\n{line}\n",
            made.key
        )),
    }
    Exit::Fine
}

/// An entry of the list as YAML: texts in JSON's quotes mean the same there.
fn line(entry: &Value) -> String {
    let members = entry.as_object().into_iter().flatten().map(|(name, value)| match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            format!("{name}: [{}]", items.join(", "))
        }
        other => format!("{name}: {other}"),
    });
    format!("- {{ {} }}", members.collect::<Vec<String>>().join(", "))
}
