//! What is wrong with files is said with their names; what a client proves is known afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, SanType, date_time_ymd,
};
use tokio::net::TcpListener;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::*;
use crate::config::{Caching, TlsClient, TlsFile};
use crate::service::Clock;

const SPIFFE_ID: &str = "spiffe://example.com/orders";
const PATIENCE: Duration = Duration::from_secs(10);

struct Pki {
    folder: tempfile::TempDir,
    ca: Issuer<'static, KeyPair>,
}

impl Pki {
    fn new() -> Pki {
        let (params, key) = (authority(), KeyPair::generate().unwrap());
        let pki = Pki { folder: tempfile::tempdir().unwrap(), ca: Issuer::new(params.clone(), key) };
        pki.write("ca.crt", &params.self_signed(pki.ca.key()).unwrap().pem());
        pki
    }

    /// A pair that the authority signed: certificate and key, in PEM.
    fn pair(&self, params: &CertificateParams) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.ca).unwrap().pem(), key.serialize_pem())
    }

    fn server(&self) -> (String, String) {
        self.pair(&CertificateParams::new(["localhost".to_owned()]).unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn files(&self, client: TlsClient) -> config::Tls {
        let (certificate, key) = self.server();
        let client_ca = (client != TlsClient::None).then(|| self.folder.path().join("ca.crt"));
        config::Tls {
            certificate: self.write("tls.crt", &certificate),
            key: self.write("tls.key", &key),
            client_ca,
            client,
        }
    }
}

fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn now() -> Instant {
    Instant::parse("2026-03-02T12:00:00Z").unwrap()
}

/// What is said of the files, each path cut down to its name.
fn said(files: &config::Tls) -> Vec<(TlsFile, String)> {
    let folder = format!("{}/", files.certificate.parent().unwrap().display());
    let told = |problem: FileProblem| {
        assert!(!problem.help.is_empty());
        (problem.file, problem.message.replace(&folder, ""))
    };
    inspect(files, now()).into_iter().map(told).collect()
}

fn only(file: TlsFile, message: &str) -> Vec<(TlsFile, String)> {
    vec![(file, message.to_owned())]
}

#[test]
fn files_that_fit_are_fine() {
    let pki = Pki::new();
    assert_eq!(said(&pki.files(TlsClient::None)), []);
    assert_eq!(said(&pki.files(TlsClient::Required)), []);
    let mut files = pki.files(TlsClient::Optional);
    assert_eq!(said(&files), []);
    // RSA, and a chain of two.
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let own = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &pki.ca).unwrap();
    let ca = fs::read_to_string(pki.folder.path().join("ca.crt")).unwrap();
    files.certificate = pki.write("chain.crt", &format!("about it\n{}\n{ca}", own.pem()));
    files.key = pki.write("rsa.key", &key.serialize_pem());
    assert_eq!(said(&files), []);
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let pki = Pki::new();
    let files = pki.files(TlsClient::Required);
    for path in [&files.certificate, &files.key, files.client_ca.as_ref().unwrap()] {
        fs::remove_file(path).unwrap();
    }
    let missing = |name: &str| format!("can't read `{name}`: No such file or directory (os error 2)");
    assert_eq!(
        said(&files),
        [
            (TlsFile::Certificate, missing("tls.crt")),
            (TlsFile::Key, missing("tls.key")),
            (TlsFile::ClientCa, missing("ca.crt"))
        ]
    );
}

#[test]
fn a_wrong_certificate_is_named() {
    let pki = Pki::new();
    let files = pki.files(TlsClient::None);
    let (own, _) = pki.server();
    let whole = fs::read_to_string(&files.certificate).unwrap();
    let expect = |text: &str, message: &str| {
        fs::write(&files.certificate, text).unwrap();
        assert_eq!(said(&files), only(TlsFile::Certificate, message));
    };
    expect("", "`tls.crt` holds no certificate");
    expect("no PEM", "`tls.crt` holds no certificate");
    expect(whole.split_at(whole.len() / 2).0, "a certificate in `tls.crt` can't be read");
    let broken = whole.replacen("MII", "AAA", 1);
    expect(&broken, "a certificate in `tls.crt` can't be read");
    // The second of a chain counts too.
    expect(&format!("{whole}{broken}"), "a certificate in `tls.crt` can't be read");
    let large = "x".repeat(1024 * 1024 + 1);
    expect(&large, "can't read `tls.crt`: it has more than 1048576 bytes");

    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.not_after = date_time_ymd(2026, 3, 2);
    expect(&pki.pair(&params).0, "a certificate in `tls.crt` expired at 2026-03-02T00:00:00Z");
    params.not_before = date_time_ymd(2026, 3, 3);
    params.not_after = date_time_ymd(2027, 3, 3);
    expect(&pki.pair(&params).0, "a certificate in `tls.crt` doesn't hold before 2026-03-03T00:00:00Z");
    // Of another key.
    fs::write(&files.certificate, own).unwrap();
    let message = "the key in `tls.key` is not that of the first certificate in `tls.crt`";
    assert_eq!(said(&files), only(TlsFile::Key, message));
}

#[test]
fn a_wrong_key_is_named() {
    let pki = Pki::new();
    let files = pki.files(TlsClient::None);
    let whole = fs::read_to_string(&files.key).unwrap();
    let expect = |text: &str, message: &str| {
        fs::write(&files.key, text).unwrap();
        assert_eq!(said(&files), only(TlsFile::Key, message));
    };
    expect("", "`tls.key` holds no key");
    expect(&fs::read_to_string(&files.certificate).unwrap(), "`tls.key` holds no key");
    expect(&whole.replace("PRIVATE", "ENCRYPTED PRIVATE"), "the key in `tls.key` is encrypted");
    let old = whole.replace("-----\nM", "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nM");
    expect(&old, "the key in `tls.key` is encrypted");
    expect(&format!("{whole}{whole}"), "`tls.key` holds more than one key");
    expect(whole.split_at(whole.len() / 2).0, "the key in `tls.key` can't be read");
    let broken = whole.replacen("MIG", "AAA", 1);
    expect(&broken, "the key in `tls.key` is broken, or of a kind that isn't supported");
    fs::remove_file(&files.key).unwrap();
    fs::create_dir(&files.key).unwrap();
    assert_eq!(said(&files), only(TlsFile::Key, "can't read `tls.key`: it is no regular file"));
    fs::remove_dir(&files.key).unwrap();
    // Nobody writes to it, and nobody waits.
    assert!(std::process::Command::new("mkfifo").arg(&files.key).status().unwrap().success());
    assert_eq!(said(&files), only(TlsFile::Key, "can't read `tls.key`: it is no regular file"));
}

#[test]
fn an_authority_may_have_expired_beside_another_but_not_alone() {
    let pki = Pki::new();
    let files = pki.files(TlsClient::Required);
    let path = files.client_ca.clone().unwrap();
    let holds = fs::read_to_string(&path).unwrap();
    let mut params = authority();
    params.not_after = date_time_ymd(2026, 3, 1);
    let expired = params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
    fs::write(&path, format!("{expired}{holds}")).unwrap();
    assert_eq!(said(&files), []);
    fs::write(&path, expired).unwrap();
    let message = "a certificate in `ca.crt` expired at 2026-03-01T00:00:00Z";
    assert_eq!(said(&files), only(TlsFile::ClientCa, message));
    fs::write(&path, "").unwrap();
    assert_eq!(said(&files), only(TlsFile::ClientCa, "`ca.crt` holds no certificate"));
}

fn client(pki: &Pki, shown: Option<(String, String)>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let ca: &Path = &pki.folder.path().join("ca.crt");
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let config = match shown {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
            builder
                .with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap())
                .unwrap()
        }
    };
    TlsConnector::from(Arc::new(config))
}

/// What the server knows of a client after the handshake; nothing if there was none.
async fn shaken(
    pki: &Pki,
    tls: &Tls,
    shown: Option<(String, String)>,
) -> Option<Option<Arc<ClientCertificate>>> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let connector = client(pki, shown);
    let connecting = tokio::spawn(async move {
        connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.ok()
    });
    let (accepted, _) = listener.accept().await.unwrap();
    let secured = tls.accept(accepted, PATIENCE).await;
    drop(connecting.await.unwrap());
    secured.map(|secured| secured.certificate)
}

fn service(clock: &Arc<AtomicI64>) -> Arc<Service> {
    Arc::new(Service::new(Clock::manual(Arc::clone(clock)), Caching::default()).unwrap())
}

#[tokio::test]
async fn a_client_is_known_by_what_it_proved() {
    let pki = Pki::new();
    let clock = Arc::new(AtomicI64::new(now().micros()));
    let mut orders = CertificateParams::default();
    orders.subject_alt_names = vec![SanType::URI(Ia5String::try_from(SPIFFE_ID).unwrap())];
    orders.not_after = date_time_ymd(2026, 3, 5);
    let orders = pki.pair(&orders);
    for mode in [TlsClient::Optional, TlsClient::Required] {
        let (tls, _) = Tls::new(&pki.files(mode), &service(&clock)).unwrap();
        let known = shaken(&pki, &tls, Some(orders.clone())).await.unwrap().unwrap();
        assert_eq!(known.spiffe_id.as_deref(), Some(SPIFFE_ID));
        let nobody = shaken(&pki, &tls, None).await;
        assert_eq!(nobody.is_some(), mode == TlsClient::Optional);
        assert!(nobody.flatten().is_none());
        // Another authority of the same name: whoever shows what is worth nothing isn't let in as nobody.
        assert!(shaken(&pki, &tls, Some(Pki::new().pair(&CertificateParams::default()))).await.is_none());
    }
    // Where nobody is asked, nobody is known.
    let (tls, _) = Tls::new(&pki.files(TlsClient::None), &service(&clock)).unwrap();
    assert!(shaken(&pki, &tls, Some(orders.clone())).await.unwrap().is_none());
    clock.store(Instant::parse("2026-03-05T00:00:01Z").unwrap().micros(), Ordering::Relaxed);
    let (tls, _) = Tls::new(&pki.files(TlsClient::Optional), &service(&clock)).unwrap();
    assert!(shaken(&pki, &tls, Some(orders)).await.is_none());
}

#[tokio::test]
async fn an_authority_vouches_for_nobody_once_it_has_expired() {
    let mut pki = Pki::new();
    let mut params = authority();
    params.not_after = date_time_ymd(2026, 3, 5);
    pki.ca = Issuer::new(params.clone(), KeyPair::generate().unwrap());
    pki.write("ca.crt", &params.self_signed(pki.ca.key()).unwrap().pem());
    let clock = Arc::new(AtomicI64::new(now().micros()));
    let (tls, _) = Tls::new(&pki.files(TlsClient::Optional), &service(&clock)).unwrap();
    let orders = pki.pair(&CertificateParams::default());
    assert!(shaken(&pki, &tls, Some(orders.clone())).await.is_some());
    clock.store(Instant::parse("2026-03-05T00:00:01Z").unwrap().micros(), Ordering::Relaxed);
    assert!(shaken(&pki, &tls, Some(orders)).await.is_none());
}

/// It is left out as soon as somebody looks, though its file hasn't changed.
#[tokio::test]
async fn an_authority_that_expires_beside_another_is_left_out() {
    let (mut old, next) = (Pki::new(), Pki::new());
    let mut params = authority();
    params.not_after = date_time_ymd(2026, 3, 5);
    old.ca = Issuer::new(params.clone(), KeyPair::generate().unwrap());
    let (ends, stays) = (params.self_signed(old.ca.key()).unwrap().pem(), next.folder.path().join("ca.crt"));
    let both = format!("{}{ends}", fs::read_to_string(&stays).unwrap());
    fs::write(&stays, both).unwrap();
    let clock = Arc::new(AtomicI64::new(now().micros()));
    let service = service(&clock);
    let (tls, contents) = Tls::new(&next.files(TlsClient::Optional), &service).unwrap();
    let of = |pki: &Pki| pki.pair(&CertificateParams::default());
    let seen = reload::look(&tls, (contents.digest(), false));
    assert!(shaken(&next, &tls, Some(of(&old))).await.is_some());
    clock.store(Instant::parse("2026-03-05T00:00:01Z").unwrap().micros(), Ordering::Relaxed);
    let seen = reload::look(&tls, seen);
    assert!(shaken(&next, &tls, Some(of(&old))).await.is_none());
    assert!(shaken(&next, &tls, Some(of(&next))).await.is_some());
    // And nothing is read anew for it again.
    let before = Arc::clone(&tls.shown.load());
    reload::look(&tls, reload::look(&tls, seen));
    assert!(Arc::ptr_eq(&before, &tls.shown.load()));
}
