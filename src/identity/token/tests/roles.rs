//! Which roles a token brings, and which have it refused.

use super::*;

/// The roles that come of claims and configuration.
fn roles(said: &Value, configure: impl Fn(&mut Claims)) -> Result<Vec<Role>, TokenRefusal> {
    let signer = Signer::new("ES256", "1");
    let mut entry = entry(&[Algorithm::Es256]);
    entry.subject.roles = Some(path("roles"));
    entry.subject.organization = Some(path("org"));
    configure(&mut entry.subject);
    let token = signer.token(&claims_with(said));
    issuers(entry, &[signer.jwk()]).verify(&token, NOW).map(|verified| verified.subject.roles.clone())
}

/// One that is left out could be the one that a rule denies something to.
#[test]
fn roles_are_believed_whole_or_the_token_is_not() {
    for (said, expected) in [
        (json!({ "roles": [] }), vec![]),
        (json!({ "roles": null }), vec![]),
        (json!({ "org": "/" }), vec![]),
        // One without an organization holds nowhere, and never everywhere.
        (json!({ "roles": ["hackai/viewer"] }), vec![]),
        (json!({ "roles": ["hackai/viewer"], "org": null }), vec![]),
        (
            json!({ "roles": ["hackai/viewer", { "role": "hackai/a", "organization": "acme" }] }),
            vec![role("hackai/a", "acme")],
        ),
        // Other words than a policy has for roles.
        (json!({ "roles": ["viewer", "offline access", ""] }), vec![]),
        (json!({ "roles": ["hackai/viewer"], "org": "acme" }), vec![role("hackai/viewer", "acme")]),
        (json!({ "roles": "hackai/viewer", "org": "acme" }), vec![role("hackai/viewer", "acme")]),
        (
            json!({ "roles": [{ "role": "hackai/viewer", "organization": "globex" }, { "role": "hackai/a" }, "b"], "org": "acme" }),
            vec![role("hackai/viewer", "globex"), role("hackai/a", "acme")],
        ),
    ] {
        assert_eq!(roles(&said, |_| {}), Ok(expected), "{said}");
    }
    for said in [
        // An organization that is none, and everything at once.
        json!({ "roles": ["hackai/viewer"], "org": "" }),
        json!({ "roles": ["hackai/viewer"], "org": "/" }),
        json!({ "roles": ["hackai/viewer"], "org": "../acme" }),
        json!({ "roles": ["hackai/viewer"], "org": ["acme"] }),
        json!({ "roles": [{ "role": "hackai/viewer", "organization": "/" }], "org": "acme" }),
        json!({ "roles": [{ "role": "hackai/viewer", "organization": null }], "org": "acme" }),
        // What is no role by its form could be several, or one in another way.
        json!({ "roles": "hackai/viewer hackai/admin", "org": "acme" }),
        json!({ "roles": ["hackai/viewer,hackai/admin"], "org": "acme" }),
        json!({ "roles": ["hackai/viewer/all"], "org": "acme" }),
        json!({ "roles": ["/hackai"], "org": "acme" }),
        json!({ "roles": ["hackai/viewer", 7], "org": "acme" }),
        json!({ "roles": ["hackai/viewer", null], "org": "acme" }),
        json!({ "roles": [["hackai/a"]], "org": "acme" }),
        json!({ "roles": true, "org": "acme" }),
        json!({ "roles": { "hackai/viewer": true }, "org": "acme" }),
        json!({ "roles": [{ "organization": "acme" }], "org": "acme" }),
        json!({ "roles": [{ "role": ["hackai/viewer"] }], "org": "acme" }),
    ] {
        assert_eq!(roles(&said, |_| {}), Err(TokenRefusal::Roles), "{said}");
    }
    let within = |claims: &mut Claims| claims.organizations = vec!["acme".to_owned()];
    for (organization, is_believed) in [
        ("acme", true),
        ("acme/security", true),
        ("acme2", false),
        ("globex", false),
        ("/", false),
        ("acme/..", false),
    ] {
        let said = json!({ "roles": ["hackai/viewer"], "org": organization });
        let expected = if is_believed {
            Ok(vec![role("hackai/viewer", organization)])
        } else {
            Err(TokenRefusal::Roles)
        };
        assert_eq!(roles(&said, within), expected, "{organization}");
        let beside = json!({ "roles": ["hackai/a", { "role": "hackai/viewer", "organization": organization }], "org": "acme" });
        assert_eq!(roles(&beside, within).is_ok(), is_believed, "{organization}");
    }
}

#[test]
fn where_roles_are_renamed_nothing_else_is_one() {
    let renamed = |claims: &mut Claims| {
        claims.role_names = vec![("Domain Admins".to_owned(), "hackai/admin".to_owned())];
    };
    let said = json!({ "roles": ["Domain Admins", "hackai/viewer", "domain admins"], "org": "acme" });
    assert_eq!(roles(&said, renamed), Ok(vec![role("hackai/admin", "acme")]));
    // Nor does anybody ask where it would hold.
    assert_eq!(roles(&json!({ "roles": ["hackai/viewer", "a b/c"] }), renamed), Ok(vec![]));
    assert_eq!(roles(&json!({ "roles": ["Domain Admins"] }), renamed), Ok(vec![]));
    assert_eq!(roles(&json!({ "roles": [7], "org": "acme" }), renamed), Err(TokenRefusal::Roles));
}

#[test]
fn too_many_roles_are_not_cut_short() {
    let signer = Signer::new("ES256", "1");
    let mut entry = entry(&[Algorithm::Es256]);
    entry.subject.roles = Some(path("roles"));
    entry.subject.organization = Some(path("org"));
    let all = issuers(entry, &[signer.jwk()]);
    let token =
        |count: usize| signer.token(&claims_with(&json!({ "roles": vec!["a/b"; count], "org": "acme" })));
    assert!(all.verify(&token(256), NOW).is_ok());
    assert_eq!(refusal(&all, &token(257)), TokenRefusal::Roles);
}
