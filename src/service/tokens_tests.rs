//! Tokens that were seen before.

use serde_json::{Value, json};

use super::*;
use crate::config::identity::{Algorithm, ClaimPath, Claims, Issuer, KeySource};
use crate::config::{Flags, load};
use crate::identity::forge::{Signer, key_set};

const NOW: Instant = Instant::from_seconds(1_800_000_000);

fn tokens(keys: &[Value]) -> Tokens {
    let issuer = Issuer {
        issuer: "idp".to_owned(),
        audiences: vec!["portcullis".to_owned()],
        algorithms: vec![Algorithm::Es256],
        keys: KeySource::File("jwks.json".into()),
        keys_ca: None,
        keys_refresh_seconds: 300,
        keys_age_max_seconds: 3_600,
        leeway_seconds: 0,
        types: vec!["JWT".to_owned()],
        scopes: None,
        subject: Claims {
            kind: "user".to_owned(),
            id: ClaimPath(vec!["sub".to_owned()]),
            organization: None,
            organizations: Vec::new(),
            roles: None,
            role_names: Vec::new(),
            attributes: Vec::new(),
        },
    };
    let config = load(None, std::iter::empty(), Flags::default(), |_| Vec::new()).expect("the defaults");
    let config = Config { tokens: vec![issuer], ..config };
    let tokens = Tokens::new(&config, &Metrics::new().unwrap());
    look(&tokens, keys);
    tokens
}

fn look(tokens: &Tokens, keys: &[Value]) {
    tokens.issuers().iter().next().unwrap().keys.look(key_set(keys), NOW).unwrap();
}

fn token(signer: &Signer, id: &str) -> String {
    signer.token(&json!({ "iss": "idp", "aud": "portcullis", "sub": id, "exp": 1_800_000_100 }))
}

#[test]
fn a_token_seen_before_is_not_checked_again() {
    let signer = Signer::new("ES256", "1");
    let tokens = tokens(&[signer.jwk()]);
    let alice = token(&signer, "alice");
    let first = tokens.verify(&alice, NOW).unwrap();
    assert!(Arc::ptr_eq(&first, &tokens.verify(&alice, NOW).unwrap()));
    // Until it ends.
    assert_eq!(tokens.verify(&alice, Instant::from_seconds(1_800_000_100)), Err(TokenRefusal::Expired));
    assert!(Arc::ptr_eq(
        &first,
        &tokens.verify(&alice, Instant::from_micros(1_800_000_099_999_999)).unwrap()
    ));
}

#[test]
fn only_the_whole_text_of_a_token_is_known_again() {
    let signer = Signer::new("ES256", "1");
    let tokens = tokens(&[signer.jwk()]);
    let (alice, bob) = (token(&signer, "alice"), token(&signer, "bob"));
    assert_eq!(tokens.verify(&alice, NOW).unwrap().subject.id, "alice");
    assert_eq!(tokens.verify(&bob, NOW).unwrap().subject.id, "bob");
    let part = |token: &str, number: usize| token.split('.').nth(number).unwrap().to_owned();
    // The signature of one below the claims of another; the head and the claims of one without its signature.
    for forged in [
        format!("{}.{}.{}", part(&alice, 0), part(&bob, 1), part(&alice, 2)),
        format!("{}.{}.{}", part(&alice, 0), part(&alice, 1), part(&bob, 2)),
    ] {
        assert_eq!(tokens.verify(&forged, NOW), Err(TokenRefusal::Signature));
    }
    for cut in [1, alice.len() / 2].map(|short| alice.split_at(alice.len() - short).0) {
        assert!(tokens.verify(cut, NOW).is_err());
    }
    assert!(tokens.verify(&format!("{alice}A"), NOW).is_err());
}

#[test]
fn a_key_that_goes_takes_what_is_remembered_with_it() {
    let (old, new) = (Signer::new("ES256", "1"), Signer::new("ES256", "2"));
    let tokens = tokens(&[old.jwk()]);
    let alice = token(&old, "alice");
    assert!(tokens.verify(&alice, NOW).is_ok());
    look(&tokens, &[new.jwk()]);
    assert_eq!(tokens.verify(&alice, NOW), Err(TokenRefusal::UnknownKey));
    // Another key of the same name is another key.
    let impostor = Signer::new("ES256", "1");
    look(&tokens, &[impostor.jwk()]);
    assert_eq!(tokens.verify(&alice, NOW), Err(TokenRefusal::Signature));
    look(&tokens, &[old.jwk()]);
    assert!(tokens.verify(&alice, NOW).is_ok());
    // And keys that are too old are none.
    let later = Instant::from_seconds(1_800_000_000 + 3_601);
    assert_eq!(tokens.without_keys(later), ["idp"]);
    assert!(tokens.without_keys(NOW).is_empty());
}

#[test]
fn nothing_is_kept_of_what_was_refused() {
    let signer = Signer::new("ES256", "1");
    let tokens = tokens(&[Signer::new("ES256", "2").jwk()]);
    let alice = token(&signer, "alice");
    assert_eq!(tokens.verify(&alice, NOW), Err(TokenRefusal::UnknownKey));
    look(&tokens, &[signer.jwk()]);
    assert!(tokens.verify(&alice, NOW).is_ok());
}
