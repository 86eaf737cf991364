//! What is read of certificates, and which of their names are believed.

use rcgen::string::Ia5String;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType};

use super::*;

fn certificate(names: &[&str], subject: &[(DnType, &str)]) -> Vec<u8> {
    let mut params = CertificateParams::default();
    let uri = |name: &&str| SanType::URI(Ia5String::try_from(*name).unwrap());
    params.subject_alt_names = names.iter().map(uri).collect();
    params.distinguished_name = DistinguishedName::new();
    for (kind, value) in subject {
        params.distinguished_name.push(kind.clone(), *value);
    }
    params.not_after = rcgen::date_time_ymd(2031, 2, 3);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

fn spiffe_id(names: &[&str]) -> Option<String> {
    ClientCertificate::read(&certificate(names, &[])).unwrap().spiffe_id
}

#[test]
fn a_certificate_says_who_it_is_for() {
    let id = "spiffe://example.com/ns/prod/sa/orders";
    let subject = [(DnType::OrganizationName, "Example, Inc."), (DnType::CommonName, "orders")];
    let der = certificate(&[id], &subject);
    let read = ClientCertificate::read(&der).unwrap();
    assert_eq!(read.spiffe_id.as_deref(), Some(id));
    assert_eq!(read.subject.as_deref(), Some("CN=orders,O=Example\\, Inc."));
    assert_eq!(read.common_name.as_deref(), Some("orders"));
    assert_eq!(read.not_after, Instant::parse("2031-02-03T00:00:00Z").unwrap());
    assert!(!read.is_expired(read.not_after));
    assert!(read.is_expired(Instant::from_micros(read.not_after.micros() + 1)));
    // The same as `openssl x509 -fingerprint -sha256` says, without colons and in small digits.
    assert_eq!(read.fingerprint.len(), 64);
    assert!(read.fingerprint.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
}

#[test]
fn a_spiffe_id_is_the_one_uri() {
    assert_eq!(spiffe_id(&[]), None);
    assert_eq!(spiffe_id(&["spiffe://a/b", "spiffe://a/b"]), None);
    assert_eq!(spiffe_id(&["spiffe://a/b", "https://a/b"]), None);
    assert_eq!(spiffe_id(&["https://a/b"]), None);
}

#[test]
fn a_spiffe_id_has_no_second_spelling() {
    for id in ["spiffe://example.com/a", "spiffe://a_b-c.9/A/b.c_d-e/...", "spiffe://127.0.0.1/x"] {
        assert_eq!(spiffe_id(&[id]).as_deref(), Some(id), "{id}");
    }
    let long = format!("spiffe://{}/a", "d".repeat(256));
    let longer = format!("spiffe://d/{}", "p".repeat(2048));
    for id in [
        "SPIFFE://example.com/a",
        "spiffe://Example/a",
        "spiffe:///a",
        "spiffe://example.com",
        "spiffe://example.com/",
        "spiffe://example.com/a/",
        "spiffe://example.com//a",
        "spiffe://example.com/./a",
        "spiffe://example.com/a/../b",
        "spiffe://example.com/a%2fb",
        "spiffe://example.com/a?b",
        "spiffe://example.com/a#b",
        "spiffe://example.com/a b",
        "spiffe://user@example.com/a",
        "spiffe://example.com:443/a",
        "spiffe:/example.com/a",
        &long,
        &longer,
    ] {
        assert_eq!(spiffe_id(&[id]), None, "{id}");
    }
}

#[test]
fn names_that_people_could_mistake_are_left_out() {
    let read =
        |value: &str| ClientCertificate::read(&certificate(&[], &[(DnType::CommonName, value)])).unwrap();
    for value in [
        "",
        " orders",
        "orders ",
        "or\u{200b}ders",
        "or\nders",
        "or\0ders",
        &"x".repeat(REQUEST_TEXT_BYTES_MAX + 1),
    ] {
        assert_eq!(read(value).common_name, None, "{value:?}");
    }
    assert_eq!(read("Søren Å").common_name.as_deref(), Some("Søren Å"));
    let nobody = ClientCertificate::read(&certificate(&[], &[])).unwrap();
    assert_eq!((nobody.subject, nobody.common_name), (None, None));
}

#[test]
fn what_is_no_certificate_is_nobody() {
    let whole = certificate(&["spiffe://a/b"], &[]);
    for length in 0..whole.len() {
        assert_eq!(ClientCertificate::read(&whole[..length]), Err(CertificateError));
    }
    let with_more = [whole.as_slice(), b"\0"].concat();
    assert_eq!(ClientCertificate::read(&with_more), Err(CertificateError));
}
