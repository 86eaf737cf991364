//! What `serve` says of a configuration that is well formed, and of which something still isn't there.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::process::{Served, free_ports};

const POLICY: &str = "package site\nsubject user\nsubject service\nresource page { actions read }\n\
                      role reader { page:read }\nallow page:read named reading oblige notify()\n";
const ROUTE: &str = "route GET /pages/{id} -> page:read on page(id)\n";

/// Serves a policy with a configuration, in a folder of its own.
fn served(folder: &Path, policy: &str, config: &str) -> Served {
    fs::create_dir(folder.join("policies")).unwrap();
    fs::write(folder.join("policies/site.policy"), policy).unwrap();
    let path = folder.join("portcullis.conf");
    fs::write(&path, config).unwrap();
    Served::start(&folder.join("policies"), &["--config", path.to_str().unwrap()])
}

/// The problems that were told before the revision was.
fn problems(policy: &str, config: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let served = served(folder.path(), policy, config);
    let named = served.passed_over().into_iter().filter(|line| line["problem"].is_string());
    named.map(|line| line["problem"].as_str().unwrap().to_owned()).collect()
}

fn tokens(keys: &str, rest: &str) -> String {
    format!(
        "tokens:\n- issuer: \"https://id.example.com\"\n  audiences: [site]\n  algorithms: [ES256]\n  keys: \"{keys}\"\n{rest}"
    )
}

#[test]
fn names_that_the_policies_do_not_have_are_told() {
    let routed = format!("{POLICY}{ROUTE}");
    let key = "0".repeat(64);
    let config = |user: &str, service: &str, reader: &str, notify: &str| {
        let rest = format!(
            "  subject: {{ type: {user}, id: sub, roles: roles, organization: org, role_names: {{ r: \"{reader}\" }} }}\n"
        );
        tokens("/nowhere.json", &rest)
            + &format!(
                "api_keys:\n- id: ci\n  sha256: \"{key}\"\n  subject: \"{service}:ci\"\n- id: caller\n  sha256: \"{}\"\n  \
                 subject: \"robot:x\"\n  scopes: [decide]\n\
                 certificates: {{ trust_domains: [example.com], subject_type: {service}, forwarded: true }}\n\
                 subject_type: {user}\nunderstood_obligations: [{notify}]\n",
                "1".repeat(64)
            )
    };
    assert_eq!(problems(&routed, &config("user", "service", "site/reader", "notify")), [""; 0]);
    assert_eq!(problems(&routed, &config("site/user", "site/service", "site/reader", "notify")), [""; 0]);
    let issuer = "tokens of https://id.example.com";
    assert_eq!(
        problems(&routed, &config("usr", "servize", "site/reeder", "notifi")),
        [
            "subject_type: no policy declares `subject usr`".to_owned(),
            format!("{issuer}: type: no policy declares `subject usr`"),
            "API key ci: subject: no policy declares `subject servize`".to_owned(),
            "certificates: subject_type: no policy declares `subject servize`".to_owned(),
            format!("{issuer}: role_names: no policy declares the role `site/reeder`"),
            "understood_obligations: no rule obliges to `notifi`".to_owned(),
        ]
    );
    // A resource is nobody who asks, and where no proxy asks nobody is named by one.
    assert_eq!(problems(&routed, "subject_type: page"), ["subject_type: no policy declares `subject page`"]);
    assert_eq!(problems(POLICY, "subject_type: usr"), [""; 0]);
}

#[test]
fn keys_that_cannot_be_read_are_told_with_where_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let [port] = free_ports();
    let address = format!("http://127.0.0.1:{port}/keys");
    let rest = "  subject: { type: user, id: sub }\n";
    let missing = folder.path().join("keys.json");
    let second = rest.to_owned()
        + &tokens(missing.to_str().unwrap(), rest).replacen("tokens:\n", "", 1).replacen(
            "id.example",
            "other.example",
            1,
        )
        + "subject_type: service\n";
    let served = served(folder.path(), POLICY, &tokens(&address, &second));
    let told = "keys can't be read, and there are none that hold: no token of the issuer is believed";
    let is_told = |line: &Value| line["message"] == told;
    // The address may be asked before or after the listeners are told.
    let mut lines: Vec<Value> = served.passed_over().into_iter().filter(is_told).collect();
    while lines.len() < 2 {
        lines.push(served.log(told));
    }
    // The file is looked at again and again, and told once.
    assert_eq!(lines.len(), 2, "{lines:?}");
    lines.sort_by_key(|line| line["place"].as_str().unwrap().to_owned());
    let at = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    assert_eq!(at(&lines[0], "place"), missing.to_str().unwrap());
    assert_eq!(at(&lines[0], "error"), "No such file or directory (os error 2)");
    assert_eq!(at(&lines[1], "place"), address);
    let error = at(&lines[1], "error");
    assert!(error.ends_with("Connection refused (os error 111)"), "{error}");
    assert_eq!(at(&lines[1], "issuer"), "https://id.example.com");
}
