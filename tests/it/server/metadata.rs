//! `GET /.well-known/authzen-configuration`.

use portcullis::config::Config;

use super::sidecar::{Sidecar, config};
use crate::client::get;

const PATH: &str = "/.well-known/authzen-configuration";

#[test]
fn it_names_what_there_is_under_the_configured_address() {
    let public_url = Some("https://pdp.example.com/authz".to_owned());
    let sidecar = Sidecar::with(&Config { public_url, ..config() });
    // Whoever the request says it is for.
    for host in ["pdp", "evil.example"] {
        let answer = sidecar.client().ask(get(PATH).replace("Host: pdp", &format!("Host: {host}")));
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        assert_eq!(
            answer.body,
            r#"{"policy_decision_point":"https://pdp.example.com/authz","access_evaluation_endpoint":"https://pdp.example.com/authz/access/v1/evaluation","access_evaluations_endpoint":"https://pdp.example.com/authz/access/v1/evaluations"}"#
        );
    }
    // A proxy that is wired to it would take a 200 for an allow.
    for name in
        ["X-Original-Method", "X-Original-URI", "X-Original-URL", "X-Forwarded-Method", "X-Forwarded-Uri"]
    {
        let asked = get(PATH).replacen("\r\n", &format!("\r\n{name}: GET\r\n"), 1);
        let answer = sidecar.client().ask(asked);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (403, "whether a request may pass is asked below `/authz/`\n")
        );
    }
    let posted =
        sidecar.client().ask(format!("POST {PATH} HTTP/1.1\r\nHost: pdp\r\nContent-Length: 0\r\n\r\n"));
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET, HEAD")));
}

#[test]
fn without_an_address_there_is_none() {
    let sidecar = Sidecar::with(&config());
    let answer = sidecar.client().ask(get(PATH).replacen("\r\n", "\r\nX-Request-ID: 9\r\n", 1));
    assert_eq!(answer.status, 404);
    assert_eq!(answer.body, "there is no metadata: `public_url` is not configured\n");
    assert_eq!(answer.header("x-request-id"), Some("9"));
}
