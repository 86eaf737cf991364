//! The keys of TLS, which have a meaning only together.

use super::*;

const FILES: &str = "tls_certificate: /c\ntls_key: /k\n";

fn tls(address: &str) -> Listener {
    Listener::Tls(address.parse().unwrap())
}

#[test]
fn a_certificate_and_its_key_are_all_it_takes() {
    let config = from_file(&format!("listen: [\"tls:[::1]:8443\", 127.0.0.1:1]\n{FILES}"));
    assert_eq!(config.listen, [tls("[::1]:8443"), tcp("127.0.0.1:1")]);
    assert_eq!(config.listen[0].to_string(), "tls:[::1]:8443");
    let expected =
        Tls { certificate: "/c".into(), key: "/k".into(), client_ca: None, client: TlsClient::None };
    assert_eq!(config.tls, Some(expected));
    let config = from_file(&format!(
        "listen: [\"tls:127.0.0.1:8443\"]\n{FILES}tls_client: optional\ntls_client_ca: /ca\n"
    ));
    let tls = config.tls.unwrap();
    assert_eq!((tls.client, tls.client_ca), (TlsClient::Optional, Some("/ca".into())));
}

#[test]
fn what_is_missing_is_named() {
    let listen = "listen: [\"tls:127.0.0.1:8443\"]\n";
    assert_eq!(
        in_file(listen),
        [
            "P0901 `tls:127.0.0.1:8443` has no certificate <\"tls:127.0.0.1:8443\">",
            "P0901 `tls:127.0.0.1:8443` has no key <\"tls:127.0.0.1:8443\">",
        ]
    );
    assert_eq!(
        in_file(&format!("{listen}{FILES}tls_client: required\n")),
        ["P0901 `tls_client: required` doesn't say whose certificates count <required>"]
    );
    // Taken out by a later source.
    let without = problems(&format!("{listen}{FILES}"), &[("PORTCULLIS_TLS_KEY", "")], Flags::default());
    assert_eq!(without, ["P0901 `tls:127.0.0.1:8443` has no key <\"tls:127.0.0.1:8443\">"]);
}

/// Whoever writes one of them believes that connections are encrypted, or that clients are known.
#[test]
fn what_would_do_nothing_is_a_mistake() {
    assert_eq!(
        in_file(&format!("{FILES}tls_client_ca: /ca\ntls_client: required\n")),
        [
            "P0901 `tls_certificate` is for `tls:` listeners, and there is none </c>",
            "P0901 `tls_key` is for `tls:` listeners, and there is none </k>",
            "P0901 `tls_client_ca` is for `tls:` listeners, and there is none </ca>",
            "P0901 `tls_client` is for `tls:` listeners, and there is none <required>",
        ]
    );
    assert_eq!(
        in_file(&format!("listen: [\"tls:127.0.0.1:8443\"]\n{FILES}tls_client_ca: /ca\n")),
        ["P0901 `tls_client_ca` does nothing where no client is asked for a certificate </ca>"]
    );
    assert_eq!(
        in_file("admin: \"tls:127.0.0.1:8182\"\n"),
        ["P0901 `tls:127.0.0.1:8182`: health and metrics are asked for without TLS <\"tls:127.0.0.1:8182\">"]
    );
    assert_eq!(
        in_file("tls_client: require\n"),
        ["P0901 `require` is not whether clients have to show a certificate <require>"]
    );
}

/// Only who has to prove who they are may come from elsewhere.
#[test]
fn other_machines_are_let_in_by_certificate_alone() {
    let listen = format!("listen: [\"tls:0.0.0.0:8443\", \"tls:[::1]:8443\"]\n{FILES}");
    let refused = ["P0903 other machines can reach `tls:0.0.0.0:8443` <\"tls:0.0.0.0:8443\">"];
    assert_eq!(in_file(&listen), refused);
    let listen = format!("{listen}tls_client_ca: /ca\n");
    assert_eq!(in_file(&format!("{listen}tls_client: optional\n")), refused);
    assert_eq!(from_file(&format!("{listen}tls_client: required\n")).listen.len(), 2);
    // Those beside it aren't.
    let beside = format!("{listen}tls_client: required\nadmin: 0.0.0.0:8182\n");
    assert_eq!(in_file(&beside), ["P0903 other machines can reach `0.0.0.0:8182` <0.0.0.0:8182>"]);
}

#[test]
fn one_port_speaks_one_language() {
    let listen = format!("listen: [\"tls:127.0.0.1:1\", 127.0.0.1:1]\n{FILES}");
    assert_eq!(in_file(&listen), ["P0904 `127.0.0.1:1` is listened on twice <127.0.0.1:1>"]);
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_the_rest() {
    let file = format!("listen: [\"tls:127.0.0.1:8443\"]\nlog_level: loud\n{FILES}");
    let wrong = |tls: &Tls| {
        let problem = |file, path: &PathBuf| FileProblem {
            file,
            message: format!("`{}` is torn", path.display()),
            help: "mend it".to_owned(),
        };
        vec![problem(TlsFile::Certificate, &tls.certificate), problem(TlsFile::Key, &tls.key)]
    };
    let environment = [("PORTCULLIS_TLS_KEY".to_owned(), "/other".to_owned())];
    let read = load(Some(("portcullis.yaml", file)), environment.into_iter(), Flags::default(), wrong);
    let (sources, diagnostics) = read.unwrap_err();
    let told: Vec<String> = diagnostics
        .iter()
        .map(|problem| {
            let place = problem.place.as_ref().map_or("nowhere", |(span, _)| sources.text(*span));
            format!("{} <{place}>", problem.message)
        })
        .collect();
    assert_eq!(
        told,
        [
            "`loud` is not a log level <loud>",
            "`/c` is torn </c>",
            "environment variable `PORTCULLIS_TLS_KEY`: `/other` is torn <nowhere>",
        ]
    );
}
