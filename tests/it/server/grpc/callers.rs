//! Who is asking, and who asks for them, where neither is said by a header of the client.

use portcullis::config::Config;
use portcullis::config::identity::Certificates;
use portcullis::identity::new_key;
use prost::Message;
use rcgen::string::Ia5String;
use rcgen::{CertificateParams, SanType};

use super::super::identity::{api_keys_yaml, serve};
use super::{ALICE, Pki, configured, start_with};
use crate::grpc::{CHECK, Called, asking, call, call_raw, framed, header, http};

const ORDERS: &str = "spiffe://example.com/orders";

fn certificates() -> Certificates {
    Certificates {
        trust_domains: vec!["example.com".to_owned()],
        kind: "user".to_owned(),
        forwarded: true,
        scopes: Vec::new(),
    }
}

/// A certificate with these URIs, as Envoy sends it.
fn certificate(uris: &[&str]) -> String {
    let mut params = CertificateParams::default();
    let uri = |uri: &&str| SanType::URI(Ia5String::try_from(*uri).unwrap());
    params.subject_alt_names = uris.iter().map(uri).collect();
    Pki::new().pair(&params).certificate.replace('\n', "%0A").replace(' ', "%20")
}

#[test]
fn the_certificate_that_envoy_verified_says_who_is_asking() {
    let sidecar = start_with(&Config { certificates: certificates(), ..configured() });
    let shown = |principal: &str, certificate: &str, forwarded: &str| -> Called {
        let mut request = asking("GET", "/documents/7", &[]);
        let source = request.attributes.as_mut().unwrap().source.as_mut().unwrap();
        source.principal = principal.to_owned();
        source.certificate = certificate.to_owned();
        if !forwarded.is_empty() {
            http(&mut request).headers.insert("x-forwarded-client-cert".to_owned(), forwarded.to_owned());
        }
        call(sidecar.address(), &request)
    };
    let root = "URI=spiffe://example.com/root";
    for (certificate, forwarded) in [("", ""), (certificate(&[ORDERS]).as_str(), ""), ("", root)] {
        let ok = shown(ORDERS, certificate, forwarded).allowed();
        assert_eq!(header(&ok.headers, "portcullis-subject").as_deref(), Some(ORDERS));
    }
    // Of two names Envoy takes the first, and nobody agrees with it.
    let two = certificate(&[ORDERS, "spiffe://example.com/root"]);
    assert_eq!(shown(ORDERS, &two, "").denied().0, 403);
    let other = certificate(&["spiffe://example.com/root"]);
    assert_eq!(shown(ORDERS, &other, "").denied().0, 403);
    // Another kind of name is nobody's, and makes nobody anonymous.
    assert_eq!(shown("CN=orders", "", root).denied().0, 403);
    assert_eq!(shown("", &two, "").denied().0, 403);
    // What Envoy has not seen itself is nothing.
    assert_eq!(shown("", "", root).denied().0, 401);
    assert_eq!(shown("spiffe://elsewhere/orders", "", "").denied().0, 403);
}

/// What stands among the call's own headers is Envoy's; what stands within is its client's.
#[test]
fn envoy_shows_a_key_of_its_own() {
    let key = new_key("ci").unwrap();
    let sidecar = serve(&format!(
        "{}callers: [api_keys]\nenvoy_subject_header: X-Envoy-User\n",
        api_keys_yaml(&key, ", scopes: [proxy]")
    ));
    let shown = |own: &[&str], within: &[(&str, &str)]| {
        let own: Vec<(&str, &str)> = own.iter().map(|key| ("portcullis-key", *key)).collect();
        let headers = [&[ALICE], within].concat();
        let body = framed(&asking("GET", "/documents/7", &headers).encode_to_vec());
        call_raw(sidecar.address(), CHECK, &own, body)
    };
    let key = key.key.as_str();
    shown(&[key], &[]).allowed();
    // What the client says under the name makes no difference.
    shown(&[key], &[("portcullis-key", "pk_ci_x")]).allowed();
    for (own, within) in [
        (&[][..], &[][..]),
        (&[], &[("portcullis-key", key)]),
        (&[], &[("Portcullis-Key", key)]),
        (&["pk_ci_x"], &[("portcullis-key", key)]),
        (&[key, key], &[]),
        (&[""], &[]),
    ] {
        assert_eq!(shown(own, within).denied(), (403, "unknown_caller".to_owned()), "{own:?} {within:?}");
    }
    // A key of an application is no proxy's, wherever it stands.
    let body = || framed(&asking("GET", "/documents/7", &[ALICE]).encode_to_vec());
    let refused = call_raw(sidecar.address(), CHECK, &[("x-api-key", key)], body()).denied();
    assert_eq!(refused, (403, "unknown_caller".to_owned()));
}
