//! T-40 without its guards: a call that can't be read ends by an error, at which a proxy may be told to go on, or is read as
//! another.

use prost::Message;

use super::hostile::{no_messages, silent_on_one};
use crate::grpc::{CHECK, asking, call_raw, framed, http};
use crate::server::doors::served_without;

#[test]
fn calls_end_by_errors_without_the_guard() {
    let (served, _folder) = served_without("CallAnswers", "body_bytes_max: 65536\n");
    let good = asking("GET", "/public/page", &[]);
    let mut large = good.clone();
    http(&mut large).body = "x".repeat(5 << 20);
    let bodies = no_messages(&good.encode_to_vec()).into_iter().map(|(body, _)| body);
    let silent = silent_on_one(&good).into_iter().chain([large]);
    let bodies = bodies.chain(silent.map(|request| framed(&request.encode_to_vec())));
    let answered =
        |headers: &[(&str, &str)], body: Vec<u8>| call_raw(served.decisions, CHECK, headers, body).said();
    let whole = framed(&good.encode_to_vec());
    assert_eq!(answered(&[], whole.clone()).as_deref(), Some("allowed"));
    let mut denied: Vec<String> = bodies.filter_map(|body| answered(&[], body)).collect();
    let many: Vec<(&str, &str)> = (0..80).map(|_| ("x-a", "1")).collect();
    denied.extend(answered(&many, whole.clone()));
    denied.extend(answered(&[("x-original-uri", "/")], whole));
    assert_eq!(denied, Vec::<String>::new());
}

#[test]
fn a_frame_is_taken_for_another_without_the_guard() {
    let (served, _folder) = served_without("CallForm", "");
    let good = asking("GET", "/public/page", &[]).encode_to_vec();
    for (body, is_taken) in no_messages(&good) {
        let said = call_raw(served.decisions, CHECK, &[], body.clone()).said();
        // Of the others the library of messages can't read one.
        assert_eq!(said.as_deref() == Some("allowed"), is_taken, "{body:?}: {said:?}");
    }
}
