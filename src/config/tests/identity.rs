//! Issuers, API keys, certificates and callers: what they come to, and every mistake with its place.

use super::super::identity::{Algorithm, ClaimPath, KeySource, Scope};
use super::*;
use crate::model::Instant;

const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn path(names: &[&str]) -> ClaimPath {
    ClaimPath(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn an_issuer_is_what_is_written() {
    let config = from_file(
        r#"
tokens:
- issuer: https://idp.example.com
  audiences: [portcullis, other]
  algorithms: [ES256, EdDSA]
  keys: https://idp.example.com:8443/jwks?x=1
  keys_ca: /etc/ssl/idp.pem
  keys_refresh_seconds: 60
  keys_age_max_seconds: 120
  leeway_seconds: 0
  types: [at+jwt]
  scopes: scope
  subject:
    type: hackai/user
    id: sub
    organization: org
    organizations: [acme, globex/eu]
    shared_ids: true
    roles: ["https://example.com/roles", all]
    role_names: { Domain Admins: hackai/admin }
    attributes: { email: email, department: profile.dept }
- { issuer: b, audiences: [a], algorithms: [RS256], keys: keys/jwks.json, subject: { id: sub } }
"#,
    );
    let [first, second] = config.tokens.as_slice() else { panic!("{:?}", config.tokens) };
    assert_eq!(first.algorithms, [Algorithm::Es256, Algorithm::EdDsa]);
    assert_eq!(first.keys, KeySource::Url("https://idp.example.com:8443/jwks?x=1".to_owned()));
    assert_eq!((first.keys_refresh_seconds, first.keys_age_max_seconds, first.leeway_seconds), (60, 120, 0));
    assert_eq!(first.scopes, Some(path(&["scope"])));
    assert_eq!(first.subject.roles, Some(path(&["https://example.com/roles", "all"])));
    assert_eq!(first.subject.role_names, [("Domain Admins".to_owned(), "hackai/admin".to_owned())]);
    assert_eq!(first.subject.attributes[1], ("department".to_owned(), path(&["profile", "dept"])));
    assert_eq!(second.keys, KeySource::File("keys/jwks.json".into()));
    assert_eq!(
        (second.keys_refresh_seconds, second.keys_age_max_seconds, second.leeway_seconds),
        (300, 3_600, 30)
    );
    assert_eq!(
        (second.types.as_slice(), second.subject.kind.as_str()),
        (&["JWT".to_owned(), "at+jwt".to_owned()][..], "user")
    );
    assert_eq!((&second.scopes, &second.subject.roles, &second.keys_ca), (&None, &None, &None));
}

#[test]
fn wrong_issuers_are_underlined() {
    let whole = "issuer: a, audiences: [b], algorithms: [ES256], keys: k, subject: { id: sub }";
    let with = |change: &str| {
        let (key, _) = change.split_once(':').unwrap();
        let kept = whole.split(", ").filter(|part| !part.starts_with(&format!("{key}:")));
        format!("tokens: [{{ {}, {change} }}]", kept.collect::<Vec<_>>().join(", "))
    };
    assert_eq!(from_file(&format!("tokens: [{{ {whole} }}]")).tokens.len(), 1);
    for (file, expected) in [
        (with("audiences: []"), "P0901 the list is empty <[]>"),
        (with("audiences: portcullis"), "P0805 expected a list, found the text `portcullis` <portcullis>"),
        (with("audiences: [\"\"]"), "P0901 a text is needed <\"\">"),
        (with("issuer: \"\""), "P0901 a text is needed <\"\">"),
        (with("algorithms: [HS256]"), "P0901 `HS256` is no algorithm that tokens may be signed with <HS256>"),
        (with("algorithms: [none]"), "P0901 `none` is no algorithm that tokens may be signed with <none>"),
        (with("algorithms: [ES512]"), "P0901 `ES512` is no algorithm that tokens may be signed with <ES512>"),
        (with("algorithms: []"), "P0901 the list is empty <[]>"),
        (
            with("keys: http://idp.example.com/jwks"),
            "P0901 whoever is between could change what `http://idp.example.com/jwks` says <http://idp.example.com/jwks>",
        ),
        (
            with("keys: http://127.0.0.1.evil.example/jwks"),
            "P0901 whoever is between could change what `http://127.0.0.1.evil.example/jwks` says <http://127.0.0.1.evil.example/jwks>",
        ),
        (
            with("keys: http://localhost@evil.example/jwks"),
            "P0901 `http://localhost@evil.example/jwks` is not the address of keys <http://localhost@evil.example/jwks>",
        ),
        (
            with("keys: ftp://idp.example.com/jwks"),
            "P0901 whoever is between could change what `ftp://idp.example.com/jwks` says <ftp://idp.example.com/jwks>",
        ),
        (with("leeway_seconds: 301"), "P0901 `301` is not a number of seconds from 0 to 300 <301>"),
        (
            with("keys: https://a/b, keys_refresh_seconds: 1"),
            "P0901 `1` is not a number of seconds from 10 to 86400 <1>",
        ),
        (
            with("keys: https://a/b, keys_age_max_seconds: 300"),
            "P0901 keys that are looked at each 300 seconds are older than 300 in between <300>",
        ),
        (with("keys_ca: /ca"), "P0901 `keys_ca` is about an `https` address, and the keys are at none </ca>"),
        (
            with("keys_refresh_seconds: 60"),
            "P0901 `keys_refresh_seconds` is about an address, and the keys are in a file <60>",
        ),
        (
            with("keys: http://127.0.0.1/jwks, keys_ca: /ca"),
            "P0901 `keys_ca` is about an `https` address, and the keys are at none </ca>",
        ),
        (
            with("subject: { id: sub, organizations: [acme] }"),
            "P0901 `organizations` bounds what its tokens say of somebody and not whom they name, and a proxy (`subject_type`) names subjects of the type `user` too <[acme]>",
        ),
        (with("audience: [a]"), "P0806 an issuer has no `audience` <audience>"),
        (with("subject: { id: a..b }"), "P0901 `a..b` leads to no claim <a..b>"),
        (with("subject: { id: [] }"), "P0901 the list is empty <[]>"),
        (with("subject: { id: sub, type: a/b/c }"), "P0901 `a/b/c` is not the name of a type <a/b/c>"),
        (
            with("subject: { id: sub, organizations: [/] }"),
            "P0901 `/` is not the path of an organization </>",
        ),
        (
            with("subject: { id: sub, role_names: { a: b/c } }"),
            "P0901 `role_names` is about roles, and no claim says them <{ a: b/c }>",
        ),
        (
            with("subject: { id: sub, roles: r, role_names: { a: admin } }"),
            "P0901 `admin` is not the name of a role <admin>",
        ),
        (with("subject: { id: sub, roles: r, role_names: {} }"), "P0901 `role_names` names no role <{}>"),
        (with("subject: { type: user }"), "P0807 the subject of a token needs `id` <{ type: user }>"),
    ] {
        assert_eq!(in_file(&file), [expected], "{file}");
    }
    // How often an address would be asked says nothing of a file.
    assert_eq!(
        from_file(&format!(
            "tokens: [{{ {} }}]",
            with("keys_age_max_seconds: 60").trim_start_matches("tokens: [{ ").trim_end_matches(" }]")
        ))
        .tokens[0]
            .keys_age_max_seconds,
        60
    );
    let twice = format!("tokens: [{{ {whole} }}, {{ {whole} }}]");
    assert_eq!(in_file(&twice), [format!("P0901 the issuer `a` is there twice <{{ {whole} }}>")]);
    assert_eq!(in_file("tokens: [{}]").len(), 5);
    assert_eq!(
        problems("", &[("PORTCULLIS_TOKENS", "x")], Flags::default()),
        ["P0901 environment variable `PORTCULLIS_TOKENS`: `tokens` stands in the file alone <nowhere>"]
    );
}

/// Whoever may speak of one organization alone could else name somebody of another.
#[test]
fn an_issuer_that_is_bounded_has_subjects_of_its_own() {
    let issuer = |name: &str, subject: &str| {
        format!(
            "- {{ issuer: {name}, audiences: [a], algorithms: [ES256], keys: k, subject: {{ id: sub, {subject} }} }}\n"
        )
    };
    let bounded = |kind: &str| issuer("b", &format!("type: {kind}, organizations: [acme]"));
    let clash = |other: &str, kind: &str| {
        vec![format!(
            "P0901 `organizations` bounds what its tokens say of somebody and not whom they name, and {other} names subjects of the type `{kind}` too <[acme]>"
        )]
    };
    let proxy = "a proxy (`subject_type`)";
    let (key, certificates) = (
        format!("api_keys: [{{ id: ci, sha256: \"{HASH}\", subject: \"partner:x\" }}]\n"),
        "certificates: { trust_domains: [a], subject_type: partner, forwarded: true }\n",
    );
    for (rest, own, expected) in [
        (String::new(), bounded("user"), clash(proxy, "user")),
        (String::new(), bounded("hackai/user"), clash(proxy, "hackai/user")),
        ("subject_type: hackai/user\n".to_owned(), bounded("user"), clash(proxy, "user")),
        (key.clone(), bounded("partner"), clash("the API key `ci`", "partner")),
        (certificates.to_owned(), bounded("partner"), clash("a client certificate", "partner")),
    ] {
        assert_eq!(in_file(&format!("{rest}tokens:\n{own}")), expected, "{rest}{own}");
    }
    let others = format!("{}{}", issuer("a", "type: partner"), bounded("x/partner"));
    assert_eq!(in_file(&format!("tokens:\n{others}")), clash("the issuer `a`", "x/partner"));
    let both =
        format!("tokens:\n{}{}", bounded("partner"), bounded("partner").replace("issuer: b", "issuer: c"));
    assert_eq!(in_file(&both).len(), 2);
    for fine in [
        bounded("partner"),
        format!("{}{}", issuer("a", "type: y/partner"), bounded("x/partner")),
        issuer("a", "organizations: [acme], shared_ids: true"),
        // Who is bounded by nothing may name anybody.
        format!("{}{}", issuer("a", "type: user"), issuer("b", "type: user")),
    ] {
        from_file(&format!("tokens:\n{fine}"));
    }
    from_file(&format!("subject_type: nobody\ntokens:\n{}", bounded("user")));
    let later = problems(
        &format!("tokens:\n{}", bounded("partner")),
        &[("PORTCULLIS_SUBJECT_TYPE", "partner")],
        Flags::default(),
    );
    assert_eq!(later, clash(proxy, "partner"));
}

#[test]
fn keys_and_certificates_are_what_is_written() {
    let config = from_file(&format!(
        "api_keys:\n- {{ id: ci-1, sha256: \"{HASH}\", subject: \"hackai/service:a:b\", scopes: [decide, proxy], expires: 2027-01-01T00:00:00Z }}\n\
         certificates: {{ trust_domains: [example.com], subject_type: hackai/service, forwarded: true, scopes: [explain] }}\n\
         callers: [api_keys, certificates]\nlisten: [\"127.0.0.1:8181\"]\n"
    ));
    let key = &config.api_keys[0];
    assert_eq!((key.id.as_str(), key.kind.as_str(), key.subject.as_str()), ("ci-1", "hackai/service", "a:b"));
    assert_eq!((key.sha256[0], key.sha256[1], key.sha256[31]), (0, 0x11, 0xff));
    assert_eq!(
        (key.scopes.as_slice(), key.expires),
        (&[Scope::Decide, Scope::Proxy][..], Instant::parse("2027-01-01T00:00:00Z"))
    );
    let certificates = &config.certificates;
    assert!(certificates.knows("spiffe://example.com/a") && certificates.forwarded);
    for other in
        ["spiffe://example.com.evil.example/a", "spiffe://evil.example/example.com", "example.com/a", ""]
    {
        assert!(!certificates.knows(other), "{other}");
    }
    assert_eq!(config.callers, [CallerKind::ApiKeys, CallerKind::Certificates]);
    assert_eq!(from_file("certificates: {}\n").certificates, Certificates::default());
}

#[test]
fn wrong_keys_and_certificates_are_underlined() {
    let key = |change: &str| format!("api_keys: [{{ {change} }}]");
    let hash = format!("sha256: \"{HASH}\"");
    for (file, expected) in [
        (key(&format!("id: CI, {hash}, subject: s:a")), "P0901 `CI` is not the id of a key <CI>"),
        (key(&format!("id: a_b, {hash}, subject: s:a")), "P0901 `a_b` is not the id of a key <a_b>"),
        (key(&format!("id: a, {hash}, subject: sa")), "P0901 `sa` names no subject <sa>"),
        (key(&format!("id: a, {hash}, subject: \"s:\"")), "P0901 `s:` names no subject <\"s:\">"),
        (
            key(&format!("id: a, {hash}, subject: \"s: a\"")),
            "P0901 the subject's id has blanks around it, or characters that nobody can see <\"s: a\">",
        ),
        (
            key(&format!("id: a, {hash}, subject: \"s:a\\tb\"")),
            "P0901 the subject's id has blanks around it, or characters that nobody can see <\"s:a\\tb\">",
        ),
        (
            key(&format!("id: a, {hash}, subject: s:a, scopes: [all]")),
            "P0901 `all` is not what a caller may do <all>",
        ),
        (key(&format!("id: a, {hash}, subject: s:a, scopes: []")), "P0901 the list is empty <[]>"),
        (key("id: a, sha256: \"00ff\", subject: s:a"), "P0901 `00ff` is not a SHA-256 <\"00ff\">"),
        (key(&format!("id: a, {hash}")), &*format!("P0807 an API key needs `subject` <{{ id: a, {hash} }}>")),
        (
            "certificates: { subject_type: a }".to_owned(),
            "P0807 the mapping of certificates needs `trust_domains` <{ subject_type: a }>",
        ),
        (
            "certificates: { trust_domains: [\"spiffe://a\"] }".to_owned(),
            "P0901 `spiffe://a` is not the name of a trust domain <\"spiffe://a\">",
        ),
        (
            "certificates: { trust_domains: [a], forwarded: \"yes\" }".to_owned(),
            "P0805 expected `true` or `false`, found the text `yes` <\"yes\">",
        ),
    ] {
        assert_eq!(in_file(&file), [expected], "{file}");
    }
    for wrong in
        [HASH.replace('f', "F"), HASH.replace('f', "g"), format!("{HASH}00"), HASH.replacen("00", "0", 1)]
    {
        let file = key(&format!("id: a, sha256: \"{wrong}\", subject: s:a"));
        assert_eq!(in_file(&file), [format!("P0901 `{wrong}` is not a SHA-256 <\"{wrong}\">")]);
    }
    let other = hash.replace("00112233", "33221100");
    let twice = format!("api_keys: [{{ id: a, {hash}, subject: s:a }}, {{ id: a, {other}, subject: s:b }}]");
    assert_eq!(
        in_file(&twice),
        [format!("P0901 the key `a` is there twice <{{ id: a, {other}, subject: s:b }}>")]
    );
    let shared = format!("api_keys: [{{ id: a, {hash}, subject: s:a }}, {{ id: b, {hash}, subject: s:b }}]");
    assert_eq!(
        in_file(&shared),
        [format!("P0901 the hash is that of the key `a` <{{ id: b, {hash}, subject: s:b }}>")]
    );
}

#[test]
fn callers_that_nobody_could_be_are_a_mistake() {
    for (file, expected) in [
        ("callers: [tokens]", "P0901 no token is a caller's: no issuer has `scopes` <tokens>"),
        ("callers: [api_keys]", "P0901 no API key is a caller's: none has `scopes` <api_keys>"),
        (
            "callers: [certificates]",
            "P0901 no certificate is a caller's: they have no `scopes` <certificates>",
        ),
        ("callers: [cookies]", "P0901 `cookies` is not how callers show who they are <cookies>"),
    ] {
        assert_eq!(in_file(file), [expected]);
    }
    // What is shown may be read by nobody on the way; and who asks for health and metrics shows nothing.
    let key = format!(
        "api_keys: [{{ id: a, sha256: \"{HASH}\", subject: s:a, scopes: [decide] }}]\ncallers: [api_keys]\n\
         tls_certificate: /c\ntls_key: /k\n"
    );
    assert_eq!(from_file(&format!("{key}listen: [\"tls:192.0.2.1:1\"]\n")).listen.len(), 1);
    assert_eq!(
        in_file(&format!("{key}listen: [\"tls:192.0.2.1:1\", 192.0.2.1:2]\nadmin: 192.0.2.1:3\n")),
        [
            "P0903 other machines can reach `192.0.2.1:2` <192.0.2.1:2>",
            "P0903 other machines can reach `192.0.2.1:3` <192.0.2.1:3>",
        ]
    );
    // So nobody is told that it would help if they did.
    let file = "listen: [192.0.2.1:2]\nadmin: 192.0.2.1:3\n";
    let (_, told) = load_all(file, &[], Flags::default()).unwrap_err();
    let names_callers = |problem: &Diagnostic| problem.help.as_ref().unwrap().contains("with `callers`");
    assert_eq!(told.iter().map(names_callers).collect::<Vec<_>>(), [true, false]);
}
