//! An application that asks Portcullis before it does anything. Run it with the README beside this directory.

use std::env;
use std::error::Error;

use axum::Router;
use axum::extract::Path;
use axum::http::request::Parts;
use axum::routing::{get, post, put};
use portcullis::pep::{Pep, Subject};
use tokio::net::TcpListener;

/// `axum ADDRESS SIDECAR`, or `axum ADDRESS --policies DIRECTORY` to decide in this process.
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (address, pep) = match arguments.iter().map(String::as_str).collect::<Vec<&str>>()[..] {
        [address, "--policies", directory] => (address, Pep::in_process(directory)?),
        [address, sidecar] => (address, Pep::remote(sidecar)?),
        _ => return Err("say an address, and the URL of a sidecar or `--policies DIRECTORY`".into()),
    };
    let listener = TcpListener::bind(address).await?;
    axum::serve(listener, app(&pep.subject(user))).await?;
    Ok(())
}

/// Each check is one line.
fn app(pep: &Pep) -> Router {
    Router::new()
        .route("/workflows", post(create).layer(pep.require("workflow:create")))
        .route("/workflows/{id}", put(update).layer(pep.require("workflow:update").on(id)))
        .route("/workflows/{id}", get(read).layer(pep.require("workflow:read").on(id)))
}

/// Who is asking. In an application this is who has logged in; here it is who has one of two tokens.
fn user(head: &Parts) -> Option<Subject> {
    match head.headers.get("authorization")?.to_str().ok()? {
        "Bearer of-ann" => Some(Subject::new("user", "ann")),
        "Bearer of-bob" => Some(Subject::new("user", "bob")),
        _ => None,
    }
}

/// Which workflow a request is about. The id is what the handler gets, so it has to be read as the handler's is.
fn id(head: &Parts) -> Option<String> {
    let id = head.uri.path().strip_prefix("/workflows/")?;
    id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-').then(|| id.to_owned())
}

async fn create() -> &'static str {
    "created\n"
}

async fn update(Path(id): Path<String>) -> String {
    format!("updated {id}\n")
}

async fn read(Path(id): Path<String>) -> String {
    format!("here is {id}\n")
}
