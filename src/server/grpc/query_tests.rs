//! Which parameters are told, and which of a client's could be taken for them.

use hyper::header::HeaderMap;

use super::{has_lookalike, told};
use crate::config::QueryParameter;

fn parameters(queried: &[QueryParameter]) -> (Vec<String>, Vec<String>) {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("portcullis-subject", "a&b=c%20%25%C3%BC"),
        ("portcullis-subject-type", "user"),
        ("portcullis-organization", ""),
        ("portcullis-obligations", r#"[{"id":"notify"}]"#),
        ("portcullis-advice", "[]"),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    let (set, removed) = told(&headers, queried);
    (set.into_iter().map(|parameter| format!("{}={}", parameter.key, parameter.value)).collect(), removed)
}

#[test]
fn whatever_is_not_told_is_taken_out() {
    let (set, removed) = parameters(&QueryParameter::ALL);
    assert_eq!(
        set,
        [
            "portcullis-subject=a%26b%3Dc%20%25%C3%BC",
            "portcullis-subject-type=user",
            "portcullis-obligations=%5B%7B%22id%22%3A%22notify%22%7D%5D",
            "portcullis-advice=%5B%5D",
        ]
    );
    assert_eq!(removed, ["portcullis-organization"]);
    let (set, removed) = parameters(&[QueryParameter::SubjectType]);
    assert_eq!(set, ["portcullis-subject-type=user"]);
    assert_eq!(removed.len(), 4);
    assert_eq!(parameters(&[]), (vec![], vec![]));
}

#[test]
fn another_spelling_is_seen() {
    for query in [
        "Portcullis-Subject=root",
        "portcullis_subject=root",
        "portcullis.subject=root",
        "portcullis%2Dsubject=root",
        "portcullis%2dsubject",
        "portcullis+subject=root",
        "%70ortcullis-subject=root",
        "%70ortcullis-subject%=root",
        "%70ortcullis-subject%zz=root",
        "portcullis%252Dsubject=root",
        "portcullis-subject%3Droot",
        "portcullis-subject%00=root",
        "portcullis-subject[]=root",
        "portcullis-role=admin",
        "+portcullis-subject=root",
        "%20%E2%80%8Bportcullis-subject=root",
        "a=1&portcullis_subject=root",
        "a=1;portcullis-subject=root",
        "a;portcullis-subject",
        "portcullis-subject;x=1",
        "portcullis-subject;=root",
        "portcullis-subject;",
        "portcullis-subject?=root",
        "portcullis-subject=x;portcullis-advice=y",
        "a=1?portcullis-subject=root",
        "?portcullis-subject=root",
    ] {
        assert!(has_lookalike(&format!("/pages/1?{query}")), "{query}");
    }
    for query in [
        "",
        "a=portcullis-subject",
        "a=portcullis_subject&b",
        "subject=root",
        "portcullis=1",
        "x-portcullis-subject=1",
        // Envoy replaces or removes them by these names.
        "portcullis-subject=root",
        "portcullis-subject",
        "portcullis-subject=root;x?y",
        "portcullis-subject=a&portcullis-advice=b&portcullis-subject=c",
        "%",
        "%4",
        "=&=",
    ] {
        assert!(!has_lookalike(&format!("/pages/portcullis_subject=1?{query}")), "{query}");
    }
    assert!(!has_lookalike("/pages/portcullis_subject=1;portcullis-subject"));
}
