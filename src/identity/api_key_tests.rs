//! Which keys are believed.

use super::*;
use crate::config::identity::Scope;

fn entry(id: &str, key: &str) -> ApiKey {
    ApiKey {
        id: id.to_owned(),
        sha256: Sha256::digest(key.as_bytes()).into(),
        kind: "service".to_owned(),
        subject: id.to_owned(),
        scopes: vec![Scope::Decide],
        expires: Some(Instant::from_seconds(100)),
    }
}

const NOW: Instant = Instant::from_seconds(99);

#[test]
fn a_key_is_known_by_its_whole_text() {
    let made = new_key("ci").unwrap();
    let keys = [entry("other", "pk_other_x"), entry("ci", &made.key)];
    assert_eq!(api_key(&keys, &made.key, NOW).map(|key| key.id.as_str()), Ok("ci"));
    let last = made.key.chars().last().unwrap();
    let other = if last == 'A' { 'B' } else { 'A' };
    let changed = format!("{}{other}", made.key.strip_suffix(last).unwrap());
    for wrong in [changed, format!("{}A", made.key), made.key.to_uppercase().replacen("PK_CI", "pk_ci", 1)] {
        assert_eq!(api_key(&keys, &wrong, NOW), Err(KeyRefusal::Unknown), "{wrong}");
    }
    let renamed = made.key.replacen("pk_ci", "pk_other", 1);
    assert_eq!(api_key(&keys, &renamed, NOW), Err(KeyRefusal::Unknown));
    assert_eq!(api_key(&keys, &made.key.replacen("pk_ci", "pk_nobody", 1), NOW), Err(KeyRefusal::Unknown));
    assert_eq!(api_key(&[], &made.key, NOW), Err(KeyRefusal::Unknown));
}

#[test]
fn what_is_no_key_is_told_from_an_unknown_one() {
    let keys = [entry("ci", "pk_ci_x")];
    for malformed in
        ["", "pk_", "pk_ci", "pk_ci_", "pk__x", "ci_x", "PK_ci_x", &format!("pk_ci_{}", "x".repeat(200))]
    {
        assert_eq!(api_key(&keys, malformed, NOW), Err(KeyRefusal::Malformed), "{malformed}");
    }
}

#[test]
fn a_key_ends_at_its_instant() {
    let keys = [entry("ci", "pk_ci_x")];
    assert!(api_key(&keys, "pk_ci_x", NOW).is_ok());
    assert_eq!(api_key(&keys, "pk_ci_x", Instant::from_seconds(100)), Err(KeyRefusal::Expired));
    // Who hasn't the key isn't told that it ended.
    assert_eq!(api_key(&keys, "pk_ci_y", Instant::from_seconds(100)), Err(KeyRefusal::Unknown));
}

#[test]
fn the_hash_of_nothing_in_particular_opens_nothing() {
    let mut key = entry("ci", "pk_ci_x");
    key.sha256 = [0; 32];
    assert_eq!(api_key(&[key], "pk_ci_x", NOW), Err(KeyRefusal::Unknown));
}

#[test]
fn no_two_keys_are_the_same() {
    let (one, other) = (new_key("ci").unwrap(), new_key("ci").unwrap());
    assert_ne!(one.key, other.key);
    assert_ne!(one.sha256, other.sha256);
    assert_eq!(one.key.len(), "pk_ci_".len() + 43);
}

#[test]
fn a_hash_is_compared_to_its_end() {
    for place in [0, 7, 8, 31] {
        let mut almost = entry("ci", "pk_ci_x");
        almost.sha256[place] ^= 1;
        assert_eq!(api_key(&[almost], "pk_ci_x", NOW), Err(KeyRefusal::Unknown), "{place}");
    }
}

#[test]
fn a_key_is_nobody_s_but_its_own() {
    assert_eq!(api_key(&[entry("other", "pk_ci_x")], "pk_ci_x", NOW), Err(KeyRefusal::Unknown));
}
