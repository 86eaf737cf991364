//! Configuration: defaults, what wins over what, and every mistake with its place.

mod identity;
#[path = "tls_tests.rs"]
mod tls_tests;

use super::*;
use crate::document::{Diagnostic, Sources};

fn load_all(
    file: &str,
    environment: &[(&str, &str)],
    flags: Flags,
) -> Result<Config, (Sources, Vec<Diagnostic>)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    load(Some(("portcullis.yaml", file.to_owned())), environment.iter().map(owned), flags, |_| Vec::new())
}

fn from_file(file: &str) -> Config {
    load_all(file, &[], Flags::default()).expect("a configuration")
}

/// Every problem: code, message, underlined text, help.
fn problems(file: &str, environment: &[(&str, &str)], flags: Flags) -> Vec<String> {
    let (sources, diagnostics) = load_all(file, environment, flags).expect_err("problems");
    let told = |problem: &Diagnostic| {
        let place = problem.place.as_ref().map_or("nowhere", |(span, _)| sources.text(*span));
        format!("{} {} <{place}>", problem.code.text(), problem.message)
    };
    diagnostics.iter().map(told).collect()
}

fn in_file(file: &str) -> Vec<String> {
    problems(file, &[], Flags::default())
}

fn tcp(address: &str) -> Listener {
    Listener::Tcp(address.parse().unwrap())
}

fn trusts(config: &Config, ip: &str) -> bool {
    config.trusted_peers.networks.contains(ip.parse().unwrap())
}

#[test]
fn without_anything_the_defaults_hold() {
    let config = load(None, std::iter::empty(), Flags::default(), |_| Vec::new()).expect("the defaults");
    assert_eq!(config.policies, PathBuf::from("policies"));
    assert_eq!(config.listen, [tcp("127.0.0.1:8181")]);
    assert_eq!(config.admin, tcp("127.0.0.1:8182"));
    assert_eq!(config.socket_mode, 0o660);
    assert!(trusts(&config, "127.8.9.10") && trusts(&config, "::1") && config.trusted_peers.unix);
    assert!(!trusts(&config, "10.0.0.1") && !trusts(&config, "::2"));
    assert_eq!(config.subject_header, "X-Original-Subject");
    assert_eq!((&config.forwarded_subject_header, &config.envoy_subject_header), (&None, &None));
    assert_eq!(config.envoy_query_parameters, []);
    assert_eq!((config.trusted_hops, config.max_age_seconds), (1, 0));
    assert!(config.understood_obligations.is_empty() && config.login_url.is_none());
    assert_eq!((config.subject_type.as_str(), config.challenge.as_str()), ("user", "Bearer"));
    assert_eq!(config.log_level, LogLevel::Info);
    assert_eq!((config.drain_seconds, config.poll_seconds), (10, 2));
    assert_eq!((config.body_bytes_max, config.connections_max), (1_048_576, 10_000));
    assert_eq!((config.connections_per_peer_max, config.streams_max), (2_500, 100));
    assert_eq!(config.tls, None);
    assert_eq!((config.header_timeout_ms, config.request_timeout_ms), (10_000, 10_000));
    assert!(!config.allow_remote && !config.require_tests);
    assert!(config.callers.is_empty() && config.tokens.is_empty() && config.api_keys.is_empty());
    assert_eq!(config.certificates, Certificates::default());
    assert_eq!(from_file("# nothing yet\n"), config);
}

#[test]
fn every_key_can_stand_in_the_file() {
    let config = from_file(
        r#"
policies: /etc/portcullis/policies
listen: [127.0.0.1:9000, "[::1]:9000", unix:/run/p.sock]
admin: unix:/run/admin.sock
socket_mode: "0600"
trusted_peers: [10.0.0.0/8, 192.0.2.7]
trusted_hops: 3
subject_header: X-User
forwarded_subject_header: X-Forwarded-User
envoy_subject_header: X-Envoy-User
envoy_query_parameters: [subject, advice, subject]
subject_type: hackai/user
understood_obligations: [notify, log, notify]
max_age_seconds: 30
login_url: https://id.example.com/login?to={url}&app=hackai
challenge: Bearer realm="hackai"
public_url: https://pdp.example.com/authz
deadline_ms: 500
log_level: debug
access_log: denies
drain_seconds: 0
poll_seconds: 60
body_bytes_max: 2048
header_timeout_ms: 500
request_timeout_ms: 700
connections_max: 5
streams_max: 6
allow_remote: true
cache: "on"
cache_bytes_max: 2000000
cache_verify_every: 0
require_tests: true
"#,
    );
    assert_eq!(config.policies, PathBuf::from("/etc/portcullis/policies"));
    let socket = Listener::Unix(PathBuf::from("/run/p.sock"));
    assert_eq!(config.listen, [tcp("127.0.0.1:9000"), tcp("[::1]:9000"), socket]);
    assert_eq!(config.admin.to_string(), "unix:/run/admin.sock");
    assert_eq!(config.socket_mode, 0o600);
    assert!(
        trusts(&config, "10.1.2.3") && trusts(&config, "::ffff:10.1.2.3") && trusts(&config, "192.0.2.7")
    );
    assert!(!trusts(&config, "127.0.0.1") && !config.trusted_peers.unix);
    assert_eq!((config.subject_header.as_str(), config.subject_type.as_str()), ("X-User", "hackai/user"));
    assert_eq!((config.trusted_hops, config.max_age_seconds), (3, 30));
    assert_eq!(config.understood_obligations, ["log", "notify"]);
    assert_eq!(config.login_url.as_deref(), Some("https://id.example.com/login?to={url}&app=hackai"));
    assert_eq!(config.forwarded_subject_header.as_deref(), Some("X-Forwarded-User"));
    assert_eq!(config.envoy_subject_header.as_deref(), Some("X-Envoy-User"));
    assert_eq!(config.envoy_query_parameters, [QueryParameter::Subject, QueryParameter::Advice]);
    assert_eq!(config.challenge, "Bearer realm=\"hackai\"");
    assert_eq!(config.public_url.as_deref(), Some("https://pdp.example.com/authz"));
    assert_eq!(config.deadline_ms, 500);
    assert_eq!(config.log_level, LogLevel::Debug);
    assert_eq!((config.drain_seconds, config.poll_seconds), (0, 60));
    assert_eq!((config.body_bytes_max, config.connections_max, config.streams_max), (2_048, 5, 6));
    assert_eq!((config.header_timeout_ms, config.request_timeout_ms), (500, 700));
    let caching = Caching { mode: CacheMode::On, bytes_max: 2_000_000, verify_every: 0 };
    assert_eq!(config.cache, caching);
    assert!(config.allow_remote && config.require_tests);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "policies: a\nadmin: 127.0.0.1:1\nlog_level: error\n";
    let environment = [("PORTCULLIS_POLICIES", "b"), ("PORTCULLIS_ADMIN", "127.0.0.1:2"), ("HOME", "x")];
    let flags = Flags { policies: Some("c".to_owned()), ..Flags::default() };
    let config = load_all(file, &environment, flags).unwrap();
    assert_eq!(config.policies, PathBuf::from("c"));
    assert_eq!(config.admin, tcp("127.0.0.1:2"));
    assert_eq!(config.log_level, LogLevel::Error);
}

#[test]
fn lists_are_replaced_as_a_whole() {
    let file = "listen: [127.0.0.1:1, 127.0.0.1:2]\n";
    let environment =
        [("PORTCULLIS_LISTEN", "127.0.0.1:3, unix:/run/p.sock"), ("PORTCULLIS_TRUSTED_PEERS", "")];
    let config = load_all(file, &environment, Flags::default()).unwrap();
    assert_eq!(config.listen, [tcp("127.0.0.1:3"), Listener::Unix(PathBuf::from("/run/p.sock"))]);
    assert!(!config.trusted_peers.unix && !trusts(&config, "127.0.0.1"), "nobody is trusted");
    let flags = Flags { listen: vec!["127.0.0.1:4".to_owned()], ..Flags::default() };
    assert_eq!(load_all(file, &environment, flags).unwrap().listen, [tcp("127.0.0.1:4")]);
}

#[test]
fn all_mistakes_of_all_sources_are_told_at_once() {
    let flags = Flags {
        listen: vec!["nowhere".to_owned()],
        log_level: Some("inform".to_owned()),
        ..Flags::default()
    };
    let environment = [("PORTCULLIS_DRAIN_SECONDS", "10s"), ("PORTCULLIS_LISTENS", "x")];
    assert_eq!(
        problems("poll_seconds: 0\nlistn: [a]\nsocket_mode: 0660\n", &environment, flags),
        [
            "P0901 `0` is not a number of seconds from 1 to 3600 <0>",
            "P0806 the configuration has no `listn` <listn>",
            "P0803 readers of YAML disagree about which number `0660` is, or whether it is text <0660>",
            "P0901 environment variable `PORTCULLIS_DRAIN_SECONDS`: `10s` is not a number of seconds from 0 to 3600 <nowhere>",
            "P0902 environment variable `PORTCULLIS_LISTENS` means nothing <nowhere>",
            "P0901 flag `--listen`: `nowhere` is nothing to listen on <nowhere>",
            "P0901 flag `--log-level`: `inform` is not a log level <nowhere>",
        ]
    );
}

#[test]
fn an_overridden_mistake_is_a_mistake() {
    let flags = Flags { admin: Some("127.0.0.1:1".to_owned()), ..Flags::default() };
    assert_eq!(
        problems("admin: nowhere\n", &[], flags),
        ["P0901 `nowhere` is nothing to listen on <nowhere>"]
    );
}

#[test]
fn wrong_values_are_underlined() {
    for (file, expected) in [
        ("policies: \"\"", "P0901 a path is needed <\"\">"),
        ("policies: [a]", "P0805 expected a text, found a list <[a]>"),
        ("policies:", "P0805 expected a text, found nothing <>"),
        ("listen: []", "P0901 there is nothing to listen on <[]>"),
        ("listen: 127.0.0.1:1", "P0805 expected a list, found the text `127.0.0.1:1` <127.0.0.1:1>"),
        ("listen: [localhost:1]", "P0901 `localhost:1` is nothing to listen on <localhost:1>"),
        ("listen: [127.0.0.1]", "P0901 `127.0.0.1` is nothing to listen on <127.0.0.1>"),
        ("listen: [127.0.0.1:65536]", "P0901 `127.0.0.1:65536` is nothing to listen on <127.0.0.1:65536>"),
        ("admin: unix:p.sock", "P0901 `p.sock` is not the path of a socket <unix:p.sock>"),
        ("socket_mode: \"0999\"", "P0901 `0999` is not a file mode <\"0999\">"),
        ("socket_mode: \"4777\"", "P0901 `4777` is not a file mode <\"4777\">"),
        ("socket_mode: \"+660\"", "P0901 `+660` is not a file mode <\"+660\">"),
        ("trusted_peers: [everyone]", "P0901 `everyone` is not an IP network <everyone>"),
        (
            "trusted_peers: [10.0.0.1/8]",
            "P0901 `10.0.0.1/8`: the address has bits beyond its prefix <10.0.0.1/8>",
        ),
        (
            "subject_header: x-original-uri",
            "P0901 `x-original-uri` says something else already <x-original-uri>",
        ),
        ("subject_header: \"X User\"", "P0901 `X User` is not the name of a header <\"X User\">"),
        ("subject_type: a/b/c", "P0901 `a/b/c` is not the name of a type <a/b/c>"),
        ("challenge: \"a\\nb\"", "P0901 `a\nb` is not the value of a header <\"a\\nb\">"),
        ("log_level: verbose", "P0901 `verbose` is not a log level <verbose>"),
        ("drain_seconds: 3601", "P0901 `3601` is not a number of seconds from 0 to 3600 <3601>"),
        ("drain_seconds: -1", "P0901 `-1` is not a number of seconds from 0 to 3600 <-1>"),
        ("body_bytes_max: 1", "P0901 `1` is not a number of bytes from 1024 to 67108864 <1>"),
        ("header_timeout_ms: 99", "P0901 `99` is not a number of milliseconds from 100 to 600000 <99>"),
        ("public_url: http://pdp", "P0901 `http://pdp` is not an https address <http://pdp>"),
        ("public_url: https://pdp/", "P0901 `https://pdp/` ends in a `/` <https://pdp/>"),
        (
            "public_url: https://",
            "P0901 `https://` is not a host and a path, without a query or a fragment <https://>",
        ),
        (
            "public_url: https://pdp?x=1",
            "P0901 `https://pdp?x=1` is not a host and a path, without a query or a fragment <https://pdp?x=1>",
        ),
        (
            "forwarded_subject_header: X-Forwarded-For",
            "P0901 `X-Forwarded-For` says something else already <X-Forwarded-For>",
        ),
        (
            "subject_header: authorization",
            "P0901 `authorization` says something else already <authorization>",
        ),
        (
            "envoy_subject_header: Portcullis_User",
            "P0901 `Portcullis_User` says something else already <Portcullis_User>",
        ),
        ("envoy_subject_header: \"a b\"", "P0901 `a b` is not the name of a header <\"a b\">"),
        (
            "envoy_query_parameters: [subject, roles]",
            "P0901 `roles` is not something that an application is told <roles>",
        ),
        ("trusted_hops: 0", "P0901 `0` is not a number of proxies from 1 to 32 <0>"),
        ("max_age_seconds: 86401", "P0901 `86401` is not a number of seconds from 0 to 86400 <86401>"),
        ("understood_obligations: [a-b]", "P0901 `a-b` is not the name of an obligation <a-b>"),
        (
            "login_url: http://id/?to={url}",
            "P0901 `http://id/?to={url}` is neither an https address nor a path <http://id/?to={url}>",
        ),
        (
            "login_url: //id/?to={url}",
            "P0901 `//id/?to={url}` is neither an https address nor a path <//id/?to={url}>",
        ),
        (
            "login_url: https://?to={url}",
            "P0901 `https://?to={url}` is neither an https address nor a path <https://?to={url}>",
        ),
        (
            "login_url: https://{url}",
            "P0901 `https://{url}` doesn't have `{url}` in its query, just once <https://{url}>",
        ),
        (
            "login_url: /login?to=",
            "P0901 `/login?to=` doesn't have `{url}` in its query, just once </login?to=>",
        ),
        (
            "login_url: /login?to={url}{url}",
            "P0901 `/login?to={url}{url}` doesn't have `{url}` in its query, just once </login?to={url}{url}>",
        ),
        (
            "login_url: \"/login?to={url}#x\"",
            "P0901 `/login?to={url}#x` has characters that stand in no address, or a fragment, or is too long <\"/login?to={url}#x\">",
        ),
        ("deadline_ms: 5", "P0901 `5` is not a number of milliseconds from 100 to 600000 <5>"),
        ("cache: always", "P0901 `always` is not a way to use the cache <always>"),
        ("cache: on", "P0803 `on` means true to some readers of YAML and is text to others <on>"),
        ("cache_bytes_max: 1000", "P0901 `1000` is not a number of bytes from 1048576 to 68719476736 <1000>"),
        ("cache_verify_every: -1", "P0901 `-1` is not a number of answers from 0 to 1000000000 <-1>"),
        ("connections_max: 0", "P0901 `0` is not a number of connections from 1 to 1000000 <0>"),
        ("streams_max: 10001", "P0901 `10001` is not a number of requests from 1 to 10000 <10001>"),
        ("connections_max: \"5\"", "P0805 expected a number, found the text `5` <\"5\">"),
        ("allow_remote: \"true\"", "P0805 expected `true` or `false`, found the text `true` <\"true\">"),
    ] {
        assert_eq!(in_file(file), [expected], "{file}");
    }
}

#[test]
fn what_other_machines_reach_has_to_be_wanted() {
    let file =
        "listen: [0.0.0.0:8181, \"[::ffff:10.0.0.1]:1\", \"[::ffff:127.0.0.1]:2\"]\nadmin: 192.0.2.1:8182\n";
    assert_eq!(
        in_file(file),
        [
            "P0903 other machines can reach `0.0.0.0:8181` <0.0.0.0:8181>",
            "P0903 other machines can reach `[::ffff:10.0.0.1]:1` <\"[::ffff:10.0.0.1]:1\">",
            "P0903 other machines can reach `192.0.2.1:8182` <192.0.2.1:8182>",
        ]
    );
    assert_eq!(from_file(&format!("{file}allow_remote: true\n")).listen.len(), 3);
}

#[test]
fn no_address_is_listened_on_twice() {
    assert_eq!(
        in_file("listen: [127.0.0.1:1, unix:/a, 127.0.0.1:1, unix:/a]\nadmin: 127.0.0.1:1\n"),
        [
            "P0904 `127.0.0.1:1` is listened on twice <127.0.0.1:1>",
            "P0904 `unix:/a` is listened on twice <unix:/a>",
            "P0904 `127.0.0.1:1` is listened on twice <127.0.0.1:1>",
        ]
    );
    assert_eq!(from_file("listen: [127.0.0.1:0, 127.0.0.1:0]\nadmin: 127.0.0.1:0\n").listen.len(), 2);
}

#[test]
fn an_unreadable_file_does_not_hide_the_other_mistakes() {
    let found = problems("listen: [\n", &[("PORTCULLIS_ADMIN", "x")], Flags::default());
    assert_eq!(
        found,
        [
            "P0801 the `[` is not closed <[>",
            "P0901 environment variable `PORTCULLIS_ADMIN`: `x` is nothing to listen on <nowhere>",
        ]
    );
}

#[test]
fn what_kubernetes_sets_for_a_service_of_our_name_is_not_ours() {
    let environment = [
        ("PORTCULLIS_PORT", "tcp://127.0.0.1:8181"),
        ("PORTCULLIS_PORT_8181_TCP_ADDR", "10.0.0.1"),
        ("PORTCULLIS_SERVICE_HOST", "10.0.0.1"),
        ("PORTCULLIS_SERVICE_PORT", "8181"),
        ("PORTCULLIS_SERVICE_PORT_HTTP", "8181"),
        ("PORTCULLIS_CONFIG", "portcullis.yaml"),
    ];
    assert!(load_all("", &environment, Flags::default()).is_ok());
    let found = problems("", &[("PORTCULLIS_PORTS", "1")], Flags::default());
    assert_eq!(found, ["P0902 environment variable `PORTCULLIS_PORTS` means nothing <nowhere>"]);
}

/// The README's block of all keys is a configuration file, and means what no file at all means.
#[test]
fn the_readme_lists_every_key_with_its_default() {
    let readme = include_str!("../../README.md");
    let (_, block) = readme.split_once("```yaml\npolicies:").unwrap();
    let block = format!("policies:{}", block.split("```").next().unwrap());
    for key in super::key::Key::ALL {
        let start = format!("{}: ", key.name());
        assert!(block.lines().any(|line| line.starts_with(&start)), "the README lacks `{}`", key.name());
    }
    let of = |file| {
        super::load(file, std::iter::empty(), Flags::default(), |_| Vec::new())
            .map_err(|(_, problems)| problems)
    };
    assert_eq!(of(Some(("portcullis.yaml", block))), of(None));
}
