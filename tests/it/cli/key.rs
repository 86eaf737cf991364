//! `portcullis key new`.

use portcullis::config::{self, Flags};
use portcullis::identity::api_key;
use portcullis::model::Instant;

use super::{place_with, run};

#[test]
fn the_entry_knows_the_key() {
    let place = place_with(&[]);
    let line = "key new --id ci --subject hackai/service:ci --scope decide --scope explain --expires 2027-01-01T00:00:00Z";
    let told = run(place.path(), line);
    let key = told.lines().nth(1).unwrap();
    assert!(key.starts_with("pk_ci_") && told.matches(key).count() == 1, "{told}");
    let entry = told.lines().find(|line| line.starts_with("- {")).unwrap();
    let file = ("portcullis.yaml", format!("api_keys:\n{entry}\ncallers: [api_keys]\n"));
    let config = config::load(Some(file), std::iter::empty(), Flags::default(), |_| Vec::new())
        .expect("a configuration");
    let found = api_key(&config.api_keys, key, Instant::parse("2026-12-31T23:59:59Z").unwrap()).unwrap();
    assert_eq!((found.kind.as_str(), found.subject.as_str()), ("hackai/service", "ci"));
    assert!(!entry.contains(key));
    assert_ne!(run(place.path(), line), told);
    let json = run(place.path(), "key new --id ci --format json");
    let json: serde_json::Value = serde_json::from_str(json.strip_prefix("exit 0\n").unwrap()).unwrap();
    assert_eq!(json["entry"]["subject"], "service:ci");
    assert!(json["key"].as_str().unwrap().starts_with("pk_ci_"));
}

#[test]
fn what_no_configuration_takes_is_not_made() {
    let place = place_with(&[]);
    for (line, message) in [
        ("key new --id CI", "`CI` is not the id of a key"),
        ("key new --id a.b", "`a.b` is not the id of a key"),
        ("key new --id ci --subject ci", "`ci` names no subject"),
        ("key new --id ci --scope admin", "`admin` is not what a caller may do"),
        ("key new --id ci --expires soon", "expected an instant"),
        ("key new", "--id"),
        ("key", "new"),
    ] {
        let told = run(place.path(), line);
        assert!(told.starts_with("exit 64\n") && told.contains(message), "{line}: {told}");
        assert!(!told.contains("pk_"), "{told}");
    }
}
