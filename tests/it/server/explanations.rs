//! `Portcullis-Explain`: the reasons beside the decision, for those who may know them.

use portcullis::config::{Config, TrustedPeers};
use portcullis::model::Networks;

use super::sidecar::{Sidecar, config};
use super::world::{REVISION, world};
use crate::client::evaluation;

fn ask(sidecar: &Sidecar, path: &str, action: &str) -> String {
    let body = format!(
        r#"{{"subject": {{"type": "user", "id": "alice"}}, "action": {{"name": "{action}"}},
            "resource": {{"type": "document", "id": "7"}}, "evaluations": [{{}}]}}"#
    );
    let request = evaluation(&body).replacen("/evaluation ", path, 1);
    sidecar.client().ask(request.replacen("\r\n", "\r\nPortcullis-Explain: true\r\n", 1)).body
}

#[test]
fn the_reasons_come_beside_the_decision() {
    let sidecar = Sidecar::start(world());
    let burnt = ask(&sidecar, "/evaluation ", "burn");
    assert_eq!(
        burnt,
        format!(
            r#"{{"decision":false,"context":{{"reason_admin":{{"denied_by_rule":"rule `docs/never` denies it"}},"reason_user":{{"denied_by_rule":"what is burnt is gone"}},"deciding":["docs/never"],"unknown":[],"valid_until":null,"revision":"{REVISION}"}}}}"#
        )
    );
    assert_eq!(ask(&sidecar, "/evaluations ", "burn"), format!("{{\"evaluations\":[{burnt}]}}"));
    let located = ask(&sidecar, "/evaluation ", "locate");
    assert!(located.contains(r#""unknown":["context.ip","context.method","#), "{located}");
    assert!(
        located.contains(r#""unknown_attribute":"nothing allows it as long as `context.ip`"#),
        "{located}"
    );
    let misspelt = ask(&sidecar, "/evaluation ", "raed");
    assert!(misspelt.contains("`document` has no action `raed`; did you mean `read`?"), "{misspelt}");
    // Obligations stay where they are.
    let published = ask(&sidecar, "/evaluation ", "publish");
    assert!(
        published.starts_with(r#"{"decision":false,"context":{"obligations":[{"id":"step_up","#),
        "{published}"
    );
    assert!(published.contains("which the caller does not understand"), "{published}");
}

#[test]
fn whoever_may_not_know_gets_the_bare_answer() {
    let nobody = TrustedPeers { networks: Networks::new(&[]), unix: false };
    let sidecar = Sidecar::with(&Config { explain_peers: nobody, ..config() });
    sidecar.service.publish(world());
    assert_eq!(ask(&sidecar, "/evaluation ", "burn"), r#"{"decision":false}"#);
    assert_eq!(ask(&sidecar, "/evaluations ", "burn"), r#"{"evaluations":[{"decision":false}]}"#);
}

#[test]
fn what_the_header_says_is_meant() {
    let sidecar = Sidecar::start(world());
    let question = r#"{"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
        "resource": {"type": "document", "id": "7"}}"#;
    let ask =
        |lines: &str| sidecar.client().ask(evaluation(question).replacen("\r\n", &format!("\r\n{lines}"), 1));
    assert!(ask("Portcullis-Explain: true\r\n").body.contains("revision"));
    assert_eq!(ask("Portcullis-Explain: false\r\n").body, r#"{"decision":true}"#);
    for odd in ["1", "0", "True", "", "true, false", "true\r\nPortcullis-Explain: true"] {
        let refused = ask(&format!("Portcullis-Explain: {odd}\r\n"));
        assert_eq!(
            (refused.status, refused.body.as_str()),
            (400, "`Portcullis-Explain` has to be `true` or `false`\n"),
            "{odd}"
        );
    }
}
