//! `POST /access/v1/evaluations`.

use super::sidecar::{Sidecar, config};
use super::world::{REVISION, world};
use crate::client::{Response, evaluation, get};

const ALICE: &str = r#""subject": {"type": "user", "id": "alice"}"#;
const READ: &str = r#""action": {"name": "read"}"#;
const SEVEN: &str = r#""resource": {"type": "document", "id": "7"}"#;

fn evaluations(body: &str) -> String {
    evaluation(body).replacen("/evaluation ", "/evaluations ", 1)
}

fn ask(sidecar: &Sidecar, body: &str) -> Response {
    sidecar.client().ask(evaluations(body))
}

#[track_caller]
fn assert_answers(sidecar: &Sidecar, body: &str, answers: &[&str]) {
    let answer = ask(sidecar, body);
    let expected = format!("{{\"evaluations\":[{}]}}", answers.join(","));
    assert_eq!((answer.status, answer.body), (200, expected), "{body}");
    assert_eq!(answer.headers.iter().filter(|(name, _)| name == "portcullis-reason").count(), 0);
}

const YES: &str = r#"{"decision":true}"#;
const NO: &str = r#"{"decision":false}"#;

fn failed(message: &str) -> String {
    format!(r#"{{"decision":false,"context":{{"error":{{"status":400,"message":"{message}"}}}}}}"#)
}

#[test]
fn each_question_is_answered_in_its_place() {
    let sidecar = Sidecar::start(world());
    let body = format!(
        r#"{{{ALICE}, {SEVEN}, "evaluations": [
            {{"action": {{"name": "read"}}}}, {{"action": {{"name": "close"}}}}, {{"action": {{"name": "burn"}}}},
            {{"action": {{"name": "print"}}}}, {{"action": {{"name": "read"}}, "resource": {{"type": "ship", "id": "7"}}}}]}}"#
    );
    let advised =
        r#"{"decision":true,"context":{"advice":[{"id":"banner","properties":{"text":"internal"}}]}}"#;
    assert_answers(&sidecar, &body, &[YES, NO, NO, advised, NO]);
    assert_eq!(ask(&sidecar, &body).header("portcullis-revision"), Some(REVISION));
    // Each of them is a decision, in the metrics too.
    assert_eq!(sidecar.metric(r#"portcullis_decisions_total{outcome="allow",reason="allowed"}"#), "4");
    assert_eq!(sidecar.metric(r#"portcullis_decisions_total{outcome="deny",reason="unknown_type"}"#), "2");
    assert_eq!(
        sidecar.metric(r#"portcullis_http_request_duration_seconds_count{endpoint="evaluations"}"#),
        "2"
    );
}

#[test]
fn a_batch_stops_where_its_semantic_says() {
    let sidecar = Sidecar::start(world());
    let body = |semantic: &str, actions: &[&str]| {
        let items: Vec<String> =
            actions.iter().map(|action| format!(r#"{{"action": {{"name": "{action}"}}}}"#)).collect();
        let options = format!(r#""options": {{"evaluations_semantic": {semantic}, "other": 1}}"#);
        format!("{{{ALICE}, {SEVEN}, {options}, \"evaluations\": [{}]}}", items.join(","))
    };
    assert_answers(&sidecar, &body("\"execute_all\"", &["read", "close", "read"]), &[YES, NO, YES]);
    assert_answers(&sidecar, &body("null", &["read", "close", "read"]), &[YES, NO, YES]);
    assert_answers(&sidecar, &body("\"deny_on_first_deny\"", &["read", "close", "read"]), &[YES, NO]);
    assert_answers(&sidecar, &body("\"deny_on_first_deny\"", &["read", "read"]), &[YES, YES]);
    assert_answers(&sidecar, &body("\"permit_on_first_permit\"", &["close", "read", "close"]), &[NO, YES]);
    assert_answers(&sidecar, &body("\"permit_on_first_permit\"", &["close"]), &[NO]);
    for wrong in ["\"permit_all\"", "\"EXECUTE_ALL\"", "7"] {
        let refused = ask(&sidecar, &body(wrong, &["read"]));
        assert_eq!(refused.status, 400);
        let message = "`options.evaluations_semantic` has to be \"execute_all\", \"deny_on_first_deny\" or \
                       \"permit_on_first_permit\"\n";
        assert!(refused.body.ends_with(message), "{}", refused.body);
    }
}

#[test]
fn what_an_item_says_replaces_what_the_batch_says() {
    let sidecar = Sidecar::start(world());
    let properties = r#""properties": {"organization": "acme"}"#;
    let body = format!(
        r#"{{{ALICE}, {READ}, "resource": {{"type": "document", "id": "7"}}, "context": {{"ip": "10.0.0.1"}},
            "evaluations": [{{}}, {{"resource": {{"id": "8"}}}}, {{"action": {{}}}}, {{"action": null, "subject": null, "context": null}},
                {{"resource": {{"type": "plan", {properties}}}}},
                {{"action": {{"name": "close"}}}}]}}"#
    );
    assert_answers(&sidecar, &body, &[YES, YES, YES, YES, NO, NO]);
    // What is null was lost on the way, and whoever is shared is not meant.
    for (item, missing) in [
        (r#"{"resource": {"type": null, "id": "8"}}"#, "resource.type"),
        (r#"{"resource": {"id": null}}"#, "resource.id"),
        (r#"{"subject": {"type": "user", "id": null}}"#, "subject.id"),
        (r#"{"action": {"name": null}}"#, "action.name"),
    ] {
        let missing = failed(&format!("`{missing}` is missing"));
        assert_answers(
            &sidecar,
            &format!("{{{ALICE}, {READ}, {SEVEN}, \"evaluations\": [{item}, {{}}]}}"),
            &[&missing, YES],
        );
    }
    // The properties of one are never those of another.
    let inside = |item: &str| {
        format!(
            r#"{{{ALICE}, "action": {{"name": "locate"}}, {SEVEN}, "context": {{"ip": "10.0.0.1",
                "method": "LOCATE", "scheme": "https", "host": "docs.example.com", "user_agent": "curl/8",
                "path": "/documents/z\u00fcrich"}}, "evaluations": [{item}, {{}}]}}"#
        )
    };
    assert_answers(&sidecar, &inside("{}"), &[YES, YES]);
    assert_answers(&sidecar, &inside(r#"{"context": {"ip": "10.0.0.1"}}"#), &[NO, YES]);
}

#[test]
fn a_question_that_is_none_is_denied_in_its_place() {
    let sidecar = Sidecar::start(world());
    let body = format!(
        r#"{{{ALICE}, {READ}, "evaluations": [{{{SEVEN}}}, {{}}, 7, {{"resource": "x"}}, {{{SEVEN}}}]}}"#
    );
    let missing = failed("`resource` is missing");
    let (odd, text) = (failed("an evaluation has to be an object"), failed("`resource` has to be an object"));
    assert_answers(&sidecar, &body, &[YES, &missing, &odd, &text, YES]);
    let nobody = format!(r#"{{{READ}, "evaluations": [{{{SEVEN}}}]}}"#);
    assert_answers(&sidecar, &nobody, &[&failed("`subject` is missing")]);
    // A batch that ends with the first deny ends with a question that is none, too.
    let ended = body.replacen('{', r#"{"options": {"evaluations_semantic": "deny_on_first_deny"},"#, 1);
    assert_answers(&sidecar, &ended, &[YES, &missing]);
}

#[test]
fn without_evaluations_it_is_one_question() {
    let sidecar = Sidecar::start(world());
    for evaluations in ["", r#", "evaluations": []"#, r#", "evaluations": null"#] {
        let answer = ask(&sidecar, &format!("{{{ALICE}, {READ}, {SEVEN}{evaluations}}}"));
        assert_eq!((answer.status, answer.body.as_str()), (200, YES));
        assert_eq!(answer.header("portcullis-reason"), Some("allowed"));
        let missing = ask(&sidecar, &format!("{{{ALICE}, {READ}{evaluations}}}"));
        assert_eq!(
            (missing.status, missing.body.as_str()),
            (400, "line 1, column 1: `resource` is missing\n")
        );
    }
}

#[test]
fn a_batch_with_a_wrong_frame_is_refused_as_a_whole() {
    let sidecar = Sidecar::start(world());
    let items = format!(r#""evaluations": [{{{SEVEN}}}]"#);
    for (body, expected) in [
        (format!("[{{{ALICE}}}]"), "line 1, column 1: the body has to be a JSON object"),
        (
            format!("{{{ALICE}, {READ}, \"evaluations\": {{}}}}"),
            "line 1, column 89: `evaluations` has to be a list",
        ),
        (format!("{{\"subject\": 7, {READ}, {items}}}"), "line 1, column 13: `subject` has to be an object"),
        (format!("{{{ALICE}, \"options\": 1, {items}}}"), "line 1, column 57: `options` has to be an object"),
        (
            format!("{{{ALICE}, \"supported_obligations\": [\"a\", 1], {items}}}"),
            "line 1, column 77: `supported_obligations[1]` has to be a string",
        ),
        (
            format!("{{{ALICE}, \"evaluations\": [{{}}, {{{SEVEN}, {SEVEN}}}]}}"),
            "line 1, column 121: `evaluations[1]`: the member `resource` is given twice",
        ),
    ] {
        let refused = ask(&sidecar, &body);
        assert_eq!((refused.status, refused.body.trim_end()), (400, expected));
    }
    let wired_wrong = sidecar.client().ask(get("/access/v1/evaluations"));
    assert_eq!((wired_wrong.status, wired_wrong.header("allow")), (405, Some("POST")));
}

#[test]
fn a_batch_of_too_many_is_too_large_and_not_malformed() {
    let sidecar = Sidecar::start(world());
    let of = |count: usize| {
        ask(
            &sidecar,
            &format!("{{{ALICE}, {READ}, {SEVEN}, \"evaluations\": [{}]}}", vec!["{}"; count].join(",")),
        )
    };
    assert_eq!(of(1_024).status, 200);
    // T-71.
    for count in [1_025, 100_000] {
        let refused = of(count);
        assert_eq!(refused.status, 413, "{count}");
        assert!(
            refused.body.ends_with(": `evaluations`: a list of more than 1024 elements\n"),
            "{}",
            refused.body
        );
    }
    assert_eq!(sidecar.metric(r#"portcullis_requests_refused_total{reason="batch_too_large"}"#), "2");
    // Of any other list it is the question that is wrong.
    let list = vec!["0"; 1_025].join(",");
    let wrong = format!("{{{ALICE}, {READ}, {SEVEN}, \"context\": {{\"evaluations\": [{list}]}}}}");
    assert_eq!(ask(&sidecar, &wrong).status, 400);
}

#[test]
fn one_bad_item_among_a_hundred_is_one_denial() {
    // T-71.
    let sidecar = Sidecar::start(world());
    let items: Vec<&str> =
        (0..100).map(|number| if number == 41 { "{\"resource\": 1}" } else { "{}" }).collect();
    let body = format!("{{{ALICE}, {READ}, {SEVEN}, \"evaluations\": [{}]}}", items.join(","));
    let bad = failed("`resource` has to be an object");
    let answers: Vec<&str> = (0..100).map(|number| if number == 41 { bad.as_str() } else { YES }).collect();
    assert_answers(&sidecar, &body, &answers);
}

#[test]
fn before_the_first_policy_every_answer_is_no() {
    let sidecar = Sidecar::with(&config());
    let body = format!("{{{ALICE}, {READ}, {SEVEN}, \"evaluations\": [{{}}, {{}}]}}");
    assert_answers(&sidecar, &body, &[NO, NO]);
}

#[test]
fn a_deadline_is_a_number_of_milliseconds() {
    let sidecar = Sidecar::start(world());
    let body = format!("{{{ALICE}, {READ}, {SEVEN}}}");
    let with =
        |lines: &str| sidecar.client().ask(evaluation(&body).replacen("\r\n", &format!("\r\n{lines}"), 1));
    for good in ["", "Portcullis-Deadline-Ms: 60000\r\n", "Portcullis-Deadline-Ms: 3600000\r\n"] {
        assert_eq!(with(good).status, 200, "{good}");
    }
    for bad in [
        "0",
        "-1",
        "+5",
        "1.5",
        "",
        "ten",
        "3600001",
        "18446744073709551616",
        "5\r\nPortcullis-Deadline-Ms: 5",
    ] {
        let refused = with(&format!("Portcullis-Deadline-Ms: {bad}\r\n"));
        assert_eq!(refused.status, 400, "{bad}");
        let message = "`Portcullis-Deadline-Ms` has to be one number from 1 to 3600000, in milliseconds\n";
        assert_eq!(refused.body, message, "{bad}");
    }
}
