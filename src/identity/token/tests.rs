//! Tokens that are believed, and all the ways not to be (T-98).

mod roles;

use serde_json::{Value, json};

use super::super::forge::{Signer, encode, key_set};
use super::super::{Looked, Role};
use super::*;
use crate::config::identity::{ClaimPath, Claims, KeySource};

const NOW: Instant = Instant::from_seconds(1_800_000_000);
const ISSUER: &str = "https://idp.example.com";

fn path(text: &str) -> ClaimPath {
    ClaimPath(text.split('.').map(str::to_owned).collect())
}

fn entry(algorithms: &[Algorithm]) -> Issuer {
    Issuer {
        issuer: ISSUER.to_owned(),
        audiences: vec!["portcullis".to_owned(), "other".to_owned()],
        algorithms: algorithms.to_vec(),
        keys: KeySource::File("jwks.json".into()),
        keys_ca: None,
        keys_refresh_seconds: 300,
        keys_age_max_seconds: 3_600,
        leeway_seconds: 30,
        types: vec!["JWT".to_owned(), "at+jwt".to_owned()],
        scopes: None,
        subject: Claims {
            kind: "user".to_owned(),
            id: path("sub"),
            organization: None,
            organizations: Vec::new(),
            roles: None,
            role_names: Vec::new(),
            attributes: Vec::new(),
        },
    }
}

/// Issuers of which the first has these keys.
fn issuers(entry: Issuer, keys: &[Value]) -> Issuers {
    let issuers = Issuers::new(&[entry]);
    let looked = issuers.iter().next().unwrap().keys.look(key_set(keys), NOW);
    assert!(matches!(looked, Ok(Looked::Changed(_))), "{looked:?}");
    issuers
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": "portcullis", "sub": "alice", "iat": 1_799_999_990, "exp": 1_800_000_600 })
}

/// The usual claims but for some; null takes one out.
fn claims_with(others: &Value) -> Value {
    let mut claims = claims();
    let members = claims.as_object_mut().unwrap();
    for (name, value) in others.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    claims
}

fn refusal(issuers: &Issuers, token: &str) -> TokenRefusal {
    match issuers.verify(token, NOW) {
        Ok(verified) => panic!("believed {verified:?}"),
        Err(refusal) => refusal,
    }
}

#[test]
fn every_algorithm_is_checked_by_its_own_key() {
    let signers =
        Algorithm::ALL.map(|algorithm| (algorithm, Signer::new(algorithm.text(), algorithm.text())));
    let keys: Vec<Value> = signers.iter().map(|(_, signer)| signer.jwk()).collect();
    let all = issuers(entry(&Algorithm::ALL), &keys);
    for (algorithm, signer) in &signers {
        let token = signer.token(&claims());
        let verified = all.verify(&token, NOW).unwrap_or_else(|error| panic!("{algorithm:?}: {error:?}"));
        assert_eq!((verified.subject.kind.as_ref(), verified.subject.id.as_ref()), ("user", "alice"));
        assert_eq!(verified.ends, Instant::from_seconds(1_800_000_630));
        // By another algorithm than it says, with another key, with a byte changed.
        let others = Algorithm::ALL.iter().filter(|other| *other != algorithm);
        for other in others {
            let header = json!({ "alg": other.text(), "kid": signer.kid }).to_string();
            let refused = refusal(&all, &signer.sign(&header, &claims().to_string()));
            assert!(matches!(refused, TokenRefusal::Signature | TokenRefusal::UnknownKey), "{refused:?}");
        }
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let first = if signature.starts_with('A') { "B" } else { "A" };
        let changed = format!("{signed}.{first}{}", signature.split_at(1).1);
        assert_eq!(refusal(&all, &changed), TokenRefusal::Signature, "{algorithm:?}");
        // Not listed: not believed, however well it is signed.
        let listed: Vec<Algorithm> = Algorithm::ALL.into_iter().filter(|other| other != algorithm).collect();
        assert_eq!(refusal(&issuers(entry(&listed), &keys), &token), TokenRefusal::Algorithm);
    }
}

#[test]
fn a_secret_that_everybody_knows_signs_nothing() {
    let signer = Signer::new("RS256", "1");
    let mut jwk = signer.jwk();
    let modulus = jwk["n"].as_str().unwrap().to_owned();
    for only in [None, Some("RS256"), Some("HS256")] {
        if let Some(only) = only {
            jwk["alg"] = json!(only);
        }
        let all = issuers(entry(&Algorithm::ALL), &[jwk.clone()]);
        let header = encode(br#"{"alg":"HS256","kid":"1","typ":"JWT"}"#);
        let signed = format!("{header}.{}", encode(claims().to_string().as_bytes()));
        for secret in [modulus.as_bytes(), jwk.to_string().as_bytes(), b""] {
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
            let tag = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
            assert_eq!(refusal(&all, &format!("{signed}.{}", encode(tag.as_ref()))), TokenRefusal::Algorithm);
        }
    }
    // A key that says it is for secrets is no key here.
    assert!(KeyRing::new(1).look(key_set(&[json!({ "kty": "oct", "kid": "1", "k": "AA" })]), NOW).is_ok());
    let none = issuers(entry(&Algorithm::ALL), &[jwk]);
    assert_eq!(refusal(&none, &signer.token(&claims())), TokenRefusal::NoKeys);
}

#[test]
fn headers_decide_nothing_by_themselves() {
    let signer = Signer::new("ES256", "1");
    let all = issuers(entry(&Algorithm::ALL), &[signer.jwk()]);
    let evil = Signer::new("ES256", "1");
    for (header, expected) in [
        (r#"{"alg":"none"}"#, TokenRefusal::Algorithm),
        (r#"{"alg":"None","kid":"1"}"#, TokenRefusal::Algorithm),
        (r#"{"alg":"","kid":"1"}"#, TokenRefusal::Algorithm),
        (r#"{"alg":"es256","kid":"1"}"#, TokenRefusal::Algorithm),
        (r#"{"alg":["ES256"],"kid":"1"}"#, TokenRefusal::Algorithm),
        (r#"{"kid":"1"}"#, TokenRefusal::Algorithm),
        (r#"{"alg":"ES256","kid":"2"}"#, TokenRefusal::UnknownKey),
        (r#"{"alg":"ES256","kid":""}"#, TokenRefusal::UnknownKey),
        (r#"{"alg":"ES256","kid":"../../../../dev/null"}"#, TokenRefusal::UnknownKey),
        (r#"{"alg":"ES256","kid":"1' OR '1'='1"}"#, TokenRefusal::UnknownKey),
        (r#"{"alg":"ES256","kid":"https://evil.example/key"}"#, TokenRefusal::UnknownKey),
        (r#"{"alg":"ES256","kid":1}"#, TokenRefusal::Malformed),
        (r#"{"alg":"ES256","kid":null}"#, TokenRefusal::Malformed),
        (r#"{"alg":"ES256","kid":"1","typ":"dpop+jwt"}"#, TokenRefusal::Type),
        (r#"{"alg":"ES256","kid":"1","typ":""}"#, TokenRefusal::Type),
        (r#"{"alg":"ES256","kid":"1","typ":7}"#, TokenRefusal::Type),
        (r#"{"alg":"ES256","kid":"1","jku":"https://evil.example/jwks"}"#, TokenRefusal::Header),
        (r#"{"alg":"ES256","kid":"1","x5u":"https://evil.example/x"}"#, TokenRefusal::Header),
        (r#"{"alg":"ES256","kid":"1","x5c":[]}"#, TokenRefusal::Header),
        (r#"{"alg":"ES256","kid":"1","crit":[]}"#, TokenRefusal::Header),
        (r#"{"alg":"ES256","kid":"1","crit":["b64"],"b64":false}"#, TokenRefusal::Header),
        (r#"{"alg":"ES256","kid":"1","b64":false}"#, TokenRefusal::Header),
        (r#"{"alg":"ES256","kid":"1","b64":true}"#, TokenRefusal::Header),
        (r#"{"alg":"ES256","kid":"1","crit":["exp"],"exp":1}"#, TokenRefusal::Header),
        (r#"{"alg":"ES256","kid":"1","zip":"DEF"}"#, TokenRefusal::Header),
        (r#"{"alg":"ES256","kid":"1","kid":"1"}"#, TokenRefusal::Malformed),
        (r#"{"alg":"none","alg":"ES256","kid":"1"}"#, TokenRefusal::Malformed),
        (r#"{"alg":"ES256","\u0061lg":"ES256","kid":"1"}"#, TokenRefusal::Malformed),
        (r#"["ES256"]"#, TokenRefusal::Malformed),
        ("", TokenRefusal::Malformed),
        ("{", TokenRefusal::Malformed),
    ] {
        for signer in [&signer, &evil] {
            assert_eq!(refusal(&all, &signer.sign(header, &claims().to_string())), expected, "{header}");
        }
    }
    // The key that it brings would fit.
    let header = json!({ "alg": "ES256", "kid": "1", "jwk": evil.jwk() }).to_string();
    assert_eq!(refusal(&all, &evil.sign(&header, &claims().to_string())), TokenRefusal::Header);
    assert_eq!(refusal(&all, &evil.token(&claims())), TokenRefusal::Signature);
    for header in [
        r#"{"alg":"ES256","kid":"1"}"#,
        r#"{"alg":"ES256","kid":"1","typ":"jwt"}"#,
        r#"{"alg":"ES256","kid":"1","typ":"application/at+JWT"}"#,
        r#"{"alg":"ES256","kid":"1","x5t":"AA","cty":"x","more":[1]}"#,
        r#"{"alg":"ES256"}"#,
    ] {
        assert!(all.verify(&signer.sign(header, &claims().to_string()), NOW).is_ok(), "{header}");
    }
}

#[test]
fn claims_have_to_be_there_and_to_be_right() {
    let signer = Signer::new("ES256", "1");
    let all = issuers(entry(&[Algorithm::Es256]), &[signer.jwk()]);
    for (others, expected) in [
        (json!({ "exp": null }), TokenRefusal::Claims),
        (json!({ "exp": "1800000600" }), TokenRefusal::Claims),
        (json!({ "exp": "string" }), TokenRefusal::Claims),
        (json!({ "exp": true }), TokenRefusal::Claims),
        (json!({ "exp": [1_800_000_600] }), TokenRefusal::Claims),
        (json!({ "exp": 1_799_999_970 }), TokenRefusal::Expired),
        (json!({ "exp": 1_799_999_969.999_999 }), TokenRefusal::Expired),
        (json!({ "exp": 0 }), TokenRefusal::Expired),
        (json!({ "exp": -1 }), TokenRefusal::Expired),
        (json!({ "exp": i64::MIN }), TokenRefusal::Expired),
        (json!({ "nbf": 1_800_000_031 }), TokenRefusal::NotYetValid),
        (json!({ "nbf": 1_800_000_030.5 }), TokenRefusal::NotYetValid),
        (json!({ "nbf": i64::MAX }), TokenRefusal::NotYetValid),
        (json!({ "nbf": "0" }), TokenRefusal::Claims),
        (json!({ "iat": 1_800_000_031 }), TokenRefusal::NotYetValid),
        (json!({ "iat": "now" }), TokenRefusal::Claims),
        (json!({ "iss": null }), TokenRefusal::Issuer),
        (json!({ "iss": "https://idp.example.com/" }), TokenRefusal::Issuer),
        (json!({ "iss": "https://IDP.example.com" }), TokenRefusal::Issuer),
        (json!({ "iss": [ISSUER] }), TokenRefusal::Issuer),
        (json!({ "aud": null }), TokenRefusal::Claims),
        (json!({ "aud": "" }), TokenRefusal::Audience),
        (json!({ "aud": "portcullis2" }), TokenRefusal::Audience),
        (json!({ "aud": "Portcullis" }), TokenRefusal::Audience),
        (json!({ "aud": "portcullis other" }), TokenRefusal::Audience),
        (json!({ "aud": [] }), TokenRefusal::Audience),
        (json!({ "aud": ["someone", "else"] }), TokenRefusal::Audience),
        (json!({ "aud": ["portcullis", 7] }), TokenRefusal::Claims),
        (json!({ "aud": { "portcullis": true } }), TokenRefusal::Claims),
        (json!({ "aud": true }), TokenRefusal::Claims),
        (json!({ "sub": null }), TokenRefusal::Claims),
        (json!({ "sub": "" }), TokenRefusal::Claims),
        (json!({ "sub": 7 }), TokenRefusal::Claims),
        (json!({ "sub": ["alice"] }), TokenRefusal::Claims),
        (json!({ "sub": " alice" }), TokenRefusal::Claims),
        (json!({ "sub": "ali\u{200b}ce" }), TokenRefusal::Claims),
        (json!({ "sub": "ali\u{0}ce" }), TokenRefusal::Malformed),
        (json!({ "deep": (0..70).fold(json!(0), |inner, _| json!([inner])) }), TokenRefusal::Malformed),
    ] {
        assert_eq!(refusal(&all, &signer.token(&claims_with(&others))), expected, "{others}");
    }
    for others in [
        json!({ "exp": 1_799_999_971 }),
        json!({ "exp": 1_800_000_000.5 }),
        json!({ "exp": i64::MAX }),
        json!({ "nbf": 1_800_000_030 }),
        json!({ "iat": null }),
        json!({ "aud": ["someone", "other"] }),
    ] {
        let verified = all.verify(&signer.token(&claims_with(&others)), NOW);
        assert!(verified.is_ok(), "{others}: {verified:?}");
    }
}

#[test]
fn a_member_given_twice_is_refused_whichever_would_be_right() {
    let signer = Signer::new("ES256", "1");
    let all = issuers(entry(&[Algorithm::Es256]), &[signer.jwk()]);
    let header = r#"{"alg":"ES256","kid":"1"}"#;
    let whole = claims().to_string();
    for (claims, expected) in [
        (whole.replacen('{', r#"{"sub":"admin","#, 1), TokenRefusal::Malformed),
        (whole.replacen('{', r#"{"\u0073ub":"alice","#, 1), TokenRefusal::Malformed),
        (whole.replacen('{', r#"{"x":{"a":1,"a":1},"#, 1), TokenRefusal::Malformed),
        (format!("{whole} {{}}"), TokenRefusal::Malformed),
        (format!("[{whole}]"), TokenRefusal::Malformed),
        (format!("\u{feff}{whole}"), TokenRefusal::Malformed),
    ] {
        assert_eq!(refusal(&all, &signer.sign(header, &claims)), expected, "{claims}");
    }
}

#[test]
fn what_is_no_token_is_not_looked_into() {
    let signer = Signer::new("ES256", "1");
    let all = issuers(entry(&[Algorithm::Es256]), &[signer.jwk()]);
    let token = signer.token(&claims());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    for text in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        "opaque".to_owned(),
        signed.to_owned(),
        format!("{token}.{signature}"),
        format!(" {token}"),
        format!("{token}="),
        token.replace('.', ",").replacen(',', ".", 1),
    ] {
        let refused = refusal(&all, &text);
        assert!(matches!(refused, TokenRefusal::Malformed | TokenRefusal::Signature), "{text}: {refused:?}");
    }
    // Without a signature, or with another's.
    assert_eq!(refusal(&all, &format!("{signed}.")), TokenRefusal::Signature);
    let other = signer.token(&claims_with(&json!({ "sub": "bob" })));
    let swapped = format!("{signed}.{}", other.rsplit_once('.').unwrap().1);
    assert_eq!(refusal(&all, &swapped), TokenRefusal::Signature);
    for (kilobytes, expected) in [(64, TokenRefusal::TooLarge), (8, TokenRefusal::TooLarge)] {
        let padded = signer.token(&claims_with(&json!({ "pad": "x".repeat(kilobytes * 1_024) })));
        assert_eq!(refusal(&all, &padded), expected);
    }
    assert!(all.verify(&signer.token(&claims_with(&json!({ "pad": "x".repeat(5_000) }))), NOW).is_ok());
}

#[test]
fn only_what_the_configuration_names_is_taken() {
    let signer = Signer::new("ES256", "1");
    let told = json!({
        "email": "a@good.example@evil.example",
        "org": "acme",
        "realm_access": { "roles": ["hackai/viewer", "viewer"] },
        "roles": ["hackai/admin"],
        "portcullis": { "admin": true },
        "level": 3,
        "nothing": null,
    });
    let mut named = entry(&[Algorithm::Es256]);
    let bare =
        issuers(named.clone(), &[signer.jwk()]).verify(&signer.token(&claims_with(&told)), NOW).unwrap();
    assert_eq!((&bare.subject.attributes, &bare.subject.roles, &bare.scopes), (&vec![], &vec![], &vec![]));
    named.subject.attributes = vec![
        ("email".to_owned(), path("email")),
        ("level".to_owned(), path("level")),
        ("nothing".to_owned(), path("nothing")),
        ("missing".to_owned(), path("realm_access.missing.further")),
    ];
    named.subject.roles = Some(path("realm_access.roles"));
    named.subject.organization = Some(path("org"));
    let full = issuers(named, &[signer.jwk()]).verify(&signer.token(&claims_with(&told)), NOW).unwrap();
    // As it is: nothing splits an address (T-32).
    let expected = [
        ("email".into(), Input::Text("a@good.example@evil.example".into())),
        ("level".into(), Input::Int(3)),
    ];
    assert_eq!(full.subject.attributes, expected);
    assert_eq!(full.subject.roles, [role("hackai/viewer", "acme")]);
    assert_eq!(full.subject.organization.as_deref(), Some("acme"));
    assert_eq!(bare.subject.organization, None);
}

fn role(name: &str, organization: &str) -> Role {
    Role { name: name.to_owned(), organization: organization.to_owned() }
}

#[test]
fn scopes_are_whole_words() {
    let signer = Signer::new("ES256", "1");
    let mut entry = entry(&[Algorithm::Es256]);
    entry.scopes = Some(path("scope"));
    let all = issuers(entry, &[signer.jwk()]);
    for (said, expected) in [
        (json!("openid portcullis/decision:decide"), vec![Scope::Decide]),
        (
            json!(["portcullis/decision:proxy", "portcullis/decision:explain"]),
            vec![Scope::Explain, Scope::Proxy],
        ),
        (json!("portcullis/decision:decide2 xportcullis/decision:decide decide"), vec![]),
        (json!(true), vec![]),
    ] {
        let verified = all.verify(&signer.token(&claims_with(&json!({ "scope": said }))), NOW).unwrap();
        assert_eq!(verified.scopes, expected, "{said}");
    }
}

#[test]
fn a_key_that_is_gone_takes_its_tokens_with_it() {
    let (old, new) = (Signer::new("ES256", "old"), Signer::new("ES256", "new"));
    let all = issuers(entry(&[Algorithm::Es256]), &[old.jwk()]);
    let keys = &all.iter().next().unwrap().keys;
    let token = old.token(&claims());
    let verified = all.verify(&token, NOW).unwrap();
    assert!(all.holds(&verified, NOW));
    assert!(!all.holds(&verified, verified.ends));
    assert_eq!(refusal(&all, &new.token(&claims())), TokenRefusal::UnknownKey);
    // Confirmed as it is: nothing changes.
    assert_eq!(keys.look(key_set(&[old.jwk()]), NOW), Ok(Looked::Confirmed));
    assert!(all.holds(&verified, NOW));
    // What can't be read changes nothing either.
    assert!(keys.look(b"<html>".to_vec(), NOW).is_err());
    assert!(all.holds(&verified, NOW));
    assert_eq!(keys.look(key_set(&[new.jwk()]), NOW), Ok(Looked::Changed(1)));
    assert!(!all.holds(&verified, NOW));
    assert_eq!(refusal(&all, &token), TokenRefusal::UnknownKey);
    assert!(all.verify(&new.token(&claims()), NOW).is_ok());
    // No keys at all are no keys, and not the ones before.
    assert_eq!(keys.look(key_set(&[]), NOW), Ok(Looked::Changed(0)));
    assert_eq!(refusal(&all, &new.token(&claims())), TokenRefusal::NoKeys);
}

#[test]
fn keys_that_nobody_confirmed_lately_are_not_used() {
    let signer = Signer::new("ES256", "1");
    let all = issuers(entry(&[Algorithm::Es256]), &[signer.jwk()]);
    let token = signer.token(&claims_with(&json!({ "exp": 1_900_000_000 })));
    let verified = all.verify(&token, NOW).unwrap();
    let last = Instant::from_seconds(1_800_003_600);
    let later = Instant::from_micros(last.micros() + 1);
    assert!(all.verify(&token, last).is_ok() && all.holds(&verified, last));
    assert_eq!(all.verify(&token, later), Err(TokenRefusal::NoKeys));
    assert!(!all.holds(&verified, later));
    assert_eq!(all.iter().next().unwrap().keys.look(key_set(&[signer.jwk()]), later), Ok(Looked::Confirmed));
    assert!(all.verify(&token, later).is_ok() && all.holds(&verified, later));
}

#[test]
fn an_issuer_never_speaks_for_another() {
    let (one, other) = (Signer::new("ES256", "1"), Signer::new("ES256", "1"));
    let second = Issuer { issuer: "https://other.example.com".to_owned(), ..entry(&[Algorithm::Es256]) };
    let all = Issuers::new(&[entry(&[Algorithm::Es256]), second]);
    for (trusted, signer) in all.iter().zip([&one, &other]) {
        trusted.keys.look(key_set(&[signer.jwk()]), NOW).unwrap();
    }
    assert!(all.verify(&one.token(&claims()), NOW).is_ok());
    assert_eq!(refusal(&all, &other.token(&claims())), TokenRefusal::Signature);
    assert_eq!(
        refusal(&all, &one.token(&claims_with(&json!({ "iss": "https://other.example.com" })))),
        TokenRefusal::Signature
    );
}
