//! Which published keys are used.

use serde_json::{Value, json};

use super::super::forge::{Signer, encode, key_set};
use super::*;

fn usable(key: &Value) -> usize {
    KeySet::parse(&key_set(std::slice::from_ref(key))).unwrap().len()
}

fn changed(jwk: &Value, changes: &Value) -> Value {
    let mut jwk = jwk.clone();
    for (name, value) in changes.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    jwk
}

#[test]
fn keys_for_something_else_are_passed_over() {
    let rsa = Signer::new("RS256", "1").jwk();
    let curve = Signer::new("ES256", "1").jwk();
    let edwards = Signer::new("EdDSA", "1").jwk();
    for (jwk, changes, expected) in [
        (&rsa, json!({}), 1),
        (&rsa, json!({ "use": "sig", "alg": "PS384", "key_ops": ["verify"], "x5t": "AA", "x5c": ["AA"] }), 1),
        (&rsa, json!({ "use": "enc" }), 0),
        (&rsa, json!({ "use": 1 }), 0),
        (&rsa, json!({ "key_ops": ["encrypt"] }), 0),
        (&rsa, json!({ "key_ops": "verify" }), 0),
        (&rsa, json!({ "alg": "RSA-OAEP" }), 0),
        (&rsa, json!({ "alg": "HS256" }), 0),
        (&rsa, json!({ "alg": "ES256" }), 0),
        (&rsa, json!({ "kid": 7 }), 0),
        (&rsa, json!({ "kty": "oct", "k": "AAAA" }), 0),
        (&rsa, json!({ "kty": "rsa" }), 0),
        (&rsa, json!({ "e": encode(&[1]) }), 0),
        (&rsa, json!({ "e": encode(&[0]) }), 0),
        (&rsa, json!({ "e": "" }), 0),
        (&rsa, json!({ "n": encode(&[255; 128]) }), 0),
        (&rsa, json!({ "n": encode(&[&[0; 200][..], &[255; 200]].concat()) }), 0),
        (&rsa, json!({ "n": encode(&[255; 1_025]) }), 0),
        (&rsa, json!({ "n": "not base64!" }), 0),
        (&curve, json!({}), 1),
        (&curve, json!({ "crv": "P-384" }), 0),
        (&curve, json!({ "crv": "P-521" }), 0),
        (&curve, json!({ "crv": "secp256k1" }), 0),
        (&curve, json!({ "x": encode(&[1; 31]) }), 0),
        (&curve, json!({ "alg": "RS256" }), 0),
        (&edwards, json!({}), 1),
        (&edwards, json!({ "crv": "X25519" }), 0),
        (&edwards, json!({ "x": encode(&[1; 33]) }), 0),
    ] {
        assert_eq!(usable(&changed(jwk, &changes)), expected, "{changes}");
    }
}

#[test]
fn what_is_no_set_is_refused_whole() {
    let jwk = Signer::new("ES256", "1").jwk();
    for (document, expected) in [
        (String::new(), KeySetError::NotJson),
        ("<html></html>".to_owned(), KeySetError::NotJson),
        ("{}".to_owned(), KeySetError::NotASet),
        ("[]".to_owned(), KeySetError::NotASet),
        (jwk.to_string(), KeySetError::NotASet),
        (r#"{"keys":{}}"#.to_owned(), KeySetError::NotASet),
        (format!(r#"{{"keys":[],"keys":[{jwk}]}}"#), KeySetError::NotJson),
        (
            format!(r#"{{"keys":[{}]}}"#, jwk.to_string().replacen('{', r#"{"kid":"2","#, 1)),
            KeySetError::NotJson,
        ),
        (json!({ "keys": vec![jwk.clone(); 101] }).to_string(), KeySetError::TooManyKeys),
        (format!("{}{}", json!({ "keys": [jwk] }), " ".repeat(256 * 1024)), KeySetError::TooLarge),
    ] {
        assert_eq!(KeySet::parse(document.as_bytes()).map(|set| set.len()), Err(expected));
    }
    assert_eq!(KeySet::parse(&[0xff]).map(|set| set.len()), Err(KeySetError::NotJson));
    assert!(KeySet::parse(br#"{"keys":[7, null, {}], "more": 1}"#).unwrap().is_empty());
}

#[test]
fn a_token_without_a_key_id_needs_one_key_alone() {
    let [one, other] = ["1", "2"].map(|kid| Signer::new("ES256", kid));
    let edwards = Signer::new("EdDSA", "3");
    let set = KeySet::parse(&key_set(&[one.jwk(), edwards.jwk()])).unwrap();
    assert_eq!(set.matching(None, Algorithm::Es256).len(), 1);
    assert_eq!(set.matching(Some("1"), Algorithm::Es256).len(), 1);
    assert_eq!(set.matching(Some("3"), Algorithm::Es256).len(), 0);
    assert_eq!(set.matching(None, Algorithm::Rs256).len(), 0);
    let set = KeySet::parse(&key_set(&[one.jwk(), other.jwk()])).unwrap();
    assert_eq!(set.matching(None, Algorithm::Es256).len(), 0);
    assert_eq!(set.matching(Some("2"), Algorithm::Es256).len(), 1);
}
