//! Certificates change under a running server: new connections see the new ones, open ones go on.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use portcullis::config::{Config, Tls, TlsClient};
use rcgen::{CertificateParams, date_time_ymd};

use super::{ALLOWED, ORDERS, READ, asked, configured, start, start_with};
use crate::client::evaluation;
use crate::process::{PATIENCE, wait_until};
use crate::server::sidecar::{Sidecar, at};
use crate::tls::{Manner, Pair, Pki};

/// The certificate that a new connection is shown.
fn shown(pki: &Pki, sidecar: &Sidecar) -> Vec<u8> {
    let stream = pki.connect(sidecar.address(), &Manner::default()).expect("a handshake");
    stream.conn.peer_certificates().unwrap()[0].to_vec()
}

fn reloads(sidecar: &Sidecar, result: &str) -> String {
    sidecar.metric(&format!("portcullis_tls_reloads_total{{result=\"{result}\"}}"))
}

fn expiring(pki: &Pki, year: i32) -> Pair {
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.not_after = date_time_ymd(year, 1, 1);
    pki.pair(&params)
}

fn expiry(sidecar: &Sidecar, of: &str) -> String {
    sidecar.metric(&format!("portcullis_tls_certificate_expiry_timestamp_seconds{{certificate=\"{of}\"}}"))
}

#[test]
fn new_connections_see_what_was_renewed_and_open_ones_go_on() {
    let pki = Pki::new();
    pki.install(&expiring(&pki, 2027));
    let sidecar = start(&pki, TlsClient::None);
    assert_eq!(expiry(&sidecar, "server"), at("2027-01-01T00:00:00Z").seconds().to_string());
    let first = shown(&pki, &sidecar);
    let mut open = pki.http1(sidecar.address(), &Manner::default());
    assert_eq!(open.ask(evaluation(READ)).body, ALLOWED);
    pki.install(&expiring(&pki, 2028));
    assert!(wait_until(PATIENCE, || shown(&pki, &sidecar) != first));
    assert_eq!(open.ask(evaluation(READ)).body, ALLOWED);
    // Written in two steps, it may have been seen between them.
    assert!(wait_until(PATIENCE, || reloads(&sidecar, "success") == "1"));
    assert_eq!(expiry(&sidecar, "server"), at("2028-01-01T00:00:00Z").seconds().to_string());
}

/// A folder of Kubernetes: each file is a link into `..data`, which is a link to the version that counts.
#[test]
fn a_link_that_is_swapped_renews_both_files_at_once() {
    let pki = Pki::new();
    let version = |name: &str, pair: &Pair| {
        fs::create_dir(pki.path(name)).unwrap();
        fs::write(pki.path(name).join("tls.crt"), &pair.certificate).unwrap();
        fs::write(pki.path(name).join("tls.key"), &pair.key).unwrap();
        symlink(name, pki.path("..new")).unwrap();
        fs::rename(pki.path("..new"), pki.path("..data")).unwrap();
    };
    version("..1", &pki.server());
    for name in ["tls.crt", "tls.key"] {
        fs::remove_file(pki.path(name)).unwrap();
        symlink(Path::new("..data").join(name), pki.path(name)).unwrap();
    }
    let sidecar = start(&pki, TlsClient::None);
    let first = shown(&pki, &sidecar);
    version("..2", &pki.server());
    assert!(wait_until(PATIENCE, || shown(&pki, &sidecar) != first));
    assert_eq!(reloads(&sidecar, "failure"), "0");
}

#[test]
fn what_is_wrong_changes_nothing_and_is_told_once() {
    let pki = Pki::new();
    let sidecar = start(&pki, TlsClient::None);
    let first = shown(&pki, &sidecar);
    let good = Pair {
        certificate: fs::read_to_string(pki.path("tls.crt")).unwrap(),
        key: fs::read_to_string(pki.path("tls.key")).unwrap(),
    };
    let other = pki.server();
    let torn = other.certificate.split_at(other.certificate.len() / 2).0;
    let mut failures = 0;
    for (certificate, key) in [
        (torn, other.key.as_str()),
        ("", ""),
        (&other.certificate, &good.key),
        (&expiring(&pki, 2026).certificate, &other.key),
    ] {
        // One after the other, as a slow disk does it: both states are wrong.
        let before = reloads(&sidecar, "failure").parse::<u32>().unwrap();
        pki.install(&Pair { certificate: certificate.to_owned(), key: key.to_owned() });
        let failed = || reloads(&sidecar, "failure").parse::<u32>().unwrap() > before;
        assert!(wait_until(PATIENCE, failed), "{certificate}");
        assert_eq!(shown(&pki, &sidecar), first);
        failures += 2;
    }
    fs::remove_file(pki.path("tls.key")).unwrap();
    let failed = reloads(&sidecar, "failure").parse::<u32>().unwrap();
    assert!(wait_until(PATIENCE, || reloads(&sidecar, "failure").parse::<u32>().unwrap() > failed));
    let failed = reloads(&sidecar, "failure").parse::<u32>().unwrap();
    assert!(failed <= failures + 1, "{failed} failures: a mistake is told once");
    // It stays told once for as long as it stays.
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    assert_eq!(reloads(&sidecar, "failure"), failed.to_string());
    assert_eq!(shown(&pki, &sidecar), first);
    pki.install(&other);
    assert!(wait_until(PATIENCE, || shown(&pki, &sidecar) != first));
}

#[test]
fn who_vouches_for_clients_changes_too() {
    let (pki, next) = (Pki::new(), Pki::new());
    let sidecar = start(&pki, TlsClient::Required);
    let [old, new] = [&pki, &next].map(|of| Manner::showing(of.workload(ORDERS)));
    assert_eq!(asked(&pki, &sidecar, &old).as_deref(), Some(ALLOWED));
    assert_eq!(asked(&pki, &sidecar, &new), None);
    assert!(expiry(&sidecar, "client_ca").parse::<i64>().is_ok());
    pki.write("ca.crt", &next.ca_pem);
    assert!(wait_until(PATIENCE, || asked(&pki, &sidecar, &new).is_some()));
    assert_eq!(asked(&pki, &sidecar, &old), None);
}

#[test]
fn it_does_not_start_with_what_is_wrong() {
    let pki = Pki::new();
    let wrong = Tls {
        certificate: pki.path("tls.crt"),
        key: pki.path("nowhere"),
        client_ca: Some(pki.path("tls.key")),
        client: TlsClient::Required,
    };
    let config = Config { tls: Some(wrong), ..configured(&pki, TlsClient::None) };
    let error = Sidecar::try_with(&config).unwrap_err();
    assert!(error.contains("nowhere") && error.contains("holds no certificate"), "{error}");
    drop(start_with(&configured(&pki, TlsClient::Required)));
}
