//! The rows of the threat catalogue (T-01 to T-29) about targets, hosts, methods and forwarded headers, as tables.

use super::*;
use crate::engine::UriFlaw;
use crate::model::Networks;

const SUBJECT: HeaderName = HeaderName::from_static("x-user");

/// A question with these headers.
fn headers(list: &[(&str, &[u8])]) -> Request<()> {
    let mut headers = HeaderMap::new();
    for (name, value) in list {
        headers.append(
            name.parse::<HeaderName>().unwrap(),
            hyper::header::HeaderValue::from_bytes(value).unwrap(),
        );
    }
    let mut request = Request::new(());
    *request.headers_mut() = headers;
    request
}

/// Reads what nginx says.
fn read<'a>(request: &'a Request<()>, subject: &HeaderName) -> Result<Original<'a>, OriginalError> {
    read_as(Dialect::AuthRequest, request, Some(subject))
}

fn read_as<'a>(
    dialect: Dialect,
    request: &'a Request<()>,
    subject: Option<&HeaderName>,
) -> Result<Original<'a>, OriginalError> {
    let peers = TrustedPeers { networks: Networks::default(), unix: false };
    super::read(request, dialect, Trust { subject, peers: &peers, hops: 1 })
}

/// Reads an original request of these headers beside a plain `GET /admin`.
fn with(extra: &[(&str, &[u8])]) -> Result<(), OriginalError> {
    let plain: [(&str, &[u8]); 2] = [("x-original-method", b"GET"), ("x-original-uri", b"/admin")];
    read(&headers(&[&plain, extra].concat()), &SUBJECT).map(drop)
}

fn path(uri: &str) -> Option<String> {
    let all = headers(&[("x-original-method", b"GET"), ("x-original-uri", uri.as_bytes())]);
    match read(&all, &SUBJECT) {
        Ok(original) => Some(original.path().to_owned()),
        Err(error) => {
            assert!(matches!(error, OriginalError::Malformed(Malformed::Uri(_))), "{uri}: {error}");
            None
        }
    }
}

fn host(host: &str) -> Option<String> {
    let all = headers(&[
        ("x-original-method", b"GET"),
        ("x-original-uri", b"/"),
        ("x-original-host", host.as_bytes()),
    ]);
    match read(&all, &SUBJECT) {
        Ok(original) => original.host().map(str::to_owned),
        Err(error) => {
            assert_eq!(error, OriginalError::Malformed(Malformed::Host), "{host}");
            None
        }
    }
}

#[test]
fn a_whole_request_is_read() {
    let all = headers(&[
        ("x-original-method", b"POST"),
        ("x-original-uri", b"/incidents/17/close?force=%2f.."),
        ("x-original-host", b"Admin.Example.com:443"),
        ("x-original-proto", b"https"),
        ("x-original-ip", b"::ffff:10.0.0.1"),
        ("user-agent", b"curl/8"),
        ("x-forwarded-uri", b"/other"),
        ("x-http-method-override", b"DELETE"),
    ]);
    let original = read(&all, &SUBJECT).unwrap();
    assert_eq!((original.method(), original.host()), ("POST", Some("admin.example.com")));
    assert_eq!((original.path(), original.scheme()), ("/incidents/17/close", Some("https")));
    assert_eq!(original.ip(), Some("10.0.0.1".parse().unwrap()));
    assert_eq!(original.user_agent(), Some("curl/8"));
    assert_eq!(original.segments().collect::<Vec<_>>(), ["incidents", "17", "close"]);
}

#[test]
fn paths_that_mean_one_thing_are_decoded_once() {
    for (uri, expected) in [
        ("/", "/"),
        ("/admin", "/admin"),
        ("/admin/", "/admin/"),
        // T-12: every spelling is a path of its own, whether plain or encoded.
        ("/Admin", "/Admin"),
        ("/%41dmin", "/Admin"),
        ("/admin.", "/admin."),
        ("/admin%2e", "/admin."),
        ("/admin%20", "/admin "),
        // T-08: the query takes no part, whatever it holds.
        ("/admin?x=/public", "/admin"),
        ("/admin?../../x;y=%2f%00//\\", "/admin"),
        ("/z%C3%BCrich", "/z\u{fc}rich"),
        ("/...", "/..."),
        ("/.well-known/x", "/.well-known/x"),
        ("/a+b", "/a+b"),
    ] {
        assert_eq!(path(uri).as_deref(), Some(expected), "{uri}");
    }
}

#[test]
fn segments_keep_an_empty_last_one() {
    let segments = |uri: &str| {
        let all = headers(&[("x-original-method", b"GET"), ("x-original-uri", uri.as_bytes())]);
        let original = read(&all, &SUBJECT).unwrap();
        original.segments().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(segments("/"), [""]);
    assert_eq!(segments("/a/b"), ["a", "b"]);
    assert_eq!(segments("/a/"), ["a", ""]);
}

#[test]
fn paths_that_could_mean_two_things_are_refused() {
    for uri in [
        // T-01, T-02: dot segments, plain and encoded.
        "/public/../admin",
        "/public/./../admin",
        "/..",
        "/.",
        "/a/.",
        "/a/..",
        "/public/%2e%2e/admin",
        "/public/%2E%2E/admin",
        "/public/.%2e/admin",
        "/%2e/admin",
        // T-03: slashes that hide.
        "/a%2f..%2fadmin",
        "/a%2Fadmin",
        "/a%5cadmin",
        "/a%5Cadmin",
        "/a\\admin",
        "\\admin",
        // T-04: a second round of encoding.
        "/%252e%252e%252fadmin",
        "/admin%25",
        "/%2525",
        // T-05: empty segments.
        "//admin",
        "///admin",
        "/public//admin",
        "/public//",
        "//",
        // T-06: path parameters.
        "/user/..;x=1/admin",
        "/admin;x/",
        "/admin;",
        "/admin%3bx",
        // T-07: fragments.
        "/admin#x",
        "/admin%23x",
        "/#/../admin",
        "/admin?x#y",
        "/admin%3fx",
        // T-09: no leading slash, other forms of a target.
        "admin",
        "",
        "*",
        "?x",
        "http://example.com/admin",
        "Svc/Method",
        // T-10: malformed.
        "/%zz",
        "/%",
        "/%4",
        "/%+1",
        "/a b",
        "/a\tb",
        "/a%00b",
        "/a%E2%80%8Bb",
        "/a%e2%80%aeb",
        "/a%0d%0ab",
        "/a%7fb",
        "/a%c2%85b",
        // T-11: overlong, lone and cut UTF-8, and bytes that should have been encoded.
        "/%c0%ae%c0%ae/admin",
        "/%c0%af",
        "/%80",
        "/%e2%82",
        "/%ed%a0%80",
        "/z\u{fc}rich",
    ] {
        assert_eq!(path(uri), None, "{uri}");
    }
    assert!(path(&format!("/{}", "a".repeat(8191))).is_some());
    assert_eq!(path(&format!("/{}", "a".repeat(8192))), None);
    assert_eq!(path(&format!("/?{}", "a".repeat(8191))), None);
}

#[test]
fn a_host_has_one_spelling() {
    for (given, expected) in [
        ("admin.example.com", "admin.example.com"),
        ("ADMIN.example.com", "admin.example.com"),
        ("admin.example.com.", "admin.example.com"),
        ("admin.example.com:443", "admin.example.com"),
        ("admin.example.com.:443", "admin.example.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("10.0.0.1:80", "10.0.0.1"),
        ("[2001:DB8::1]:80", "[2001:db8::1]"),
        ("[2001:db8:0:0::1]", "[2001:db8::1]"),
    ] {
        assert_eq!(host(given).as_deref(), Some(expected), "{given}");
    }
}

#[test]
fn a_host_that_is_none_is_refused() {
    // T-14, T-16.
    for given in [
        "",
        ".",
        "admin.example.com..",
        ".example.com",
        "a..b",
        "admin.example.com:80@x",
        "user@admin.example.com",
        "admin.example.com:",
        "admin.example.com:x",
        "admin.example.com:65536",
        "admin.example.com:+80",
        "admin.example.com:80:80",
        "b\u{fc}cher.example",
        "a b",
        "a,b",
        "a;b",
        "a\"b",
        "a/b",
        "2001:db8::1",
        "[2001:db8::1",
        "[fe80::1%eth0]",
        "[10.0.0.1]",
        "[::1]x",
    ] {
        assert_eq!(host(given), None, "{given}");
    }
    assert_eq!(host(&["a"; 128].join(".")), None);
}

#[test]
fn methods_match_exactly_or_not_at_all() {
    // T-18. What is well formed but unknown (GETX) finds no route.
    let method = |method: &[u8]| {
        let all = headers(&[("x-original-method", method), ("x-original-uri", b"/")]);
        read(&all, &SUBJECT).map(|original| original.method().to_owned())
    };
    for known in ["GET", "HEAD", "M-SEARCH", "GETX", "CONNECT"] {
        assert_eq!(method(known.as_bytes()), Ok(known.to_owned()));
    }
    for malformed in [&b"get"[..], b"Get", b"", b"GET POST", b"GET,POST", b"G\xc9T", b"GET/", &[b'A'; 1024]] {
        assert_eq!(method(malformed), Err(OriginalError::Malformed(Malformed::Method)), "{malformed:?}");
    }
}

#[test]
fn what_decides_is_there_exactly_once() {
    let only = |list: &[(&str, &[u8])]| read(&headers(list), &SUBJECT).map(drop);
    assert_eq!(only(&[]), Err(OriginalError::Missing));
    assert_eq!(only(&[("x-original-uri", b"/admin")]), Err(OriginalError::Missing));
    assert_eq!(only(&[("x-original-method", b"GET")]), Err(OriginalError::Missing));
    // Headers of another dialect never stand in.
    let foreign: [(&str, &[u8]); 3] =
        [("x-forwarded-method", b"GET"), ("x-forwarded-uri", b"/admin"), ("x-original-url", b"/admin")];
    assert_eq!(only(&foreign), Err(OriginalError::Missing));

    // T-21: duplicates are never merged, not even equal ones.
    let doubles: [(&str, &[u8]); 5] = [
        ("x-original-uri", b"/public"),
        ("x-original-uri", b"/admin"),
        ("x-original-method", b"GET"),
        ("X-Original-Method", b"POST"),
        ("x-original-URI", b""),
    ];
    for double in doubles {
        assert_eq!(with(&[double]), Err(OriginalError::Repeated), "{double:?}");
    }
    for name in ["x-original-host", "x-original-proto", "x-original-ip"] {
        let value: &[u8] = if name == "x-original-ip" { b"10.0.0.1" } else { b"http" };
        assert_eq!(with(&[(name, value)]), Ok(()), "{name}");
        assert_eq!(with(&[(name, value), (name, value)]), Err(OriginalError::Repeated), "{name}");
    }
}

#[test]
fn headers_that_a_proxy_might_drop_or_rename_are_refused() {
    // T-22.
    for value in [
        &b"x-original-uri"[..],
        b"close, X-Original-URI",
        b"X-User",
        b"keep-alive ,\tx-user",
        b"x-original-ip,close",
        b"x_user",
    ] {
        assert_eq!(with(&[("connection", value)]), Err(OriginalError::HopByHop), "{value:?}");
    }
    for value in [&b"close"[..], b"", b"keep-alive", b"upgrade, x-other"] {
        assert_eq!(with(&[("connection", value)]), Ok(()), "{value:?}");
    }
    // T-23.
    for name in ["x_original_uri", "x.original.method", "X-Original_Host", "x_user", "x~user"] {
        assert_eq!(with(&[(name, b"admin")]), Err(OriginalError::Alias), "{name}");
    }
    for name in ["x_other", "x-original-id", "x.users"] {
        assert_eq!(with(&[(name, b"admin")]), Ok(()), "{name}");
    }
    // The configured header may have a name with an underscore itself.
    let underscored = HeaderName::from_static("remote_user");
    let plain: [(&str, &[u8]); 3] =
        [("x-original-method", b"GET"), ("x-original-uri", b"/"), ("remote_user", b"alice")];
    assert!(read(&headers(&plain), &underscored).is_ok());
    let twice = [&plain[..], &[("remote-user", b"admin".as_slice())]].concat();
    assert_eq!(read(&headers(&twice), &underscored), Err(OriginalError::Alias));
}

#[test]
fn addresses_have_one_spelling() {
    // T-27.
    for ip in [&b"10.0.0.1"[..], b"::1", b"::ffff:10.0.0.1", b"2001:db8::1"] {
        assert_eq!(with(&[("x-original-ip", ip)]), Ok(()), "{ip:?}");
    }
    for ip in [
        &b"[::1]:80"[..],
        b"[::1]",
        b"fe80::1%eth0",
        b"010.0.0.1",
        b"127.1",
        b"0x7f.1",
        b"",
        b"\"10.0.0.1\"",
        b"10.0.0.1, 10.0.0.2",
        b"10.0.0.1:80",
        b"unix:",
    ] {
        assert_eq!(with(&[("x-original-ip", ip)]), Err(OriginalError::Malformed(Malformed::Ip)), "{ip:?}");
    }
}

#[test]
fn the_scheme_is_one_of_two() {
    for scheme in [&b"HTTP"[..], b"", b"ftp", b"https, http"] {
        assert_eq!(
            with(&[("x-original-proto", scheme)]),
            Err(OriginalError::Malformed(Malformed::Scheme)),
            "{scheme:?}"
        );
    }
}

#[test]
fn a_broken_user_agent_is_unknown() {
    let agent = |values: &[&[u8]]| {
        let mut list: Vec<(&str, &[u8])> = vec![("x-original-method", b"GET"), ("x-original-uri", b"/")];
        list.extend(values.iter().map(|value| ("user-agent", *value)));
        read(&headers(&list), &SUBJECT).unwrap().user_agent().map(str::to_owned)
    };
    assert_eq!(agent(&[b"curl/8"]).as_deref(), Some("curl/8"));
    assert_eq!(agent(&[]), None);
    assert_eq!(agent(&[b"curl/8", b"curl/8"]), None);
    assert_eq!(agent(&[b"\xff"]), None);
    assert_eq!(agent(&[b""]), None);
}

/// What Caddy and Traefik send, but for what the test is about.
fn forwarded(extra: &[(&str, &[u8])]) -> Request<()> {
    let plain: [(&str, &[u8]); 2] = [("x-forwarded-method", b"POST"), ("x-forwarded-uri", b"/admin?x")];
    headers(&[&plain, extra].concat())
}

/// What Envoy sends, but for what the test is about.
fn below(target: &str, extra: &[(&str, &[u8])]) -> Request<()> {
    let mut request = headers(&[&[("host", b"Admin.Example.com:80".as_slice())], extra].concat());
    *request.method_mut() = hyper::Method::DELETE;
    *request.uri_mut() = target.parse().unwrap();
    request
}

#[test]
fn each_dialect_reads_its_own_words() {
    let words: [(&str, &[u8]); 8] = [
        ("x-original-method", b"PUT"),
        ("x-original-uri", b"/other"),
        ("x-original-ip", b"6.6.6.6"),
        ("x-original-host", b"other"),
        ("x-original-proto", b"http"),
        ("x-forwarded-host", b"admin.example.com"),
        ("x-forwarded-proto", b"https"),
        ("x-forwarded-for", b"6.6.6.6, 10.0.0.1"),
    ];
    let request = forwarded(&words);
    let original = read_as(Dialect::ForwardAuth, &request, None).unwrap();
    assert_eq!((original.method(), original.path()), ("POST", "/admin"));
    assert_eq!((original.host(), original.scheme()), (Some("admin.example.com"), Some("https")));
    assert_eq!(original.ip(), Some("10.0.0.1".parse().unwrap()));

    let more: [(&str, &[u8]); 3] =
        [("x-forwarded-method", b"PUT"), ("x-forwarded-uri", b"/other"), ("x-forwarded-host", b"other")];
    let spoofed = [&words[..5], &words[6..], &more].concat();
    let request = below("/authz/ext-authz/admin/7?x=/y", &spoofed);
    let original = read_as(Dialect::EnvoyHttp, &request, None).unwrap();
    assert_eq!((original.method(), original.path()), ("DELETE", "/admin/7"));
    assert_eq!((original.host(), original.scheme()), (Some("admin.example.com"), Some("https")));
    assert_eq!(original.ip(), Some("10.0.0.1".parse().unwrap()));

    // What says nothing in another dialect is not missed there either.
    let nothing = [("x-original-uri", b"/".as_slice()), ("x-original-method", b"GET")];
    assert_eq!(
        read_as(Dialect::ForwardAuth, &headers(&nothing), None).map(drop),
        Err(OriginalError::Missing)
    );
    assert_eq!(read(&forwarded(&[]), &SUBJECT).map(drop), Err(OriginalError::Missing));
}

#[test]
fn the_words_of_every_dialect_stand_firmly() {
    let envoy = |extra: &[(&str, &[u8])]| {
        read_as(Dialect::EnvoyHttp, &below("/authz/ext-authz/a", extra), Some(&SUBJECT)).map(drop)
    };
    let forward =
        |extra: &[(&str, &[u8])]| read_as(Dialect::ForwardAuth, &forwarded(extra), Some(&SUBJECT)).map(drop);
    assert_eq!((envoy(&[]), forward(&[])), (Ok(()), Ok(())));
    for name in ["x-forwarded-proto", "x-forwarded-for"] {
        let value: &[u8] = if name == "x-forwarded-for" { b"10.0.0.1" } else { b"http" };
        let twice = [(name, value), (name, value)];
        let dropped = [("connection", name.as_bytes())];
        let renamed = name.replace('-', "_");
        let aliased = [(renamed.as_str(), value)];
        for read in [&envoy as &dyn Fn(&[(&str, &[u8])]) -> Result<(), OriginalError>, &forward] {
            assert_eq!(read(&twice), Err(OriginalError::Repeated), "{name}");
            assert_eq!(read(&dropped), Err(OriginalError::HopByHop), "{name}");
            assert_eq!(read(&aliased), Err(OriginalError::Alias), "{name}");
        }
    }
    for name in ["x-forwarded-uri", "x-forwarded-method", "x-forwarded-host"] {
        let (renamed, value) = (name.replace('-', "_"), b"GET".as_slice());
        assert_eq!(forward(&[(&renamed, value)]), Err(OriginalError::Alias), "{name}");
        assert_eq!(forward(&[("connection", name.as_bytes())]), Err(OriginalError::HopByHop), "{name}");
        // They are nothing to Envoy's dialect.
        assert_eq!(envoy(&[(&renamed, value), (name, value), (name, value)]), Ok(()), "{name}");
    }
    assert_eq!(envoy(&[("connection", b"Host")]), Err(OriginalError::HopByHop));
    for read in [envoy(&[("x_user", b"a")]), forward(&[("x_user", b"a")])] {
        assert_eq!(read, Err(OriginalError::Alias));
    }
    assert_eq!(forward(&[("x-forwarded-for", b"")]), Err(OriginalError::Malformed(Malformed::Ip)));
    assert_eq!(envoy(&[("x-forwarded-for", b"a, 10.0.0.1")]), Err(OriginalError::Malformed(Malformed::Ip)));
}

#[test]
fn envoy_asks_below_its_prefix_by_http_1() {
    for (target, flaw) in [
        ("/authz/ext-authz", UriFlaw::NoSlash),
        ("/authz/ext-authz?x", UriFlaw::NoSlash),
        ("/authz/ext-authz//a", UriFlaw::EmptySegment),
        ("/authz/ext-authz/../a", UriFlaw::DotSegment),
    ] {
        assert_eq!(
            read_as(Dialect::EnvoyHttp, &below(target, &[]), None).map(drop),
            Err(OriginalError::Malformed(Malformed::Uri(flaw))),
            "{target}"
        );
    }
    let mut cut = below("/authz/ext-authz/a", &[]);
    *cut.version_mut() = Version::HTTP_2;
    assert_eq!(read_as(Dialect::EnvoyHttp, &cut, None).map(drop), Err(OriginalError::CutTarget));
    let mut hostless = below("/authz/ext-authz/a", &[]);
    hostless.headers_mut().clear();
    assert_eq!(read_as(Dialect::EnvoyHttp, &hostless, None).map(drop), Err(OriginalError::Missing));
}
