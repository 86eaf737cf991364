//! The OpenAPI document says what the decision API does: schemathesis makes requests of it, right and wrong ones, and holds
//! the answers against it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::client::{Client, get};
use crate::process::{Served, portcullis, tool};

const CONFIG: &str = "tests/it/openapi/schemathesis.toml";

#[test]
fn the_decision_api_is_as_its_document_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = portcullis();
    command.env("PORTCULLIS_PUBLIC_URL", "https://pdp.example.com");
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let sidecar = Served::start_by(command, &policies, &[]);
    sidecar.wait_until_ready();
    let document = Client::tcp(sidecar.admin).ask(get("/openapi.json"));
    assert_eq!((document.status, document.header("content-type")), (200, Some("application/json")));
    let file = folder.path().join("openapi.json");
    fs::write(&file, document.body).unwrap();

    let mut schemathesis = Command::new(tool("python/bin/schemathesis"));
    schemathesis.current_dir(folder.path()).env("PYTHONDONTWRITEBYTECODE", "1").arg("--config-file");
    schemathesis
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(CONFIG))
        .args(["--no-color", "run"])
        .arg(file);
    schemathesis.args(["--url", &format!("http://{}", sidecar.decisions)]);
    schemathesis.args(["--generation-deterministic", "--max-examples", "50", "--workers", "1"]);
    let run = schemathesis.output().unwrap();
    let said = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
    assert!(run.status.success(), "{said}");
    // Nothing was left out: three operations, and no phase but the one that there is nothing for.
    assert!(said.contains("Tested: 3") && said.contains("No issues found"), "{said}");
    let metrics = Client::tcp(sidecar.admin).ask(get("/metrics")).body;
    assert!(metrics.contains("\nportcullis_panics_total 0\n"), "{metrics}");
}

/// What a document promises, and schemathesis can't see.
#[test]
fn the_document_names_every_endpoint_that_applications_have() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server/openapi.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(
        paths,
        ["/.well-known/authzen-configuration", "/access/v1/evaluation", "/access/v1/evaluations"]
    );
}
