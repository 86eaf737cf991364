//! What Envoy writes into the query for the application behind it, whatever its client has written there.

use std::fs;

use super::front::{Front, Kind, Portcullis, recipes};
use crate::process::free_ports;

/// A client's query, and the one that reaches the application; none if nothing does.
const CASES: &[(&str, Option<&str>)] = &[
    ("", Some("?portcullis-obligations=%5B%5D&portcullis-subject=vic")),
    ("?", Some("?portcullis-obligations=%5B%5D&portcullis-subject=vic")),
    // Envoy sorts by name, and keeps the order and the bytes of those of one name.
    (
        "?y=%26+%2b&b&a=2&a=1",
        Some("?a=2&a=1&b=&portcullis-obligations=%5B%5D&portcullis-subject=vic&y=%26+%2b"),
    ),
    // What a client says of itself is gone, whether something takes its place or not.
    ("?portcullis-subject=root", Some("?portcullis-obligations=%5B%5D&portcullis-subject=vic")),
    (
        "?portcullis-subject=ada&x=1&portcullis-subject=root&portcullis-obligations&portcullis-subject",
        Some("?portcullis-obligations=%5B%5D&portcullis-subject=vic&x=1"),
    ),
    (
        "?portcullis-organization=acme&portcullis-subject-type=admin&portcullis-advice=%5B%5D",
        Some("?portcullis-obligations=%5B%5D&portcullis-subject=vic"),
    ),
    // Envoy would leave these, and some application would read them.
    ("?portcullis%2Dsubject=root", None),
    ("?%70ortcullis-subject=root", None),
    ("?Portcullis-Subject=root", None),
    ("?portcullis_subject=root", None),
    ("?portcullis.subject=root", None),
    ("?portcullis+subject=root", None),
    ("?portcullis-role=admin", None),
    ("?x=1;portcullis-subject=root", None),
    ("?x=1&amp;portcullis-subject=root", None),
    ("?portcullis-subject%3Droot", None),
    ("?portcullis-organization%5B%5D=acme", None),
];

#[test]
fn envoy_replaces_what_a_client_says_of_itself_in_the_query() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("portcullis.yaml");
    let recipe = fs::read_to_string(recipes().join("portcullis.yaml")).unwrap();
    fs::write(&config, recipe + "envoy_query_parameters: [subject, organization, obligations]\n").unwrap();
    let [port] = free_ports();
    let _portcullis = Portcullis::serving(port, &config, &recipes().join("policies"));
    let front = Front::start(Kind::EnvoyGrpc, port);
    for (query, expected) in CASES {
        let (answer, reached) = front.ask("vic", "GET", &format!("/pages/1{query}"), &[]);
        let target = reached.map(|head| head.split(' ').nth(1).unwrap().to_owned());
        let expected = expected.map(|query| format!("/pages/1{query}"));
        assert_eq!(target, expected, "{query}: {answer:?}");
        let reason = answer.header("portcullis-reason");
        assert_eq!(reason, expected.is_none().then_some("malformed_original"), "{query}");
    }
    // Who belongs somewhere says so too.
    let (_, reached) = front.ask("ada", "GET", "/pages/1?portcullis-organization=x", &[]);
    let reached = reached.expect("it should reach the application");
    let target = "GET /pages/1?portcullis-obligations=%5B%5D&portcullis-organization=acme&portcullis-subject=ada HTTP/1.1\r\n";
    assert!(reached.starts_with(target), "{reached}");
}
