//! What the application behind Envoy is told in the query.

use envoy_types::pb::envoy::service::auth::v3::OkHttpResponse;
use portcullis::config::{Config, QueryParameter};

use super::{ALICE, ask, configured, start, start_with};

fn told(ok: &OkHttpResponse) -> (Vec<String>, Vec<&str>) {
    let set = ok.query_parameters_to_set.iter().map(|said| format!("{}={}", said.key, said.value));
    (set.collect(), ok.query_parameters_to_remove.iter().map(String::as_str).collect())
}

#[test]
fn all_of_ours_is_replaced_or_removed() {
    let queried = |envoy_query_parameters: &[QueryParameter]| {
        start_with(&Config { envoy_query_parameters: envoy_query_parameters.to_vec(), ..configured() })
    };
    let sidecar = queried(&[QueryParameter::Subject, QueryParameter::Organization, QueryParameter::Advice]);
    let path = "/documents/7?portcullis-subject=root&x=1";
    for (user, subject) in [("alice", "alice"), ("a&b=c#%25 \u{fc}", "a%26b%3Dc%23%2525%20%C3%BC")] {
        let ok = ask(&sidecar, "GET", path, &[("x-envoy-user", user)]).allowed();
        let set = vec![format!("portcullis-subject={subject}"), "portcullis-advice=%5B%5D".to_owned()];
        let removed = vec!["portcullis-subject-type", "portcullis-organization", "portcullis-obligations"];
        assert_eq!(told(&ok), (set, removed));
    }
    // What is another spelling of one to anybody doesn't pass; without any of ours it is nobody's business.
    for query in ["portcullis%2Dsubject=root", "Portcullis-Advice=x", "a;portcullis-subject=root"] {
        let path = format!("/documents/7?{query}");
        let refused = ask(&sidecar, "GET", &path, &[ALICE]).denied();
        assert_eq!(refused, (403, "malformed_original".to_owned()), "{query}");
        assert_eq!(told(&ask(&start(), "GET", &path, &[ALICE]).allowed()), (vec![], vec![]));
    }
}
